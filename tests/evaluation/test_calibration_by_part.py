from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import Calibration, Calibrations, PartScores, softmax, vote_by_part, vote_logits

WHOLE, TITLE, ABSTRACT = ("title", "abstract"), ("title",), ("abstract",)


def draw(papers: int = 600, seed: int = 0) -> PartScores:
    """Scores of which whole papers are right most often, abstracts less, titles least; all equally large."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=papers)

    def score(right: float) -> np.ndarray:
        answers = np.where(rng.random(papers) < right, labels, rng.integers(3, size=papers))
        return 4 * np.eye(3)[answers] + rng.normal(0, 0.2, (papers, 3))

    return PartScores(labels, score(0.9), score(0.3), score(0.7))


def test_each_kind_of_paper_has_the_calibration_of_its_own_scores() -> None:
    scores = draw()
    fitted = Calibrations.fit(scores)
    assert fitted.whole == Calibration.fit(scores.given, scores.labels)
    assert fitted.title == Calibration.fit(scores.title, scores.labels)
    assert fitted.abstract == Calibration.fit(scores.abstract, scores.labels)
    sure = [fitted.choose(read).apply([[4.0, 0.0, 0.0]]).max() for read in (WHOLE, ABSTRACT, TITLE)]
    assert sure == sorted(sure, reverse=True) and sure[2] < 0.7 < 0.9 < sure[0]
    assert fitted.choose(()) == fitted.whole


def test_papers_that_lack_a_part_fit_the_calibration_of_what_they_have() -> None:
    scores = draw()
    no_abstract, no_title = np.arange(600) % 3 == 0, np.arange(600) % 3 == 1
    given = np.where(
        no_abstract[:, None], scores.title, np.where(no_title[:, None], scores.abstract, scores.given)
    )
    title = np.where(no_title[:, None], np.nan, scores.title)
    abstract = np.where(no_abstract[:, None], np.nan, scores.abstract)
    mixed = PartScores(scores.labels, given, title, abstract)
    assert mixed.get_reads()[:3] == [TITLE, ABSTRACT, WHOLE]
    both = ~(no_abstract | no_title)
    fitted = Calibrations.fit(mixed)
    assert fitted.whole == Calibration.fit(given[both], scores.labels[both])
    assert fitted.title == Calibration.fit(title[~no_title], scores.labels[~no_title])
    probabilities = mixed.calibrate(fitted)
    np.testing.assert_array_equal(probabilities.given[0], fitted.title.apply(given[0]))
    np.testing.assert_array_equal(probabilities.given[1], fitted.abstract.apply(given[1]))
    np.testing.assert_array_equal(np.isnan(probabilities.title), np.isnan(title))


def test_the_calibration_of_all_papers_stands_in_for_one_that_cannot_be_fitted() -> None:
    scores = draw()
    old = PartScores(scores.labels, scores.given)
    assert Calibrations.fit(old) == Calibrations.repeat(Calibration.fit(scores.given, scores.labels))
    assert old.get_reads()[0] == WHOLE and old.select(TITLE) is None
    # A file of titles alone: what is there is fitted, and nothing is made of the missing abstracts.
    nothing = np.full_like(scores.given, np.nan)
    titles = PartScores(scores.labels, scores.title, scores.title, nothing)
    assert Calibrations.fit(titles) == Calibrations.repeat(Calibration.fit(scores.title, scores.labels))


def test_rows_are_calibrated_alone_as_together_and_back() -> None:
    scores = draw()
    fitted = Calibrations.fit(scores)
    reads = [WHOLE, TITLE, ABSTRACT, (), TITLE] * 4
    logits = scores.given[: len(reads)]
    together = fitted.apply(logits, reads)
    for row, read in enumerate(reads):
        np.testing.assert_array_equal(fitted.apply(logits[[row]], [read])[0], together[row])
        np.testing.assert_array_equal(fitted.choose(read).apply(logits[row]), together[row])
    np.testing.assert_allclose(softmax(fitted.undo(together, reads)), softmax(logits), atol=1e-12)
    np.testing.assert_array_equal(Calibrations.identity(3).apply(logits, reads), softmax(logits))


def test_models_vote_part_by_part() -> None:
    first, second = (draw(60, seed) for seed in (1, 2))
    second = PartScores(first.labels, second.given, second.title, None)
    shares = [papers.calibrate(Calibrations.fit(papers)) for papers in (first, second)]
    votes = vote_by_part(shares)
    np.testing.assert_array_equal(votes.given, vote_logits([papers.given for papers in shares]))
    np.testing.assert_array_equal(votes.title, vote_logits([papers.title for papers in shares]))
    assert votes.abstract is None  # the second has not read abstracts alone


@pytest.mark.parametrize("missing", ["title", "abstract"])
def test_joined_scores_keep_what_both_have(missing: str) -> None:
    first, second = draw(20, 1), draw(30, 2)
    joined = first.join(second)
    assert joined.given.shape == joined.title.shape == joined.abstract.shape == (50, 3)
    assert joined.labels.tolist() == [*first.labels, *second.labels]
    parts = {"title": second.title, "abstract": second.abstract} | {missing: None}
    joined = first.join(PartScores(second.labels, second.given, **parts))
    assert getattr(joined, missing) is None and joined.given.shape == (50, 3)
