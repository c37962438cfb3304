"""Options that several commands share, and what their texts mean."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.messages import say
from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.inference import Classifier
    from arxonomy.papers import BadRecord


class Backend(StrEnum):
    """What computes a prediction."""

    auto = "auto"
    onnx = "onnx"
    torch = "torch"


class Device(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class InputFormat(StrEnum):
    """How papers are written."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    bibtex = "bibtex"
    parquet = "parquet"


FileArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE|-",
        show_default=False,
        help="CSV, TSV, JSON lines, BibTeX (each also .gz or .zst) or Parquet; `-` or nothing reads stdin.",
    ),
]
LabeledArgument = Annotated[
    Path, typer.Argument(metavar="DATA", show_default=False, help="Labeled papers: CSV, JSON lines, ...")
]
VectorsOption = Annotated[
    Path | None,
    typer.Option(
        "--vectors",
        metavar="FILE",
        help="Word vectors to start from: text of GloVe, word2vec or fastText, word2vec's binary format; "
        "also .gz or .zip.",
    ),
]
SplitOption = Annotated[
    Path | None,
    typer.Option(
        "--split",
        metavar="FILE",
        help="CSV with the columns split and row or id, instead of a new split.",
    ),
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a setting of the recipe; can be given several times."
    ),
]
SeedsOption = Annotated[
    int,
    typer.Option("--seeds", min=1, metavar="K", help="Runs of each: the recipe's seed and those after it."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")]
NumbersOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="OUT", help="Also write all numbers as JSON to this file."),
]
DrawsOption = Annotated[
    int, typer.Option("--bootstrap", min=100, metavar="N", help="How often papers are drawn anew.")
]
TitleOption = Annotated[
    str | None, typer.Option("--title", help="Title of a single paper, instead of a file.")
]
AbstractOption = Annotated[str | None, typer.Option("--abstract", help="Abstract of a single paper.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="A bundle or run folder instead of the model inside."),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option("--input-format", help="If not said: by the file's name or its first bytes."),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Which column a field of a paper (id, title, abstract, category, categories, published) is "
        "found in, as in title=Titel; can be given several times.",
    ),
]
PriorOption = Annotated[
    str | None,
    typer.Option(
        "--prior",
        metavar="MIX",
        help="Shares of the categories among these papers, as in cs.CL=0.7,cs.CV=0.2 (categories left out "
        "divide the rest as the model's own papers do), or uniform; auto estimates them from all the papers, "
        "which it holds in memory.",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at the first bad record.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, metavar="N", help="Threads to compute with.")
]
DeviceOption = Annotated[
    Device,
    typer.Option("--device", help="Where to compute; a GPU needs PyTorch, and auto takes it to train."),
]
BackendOption = Annotated[
    Backend, typer.Option("--backend", help="ONNX Runtime or PyTorch; both give the same answers.")
]


def given_papers(
    file: str | None,
    title: str | None,
    abstract: str | None,
    *,
    input_format: InputFormat | None,
    columns: Mapping[str, str],
    strict: bool,
    on_bad: Callable[[BadRecord], None],
    keep_columns: bool = False,
) -> Iterable[Paper]:
    """The papers of a file or of stdin, read lazily, or the one of `--title` and `--abstract`.

    Raises:
        typer.BadParameter: Both are given, or neither while stdin is a terminal.
    """
    if title is not None or abstract is not None:
        if file is not None:
            raise typer.BadParameter("give a FILE or --title and --abstract, not both")
        fields = {"title": title or "", "abstract": abstract or ""}
        return [Paper("1", fields["title"], fields["abstract"], columns=fields)]
    if file is None and sys.stdin.isatty():
        raise typer.BadParameter("give a FILE, papers on stdin, or --title and --abstract")
    from arxonomy.papers import read_papers

    return read_papers(
        file or "-",
        format=None if input_format is None else input_format.value,
        columns=columns,
        keep_columns=keep_columns,
        strict=strict,
        on_bad=on_bad,
    )


def column_mapping(options: Sequence[str] | None) -> dict[str, str]:
    """Field -> column name.

    >>> column_mapping(["title=Titel"])
    {'title': 'Titel'}
    """
    pairs = [option.partition("=") for option in options or ()]
    for field, equals, name in pairs:
        if not (field and equals and name):
            raise typer.BadParameter(
                f"expected FIELD=NAME, as in title=Titel; found {field}{equals}{name}", param_hint="--column"
            )
    return {field.strip(): name for field, _, name in pairs}


def with_prior(classifier: Classifier, mix: str | None, papers: Iterable[Paper]) -> Classifier:
    """The classifier for papers of the class mix that `--prior` states.

    Args:
        classifier: What `load` gave.
        mix: The option's text.
        papers: The papers; read for `auto` alone.

    Raises:
        typer.BadParameter: The text cannot be understood.
        SettingsError: The model lacks a category, or the shares are not possible.
    """
    if mix is None:
        return classifier
    if mix == "auto":
        found = classifier.estimate_prior(papers)
        say("prior: " + ", ".join(f"{label}={share:.3f}" for label, share in found.items()))
        return classifier.with_prior(found)
    from arxonomy.inference.class_prior import parse_class_prior

    shares = parse_class_prior(mix)
    if shares is None:
        raise typer.BadParameter(
            f"expected CATEGORY=SHARE,... with each category once, uniform or auto; found {mix}",
            param_hint="--prior",
        )
    return classifier.with_prior(shares)


def column_words(options: Sequence[str] | None) -> str:
    """The options again, as the end of a command line.

    >>> column_words(["title=Der Titel"])
    " --column 'title=Der Titel'"
    """
    return "".join(f" --column {shlex.quote(option)}" for option in options or ())
