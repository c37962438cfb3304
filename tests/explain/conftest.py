"""Classifiers whose answers are to be explained, and invented explanations."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from arxonomy.explain import Explanation, Word
from arxonomy.inference import load
from arxonomy.records import Paper, Prediction


@pytest.fixture(scope="session")
def classifier_of(bundle_of):
    """(architecture, backend) -> a classifier: `packaged` is that of the package, others are tiny bundles."""

    @cache
    def load_(architecture: str, backend: str):
        folder = None if architecture == "packaged" else bundle_of(architecture)
        return load(folder, backend=backend, device="cpu", threads=1)

    # Around the cache, which takes load_("packaged") and load_("packaged", "onnx") for two different calls.
    def make(architecture: str = "packaged", backend: str = "onnx"):
        return load_(architecture, backend)

    return make


HOSTILE = "<script>alert('x')</script>\x1b[31m \u202e$\\frac{1}$ {id} 中 & \"q\" \x00" + "y" * 500


def make_explanation(
    title: int = 6, abstract: int = 40, square: bool = True, hostile: bool = False, method: str = "attention"
) -> Explanation:
    """An invented explanation of that many words; the second of a text is unknown and 1,000 letters long."""
    rng = np.random.default_rng(0)

    def written(count: int) -> tuple[str, tuple[Word, ...]]:
        text, words = HOSTILE if hostile else "", []
        for place in range(count):
            token = "w" * 1000 if place == 1 else f"word-{place}"
            words.append(Word(token, place != 1, len(text), len(text) + len(token)))
            text += token + (HOSTILE if hostile else ", ")
        return text, tuple(words)

    def weights(*shape: int) -> np.ndarray:
        drawn = rng.random(shape) ** 4
        if method != "attention":
            return drawn * rng.choice([-1, 1], shape)
        return drawn / drawn.sum(axis=-1, keepdims=True)

    label = HOSTILE if hostile else "cs.CL"
    prediction = Prediction(
        HOSTILE if hostile else "paper-7",
        ((label, 0.625), ("cs.CV", 0.25), *((f"x.{i}", 0.0125) for i in range(10))),
        0.5,
        warnings=(HOSTILE,) if hostile else (),
    )
    grid = weights(title, title) if square and method == "attention" else None
    (title_text, title_words), (abstract_text, abstract_words) = written(title), written(abstract)
    return Explanation(
        paper=Paper(prediction.id, title_text, abstract_text),
        prediction=prediction,
        method=method,
        category=label,
        against=None,
        log_odds=0.5,
        title_words=title_words,
        abstract_words=abstract_words,
        title=weights(title) if grid is None else grid.sum(axis=0) / max(1, title),
        abstract=weights(abstract),
        branches=(-0.25, 1.5),
        gates=(0.375, 0.75),
        unread=(0, 0),
        title_map=grid,
    )
