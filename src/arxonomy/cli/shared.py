"""What the commands of studies share: their results go to stdout and files, and their runs can be resumed."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.errors import SettingsError
from arxonomy.version import __version__

if TYPE_CHECKING:
    from arxonomy.studies.bench import Equipment
    from arxonomy.studies.compare import Contest

SeedOption = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Random seed of the bootstrap.")]
DisagreementsOption = Annotated[
    Path | None,
    typer.Option(
        "--disagreements", metavar="FILE.csv", help="Write the papers that some systems get right, not all."
    ),
]


def command_line() -> list[str]:
    """The words of the command that runs."""
    return ["arxonomy", *sys.argv[1:]]


def describe_basis(data: Path, sha256: str, draws: int, seed: int = 0) -> dict[str, Any]:
    """What the numbers of a study rest on; `sha256` is that of the data when they were read."""
    return {
        "data": {"name": data.name, "sha256": sha256},
        "bootstrap": {"draws": draws, "seed": seed},
        "arxonomy": __version__,
        "command": shlex.join(command_line()),
    }


@contextmanager
def study_equipment(vectors: Path | None, device: str, threads: int | None) -> Iterator[Equipment]:
    """What runs are trained with, under a progress bar; after Ctrl-C it is reported how to resume.

    Raises:
        typer.Exit: With 130, after Ctrl-C.
    """
    from arxonomy.cli.progress import QuietBar
    from arxonomy.runtime import count_cores
    from arxonomy.studies.bench import Equipment

    try:
        with QuietBar() as bar:
            yield Equipment(vectors, device, threads or count_cores(), command_line(), bar)
    except KeyboardInterrupt:
        say("stopped; resume with the same command")
        raise typer.Exit(130) from None


@contextmanager
def usage_error(option: str) -> Iterator[None]:
    """Report a check of an option as wrong usage.

    Raises:
        typer.BadParameter: Instead of a SettingsError.
    """
    try:
        yield
    except SettingsError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def publish(
    numbers: Mapping[str, Any],
    format_text: Callable[[Any], str],
    *,
    as_json: bool,
    output: Path | None,
    bad: BadRecords,
) -> None:
    """Print numbers, as JSON or as text, write them to a file if one is named, and count bad records.

    Raises:
        typer.Exit: With 1, in the end, if records were bad.
    """
    from arxonomy.atomic import write_atomic

    bad.sum_up()
    text = json.dumps(numbers, ensure_ascii=False, indent=2)
    if output is not None:
        write_atomic(output, text + "\n")
    print(text if as_json else format_text(numbers))
    if bad.count:
        raise typer.Exit(1)


def write_disagreements(path: Path, contest: Contest) -> int:
    """Write the papers on which systems disagree as CSV; see `list_disagreements`.

    Returns:
        Number of papers written.
    """
    from arxonomy.atomic import replace_file
    from arxonomy.sanitize import clean_for_terminal, format_csv_line
    from arxonomy.studies.disagreements import list_disagreements

    header, rows = list_disagreements(contest)
    with replace_file(path) as temporary, temporary.open("wb") as file:
        for cells in (header, *rows):
            file.write(format_csv_line([clean_for_terminal(cell) for cell in cells]))
    say(f"papers on which systems disagree: {len(rows):,}, in {path}")
    return len(rows)
