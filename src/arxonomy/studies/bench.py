"""What the commands that train many runs share: recipes, papers, runs, and what their numbers rest on."""

from __future__ import annotations

import json
import logging
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from arxonomy.cli.messages import BadRecords, say
from arxonomy.errors import DataError, SettingsError
from arxonomy.version import __version__

if TYPE_CHECKING:
    import numpy as np

    from arxonomy.artifacts.run import Run
    from arxonomy.config import DataSettings, Recipe
    from arxonomy.inference import Classifier
    from arxonomy.papers import Dataset
    from arxonomy.studies.jobs import Job


@dataclass(frozen=True)
class Bench:
    """Papers, and what runs are trained with."""

    dataset: Dataset
    """The papers."""
    vectors: Path | None
    """Word vectors that networks start from."""
    device: str
    """As for `train`."""
    threads: int
    """To compute with, >= 1."""

    def train(self, jobs: Sequence[Job]) -> list[Run]:
        """The runs of these jobs; finished ones are not trained again. See `train_jobs`."""
        from arxonomy.cli.progress import QuietBar
        from arxonomy.studies.jobs import train_jobs

        with QuietBar() as bar:
            return train_jobs(
                self.dataset,
                jobs,
                vectors=self.vectors,
                device=self.device,
                command=["arxonomy", *sys.argv[1:]],
                reporter=bar,
            )

    def load(self, run: Run) -> Classifier:
        """What a run has learned."""
        from arxonomy.inference import load

        device = self.device if run.recipe().baseline is None else "auto"  # a baseline has no choice
        return load(run.folder, device=device, threads=self.threads)

    def answers(self, run: Run, rows: np.ndarray) -> np.ndarray:
        """(N, C) probabilities of a run for N papers."""
        return self.load(run).probabilities(self.dataset.papers[row] for row in rows.tolist())


def make_bench(
    data: Path,
    recipes: Sequence[Recipe],
    *,
    vectors: Path | None,
    columns: Mapping[str, str],
    strict: bool,
    bad: BadRecords,
    device: str,
    threads: int,
) -> Bench:
    """Read the papers for recipes that all learn the same labels.

    Raises:
        SettingsError: Recipes of one name, or with other settings of the data than the first.
        ArxonomyError: See `load_dataset`.
    """
    import torch

    from arxonomy.papers import load_dataset

    _check_recipes(recipes)
    # Fabric tells of each precision it uses; the run folder says it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    torch.set_num_threads(threads)
    dataset = load_dataset(data, recipes[0].data, columns=columns, strict=strict, on_bad=bad)
    return Bench(dataset, vectors, device, threads)


def _check_recipes(recipes: Sequence[Recipe]) -> None:
    names = [recipe.name for recipe in recipes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise SettingsError(f"expected recipes with names of their own, found `{twice[0]}` twice; rename one")
    for recipe in recipes[1:]:
        for key in type(recipe.data).model_fields:
            one, other = getattr(recipes[0].data, key), getattr(recipe.data, key)
            if one != other:
                raise SettingsError(
                    f"expected recipes for the same labels and split, found data.{key} {one!r} in {names[0]} "
                    f"and {other!r} in {recipe.name}; say it for all, with --set data.{key}=..."
                )


def split_of(dataset: Dataset, settings: DataSettings, file: Path | None) -> np.ndarray:
    """The split of a file, or a new one; says what the cheap part of an audit finds in it."""
    from arxonomy.auditing import find_warnings
    from arxonomy.papers import make_split, read_split

    parts = make_split(dataset.papers, settings) if file is None else read_split(file, dataset.papers)
    for line in find_warnings(dataset, parts):
        say(line)
    return parts


def rows_to_test(parts: np.ndarray) -> np.ndarray:
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


@contextmanager
def resumable() -> Iterator[None]:
    """Tells, after Ctrl-C, how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        say("stopped; go on with the same command")
        raise typer.Exit(130) from None


def rests_on(data: Path, sha256: str, draws: int, seed: int = 0) -> dict[str, Any]:
    """What the numbers of a study rest on; `sha256` is that of the data when they were read."""
    return {
        "data": {"name": data.name, "sha256": sha256},
        "bootstrap": {"draws": draws, "seed": seed},
        "arxonomy": __version__,
        "command": shlex.join(["arxonomy", *sys.argv[1:]]),
    }


def publish(
    numbers: dict[str, Any],
    readable: Callable[[dict[str, Any]], str],
    *,
    as_json: bool,
    output: Path | None,
    bad: BadRecords,
) -> None:
    """Print numbers, as JSON or to be read, and write them to a file if there is one.

    Raises:
        typer.Exit: With 1, in the end, if records were bad.
    """
    from arxonomy.atomic import write_atomic

    text = json.dumps(numbers, ensure_ascii=False, indent=2)
    if output is not None:
        write_atomic(output, text + "\n")
    print(text if as_json else readable(numbers))
    if bad.count:
        raise typer.Exit(1)
