"""A model that counts words, with thresholds, and papers to check."""

from __future__ import annotations

from dataclasses import replace

import pytest
from counting_model import ARXIV, LABELS, TYPICALITY, WORDS, CountingMember, make_classifier

from arxonomy.evaluation import Calibrations, CheckRates, CheckThresholds
from arxonomy.inference import Classifier
from arxonomy.records import Paper

LATER = CheckRates(
    papers=70,
    false_alarms=0.05,
    moves=0.06,
    additions=0.04,
    found_across=0.9,
    found_within=0.8,
    found_near_across=0.7,
    found_near_within=0.6,
)
# At 5% a category is doubted below 0.05, and one that is not listed is proposed from 0.95 on.
THRESHOLDS = CheckThresholds(
    papers=1000, chosen=(0.0, 1.0), papers_with_lists=1000, unlisted=(0.0, 1.0), later=LATER
)
MEMBER = CountingMember(typicality=TYPICALITY, unlisted=3.0)
PIXELS = "pixel pixel pixel pixel"
ABSTRACT = "pixel pixel pixel pixel pixel"  # not the title once more, which would be none


def make_paper(
    category: str | None, *listed: str, title: str = PIXELS, abstract: str = ABSTRACT, id: str = "a"
) -> Paper:
    """A paper of `cs.CV`, as its words have it, with the categories of its authors."""
    return Paper(id, title, abstract, category=category, categories=listed)


@pytest.fixture(scope="session")
def model() -> Classifier:
    return make_classifier(MEMBER, check_thresholds=THRESHOLDS)


@pytest.fixture(scope="session")
def arxiv_model() -> Classifier:
    """A model of all of arXiv's categories."""
    words = {word: ARXIV.index(LABELS[place]) for word, place in WORDS.items()} | {
        "code": ARXIV.index("cs.IT")
    }
    member = replace(
        MEMBER,
        strength=2.0,
        words=words,
        count=len(ARXIV),
        calibrations=Calibrations.identity(len(ARXIV)),
        typicality=None,
    )
    prior = (1 / len(ARXIV),) * len(ARXIV)
    return Classifier([member], ARXIV, training_prior=prior, check_thresholds=THRESHOLDS)
