"""What the studies that train many runs share: recipes, papers, runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.advice import advise_option, name_option
from arxonomy.errors import DataError, SettingsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from arxonomy.artifacts.run import Run
    from arxonomy.config import DataSettings, Recipe
    from arxonomy.inference import Classifier
    from arxonomy.papers import Dataset, Parts, Rest
    from arxonomy.studies.jobs import PlannedRun
    from arxonomy.studies.source import Source
    from arxonomy.studies.teaching import Lesson
    from arxonomy.training.reporter import Reporter


@dataclass(frozen=True)
class Equipment:
    """What the runs of a study are trained with, and where they go."""

    out: Path
    """Folder of the run folders."""
    split_file: Path | None = None
    """A split of the papers, or their folds; None: a new one."""
    rest: Rest | None = None
    """What becomes of the papers that a split of them does not name; None: they are left out."""
    vectors: Path | None = None
    """Word vectors that networks start from."""
    lesson: Lesson | None = None
    """Who teaches the recipes that set `training.teacher_share`."""
    device: str = "auto"
    """As for `train`."""
    threads: int = 1
    """To compute with, >= 1."""
    command: Sequence[str] = ()
    """The command line, for `run.json`."""
    reporter: Reporter | None = None
    """Progress callbacks; see `train`."""


@dataclass(frozen=True)
class Bench:
    """Papers, and what runs are trained with."""

    dataset: Dataset
    """The papers."""
    equipment: Equipment
    """Vectors, device and the like."""

    def train(self, plan: Sequence[PlannedRun]) -> list[Run]:
        """Train these runs, their teachers first; finished ones are not trained again.

        Raises:
            ArxonomyError: See `train_jobs` and `teach`.
        """
        from arxonomy.studies.jobs import train_jobs
        from arxonomy.studies.teaching import teach
        from arxonomy.training.job import TrainingJob

        shared = self.equipment
        jobs = [
            TrainingJob(
                self.dataset,
                run.parts,
                run.recipe,
                run.folder,
                vectors=shared.vectors,
                device=shared.device,
                command=shared.command,
                title=run.title,
                threads=shared.threads,
            )
            for run in plan
        ]
        if (lesson := shared.lesson) is not None:
            jobs = [
                teach(job, lesson, resume=True, reporter=shared.reporter)
                if job.recipe.training.teacher_share
                else job
                for job in jobs
            ]
        return train_jobs(jobs, reporter=shared.reporter)

    def load(self, run: Run) -> Classifier:
        """The classifier that a run has trained."""
        from arxonomy.inference import load

        # A baseline has no choice of the device.
        device = self.equipment.device if run.recipe().baseline is None else "auto"
        return load(run.folder, device=device, threads=self.equipment.threads)

    def classify(self, run: Run, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """(N, C) probabilities of a run for the N papers in `rows`."""
        return self.load(run).probabilities(self.dataset.papers[row] for row in rows.tolist())


def open_bench(file: Source, recipes: Sequence[Recipe], equipment: Equipment) -> Bench:
    """Read the papers for recipes that all learn the same labels.

    Raises:
        SettingsError: Recipes of one name, or with other settings of the data than the first; or there are
            teachers, and no recipe that learns from them.
        ArxonomyError: See `load_dataset`.
    """
    import torch

    from arxonomy.auditing import log_spellings

    _check_recipes(recipes)
    if equipment.lesson is not None and not any(recipe.training.teacher_share for recipe in recipes):
        raise SettingsError(
            f"{name_option('--teacher')}: expected a recipe that sets training.teacher_share, as "
            f"arxonomy-taught does, found {', '.join(recipe.name for recipe in recipes)}"
        )
    torch.set_num_threads(equipment.threads)
    dataset = file.read(recipes[0].data)
    log_spellings(dataset)
    return Bench(dataset, equipment)


def _check_recipes(recipes: Sequence[Recipe]) -> None:
    names = [recipe.name for recipe in recipes]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise SettingsError(
            f"expected recipes with names of their own, found `{repeated[0]}` twice; rename one"
        )
    for recipe in recipes[1:]:
        for key in type(recipe.data).model_fields:
            first, other = getattr(recipes[0].data, key), getattr(recipe.data, key)
            if first != other:
                raise SettingsError(
                    f"expected recipes for the same labels and split, found data.{key} {first!r} in "
                    f"{names[0]} and {other!r} in {recipe.name}; set it for all, with "
                    + (
                        name_option("--among")
                        if key == "among"
                        else advise_option("--set", f"data.{key}=...")
                    )
                )


def choose_split(
    dataset: Dataset, settings: DataSettings, file: Path | None, rest: Rest | None = None
) -> Parts:
    """The split of a file, or a new one; logs what the cheap part of an audit finds in it.

    Raises:
        SettingsError: There is a `rest` of no split file.
        ArxonomyError: The split cannot be read or made.
    """
    from arxonomy.auditing import log_warnings
    from arxonomy.papers import check_rest, make_split, read_training_split

    check_rest(rest, file)
    if file is None:
        parts = make_split(dataset.papers, settings, dataset.groups)
    else:
        parts = read_training_split(file, dataset, rest)
    log_warnings(dataset, parts)
    return parts


def find_test_rows(parts: Parts) -> npt.NDArray[np.int64]:
    """Where the test papers stand.

    Raises:
        DataError: There are fewer than two.
    """
    import numpy as np

    rows = np.flatnonzero(parts == "test")
    if len(rows) < 2:
        raise DataError(
            f"expected at least two test papers, found {len(rows)}; give another split, or a larger "
            "data.test_share"
        )
    return rows
