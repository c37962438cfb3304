"""Thresholds keep the rate of false alarms that is asked for, on new papers of the same kind."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.errors import SettingsError
from arxonomy.evaluation import CheckThresholds, PartScores
from arxonomy.evaluation.check_thresholds import MIN_PAPERS


def draw(papers: int, seed: int) -> tuple[PartScores, PartScores]:
    """Papers of ten classes, about two of which each lists, with probabilities of both."""
    random = np.random.default_rng(seed)
    shares = random.dirichlet(np.full(10, 0.3), papers)
    labels = np.array([random.choice(10, p=row) for row in shares])
    listed = random.random((papers, 10)) < (lists := random.random((papers, 10)) * 0.4)
    return PartScores(labels, shares), PartScores(listed.astype(np.int64), lists)


def test_the_rate_of_false_alarms_holds_on_new_papers() -> None:
    fitted = CheckThresholds.fit(*draw(4000, 0))
    assert fitted is not None and (fitted.papers, fitted.papers_with_lists) == (4000, 4000)
    papers, listed = draw(4000, 1)
    own = papers.given[np.arange(4000), papers.labels]
    largest = np.where(listed.labels > 0, 0, listed.given).max(axis=1)
    for rate in (0.01, 0.05, 0.2):
        assert (own < fitted.find_least_probability(rate)).mean() == pytest.approx(rate, abs=0.01)
        assert (largest >= fitted.find_listed_probability(rate)).mean() == pytest.approx(rate, abs=0.02)


def test_papers_with_one_part_alone_do_not_count() -> None:
    papers, _ = draw(500, 0)
    half = np.where(np.arange(500)[:, None] % 2, np.nan, papers.given)
    fitted = CheckThresholds.fit(PartScores(papers.labels, papers.given, title=half, abstract=papers.given))
    assert fitted is not None and fitted.papers == 250
    whole = PartScores(papers.labels[::2], papers.given[::2])
    assert fitted.chosen == CheckThresholds.fit(whole).chosen


def test_few_papers_and_no_lists_give_no_thresholds() -> None:
    papers, listed = draw(500, 0)
    few = np.arange(MIN_PAPERS - 1)
    assert CheckThresholds.fit(papers.keep(few), listed) is None
    fitted = CheckThresholds.fit(papers, listed.keep(few))
    assert fitted is not None and fitted.papers_with_lists == 0
    assert fitted.find_listed_probability(0.05) is None
    assert CheckThresholds.fit(papers) == fitted


def test_they_are_kept_in_json() -> None:
    fitted = CheckThresholds.fit(*draw(500, 0))
    assert fitted is not None and CheckThresholds.from_dict(fitted.to_dict()) == fitted
    assert "later" not in fitted.to_dict()


def test_a_rate_of_fewer_than_five_papers_is_refused() -> None:
    fitted = CheckThresholds.fit(draw(250, 0)[0])
    assert fitted is not None
    fitted.check_rate(0.02)
    with pytest.raises(SettingsError, match=r"expected 0\.02 to 0\.5, as the 250 validation papers"):
        fitted.check_rate(0.019)
