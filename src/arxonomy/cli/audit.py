"""`arxonomy audit`: labeled papers in, problems of their labels out."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AmongOption,
    ColumnOption,
    EncodingOption,
    LabeledArgument,
    MinPapersOption,
    RestOption,
    StrictOption,
    check_rest_option,
    format_columns,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.shared import publish, write_table
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy audit papers.csv --suspects suspects.csv
Example: arxonomy audit papers.csv --split-file split.csv --no-noise --json
Example: arxonomy audit papers.csv --among 'cs.AI-LG=cs.AI+cs.LG,*'
"""


def command(
    data: LabeledArgument,
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    split_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Check this split for leakage: CSV with the columns split and row or id."
        ),
    ] = None,
    rest: RestOption = None,
    noise: Annotated[
        bool, typer.Option("--noise/--no-noise", help="Estimate label noise, which takes most of the time.")
    ] = True,
    suspects_file: Annotated[
        Path | None,
        typer.Option(
            "--suspects", metavar="OUT.csv", help="Also write the suspicious papers, ranked, as CSV."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT.json", help="Also write the summary as JSON to this file."
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
) -> None:
    """Audit labels: duplicates, contradictions, leakage, noise.

    Reports labels that are perhaps one in several spellings, repeats and near-duplicates, contradicting
    labels and the label-noise ceiling that they set, labels other than the primary category, leakage across a
    split, small classes, unusual texts, and label noise by confident learning.

    The table of suspects has the columns rank, row (from 0, over all files), id, title, label, suspected,
    other_label, other_row (of a copy), score (evidence for the other label) and why. Findings are not errors:
    the exit status is 1 only if records were bad or could not be read. Papers without a label, or with a word
    for none such as nan or N/A, are counted and left out.
    """
    from arxonomy.auditing import COLUMNS, collect_findings, rank_suspects, summarize
    from arxonomy.config import DataSettings
    from arxonomy.papers import read_training_split
    from arxonomy.studies.source import LabeledFiles

    chosen = DataSettings(among=parse_labels(among) or {}, min_papers=min_papers or 1)
    chosen_rest = check_rest_option(rest, split_file)
    bad = BadRecords(data)
    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    with _Steps() as steps:
        steps("reading")
        dataset = file.read(chosen, any_labels=True)
        parts = None if split_file is None else read_training_split(split_file, dataset, chosen_rest)
        findings = collect_findings(dataset, parts, noise=noise, on_step=steps)
        steps("report")
        summary = summarize(findings)
        suspects = rank_suspects(findings) if suspects_file is not None else []
    if suspects_file is not None:
        rows = [[getattr(suspect, name) for name in COLUMNS] for suspect in suspects]
        write_table(suspects_file, COLUMNS, rows)
        say(f"{len(suspects):,} suspicious papers: {suspects_file}")
    command_line = _format_command(
        data, among, min_papers, split_file, chosen_rest, noise, format_columns(column, encoding)
    )
    numbers = {"command": command_line, **summary.to_dict()}
    publish(numbers, summary.to_text, as_json=as_json, output=output, bad=bad)


def _format_command(
    data: Sequence[Path],
    among: str | None,
    min_papers: int | None,
    split_file: Path | None,
    rest: str | None,
    noise: bool,
    columns: str,
) -> str:
    """Format the command of this audit with file names alone, since folders differ between machines."""
    words = [
        *([] if among is None else ["--among", among]),
        *([] if min_papers is None else ["--min-papers", str(min_papers)]),
        *([] if split_file is None else ["--split-file", split_file.name]),
        *([] if rest is None else ["--rest", rest]),
        *([] if noise else ["--no-noise"]),
    ]
    return f"arxonomy audit {shlex.join([*(path.name for path in data), *words])}{columns}"


class _Steps:
    """Shows the current step on a terminal; a context manager."""

    def __init__(self) -> None:
        from rich.console import Console

        self._status = Console(stderr=True).status("")  # draws nothing where stderr is no terminal

    def __enter__(self) -> _Steps:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def __call__(self, name: str) -> None:
        self._status.update(name)
