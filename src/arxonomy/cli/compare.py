"""`arxonomy compare`: several systems on the same papers, and whether they differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import (
    ColumnOption,
    Device,
    DeviceOption,
    JsonOption,
    NumbersOption,
    ResamplesOption,
    StrictOption,
    ThreadsOption,
    parse_columns,
)
from arxonomy.studies.bench import publish, rests_on, resumable
from arxonomy.studies.selection import Part

if TYPE_CHECKING:
    from arxonomy.studies.systems import Contest

EXAMPLES = """
Example: arxonomy compare runs/v1-seed42 runs/baseline-seed42 --data papers.csv
Example: arxonomy compare runs/v1-seed* runs/v3-seed* --data papers.csv --flips flips.csv
Example: arxonomy compare one-bundle other-bundle --data new-papers.csv --json
Example: arxonomy compare --cv 5 --recipe v1 --recipe baseline --data papers.csv --vectors glove.txt
"""


def command(
    models: Annotated[
        list[Path] | None,
        typer.Argument(metavar="RUN|BUNDLE", show_default=False, help="Run folders or bundles."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Labeled papers; for runs, those that they were trained on."),
    ] = None,
    split: Annotated[
        Part | None,
        typer.Option(help="Papers to score: test, if not said; of bundles without --split-file, all."),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with row or id, and for bundles a column split, for --cv a column fold.",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option("--cv", min=2, metavar="K", help="Train each --recipe K times, testing each fold once."),
    ] = None,
    recipes: Annotated[
        list[str] | None,
        typer.Option("--recipe", metavar="NAME|FILE.toml", help="With --cv; can be given several times."),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --cv: word vectors to start from.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --cv: where the runs go; runs/cv, if not said."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="With --cv: change a setting of all recipes."),
    ] = None,
    apart: Annotated[
        bool, typer.Option("--no-pool", help="Runs that differ only in their seed are systems of their own.")
    ] = False,
    flips: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write the papers that are not right with all or none."),
    ] = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    draws: ResamplesOption = 10_000,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of those draws.")] = 0,
    column: ColumnOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Compare models on the same papers: scores, confidence intervals, significance, speed.

    Runs of one recipe that differ in the seed alone are one system: its scores are the means over the
    seeds. Intervals come from papers drawn anew, for all systems the same. A system is called better where
    the difference is more than the luck of the papers (McNemar's exact test) and, where there are several
    seeds, of the seeds too; with several pairs, after Holm's correction.

    With --cv each recipe is trained on K folds, so that every paper is a test paper once. Finished folds
    are not trained again: the same command goes on where it was stopped.
    """
    from arxonomy.papers import check_readable_twice
    from arxonomy.runtime import count_cores

    training = {"--recipe": recipes, "--vectors": vectors, "--out": out, "--set": settings}
    trained = {"RUN": models, "--split": split, "--no-pool": apart or None}
    for name, value in (trained if folds else training).items():
        if value:
            raise typer.BadParameter(f"goes {'without' if folds else 'with'} --cv", param_hint=name)
    if not (recipes if folds else models):
        raise typer.BadParameter("expected at least one", param_hint="--recipe" if folds else "RUN")
    if data is None:
        raise typer.BadParameter(_which_data(models), param_hint="--data")
    check_readable_twice(data)
    bad, computing = BadRecords(data), threads or count_cores()
    common: dict[str, Any] = {"split_file": split_file, "columns": parse_columns(column), "strict": strict}
    common |= {"bad": bad, "device": device.value, "threads": computing}
    if folds:
        from arxonomy.studies.cross_validation import cross_validated

        own: dict[str, Any] = {"overrides": settings or [], "vectors": vectors}
        with resumable():
            found = cross_validated(recipes or [], data, folds, out=out or Path("runs/cv"), **own, **common)
    else:
        from arxonomy.studies.systems import contest

        found = contest(models or [], data, split=split, apart=apart, **common)
        if len(models or []) > len(found.systems) == 1:
            say("note: these differ in the seed alone and are one system; --no-pool keeps them apart")
    bad.sum_up()
    comparison = _compared(found, data, draws, seed) | {"folds": folds, "threads": computing}
    if flips is not None:
        from arxonomy.studies.disagreements import write_flips

        comparison["flips"] = write_flips(flips, found)
        say(f"papers that flip: {comparison['flips']:,}, in {flips}")
    publish(comparison, _readable, as_json=as_json, output=output, bad=bad)


def _which_data(models: Sequence[Path] | None) -> str:
    """What to give, if a run says it."""
    from arxonomy.artifacts.run import Run

    for run in map(Run, models or ()):
        if run.exists():
            data = run.info()["data"]
            return (
                f"give the labeled papers that {run.folder} was trained on: {data['name']}, "
                f"{data['papers']:,} papers, sha256 {data['sha256'][:12]}..."
            )
    return "give a file of labeled papers"


def _compared(found: Contest, data: Path, draws: int, seed: int) -> dict[str, Any]:
    """All numbers: those of the answers, speeds, and what they rest on."""
    from arxonomy.evaluation.comparison import compare
    from arxonomy.evaluation.comparison_text import verdict
    from arxonomy.papers import group_copies
    from arxonomy.studies.systems import papers_per_second

    comparison = compare(
        found.truth,
        {system.name: system.probabilities for system in found.systems},
        found.labels,
        [paper.categories for paper in found.papers],
        groups=group_copies(found.papers),
        draws=draws,
        seed=seed,
    )
    timed, speeds = papers_per_second(found)
    for system in found.systems:
        comparison["systems"][system.name] |= {
            "models": [str(model) for model in system.models],
            "papers_per_second": speeds[system.name],
            "backend": system.classifier.backend,
        }
    for pair in comparison["pairs"]:
        pair["verdict"] = verdict(pair)
    return comparison | {"timed_papers": timed} | rests_on(data, found.sha256, draws, seed)


def _readable(comparison: dict[str, Any]) -> str:
    from arxonomy.evaluation.comparison_text import format_comparison
    from arxonomy.studies.systems import PASSES

    timed, threads = comparison["timed_papers"], comparison["threads"]
    backends = ", ".join(sorted({own["backend"] for own in comparison["systems"].values()}))
    folds = (
        f"folds: {comparison['folds']}, each sorted by a model that was trained without it; the models share "
        "training papers, and intervals and tests are about these models\n"
    )
    return (
        f"{format_comparison(comparison)}\n\n{folds if comparison['folds'] else ''}"
        f"papers/s: the median of {PASSES} passes over the same {timed:,} papers after one that does not "
        f"count, in turn, with at most {threads} {'thread' if threads == 1 else 'threads'} ({backends})"
    )
