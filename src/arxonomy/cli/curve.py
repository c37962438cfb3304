"""`arxonomy curve`: accuracy against the number of training papers, and what more of them would give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import (
    ColumnOption,
    Device,
    DeviceOption,
    JsonOption,
    LabeledArgument,
    NumbersOption,
    SeedsOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    parse_columns,
)
from arxonomy.studies.bench import make_bench, publish, rests_on, resumable, rows_to_test, split_of

EXAMPLES = """
Example: arxonomy curve papers.csv --recipe linear-svm --recipe complement-nb
Example: arxonomy curve papers.csv --recipe v1 --vectors glove.txt --sizes 1000,2000,4000,8000 --png curve.png
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
            help="Numbers of training papers; if not said, all of them, a half, a quarter, and so on.",
        ),
    ] = None,
    more: Annotated[int, typer.Option(min=1, metavar="N", help="More papers to ask about.")] = 10_000,
    seeds: SeedsOption = 3,
    vectors: VectorsOption = None,
    split: SplitOption = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the runs go, as RECIPE/seed-S/N.")
    ] = Path("runs/curve"),
    settings: SettingsOption = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE.png", help="Also draw the curves, in logarithms.")
    ] = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    draws: Annotated[
        int,
        typer.Option("--bootstrap", min=100, metavar="N", help="How often papers and seeds are drawn anew."),
    ] = 2_000,
    column: ColumnOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Learning curves: accuracy by training-set size, extrapolated.

    Each recipe is trained on subsets of the training papers, each a part of the next and with all labels in
    their shares; validation and test papers stay the same. Each seed draws its own subsets. A power law with
    a floor is fitted to the errors, and intervals come from drawing test papers and seeds anew.

    Finished runs are not trained again: the same command goes on where it was stopped.
    """
    from arxonomy.config import load_recipe
    from arxonomy.runtime import count_cores

    chosen = None if sizes is None else _numbers(sizes)
    loaded, bad = [load_recipe(name, settings or ()) for name in recipes], BadRecords(data)

    import numpy as np

    from arxonomy.evaluation import save_learning_curves
    from arxonomy.evaluation.learning_curves import learning_curves
    from arxonomy.evaluation.learning_curves_text import format_learning_curves
    from arxonomy.models.baselines.minilm import remembered_vectors
    from arxonomy.papers import group_copies
    from arxonomy.studies.learning_curve import curve_jobs

    bench = make_bench(
        data,
        loaded,
        vectors=vectors,
        columns=parse_columns(column),
        strict=strict,
        bad=bad,
        device=device.value,
        threads=threads or count_cores(),
    )
    bad.sum_up()
    dataset = bench.dataset
    parts = split_of(dataset, loaded[0].data, split)
    rows = rows_to_test(parts)
    plans = [curve_jobs(dataset, parts, own, chosen, seeds, out / own.name) for own in loaded]
    trained = plans[0][0]
    with resumable(), remembered_vectors():  # the papers of all runs are the same, or fewer of them
        runs = iter(bench.train([job for _, jobs in plans for job in jobs]))
        say(f"sorting {len(rows):,} test papers with each of {sum(len(jobs) for _, jobs in plans)} runs")
        truth, right, models = dataset.label_ids()[rows], {}, {}
        for recipe, (_, jobs) in zip(loaded, plans, strict=True):
            own = [next(runs) for _ in jobs]
            models[recipe.name] = [str(run.folder) for run in own]
            hits = np.array([bench.answers(run, rows).argmax(axis=1) == truth for run in own])
            right[recipe.name] = hits.reshape(seeds, len(trained), len(rows))
    groups = group_copies([dataset.papers[row] for row in rows.tolist()])
    curves = learning_curves(trained, right, more, groups=groups, draws=draws)
    for name, folders in models.items():
        curves["systems"][name]["models"] = folders
    if png is not None:
        save_learning_curves(curves, png)
        say(f"drawn in {png}")
    publish(
        curves | rests_on(data, dataset.sha256, draws),
        format_learning_curves,
        as_json=as_json,
        output=output,
        bad=bad,
    )


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"expected numbers of papers, as in 500,1000,2000; found {text}", param_hint="--sizes"
        ) from None
