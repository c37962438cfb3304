"""`arxonomy ablate`: a recipe, and the recipe with one thing taken out at a time."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import (
    ColumnOption,
    Device,
    DeviceOption,
    JsonOption,
    LabeledArgument,
    NumbersOption,
    ResamplesOption,
    SeedsOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    parse_columns,
)
from arxonomy.errors import SettingsError
from arxonomy.studies.bench import (
    make_bench,
    publish,
    rests_on,
    resumable,
    rows_to_test,
    split_of,
)

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run

EXAMPLES = """
Example: arxonomy ablate papers.csv --recipe v1 --vectors glove.txt
Example: arxonomy ablate papers.csv --recipe v1 --without title --without gate --seeds 5 --json
"""


def command(
    data: LabeledArgument,
    recipe: Annotated[str, typer.Option(metavar="NAME|FILE.toml", help="The whole: one network.")],
    things: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="THING",
            help="What to take out: title, abstract, attention, gate, residual, vectors, fine-tuning, "
            "augmentation, ...; can be given several times. If not said: all that the recipe has.",
        ),
    ] = None,
    seeds: SeedsOption = 3,
    vectors: VectorsOption = None,
    split: SplitOption = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the runs go, as SYSTEM/seed-S.")] = Path(
        "runs/ablate"
    ),
    settings: SettingsOption = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    draws: ResamplesOption = 10_000,
    column: ColumnOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Leave-one-out ablation of a recipe.

    The recipe is trained whole, and without one component at a time. All systems are trained with the same
    seeds and classify the same test papers. Each is compared with the whole as `arxonomy compare` does it,
    over papers and seeds, with p-values corrected for the number of components.

    Finished runs are not trained again: the same command goes on where it was stopped, and with more seeds or
    things trains those alone.
    """
    from arxonomy.config import load_recipe
    from arxonomy.runtime import count_cores

    whole, bad = load_recipe(recipe, settings or ()), BadRecords(data)

    from arxonomy.evaluation.comparison import compare
    from arxonomy.evaluation.comparison_text import format_ablation, verdict
    from arxonomy.papers import group_copies
    from arxonomy.studies.ablation import (
        COMPONENTS,
        ablation_jobs,
        check_ablatable,
        check_components,
        list_components,
    )

    check_ablatable(whole)
    check_components(whole, things or (), vectors is not None)
    if not (names := things or list_components(whole, vectors is not None)):
        raise SettingsError(
            f"the recipe {whole.name} has nothing that can be taken out; name another --recipe"
        )
    bench = make_bench(
        data,
        [whole],
        vectors=vectors,
        columns=parse_columns(column),
        strict=strict,
        bad=bad,
        device=device.value,
        threads=threads or count_cores(),
    )
    bad.sum_up()
    dataset = bench.dataset
    parts = split_of(dataset, whole.data, split)
    rows = rows_to_test(parts)
    papers = [dataset.papers[row] for row in rows.tolist()]
    plan = ablation_jobs(whole, names, seeds, parts, out)
    with resumable():
        trained = iter(bench.train([job for jobs in plan.values() for job in jobs]))
        runs = {system: [next(trained) for _ in jobs] for system, jobs in plan.items()}
        say(f"sorting {len(papers):,} test papers with each of {len(plan) * seeds} runs")
        answers = {system: [bench.answers(run, rows) for run in own] for system, own in runs.items()}
    found = compare(
        dataset.label_ids()[rows],
        answers,
        dataset.labels,
        [paper.categories for paper in papers],
        groups=group_copies(papers),
        against=whole.name,
        draws=draws,
    )
    for thing, (system, own) in zip((None, *names), runs.items(), strict=True):
        found["systems"][system] |= {"without": thing, **_costs(own)}
        if thing is not None:
            found["systems"][system]["meaning"] = COMPONENTS[thing].meaning
    for pair in found["pairs"]:
        pair["verdict"] = verdict(pair)
    found |= {"whole": whole.name, "seeds": [job.recipe.training.seed for job in plan[whole.name]]}
    publish(
        found | rests_on(data, dataset.sha256, draws),
        format_ablation,
        as_json=as_json,
        output=output,
        bad=bad,
    )


def _costs(runs: list[Run]) -> dict[str, Any]:
    """What the runs of a system cost."""
    from arxonomy.studies.ablation import count_parameters

    histories = [run.history() for run in runs]
    return {
        "models": [str(run.folder) for run in runs],
        "parameters": count_parameters(runs[0]),
        "epochs": [len(history) for history in histories],
        "seconds_per_epoch": statistics.median(line["seconds"] for own in histories for line in own),
    }
