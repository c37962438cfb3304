"""A network that needs no files, and a classifier that counts words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from conftest import WORDS
from counting_model import make_arxiv_classifier

from arxonomy.inference import Classifier
from arxonomy.records import Paper


class CountingNetwork:
    """Its features are how many words of each class a paper has."""

    def compute_features(self, papers: Sequence[Paper]) -> np.ndarray:
        counts = [
            [
                sum(word in own for word in f"{paper.title} {paper.abstract}".lower().split())
                for own in WORDS.values()
            ]
            for paper in papers
        ]
        return np.array(counts, dtype=np.float32)


@pytest.fixture
def network() -> CountingNetwork:
    return CountingNetwork()


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return make_arxiv_classifier()
