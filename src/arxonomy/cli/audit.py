"""`arxonomy audit`: labeled papers in, what is wrong with their labels out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import ColumnOption, StrictOption, format_columns, parse_columns
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.auditing import Suspect
    from arxonomy.config import DataSettings

EXAMPLES = """
Example: arxonomy audit papers.csv --suspects suspects.csv
Example: arxonomy audit papers.csv --split-file split.csv --no-noise --json
Example: arxonomy audit papers.csv --set 'data.merge={"cs.AI-LG" = ["cs.AI", "cs.LG"]}'
"""


def command(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", show_default=False, help="Labeled papers: CSV, JSON lines, ...")
    ],
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.toml",
            help="Merge and keep labels as this recipe does; labels are as in the file, if not said.",
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
        typer.Option(metavar="FILE", help="Look for leakage across this split: split and row or id."),
    ] = None,
    noise: Annotated[
        bool, typer.Option("--noise/--no-noise", help="Estimate label noise, which takes most of the time.")
    ] = True,
    suspects_file: Annotated[
        Path | None,
        typer.Option("--suspects", metavar="OUT.csv", help="Also write the suspicious papers, ranked."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.json", help="Also write the findings as JSON."),
    ] = None,
    column: ColumnOption = None,
    strict: StrictOption = False,
) -> None:
    """Audit labels: duplicates, contradictions, leakage, noise.

    Repeats and near-duplicates, copies with contradicting labels and the ceiling that they set, labels that
    are not the primary category, leakage across a split, small classes, unusual texts, and label noise by
    confident learning.

    The table of suspects has the columns rank, row (from 0), id, title, label, suspected, other_label,
    other_row (of a copy), score (evidence for the other label) and why. Findings are no errors: the exit
    status is 1 only if records were bad or could not be read.
    """
    from arxonomy.atomic import write_atomic
    from arxonomy.auditing import collect_findings, rank_suspects, summarize
    from arxonomy.papers import load_dataset, read_split

    chosen = _data_settings(recipe, settings or ())
    bad = BadRecords(data)
    with _Steps() as steps:
        steps("reading")
        dataset = load_dataset(
            data, chosen, columns=parse_columns(column), strict=strict, any_labels=True, on_bad=bad
        )
        parts = None if split_file is None else read_split(split_file, dataset.papers)
        findings = collect_findings(dataset, parts, noise=noise, on_step=steps)
        steps("report")
        summary = summarize(findings)
        suspects = rank_suspects(findings) if suspects_file is not None else []
    bad.sum_up()
    command_line = _format_command(data, recipe, settings or (), split_file, noise, column)
    text = json.dumps({"command": command_line, **summary.to_dict()}, ensure_ascii=False, indent=2)
    if output is not None:
        write_atomic(output, text + "\n")
    if suspects_file is not None:
        _write_suspects(suspects_file, suspects)
        say(f"{len(suspects):,} suspicious papers in {suspects_file}")
    print(text if as_json else summary.to_text())
    if bad.count:
        raise typer.Exit(1)


def _data_settings(recipe: str | None, overrides: Sequence[str]) -> DataSettings:
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
    """The command that gives these findings, with file names alone: folders differ between machines."""
    words = [
        *([] if recipe is None else ["--recipe", Path(recipe).name]),
        *(word for setting in settings for word in ("--set", setting)),
        *([] if split_file is None else ["--split-file", split_file.name]),
        *([] if noise else ["--no-noise"]),
    ]
    return f"arxonomy audit {shlex.join([data.name, *words])}{format_columns(columns)}"


def _write_suspects(path: Path, suspects: Sequence[Suspect]) -> None:
    from arxonomy.atomic import replacing
    from arxonomy.auditing import COLUMNS
    from arxonomy.sanitize import format_csv_line

    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(format_csv_line(COLUMNS))
        # A title may contain anything: each cell is one line, without control characters.
        file.writelines(
            format_csv_line([_clean(getattr(suspect, name)) for name in COLUMNS]) for suspect in suspects
        )


def _clean(value: object) -> str:
    return "" if value is None else clean_for_terminal(str(value))


class _Steps:
    """Shows on a terminal what is being done; a context manager."""

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
