"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from arxonomy.errors import SettingsError
from arxonomy.label_names import Among, parse_among

if TYPE_CHECKING:
    from arxonomy.config import Recipe


class Backend(StrEnum):
    """What computes predictions."""

    auto = "auto"
    onnx = "onnx"
    torch = "torch"


class Device(StrEnum):
    """Compute device."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Rest(StrEnum):
    """What becomes of the papers that a split file does not name."""

    train = "train"


LabeledArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="Labeled papers: CSV, JSON lines, Parquet, ...; several files are read as one, in this order.",
    ),
]
VectorsOption = Annotated[
    Path | None,
    typer.Option(
        "--vectors",
        metavar="FILE",
        help="Word vectors to start from: GloVe, word2vec or fastText as text, or word2vec's binary format; "
        "also .gz or .zip (default: none).",
    ),
]
SplitOption = Annotated[
    Path | None,
    typer.Option(
        "--split-file",
        metavar="FILE",
        help="CSV with the columns split and row or id (default: a new split by the recipe's settings).",
    ),
]
RestOption = Annotated[
    Rest | None,
    typer.Option(
        "--rest",
        help="Train on the papers that --split-file does not name (default: they are left out).",
    ),
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a setting of the recipe; can be given several times."
    ),
]
AmongOption = Annotated[
    str | None,
    typer.Option(
        "--among",
        metavar="LABELS",
        help="Labels to keep, and what is merged into one, as in 'cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV'; * keeps "
        "all others, and a name with , = + is put in double quotes, as in '\"Vision, Images\",*' (default: "
        "the labels as they are).",
    ),
]
ViewOption = Annotated[
    str | None,
    typer.Option(
        "--among",
        metavar="LABELS",
        help="Answer among these labels of the model, some of them merged, as in "
        "'cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV'; * stands for all others, and a name with , = + is put in double "
        "quotes. The probability outside is reported; above one half no category is given (default: all "
        "labels).",
    ),
]
MinPapersOption = Annotated[
    int | None,
    typer.Option(
        "--min-papers",
        min=1,
        metavar="N",
        help="Leave out labels with fewer different papers, and list them (default: none are left out).",
    ),
]
SeedsOption = Annotated[
    int,
    typer.Option("--seeds", min=1, metavar="K", help="Runs per system, from the recipe's seed on."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")]
NumbersOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="OUT", help="Also write all numbers as JSON to this file."),
]
ResamplesOption = Annotated[
    int, typer.Option("--bootstrap", min=100, metavar="N", help="Number of bootstrap resamples.")
]
MinConfidenceOption = Annotated[
    float | None,
    typer.Option(
        "--min-confidence",
        min=0,
        max=1,
        metavar="P",
        help="Give no category where the best one is less probable than this (default: 0).",
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Bundle or run folder, or hf://OWNER/NAME@COMMIT (default: that in ARXONOMY_MODEL, else the "
        "model in use, which is the packaged one until `arxonomy models use`).",
    ),
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="Encoding of a text, as in cp1252 (Excel on Windows) or latin-1 (default: UTF-8, or UTF-16 "
        "where that is clear).",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Column of a field (id, title, abstract, category, categories, published), as in title=Titel; "
        "can be given several times (default: by the columns' names).",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at the first bad record.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, metavar="N", help="Compute threads (default: all cores).")
]
DeviceOption = Annotated[
    Device,
    typer.Option("--device", help="Compute device (auto: GPU for training if available; needs PyTorch)."),
]
BackendOption = Annotated[
    Backend, typer.Option("--backend", help="ONNX Runtime or PyTorch; both give the same predictions.")
]
ContactOption = Annotated[
    str | None,
    typer.Option(
        "--contact",
        envvar="ARXONOMY_CONTACT",
        metavar="TEXT",
        help="How arXiv may reach you, such as a mail address; sent with each request (default: none).",
    ),
]


def parse_columns(options: Sequence[str] | None) -> dict[str, str]:
    """Parse the options into field -> column name.

    >>> parse_columns(["title=Titel"])
    {'title': 'Titel'}
    """
    pairs = [option.partition("=") for option in options or ()]
    for field, equals, name in pairs:
        if not (field and equals and name):
            raise typer.BadParameter(
                f"expected FIELD=NAME, as in title=Titel; found {field}{equals}{name}", param_hint="--column"
            )
    return {field.strip(): name for field, _, name in pairs}


def parse_labels(text: str | None) -> Among | None:
    """Parse `--among`.

    Raises:
        typer.BadParameter: The text cannot be parsed.
    """
    with convert_to_usage_error("--among"):
        return None if text is None else parse_among(text)


def load_recipe_for(name: str, settings: Sequence[str], among: str | None, min_papers: int | None) -> Recipe:
    """Load a recipe with the settings and the labels that options state.

    Raises:
        typer.BadParameter: `--among` cannot be parsed.
        SettingsError: See `load_recipe`.
    """
    from arxonomy.config import load_recipe

    return load_recipe(name, settings).with_labels(parse_labels(among), min_papers)


@contextmanager
def convert_to_usage_error(option: str) -> Iterator[None]:
    """Report a check of an option as wrong usage.

    Raises:
        typer.BadParameter: Instead of a SettingsError.
    """
    try:
        yield
    except SettingsError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def check_rest_option(rest: Rest | None, split_file: Path | None) -> Literal["train"] | None:
    """Make sure that `--rest` stands with a `--split-file`.

    Raises:
        typer.BadParameter: It does not.
    """
    from arxonomy.papers import check_rest

    chosen: Literal["train"] | None = None if rest is None else "train"
    with convert_to_usage_error("--rest"):
        check_rest(chosen, split_file)
    return chosen


def format_columns(options: Sequence[str] | None, encoding: str | None = None) -> str:
    """Format how a file is read as the end of a command line.

    >>> format_columns(["title=Der Titel"], "cp1252")
    " --column 'title=Der Titel' --encoding cp1252"
    """
    stated = "" if encoding is None else f" --encoding {shlex.quote(encoding)}"
    return "".join(f" --column {shlex.quote(option)}" for option in options or ()) + stated
