"""`arxonomy curve`: learning curves, accuracy against the number of training papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AmongOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    JsonOption,
    LabeledArgument,
    MinPapersOption,
    NumbersOption,
    RestOption,
    SeedsOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    load_recipe_for,
    parse_columns,
)
from arxonomy.cli.shared import open_equipment, publish
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy curve papers.csv --recipe linear-svm --recipe complement-nb
Example: arxonomy curve papers.csv --recipe v1 --vectors glove.txt --sizes 1000,2000,4000,8000
Example: arxonomy curve papers.csv --recipe logistic --report curve.html
"""


def command(
    data: LabeledArgument,
    recipes: Annotated[
        list[str],
        typer.Option("--recipe", metavar="NAME|FILE.toml", help="Network or baseline; several can be given."),
    ],
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Numbers of training papers (default: all of them, a half, a quarter, and so on).",
        ),
    ] = None,
    more: Annotated[
        int, typer.Option(min=1, metavar="N", help="Extrapolate to N more training papers.")
    ] = 10_000,
    seeds: SeedsOption = 3,
    vectors: VectorsOption = None,
    split_file: SplitOption = None,
    rest: RestOption = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the runs go, as RECIPE/seed-S/N.")
    ] = Path("runs/curve"),
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    settings: SettingsOption = None,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Also write a report with the curves.")
    ] = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    resamples: Annotated[
        int,
        typer.Option(
            "--bootstrap", min=100, metavar="N", help="Number of bootstrap resamples of papers and seeds."
        ),
    ] = 2_000,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Learning curves: accuracy by training-set size, extrapolated.

    Each recipe is trained on nested subsets of the training papers, which keep the shares of the labels;
    validation and test papers stay the same. Each seed draws its own subsets. A power law with a floor is
    fitted to the errors; the intervals are a bootstrap over test papers and seeds.

    Finished runs are not trained again: the same command resumes where it was stopped.
    """
    chosen_sizes = None if sizes is None else _parse_sizes(sizes)
    loaded = [load_recipe_for(name, settings or (), among, min_papers) for name in recipes]
    bad = BadRecords(data)

    from arxonomy.atomic import write_atomic
    from arxonomy.studies.learning_curve import measure_learning_curve
    from arxonomy.studies.source import LabeledFiles

    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    with open_equipment(out, split_file, vectors, device.value, threads, rest) as equipment:
        curves = measure_learning_curve(
            loaded,
            file,
            sizes=chosen_sizes,
            more=more,
            seeds=seeds,
            resamples=resamples,
            equipment=equipment,
        )
    if report is not None:
        write_atomic(report, curves.to_html())
        say(f"report: {report}")
    publish(curves.to_dict(), curves.to_text, as_json=as_json, output=output, bad=bad)


def _parse_sizes(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"expected numbers of papers, as in 500,1000,2000; found {text}", param_hint="--sizes"
        ) from None
