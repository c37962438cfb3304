"""`PaperClassifier` as scikit-learn wants an estimator, and as an owner of papers wants it."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import estimator_checks
from sklearn.utils.validation import validate_data

import arxonomy
from arxonomy import PaperClassifier, estimator
from arxonomy.errors import RunError, SettingsError
from arxonomy.records import Paper

TINY = {
    "model.embed_dim": 16,
    "model.num_filters": 8,
    "model.lstm_hidden": 4,
    "model.kernel_sizes": [1],
    "model.dropout": 0.0,
    "text.min_count": 1,
    "training.epochs": 5,
    "training.weight_average": "none",  # neither an average nor a falling rate gets far in so few steps
    "training.schedule": "plateau",
    "training.batch_size": 8,
    "training.learning_rate": 0.02,
    "training.class_weights": {},
    "training.augment.share": 0,
    "training.precision": "32",
}
"""A network that learns easy papers in a fraction of a second."""


class NumbersAsWords(PaperClassifier):
    """Writes the rows of a matrix as papers, so that scikit-learn's checks, made of numbers, can be run.

    A number becomes a word that names its column and its value rounded to halves; a title has the first
    two columns, an abstract all of them behind a word, since the title once more is none. Everything behind
    this is `PaperClassifier` itself.
    """

    def _read(self, X: Any, *, reset: bool) -> list[Paper]:
        bins = np.clip(np.rint(2 * validate_data(self, X, reset=reset)), -9999, 9999).astype(int)
        papers = []
        for row, values in enumerate(bins.tolist()):
            words = [f"f{column}v{value}" for column, value in enumerate(values)]
            papers.append(Paper(str(row), " ".join(words[:2]), " ".join(["row", *words]), row=row))
        return papers

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.allow_nan = False
        return tags


LEFT_OUT = {
    "check_array_api_input": "SciPy must be imported with SCIPY_ARRAY_API=1; it skips itself without",
    "check_methods_subset_invariance": "wants 1e-7 between batches; float32 gives 1e-6, and 1e-5 is promised",
}
"""Name of a check of scikit-learn's that is not run, and why."""

ACCURATE = {"check_classifiers_classes", "check_classifiers_train"}
"""Names of the checks that expect right answers."""

OF_NETWORKS = {
    "check_dict_unchanged",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_fit_idempotent",
    "check_methods_sample_order_invariance",
}
"""Names of the checks of what a network has and a baseline has not: states, random numbers and batches.

What is learned means nothing to them. All others look at the estimator, whatever it trains.
"""

STURDY = {"training.batch_size": 16, "training.learning_rate": 0.02, "training.epochs": 6}
BRIEF = {"training.batch_size": 64, "training.learning_rate": 0.01, "training.epochs": 2}
QUICK_RECIPE = "linear-svm"
QUICK = {"baseline.c": [1.0], "baseline.ngrams": 1, "baseline.min_papers": 1}


def checks_of(recipe: str, settings: dict[str, Any]) -> list[tuple[NumbersAsWords, Any]]:
    model = NumbersAsWords(recipe, settings=settings, random_state=0)
    return list(estimator_checks.estimator_checks_generator(model))


def choose_model(*choices: tuple[NumbersAsWords, Any]) -> tuple[NumbersAsWords, Any]:
    """The same check for the three models: with that of them which it needs."""
    sturdy, brief, quick = choices
    name = quick[1].func.__name__
    if name in ACCURATE and not quick[1].keywords:  # with keywords it is the same check with odd arrays
        return sturdy
    return brief if name in OF_NETWORKS else quick


CHECKS = list(
    map(
        choose_model,
        checks_of("v1", TINY | STURDY),
        checks_of("v1", TINY | BRIEF),
        checks_of(QUICK_RECIPE, QUICK),
    )
)
RUN = [(model, check) for model, check in CHECKS if check.func.__name__ not in LEFT_OUT]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "check"), RUN, ids=["-".join([check.func.__name__, *check.keywords]) for _, check in RUN]
)
def test_scikit_learn_check(model: NumbersAsWords, check: Callable[..., None]) -> None:
    check(model)


def test_few_checks_are_left_out() -> None:
    assert len(RUN) >= 40
    assert {check.func.__name__ for _, check in CHECKS} >= LEFT_OUT.keys() | ACCURATE | OF_NETWORKS
    assert {check.func.__name__ for model, check in RUN if model.recipe == "v1"} == ACCURATE | OF_NETWORKS


@pytest.fixture(scope="module")
def pairs(invented_papers: list[Paper]) -> list[tuple[str, str]]:
    return [(paper.title, paper.abstract) for paper in invented_papers]


@pytest.fixture(scope="module")
def labels(invented_papers: list[Paper]) -> list[str]:
    return [str(paper.category) for paper in invented_papers]


def small(**parameters: Any) -> PaperClassifier:
    return PaperClassifier(**{"settings": TINY, "random_state": 0} | parameters)


@pytest.fixture(scope="module")
def fitted(pairs: list[tuple[str, str]], labels: list[str]) -> PaperClassifier:
    return small().fit(pairs, labels)


ONE_EPOCH = TINY | {"training.epochs": 1}
"""For what does not depend on how much is learned."""


def quick() -> PaperClassifier:
    """A baseline, for what does not depend on what is trained: it learns the papers in no time."""
    return PaperClassifier(QUICK_RECIPE, settings=QUICK, random_state=0)


FORMS: dict[str, Callable[[list[tuple[str, str]]], Any]] = {
    "frame": lambda pairs: pd.DataFrame(pairs, columns=["title", "abstract"]),
    "wide frame": lambda pairs: pd.DataFrame([(b, 1, a) for a, b in pairs], columns=["abstract", 3, "title"]),
    "dict": lambda pairs: {"title": [a for a, _ in pairs], "abstract": np.array([b for _, b in pairs])},
    "arrow": lambda pairs: pa.table({"title": [a for a, _ in pairs], "abstract": [b for _, b in pairs]}),
    "object array": lambda pairs: np.array(pairs, dtype=object),
    "papers": lambda pairs: [Paper("x", *pair) for pair in pairs],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_papers_come_in_many_forms(fitted, pairs, form) -> None:
    np.testing.assert_array_equal(fitted.predict_proba(form(pairs)), fitted.predict_proba(pairs))


@pytest.mark.parametrize("form", ["frame", "dict", "arrow", "papers"])
def test_it_fits_on_any_form(pairs, labels, form) -> None:
    model = quick().fit(FORMS[form](pairs), pd.Series(labels))
    np.testing.assert_array_equal(model.predict_proba(pairs), quick().fit(pairs, labels).predict_proba(pairs))
    assert model.n_features_in_ == 2
    if form != "papers":
        assert model.feature_names_in_.tolist() == ["title", "abstract"]
        assert not hasattr(model.fit(pairs, labels), "feature_names_in_")


def test_answers_are_probabilities_of_sorted_classes(fitted, pairs, labels) -> None:
    assert fitted.classes_.tolist() == ["cs.CL", "cs.CV", "cs.LG"]
    answer = fitted.predict_proba(pairs)
    assert answer.shape == (90, 3)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.classes_[answer.argmax(axis=1)], fitted.predict(pairs))
    assert fitted.score(pairs, labels) > 0.8


@pytest.mark.parametrize("kind", [int, float, bool, "category"])
def test_labels_of_any_kind(pairs, labels, kind) -> None:
    """The columns follow the labels' own order: here 10 comes after 9, though not as text."""
    numbers = pd.Series(labels).map({"cs.CL": 9, "cs.CV": 10, "cs.LG": -3 if kind is not bool else 0})
    if kind is bool:
        numbers = numbers == 9
    y = numbers.astype(kind)
    model = quick().fit(pairs, y)
    assert model.classes_.tolist() == sorted(set(y))
    assert model.score(pairs, y) > 0.8
    assert model.predict(pairs).dtype == model.classes_.dtype


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA])
def test_a_missing_text_is_an_empty_one(fitted, missing) -> None:
    rows = [(missing, "a grammar of sentences"), ("Image depth", missing), (missing, missing), ("", " ")]
    pairs_of_text = [("", "a grammar of sentences"), ("Image depth", "")]
    answer = fitted.predict_proba(rows)
    np.testing.assert_array_equal(answer[:2], fitted.predict_proba(pairs_of_text))
    np.testing.assert_array_equal(answer[2:], np.full((2, 3), 1 / 3))
    frame = pd.DataFrame(rows, columns=["title", "abstract"])
    np.testing.assert_array_equal(fitted.predict_proba(frame), answer)


def test_cross_validation(pairs, labels) -> None:
    frame = FORMS["frame"](pairs)
    assert cross_val_score(quick(), frame, labels, cv=2).min() > 0.7  # chance is a third
    assert cross_val_score(quick(), pairs, labels, cv=2).min() > 0.7


@pytest.mark.slow
def test_grid_search(pairs, labels) -> None:
    lame = TINY | {"training.epochs": np.int64(1), "training.learning_rate": 1e-9}
    grid = [
        {"recipe": ["baseline", "v1"], "settings": [lame]},
        {"recipe": [QUICK_RECIPE], "settings": [QUICK]},
    ]
    search = GridSearchCV(small(), grid, cv=2).fit(pairs, labels)
    assert search.best_params_ == {"recipe": QUICK_RECIPE, "settings": QUICK}
    assert search.best_score_ > 0.7


def test_clone_keeps_parameters_only(fitted) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict([("a", "b")])


@pytest.mark.slow
def test_the_seed_decides(pairs, labels) -> None:
    def fit(**parameters: Any) -> PaperClassifier:
        return small(**{"settings": ONE_EPOCH} | parameters).fit(pairs, labels)

    answer = fit().predict_proba(pairs)
    assert (fit(random_state=1).predict_proba(pairs) != answer).any()
    recipe_seed = fit(settings=ONE_EPOCH | {"training.seed": 0}, random_state=None)
    np.testing.assert_array_equal(recipe_seed.predict_proba(pairs), answer)
    drawn = [fit(random_state=np.random.RandomState(5)) for _ in range(2)]
    np.testing.assert_array_equal(drawn[0].predict_proba(pairs), drawn[1].predict_proba(pairs))


@pytest.mark.slow
def test_an_ensemble_is_an_estimator_too(pairs, labels) -> None:
    two = {"ensemble.members": ["v1", "baseline"], "ensemble.seeds": [1, 2], "ensemble.copies": 2}
    models = [small(recipe="ensemble", settings=TINY | two, random_state=seed) for seed in (None, 0)]
    first, second = (model.fit(pairs, labels) for model in models)
    assert len(first.classifier_.members) == 2
    assert first.score(pairs, labels) > 0.8
    answer = first.predict_proba(pairs)
    assert np.abs(second.predict_proba(pairs) - answer).max() > 1e-3
    again = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(again.predict_proba(pairs), answer)


def test_settings_are_a_mapping_or_texts(pairs, labels) -> None:
    mapping = TINY | {
        "training.clip_norm": None,
        "training.class_weights": {"cs.CL": 2, 'odd "name"é': 0.5},
        "training.epochs": np.int64(1),
    }
    model = small(settings=mapping).fit(pairs, labels)
    assert model.recipe_.training.clip_norm is None
    assert model.recipe_.training.class_weights == {"cs.CL": 2.0, 'odd "name"é': 0.5}
    texts = ["training.clip_norm=none", "training.epochs=1", 'training.precision="32"']
    texts += ['training.class_weights={"cs.CL" = 2, "odd \\"name\\"é" = 0.5}']
    texts += [f"{key}={value}" for key, value in TINY.items() if f"{key}=" not in " ".join(texts)]
    assert small(settings=tuple(texts)).fit(pairs, labels).recipe_ == model.recipe_


@pytest.mark.slow
def test_labels_are_not_merged_and_named_weights_apply(pairs, labels) -> None:
    """`v1` merges cs.AI and cs.LG for its own data."""
    y = [{"cs.CV": "cs.AI"}.get(label, label) for label in labels]
    even = small().fit(pairs, y)
    assert even.classes_.tolist() == ["cs.AI", "cs.CL", "cs.LG"]
    heavy = small(settings=TINY | {"training.class_weights": {"cs.LG": 1e4}}).fit(pairs, y)
    assert (heavy.predict(pairs) == "cs.LG").mean() > (even.predict(pairs) == "cs.LG").mean() + 0.2


BAD = [
    ({"titel": ["a"], "abstract": ["b"]}, ["x"], "found no `title`: did you mean `titel`"),
    (pd.DataFrame({"title": ["a"], 7: ["b"]}), ["x"], "found no `abstract`"),
    ({"title": ["a", "b"], "abstract": ["b"]}, ["x"], r"found \[2, 1\]"),
    ("a title", ["x"], "found 'a' in row 0"),
    (7, ["x"], "found 7 in row 0"),
    ([("a", "b"), ("a", "b", "c")], ["x", "y"], "in row 1"),
    ([("a", 5)], ["x"], "expected abstract to be text, found a number in row 0"),
    ([{"title": "a", "text": "b"}], ["x"], "found no `abstract`"),
    ({"title": "a", "abstract": "b"}, ["x"], "found one mapping"),
    ([], [], "at least one paper"),
    ([("a", "b"), ("c", "d")], ["x"], "inconsistent numbers of samples"),
    ([("a", "b"), ("c", "d")], ["x", "x"], "only 1 class"),
    ([("a", "b"), ("c", "d")], ["x", None], "none in row 1"),
    ([("a", "b"), ("c", "d")], [0.0, np.nan], "NaN"),
    ([("a", "b"), ("A", "b."), ("c", "d")], ["x", "x", "y"], "found 3 papers of 2 classes"),
]


@pytest.mark.parametrize(("X", "y", "message"), BAD)
def test_bad_papers_and_labels_are_explained(X, y, message) -> None:
    with pytest.raises(ValueError, match=message):
        small().fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"recipe": "v11"}, "did you mean `v1`"),
        ({"settings": {"training.epoch": 3}}, "did you mean `epochs`"),
        ({"settings": "training.epochs=3"}, "several texts"),
        ({"validation_share": 1.0}, "validation_share"),
        ({"device": "tpu"}, "device"),
    ],
)
def test_bad_parameters_are_explained(pairs, labels, parameters, message) -> None:
    with pytest.raises(SettingsError, match=message):
        small(**parameters).fit(pairs, labels)


def test_a_pickled_estimator_gives_the_same_answers(fitted, pairs) -> None:
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(again.predict_proba(pairs), fitted.predict_proba(pairs))


def test_its_classifier_is_evaluated_after_the_run_is_deleted(fitted, invented_papers) -> None:
    evaluation = arxonomy.evaluate(fitted.classifier_, invented_papers, report=True)
    assert evaluation.scores.papers == 90
    assert "is not known for 90 papers" in evaluation.to_html()


def test_it_leaves_no_trace(pairs, labels, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    torch_state, numpy_state = torch.get_rng_state(), str(np.random.get_state())  # noqa: NPY002
    small(settings=ONE_EPOCH).fit(pairs, labels).predict(pairs)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert str(np.random.get_state()) == numpy_state  # noqa: NPY002
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_kept_run_answers_like_the_estimator(fitted, pairs, labels, tmp_path: Path, capfd) -> None:
    model = small(run_folder=tmp_path / "run", verbose=True).fit(pairs, labels)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("validation accuracy") == TINY["training.epochs"]
    answer = arxonomy.load(tmp_path / "run", device="cpu").probabilities(pairs)
    np.testing.assert_array_equal(answer, model.predict_proba(pairs))
    np.testing.assert_array_equal(answer, fitted.predict_proba(pairs))
    with pytest.raises(RunError, match="already holds a run"):
        model.fit(pairs, labels)


@pytest.mark.parametrize("sizes", [(20, 20), (1, 1, 1, 30), (3, 3, 3, 3, 3, 3), (200, 7, 2)])
@pytest.mark.parametrize("share", [0.01, 0.15, 0.9])
def test_validation_papers_are_drawn_from_classes_of_any_size(sizes, share) -> None:
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    titles = np.array([f"paper {row // 2 if row < 12 else row}" for row in range(len(numbers))])  # 6 twice
    papers = [Paper(str(row), title, "") for row, title in enumerate(titles)]
    parts = estimator._split_papers(papers, numbers, share, seed=3)
    trained, validated = (set(titles[parts == part]) for part in ("train", "validation"))
    assert set(numbers[parts == "train"]) == set(numbers)
    assert validated
    assert not trained & validated
    assert abs(len(validated) - share * len(set(titles))) <= len(sizes)
