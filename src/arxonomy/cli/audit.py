"""`arxonomy audit`: labeled papers in, problems of their labels out."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import ColumnOption, LabeledArgument, StrictOption, format_columns, parse_columns
from arxonomy.cli.shared import publish, write_table
from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.config import DataSettings

EXAMPLES = """
Example: arxonomy audit papers.csv --suspects suspects.csv
Example: arxonomy audit papers.csv --split-file split.csv --no-noise --json
Example: arxonomy audit papers.csv --set 'data.merge={"cs.AI-LG" = ["cs.AI", "cs.LG"]}'
"""


def command(
    data: LabeledArgument,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.toml",
            help="Merge and keep labels as in this recipe (default: labels as in the file).",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting of a recipe's table `data`, such as data.merge; can be given several times.",
        ),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Check this split for leakage: CSV with the columns split and row or id."
        ),
    ] = None,
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
    strict: StrictOption = False,
) -> None:
    """Audit labels: duplicates, contradictions, leakage, noise.

    Reports repeats and near-duplicates, contradicting labels and the label-noise ceiling that they set,
    labels other than the primary category, leakage across a split, small classes, unusual texts, and label
    noise by confident learning.

    The table of suspects has the columns rank, row (from 0), id, title, label, suspected, other_label,
    other_row (of a copy), score (evidence for the other label) and why. Findings are not errors: the exit
    status is 1 only if records were bad or could not be read.
    """
    from arxonomy.auditing import COLUMNS, collect_findings, rank_suspects, summarize
    from arxonomy.papers import load_dataset, read_split

    data_settings = _load_settings(recipe, settings or ())
    bad = BadRecords(data)
    with _Steps() as steps:
        steps("reading")
        dataset = load_dataset(
            data, data_settings, columns=parse_columns(column), strict=strict, any_labels=True, on_bad=bad
        )
        bad.sum_up()
        parts = None if split_file is None else read_split(split_file, dataset.papers)
        findings = collect_findings(dataset, parts, noise=noise, on_step=steps)
        steps("report")
        summary = summarize(findings)
        suspects = rank_suspects(findings) if suspects_file is not None else []
    if suspects_file is not None:
        rows = [[getattr(suspect, name) for name in COLUMNS] for suspect in suspects]
        write_table(suspects_file, COLUMNS, rows)
        say(f"{len(suspects):,} suspicious papers: {suspects_file}")
    command_line = _format_command(data, recipe, settings or (), split_file, noise, column)
    numbers = {"command": command_line, **summary.to_dict()}
    publish(numbers, summary.to_text, as_json=as_json, output=output, bad=bad)


def _load_settings(recipe: str | None, overrides: Sequence[str]) -> DataSettings:
    from arxonomy.config import load_recipe, make_recipe

    for override in overrides:
        if not override.strip().startswith("data."):
            raise typer.BadParameter(
                f"an audit uses only settings of `data`, such as data.merge; found {override}",
                param_hint="--set",
            )
    if recipe is None:
        return make_recipe({"name": "audit"}, overrides).data
    return load_recipe(recipe, overrides).data


def _format_command(
    data: Path,
    recipe: str | None,
    settings: Sequence[str],
    split_file: Path | None,
    noise: bool,
    columns: Sequence[str] | None,
) -> str:
    """Format the command of this audit with file names alone, since folders differ between machines."""
    words = [
        *([] if recipe is None else ["--recipe", Path(recipe).name]),
        *(word for setting in settings for word in ("--set", setting)),
        *([] if split_file is None else ["--split-file", split_file.name]),
        *([] if noise else ["--no-noise"]),
    ]
    return f"arxonomy audit {shlex.join([data.name, *words])}{format_columns(columns)}"


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
