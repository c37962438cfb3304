"""What the commands of studies share: their results go to stdout and files, and their runs can be resumed."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import Rest, check_rest_option
from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.studies.bench import Equipment
    from arxonomy.studies.compare import ModelComparison
    from arxonomy.studies.systems import Contest
    from arxonomy.studies.teaching import Lesson

SeedOption = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Random seed of the bootstrap.")]
DisagreementsOption = Annotated[
    Path | None,
    typer.Option(
        "--disagreements",
        metavar="FILE.csv",
        help="Write the papers that some, but not all, systems get right.",
    ),
]


def get_command_line() -> list[str]:
    """The words of the command that runs."""
    return ["arxonomy", *sys.argv[1:]]


@contextmanager
def open_equipment(
    out: Path,
    split_file: Path | None,
    vectors: Path | None,
    device: str,
    threads: int | None,
    rest: Rest | None = None,
    lesson: Lesson | None = None,
) -> Iterator[Equipment]:
    """What runs are trained with, under a progress bar; after Ctrl-C it is reported how to resume.

    Raises:
        typer.Exit: With 130, after Ctrl-C.
        typer.BadParameter: There is a `--rest` without `--split-file`.
    """
    from arxonomy.cli.progress import QuietBar
    from arxonomy.runtime import count_cores
    from arxonomy.studies.bench import Equipment

    chosen = check_rest_option(rest, split_file)
    try:
        with QuietBar() as bar:
            yield Equipment(
                out,
                split_file=split_file,
                rest=chosen,
                vectors=vectors,
                lesson=lesson,
                device=device,
                threads=threads or count_cores(),
                command=get_command_line(),
                reporter=bar,
            )
    except KeyboardInterrupt:
        say("stopped", "hint: resume with the same command")
        raise typer.Exit(130) from None


def publish(
    numbers: Mapping[str, object],
    to_text: Callable[[], str],
    *,
    as_json: bool,
    output: Path | None,
    bad: BadRecords,
) -> None:
    """Print numbers, as JSON or as text, and write them to a file if one is named.

    Args:
        numbers: What JSON can hold.
        to_text: Makes the text.
        as_json: Print JSON.
        output: The file.
        bad: The bad records.

    Raises:
        typer.Exit: With 1, in the end, if records were bad.
    """
    from arxonomy.atomic import write_atomic

    text = json.dumps(numbers, ensure_ascii=False, indent=2)
    if output is not None:
        write_atomic(output, text + "\n")
    print(text if as_json else to_text())
    if bad.count:
        raise typer.Exit(1)


def publish_comparison(
    comparison: ModelComparison,
    disagreements: Path | None,
    *,
    as_json: bool,
    output: Path | None,
    bad: BadRecords,
) -> None:
    """Publish a comparison with the command that gave it, and write disagreements if a file is named.

    Raises:
        typer.Exit: See `publish`.
    """
    basis = comparison.basis.model_copy(update={"command": shlex.join(get_command_line())})
    count = None if disagreements is None else write_disagreements(disagreements, comparison.contest)
    comparison = replace(comparison, basis=basis, disagreements=count)
    publish(comparison.to_dict(), comparison.to_text, as_json=as_json, output=output, bad=bad)


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV, atomically; each cell is one line without control characters, None is empty."""
    from arxonomy.atomic import replace_file
    from arxonomy.sanitize import clean_for_terminal, format_csv_line

    with replace_file(path) as temporary, temporary.open("wb") as file:
        for cells in (header, *rows):
            texts = ["" if cell is None else clean_for_terminal(str(cell)) for cell in cells]
            file.write(format_csv_line(texts))


def write_disagreements(path: Path, contest: Contest) -> int:
    """Write the papers on which systems disagree as CSV; see `list_disagreements`.

    Returns:
        Number of papers written.
    """
    from arxonomy.studies.disagreements import list_disagreements

    header, rows = list_disagreements(contest)
    write_table(path, header, rows)
    say(f"papers on which systems disagree: {len(rows):,}, in {path}")
    return len(rows)
