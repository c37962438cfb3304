"""Labeled papers and a recipe -> a trained model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.errors import needs_extra
from arxonomy.records import AnyPath, Paper
from arxonomy.studies.source import Source, open_papers

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.config import Recipe
    from arxonomy.papers import AnyFiles, Dataset, Parts, Rest
    from arxonomy.training.callbacks import TrainingCallback


@needs_extra("train")
def train(
    papers: AnyFiles | Source | Sequence[Paper],
    recipe: AnyPath = "v1",
    *,
    out: AnyPath | None = None,
    among: str | Mapping[str, Sequence[str]] | None = None,
    min_papers: int | None = None,
    settings: Sequence[str] = (),
    vectors: AnyPath | None = None,
    taxonomy: AnyPath | None = None,
    init: AnyPath | SavedModel | None = None,
    teachers: AnyPath | SavedModel | Sequence[AnyPath | SavedModel] = (),
    unlabeled: AnyFiles = (),
    cross_fit: int | None = None,
    split_file: AnyPath | None = None,
    rest: Rest | None = None,
    resume: bool = False,
    callbacks: Sequence[TrainingCallback] = (),
) -> SavedModel:
    """Train a recipe on labeled papers.

    >>> model = arxonomy.train("papers.csv", "v1", settings=["training.epochs=10"])  # doctest: +SKIP
    >>> arxonomy.evaluate(model, "papers.csv").scores.accuracy.value  # doctest: +SKIP
    0.822
    >>> classifier = arxonomy.load(model.path)  # doctest: +SKIP

    Args:
        papers: A labeled file, several that are read as one, or papers with a category.
        recipe: Name of a recipe, or a TOML file.
        out: The run folder. None: see `choose_folder`.
        among: Which labels are kept, and which are merged, as in `cs.AI-LG=cs.AI+cs.LG,cs.CL` or
            `{"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"]}`. None: the labels as they are.
        min_papers: Labels with fewer different papers are left out.
        settings: `key=value` settings that override those of the recipe.
        vectors: File of word vectors to start from; without, they start at random.
        taxonomy: The user's own hierarchy of the labels, with their names, which is kept with the model: see
            `arxonomy.taxonomy.read_taxonomy`. None: arXiv's where the labels are its categories, else none.
        init: Finished run or bundle of the same architecture whose weights training starts from; its labels
            and words may be others. With a bundle, validation and test papers need ids, by which alone it
            names what it has seen.
        teachers: One or more finished runs with the same labels, or recipes, whose answers it is trained on
            too.
        unlabeled: One or more files of papers that the teachers answer.
        cross_fit: Teachers that are trained of each recipe, each without one fold of the training papers,
            which it answers; 1: one, trained on all. None: 5.
        split_file: CSV with the columns split and row or id. None: the split of the run to resume, or a new
            one by the recipe's settings.
        rest: `train` trains on the papers that the split file does not name; None leaves them out.
        resume: Resume the run in the folder, if there is one.
        callbacks: What follows the run, such as a tracker of experiments; see docs/tracking.md.

    Returns:
        The finished run.

    Raises:
        ArxonomyError: The papers cannot be read or learned from, or the settings make no sense.
    """
    from arxonomy.artifacts.saved_model import SavedModel, open_model
    from arxonomy.config import load_recipe
    from arxonomy.papers.files import list_files
    from arxonomy.runtime import read_processes
    from arxonomy.taxonomy import read_taxonomy
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import check_together
    from arxonomy.training.train import train as train_job

    resolved = load_recipe(recipe, settings).with_labels(among, min_papers)
    require_packages(resolved)
    processes, taught = read_processes(), bool(teachers or unlabeled or cross_fit is not None)
    check_together(resolved, processes, taught=taught)
    folder = choose_folder(resolved, out)
    dataset = open_papers(papers).read(resolved.data)
    parts = choose_parts(dataset, resolved, split_file, folder, rest)
    own = None if taxonomy is None else read_taxonomy(taxonomy, dataset.labels)
    job = TrainingJob(
        dataset,
        parts,
        resolved,
        folder,
        vectors=vectors,
        init=_locate(init),
        taxonomy=own,
        processes=processes,
        callbacks=callbacks,
    )
    if taught:
        from arxonomy.studies.teaching import Lesson, teach
        from arxonomy.studies.unlabeled import UnlabeledFile

        listed = [teachers] if isinstance(teachers, str | os.PathLike | SavedModel) else teachers
        names = [str(_locate(teacher)) for teacher in listed]
        files = [UnlabeledFile(Path(file)) for file in (list_files(unlabeled) if unlabeled else ())]
        job = teach(job, Lesson(names, files, cross_fit), resume=resume)
    run = train_job(job, resume=resume)
    return open_model(run.folder)


def require_packages(recipe: Recipe) -> None:
    """Make sure, before papers are read, that what trains a recipe is installed.

    Raises:
        MissingExtraError: It is not: a baseline needs scikit-learn alone.
    """
    with needs_extra("train" if recipe.baseline is None else "head"):
        import sklearn  # noqa: F401


def _locate(model: AnyPath | SavedModel | None) -> AnyPath | None:
    return model if model is None or isinstance(model, str | os.PathLike) else model.path


def choose_folder(recipe: Recipe, out: AnyPath | None = None) -> Path:
    """Choose the folder of a run: `out`, or `runs/RECIPE-seedN`.

    That of an ensemble is `runs/RECIPE` unless a seed was set, since the members have their own.
    """
    if out is not None:
        return Path(out)
    if recipe.ensemble.members and "seed" not in recipe.training.model_fields_set:
        return Path("runs") / recipe.name
    return Path("runs") / f"{recipe.name}-seed{recipe.training.seed}"


def choose_parts(
    dataset: Dataset, recipe: Recipe, split_file: AnyPath | None, folder: Path, rest: Rest | None = None
) -> Parts:
    """Choose the part of each paper: by the split file, by the run in the folder, or by a new split.

    Args:
        dataset: The papers.
        recipe: Its settings draw a new split.
        split_file: CSV with the columns split and row or id.
        folder: The run folder; the split of a run there is taken if it was trained on these papers.
        rest: See `train`.

    Raises:
        SettingsError: There is a `rest` of no split file.
        ArxonomyError: The split cannot be read or made.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.auditing import log_spellings
    from arxonomy.papers import check_rest, read_split
    from arxonomy.studies.bench import choose_split

    check_rest(rest, split_file)
    run = Run(folder)
    if split_file is None and run.exists() and run.info().data.sha256 == dataset.sha256:
        return read_split(run.split, dataset.papers)
    log_spellings(dataset)
    return choose_split(dataset, recipe.data, None if split_file is None else Path(split_file), rest)
