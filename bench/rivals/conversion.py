"""Runs of `arxonomy train` -> the files that scikit-learn's and fastText's own users have."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.run import Run
from arxonomy.atomic import replace_file
from arxonomy.config.baselines import FastTextSettings, LinearSvmSettings
from arxonomy.models.baselines.fasttext import split_words
from arxonomy.records import Paper

LINE = 500
"""Words in a line of the text that gives fastText its dictionary; it takes no more than 1,024 of a line."""


def convert_linear_svm(run: Run) -> Any:
    """Make scikit-learn's fitted pipeline of a run of `linear-svm`: the same features, weights and labels."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    settings, baseline = run.recipe().baseline, load_baseline(run)
    assert isinstance(settings, LinearSvmSettings) and settings.weighting == "sublinear-tf-idf"
    tensors, facts = baseline.get_state()
    vectorizer = TfidfVectorizer(ngram_range=(1, settings.ngrams), sublinear_tf=True)
    vectorizer.vocabulary_ = {word: place for place, word in enumerate(facts["words"])}
    vectorizer.idf_ = tensors["rarity"]
    machine = LinearSVC()
    machine.classes_ = np.array(run.info().labels)
    # Columns lie one after the other, as liblinear leaves them: else every call would copy them all.
    machine.coef_ = np.asarray(baseline.weights, dtype=np.float64).T
    machine.intercept_ = np.asarray(baseline.bias, dtype=np.float64)
    return make_pipeline(vectorizer, machine)


def convert_fasttext(run: Run, papers: Sequence[Paper]) -> Any:
    """Make fastText's own model of a run of `fasttext`.

    A run has the product of fastText's two matrices alone, (F, C). As it is of their rank, it is also the
    product of its projection on its first principal axes, and of these axes.

    Args:
        run: The run.
        papers: Papers by whose words fastText orders its dictionary, the most frequent first.
    """
    import fasttext

    settings, baseline = run.recipe().baseline, load_baseline(run)
    assert isinstance(settings, FastTextSettings)
    labels, words = run.info().labels, list(baseline.get_state()[1]["words"])
    places = {word: place for place, word in enumerate(words)}
    lines = [words[start : start + LINE] for start in range(0, len(words), LINE)]
    lines += [[word for word in split_words(paper) if word in places] for paper in papers]
    lines += [[]] * len(labels)  # a line for each label at least
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="ascii") as file:
        for number, line in enumerate(lines):
            file.write(f"__label__{labels[number % len(labels)]} {' '.join(line)}\n")
        file.flush()
        # It learns next to nothing, and its matrices are replaced.
        model = fasttext.train_supervised(
            file.name,
            dim=min(settings.dimensions, len(labels)),
            epoch=1,
            lr=1e-9,
            wordNgrams=settings.ngrams,
            bucket=settings.buckets,
            minCount=1,
            thread=1,
            verbose=0,
        )
    product = np.asarray(baseline.weights, dtype=np.float32)  # (F, C)
    _, axes = np.linalg.eigh(product.T.astype(np.float64) @ product)
    axes = axes[:, -model.get_dimension() :].astype(np.float32)  # (C, D), of the largest eigenvalues
    rows = [places[word] for word in model.get_words()] + list(range(len(words), len(product)))
    columns = [labels.index(label.removeprefix("__label__")) for label in model.get_labels()]
    model.set_matrices(product[rows] @ axes, axes[columns])
    return model


def save_model(model: Any, path: Path) -> None:
    """Write a converted model: `.joblib` for scikit-learn's, `.bin` for fastText's."""
    with replace_file(path) as temporary:
        if path.suffix == ".bin":
            model.save_model(str(temporary))
        else:
            joblib.dump(model, temporary)
