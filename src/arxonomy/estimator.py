"""A scikit-learn estimator that trains a recipe and classifies papers with it.

    from arxonomy import PaperClassifier
    model = PaperClassifier(settings={"training.epochs": 5}).fit(frame[["title", "abstract"]], frame["label"])
    model.predict([("A title", "An abstract")])

It clones, pickles, scores and searches as any estimator of scikit-learn does. Errors in X and y are
`ValueError`, as scikit-learn expects; errors in the recipe and its settings are `ArxonomyError`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.advice import Interface
from arxonomy.artifacts.facts import Line
from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import InputError, SettingsError, needs_extra, suggest_name
from arxonomy.inference import load
from arxonomy.messages import log_to_stderr
from arxonomy.papers import Dataset, group_copies
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.fields.missing import is_missing, is_missing_word
from arxonomy.papers.frames import find_column_names, iterate_rows
from arxonomy.papers.sources.lines import Fault
from arxonomy.records import PARTS, AnyPath, Paper

with needs_extra("train", "PaperClassifier"):
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted

    from arxonomy.training.job import TrainingJob
    from arxonomy.training.reporter import SilentReporter
    from arxonomy.training.train import train


class PaperClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies papers into the classes of y with a network or a baseline of this package.

    X is a table with the columns `title` and `abstract`, or as files call them (pandas, polars, PyArrow, a
    mapping of lists; further columns are ignored), or rows: (title, abstract) pairs, an (N, 2) array of
    text, mappings with such keys, or `Paper` records. A missing text, or one that only says so, is an empty
    one; a paper without any text gets equal probabilities. y has one label per paper, of any kind that
    scikit-learn classifies.

    `fit` sets some papers aside as validation papers: they choose the best epoch and calibrate
    the probabilities. Copies of one paper stay in one part, and every class keeps a training paper.

    Args:
        recipe: A name from `arxonomy recipes`, or the path of a `.toml` file. Its `[data]` table is
            not used: y is taken as it is. Its class weights apply to the labels that they name. An
            ensemble's members are trained one after the other; settings change all of them.
        vectors: File of word vectors to start from; None starts at random.
        settings: Changes to the recipe, as a mapping (`{"training.epochs": 5}`) or as a sequence of
            `key=value` texts (`("training.epochs=5",)`).
        random_state: Seed of the weights, the order of papers and the validation papers; a
            `RandomState` draws one; None takes the recipe's `training.seed`. The same seed gives the
            same model on the same machine.
        validation_share: Share of the papers set aside, above 0 and below 1; at least one paper is.
        device: Training device: `auto`, `cpu` or `cuda`. Predictions are computed on the CPU, so that a
            pickled estimator opens anywhere.
        run_folder: Where the run is kept, as by `arxonomy train`; must not hold a run yet. None keeps
            nothing but what is in memory.
        verbose: Write a line per epoch to stderr.

    Attributes:
        classes_: (C,) the labels, sorted: the columns of `predict_proba`.
        classifier_: The `arxonomy.Classifier` that predicts; its labels are those of `classes_` as text.
        recipe_: The resolved settings.
        n_features_in_: 2, the title and the abstract.
        feature_names_in_: Their names; only after fitting on a table.
    """

    def __init__(
        self,
        recipe: AnyPath = "v1",
        *,
        vectors: AnyPath | None = None,
        settings: Mapping[str, Any] | Sequence[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        validation_share: float = 0.15,
        device: str = "auto",
        run_folder: AnyPath | None = None,
        verbose: bool = False,
    ) -> None:
        self.recipe = recipe
        self.vectors = vectors
        self.settings = settings
        self.random_state = random_state
        self.validation_share = validation_share
        self.device = device
        self.run_folder = run_folder
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Train on N labeled papers.

        Args:
            X: The papers, as the class describes them.
            y: (N,) labels, of two classes at least.

        Raises:
            ValueError: X or y cannot be used.
            ArxonomyError: The recipe, a setting, the vectors, the device or the run folder cannot.
        """
        papers = self._read(X, reset=True)
        classes, numbers = np.unique(_check_labels(y, papers), return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"y: expected at least two classes, found only 1 class, {classes[0]!r}")
        recipe = self._resolve()
        names = tuple(str(label) for label in classes)
        papers = [replace(paper, category=names[n]) for paper, n in zip(papers, numbers, strict=True)]
        dataset = Dataset.from_papers(papers, names)
        parts = _split_papers(papers, numbers, self.validation_share, recipe.training.seed)
        with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
            job = TrainingJob(
                dataset,
                parts,
                recipe,
                temporary if self.run_folder is None else self.run_folder,
                self.vectors,
                self.device,
                command=("PaperClassifier.fit",),
            )
            with log_to_stderr() if self.verbose else nullcontext():
                run = train(job, reporter=_EpochPrinter() if self.verbose else None)
            self.classifier_ = load(run.folder, device="cpu")
        if self.run_folder is None:
            self.classifier_.sources = ()  # its run is deleted by now
        self.classes_, self.recipe_ = classes, recipe
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable label of each of N papers, (N,).

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: X cannot be used.
        """
        best = self.predict_proba(X).argmax(axis=1)
        labels: npt.NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Probabilities (N, C) in the order of `classes_`; each row has the sum 1.

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: X cannot be used.
        """
        check_is_fitted(self, "classifier_")
        papers = self._read(X, reset=False)
        written = [row for row, paper in enumerate(papers) if paper.title.strip() or paper.abstract.strip()]
        answer = np.full((len(papers), len(self.classes_)), 1 / len(self.classes_))
        answer[written] = self.classifier_.probabilities(papers[row] for row in written)
        return answer

    def _read(self, X: Any, *, reset: bool) -> list[Paper]:
        """The papers of X; `reset` says that this X defines what the estimator is fitted on."""
        columns = _find_columns(X)
        texts = _read_texts(_iterate_pairs(X) if columns is None else _iterate_table(X))
        if not texts:
            raise ValueError("X: expected at least one paper, found none")
        if reset:
            self.n_features_in_ = len(PARTS)
            self.__dict__.pop("feature_names_in_", None)
            if columns is not None:
                self.feature_names_in_ = np.array(PARTS, dtype=object)
        return [Paper(str(number), *pair, row=number - 1) for number, pair in enumerate(texts, 1)]

    def _resolve(self) -> Recipe:
        """The recipe with the settings and the seed of this estimator."""
        settings = self.settings or ()
        if isinstance(settings, str):
            raise SettingsError(
                f"settings: expected a mapping or several texts, found one; write ({settings!r},)"
            )
        if isinstance(settings, Mapping):
            settings = [_format_override(key, value) for key, value in settings.items()]
        seed = self.random_state
        if isinstance(seed, np.random.RandomState):
            seed = seed.randint(2**31 - 1)
        seeded = () if seed is None else (f"training.seed={seed}",)
        return load_recipe(self.recipe, (*settings, *seeded))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        return tags


class _EpochPrinter(SilentReporter):
    def epoch_done(self, line: Line) -> None:
        print(", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in line.items()), file=sys.stderr)


def _format_override(key: str, value: Any) -> str:
    """A setting as `key=value`: JSON with `=` in place of `:` is TOML; NumPy's numbers are made plain."""
    text = json.dumps(
        value, ensure_ascii=False, separators=(", ", " = "), default=lambda number: number.item()
    )
    return f"{key}={'none' if value is None else text}"


def _find_columns(X: Any) -> list[str] | None:
    """The names of a table's columns, with a title and an abstract among them; None when X is rows."""
    try:
        names = find_column_names(X)
    except InputError as error:
        raise ValueError(f"X: {error}") from None
    if names is None:
        if isinstance(X, Mapping):
            raise ValueError("X: expected a table or rows, found one mapping of values that are no columns")
        return None
    found = _make_columns().find(names)
    for name in PARTS:
        if name not in found:
            hint = suggest_name(name, names)
            raise ValueError(f"X: expected the columns `title` and `abstract`, found no `{name}`: {hint}")
    return names


def _iterate_table(X: Any) -> Iterator[Mapping[str, Any]]:
    try:
        yield from iterate_rows(X)
    except InputError as error:
        raise ValueError(f"X: {error}") from None


def _iterate_pairs(X: Any) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(X if isinstance(X, Iterable) else [X]):
        if isinstance(row, Paper):
            row = (row.title, row.abstract)
        if isinstance(row, Mapping):
            _find_columns({name: [value] for name, value in row.items()})
            yield {str(name): value for name, value in row.items()}
            continue
        if isinstance(row, str) or not hasattr(row, "__len__") or len(row) != len(PARTS):
            raise ValueError(
                f"X: expected (title, abstract) pairs or a table with those columns, found {row!r:.80} "
                f"in row {number}"
            )
        yield dict(zip(PARTS, row, strict=True))


def _read_texts(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    columns, texts = _make_columns(), []
    for number, values in enumerate(rows):
        try:
            texts.append(columns.read_texts(values))
        except Fault as fault:
            raise ValueError(f"X: {fault} in row {number}") from None
    columns.notes.tell()
    return texts


def _make_columns() -> Columns:
    return Columns("X", {}, labeled=False, interface=Interface.KEYS)


def _check_labels(y: Any, papers: Sequence[Paper]) -> Any:
    labels = column_or_1d(y, warn=True)
    check_consistent_length(papers, labels)
    if labels.dtype == object and any(missing := [is_missing(label) for label in labels]):
        raise ValueError(f"y: expected a label for each paper, found none in row {missing.index(True)}")
    assert_all_finite(labels, input_name="y")
    check_classification_targets(labels)
    if labels.dtype.kind in "OU" and (words := [text for text in map(str, labels) if is_missing_word(text)]):
        warnings.warn(
            f"y: {len(words):,} labels are words for nothing, such as {words[0]!r}, and are learned as a "
            "class; leave their papers out if they are none",
            stacklevel=4,
        )
    return labels


def _split_papers(papers: Sequence[Paper], numbers: npt.NDArray[np.int64], share: float, seed: int) -> Any:
    """(N,) `train` or `validation` for each paper, in like shares for each class, however small."""
    if not 0 < share < 1:
        raise SettingsError(f"validation_share: expected a number above 0 and below 1, found {share!r}")
    groups = group_copies(papers)
    order = np.random.default_rng(seed).permutation(len(papers))
    order = order[np.argsort(numbers[order], kind="stable")]  # by class, shuffled within each
    _, first = np.unique(numbers[order], return_index=True)
    kept = np.isin(groups, groups[order[first]])  # one paper of each class, and its copies, is trained on
    spare = order[~kept[order] & (groups[order] == order)]  # of each group of copies its first paper
    if not len(spare):
        raise ValueError(
            "expected a paper to set aside for validation besides one of each class to train on, "
            f"found {len(papers)} papers of {len(first)} classes: give more papers"
        )
    count = min(max(1, round(share * len(set(groups)))), len(spare))
    # Evenly spaced places along papers sorted by class are a stratified draw that no class is too small for.
    drawn = spare[((np.arange(count) + 0.5) * len(spare) / count).astype(np.int64)]
    parts = np.full(len(papers), "train", dtype="U10")
    parts[drawn] = "validation"
    return parts[groups]
