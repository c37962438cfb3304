"""Labeled papers and a recipe -> a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.errors import needs_extra
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.source import Source, open_papers

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel


@needs_extra("train")
def train(
    papers: AnyPath | Source | Sequence[Paper],
    recipe: AnyPath = "v1",
    *,
    out: AnyPath | None = None,
    settings: Sequence[str] = (),
    vectors: AnyPath | None = None,
    split_file: AnyPath | None = None,
    resume: bool = False,
) -> SavedModel:
    """Train a recipe on labeled papers.

    >>> model = arxonomy.train("papers.csv", "v1", settings=["training.epochs=10"])  # doctest: +SKIP
    >>> arxonomy.evaluate(model, "papers.csv").scores.accuracy.value  # doctest: +SKIP
    0.822
    >>> classifier = arxonomy.load(model.path)  # doctest: +SKIP

    Args:
        papers: A labeled file, or papers with a category.
        recipe: Name of a recipe, or a TOML file.
        out: The run folder. None: `runs/RECIPE-seedN`.
        settings: `key=value` settings that override those of the recipe.
        vectors: File of word vectors to start from; without, they start at random.
        split_file: CSV with the columns split and row or id. None: a new split by the recipe's settings.
        resume: Resume the run in the folder, if there is one.

    Returns:
        The finished run.

    Raises:
        ArxonomyError: The papers cannot be read or learned from, or the settings make no sense.
    """
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.config import load_recipe
    from arxonomy.studies.bench import choose_split
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import train as train_job

    resolved = load_recipe(recipe, settings)
    folder = Path(out or f"runs/{resolved.name}-seed{resolved.training.seed}")
    dataset = open_papers(papers).read(resolved.data)
    parts = choose_split(dataset, resolved.data, None if split_file is None else Path(split_file))
    run = train_job(TrainingJob(dataset, parts, resolved, folder, vectors=vectors), resume=resume)
    return open_model(run.folder)
