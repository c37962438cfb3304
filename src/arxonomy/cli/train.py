"""`arxonomy train`: labeled papers and a recipe in, a run folder out."""

from __future__ import annotations

import json
import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.cli.options import (
    ColumnOption,
    Device,
    DeviceOption,
    LabeledArgument,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    format_columns,
    parse_columns,
)
from arxonomy.studies.bench import choose_split

if TYPE_CHECKING:
    import numpy as np

    from arxonomy.artifacts.run import Run
    from arxonomy.config import Recipe
    from arxonomy.papers import Dataset

EXAMPLES = """
Example: arxonomy train papers.csv --recipe v1
Example: arxonomy train papers.csv --recipe v1 --seed 7 --set training.epochs=10 --resume
Example: arxonomy train papers.csv --recipe my.toml --vectors glove.txt --out runs/mine
"""


def command(
    data: LabeledArgument,
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE.toml", help="What to train; `arxonomy recipes` lists the names.")
    ],
    vectors: VectorsOption = None,
    split: SplitOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder; runs/RECIPE-seedN, if not said.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Short for --set training.seed=N; an ensemble's seeds are drawn from it."
        ),
    ] = None,
    settings: SettingsOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was stopped, if there is one.")
    ] = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
    column: ColumnOption = None,
    strict: StrictOption = False,
) -> None:
    """Train a recipe on labeled papers.

    Prints one line of JSON per epoch. A run can be stopped at any time; the same command with --resume
    goes on and ends with the same weights as if it had never been stopped.

    Of an ensemble the members are trained one after the other, into folders of the run; --set changes the
    recipes of all of them, as does whatever else the ensemble's recipe states.

    Of a baseline each setting to try is fitted, and the validation papers choose; a line is printed for each.
    """
    from arxonomy.config import load_recipe
    from arxonomy.papers import load_dataset

    mapping = parse_columns(column)
    overrides = [*(settings or ()), *([] if seed is None else [f"training.seed={seed}"])]
    resolved = load_recipe(recipe, overrides)
    folder = out or Path("runs") / _name(resolved)

    import torch

    from arxonomy.artifacts.run import Run
    from arxonomy.cli.progress import Bar
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import train

    # Fabric tells of each precision it uses; the run folder says it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    if threads is not None:
        torch.set_num_threads(threads)
    bad = BadRecords(data)
    try:
        dataset = load_dataset(data, resolved.data, columns=mapping, strict=strict, on_bad=bad)
        bad.sum_up()
        parts = _parts(dataset, resolved, split, Run(folder))
        with Bar() as bar:
            words = ["arxonomy", *sys.argv[1:]]
            job = TrainingJob(dataset, parts, resolved, folder, vectors, device.value, words)
            run = train(job, resume=resume, reporter=bar)
    except KeyboardInterrupt:
        say("stopped; go on with the same command and --resume")
        raise typer.Exit(130) from None
    _sum_up(run, data, format_columns(column))
    if bad.count:
        raise typer.Exit(1)


def _name(recipe: Recipe) -> str:
    """Of the run's folder; an ensemble's says a seed only if its own seeds are not taken."""
    if recipe.ensemble.members and "seed" not in recipe.training.model_fields_set:
        return recipe.name
    return f"{recipe.name}-seed{recipe.training.seed}"


def _parts(dataset: Dataset, recipe: Recipe, split: Path | None, run: Run) -> np.ndarray:
    """The split given; else that of the run to go on with; else a new one."""
    from arxonomy.papers import read_split

    if split is None and run.exists() and run.info()["data"]["sha256"] == dataset.sha256:
        return read_split(run.split, dataset.papers)
    return choose_split(dataset, recipe.data, split)


def _sum_up(run: Run, data: Path, columns: str) -> None:
    metrics = run.metrics()
    scores = metrics["validation"]
    folder = shlex.quote(str(run.folder))
    say(f"run: {run.folder}")
    if "members" in metrics:
        accuracies = metrics["diversity"]["member_accuracies"]
        best = (
            f"validation accuracy of the members: {', '.join(f'{one:.2%}' for one in accuracies)}; together"
        )
    elif "chosen" in metrics:
        entry = ", ".join(f"{name} {json.dumps(value)}" for name, value in metrics["chosen"].items())
        best = f"chosen of {len(metrics['tried'])} settings: {entry or 'the only one'}; validation accuracy"
    else:
        best = f"best epoch: {metrics['best_epoch']}, with validation accuracy"
    say(f"{best} {scores['accuracy']:.2%} and macro F1 {scores['macro_f1']:.4f}")
    say(f"next: arxonomy evaluate {folder} {shlex.quote(str(data))}{columns}")
    if any(part.recipe().baseline for part in run.members()):  # which is not exported
        say(f"then: arxonomy classify FILE --model {folder}")
    else:
        say(f"then: arxonomy export {folder} --out {shlex.quote(str(run.folder) + '-bundle')}")
