from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from arxonomy.errors import InputError
from arxonomy.feed.ranker import PLACES, WEIGHTS, Ranker
from arxonomy.records import Paper

COMMON = [f"word{place}" for place in range(40)]


class Known:
    """Features that are given."""

    def __init__(self, features):
        self.features = np.asarray(features, dtype=np.float32)

    def compute_features(self, papers):
        assert len(papers) == len(self.features)
        return self.features


def split(papers, likes=10):
    """Some papers of cs.CL as likes, all others as candidates."""
    own = [paper for paper in papers if paper.category == "cs.CL"][:likes]
    return [paper for paper in papers if paper not in own], own


def order(ranker):
    return np.argsort(-ranker.scores, kind="stable").tolist()


def test_papers_like_the_likes_come_first(invented_papers, network):
    candidates, likes = split(invented_papers)
    ranker = Ranker(candidates, likes, network)
    assert {candidates[row].category for row in order(ranker)[:20]} == {"cs.CL"}


def compute_by_hand(candidates, likes, features, used):
    """(N+L,) both parts, standardized, by the likes in these places."""
    count, rows = len(candidates), len(candidates) + np.asarray(used)
    texts = [f"{paper.title} {paper.abstract}" for paper in (*candidates, *likes)]
    text = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts).toarray()
    centered = features - features.mean(axis=0)
    covariance = np.cov(features.T, bias=True)
    inverse = np.linalg.inv(covariance + np.trace(covariance) / len(covariance) * np.eye(len(covariance)))
    lengths = np.sqrt(np.einsum("ij,jk,ik->i", centered, inverse, centered))
    products = centered @ inverse @ centered[rows].T
    cosines = [(text @ text[rows].T).mean(axis=1), (products / lengths[:, None] / lengths[rows]).mean(axis=1)]
    return [(values - values[:count].mean()) / values[:count].std() for values in cosines]


def test_the_score_is_the_sum_of_two_standardized_mean_cosines(invented_papers):
    candidates, likes = split(invented_papers)
    features = np.random.default_rng(0).normal(size=(len(invented_papers), 4))
    ranker = Ranker(candidates, likes, Known(features))
    text, network = compute_by_hand(candidates, likes, features, range(len(likes)))
    np.testing.assert_allclose(ranker.scores, (text + ranker.weight * network)[: len(candidates)], atol=1e-5)


def test_the_weight_is_that_with_which_likes_left_out_come_first(invented_papers):
    candidates, likes = split(invented_papers, 5)
    features = np.random.default_rng(3).normal(size=(len(invented_papers), 4))
    features[-5:] += 1.0
    means = []
    for weight in WEIGHTS:
        ranks = []
        for left_out in range(5):
            used = [place for place in range(5) if place != left_out]
            text, network = compute_by_hand(candidates, likes, features, used)
            scores = text + weight * network
            ranks.append((scores[: len(candidates)] > scores[len(candidates) + left_out]).sum())
        means.append(np.log1p(ranks).mean())
    assert Ranker(candidates, likes, Known(features)).weight == WEIGHTS[int(np.argmin(means))]
    assert 0 < np.argmin(means)


def test_the_weight_follows_what_tells_the_likes(invented_papers):
    candidates, likes = split(invented_papers)
    total = len(invented_papers)
    rng = np.random.default_rng(1)
    assert Ranker(candidates, likes, Known(np.ones((total, 3)))).weight == 0.0
    words = [" ".join(rng.choice(list("abcdefghijklmnop"), 12)) for _ in range(total)]
    texts = [
        Paper(str(row), " ".join(f"w{word}" for word in text.split()), "") for row, text in enumerate(words)
    ]
    told = rng.normal(size=(total, 3)) * 0.1
    told[-len(likes) :, 0] += 5.0
    assert Ranker(texts[: len(candidates)], texts[len(candidates) :], Known(told)).weight > 0


def test_the_precision_of_papers_by_chance_is_that_of_chance():
    """Though likes may have words that no candidate has, as all papers have words of their own."""
    rng = np.random.default_rng(5)
    papers = [
        Paper(str(row), " ".join([*rng.choice(COMMON, 6), *(f"own{row}x{place}" for place in range(9))]), "")
        for row in range(80)
    ]
    features = rng.normal(size=(80, 30))
    found = Ranker(papers[:60], papers[60:], Known(features)).measure_precision()
    assert found.chance == pytest.approx(10 / 70)
    assert found.value < 1.5 * found.chance


def test_the_precision_of_likes_of_one_field_is_high_and_of_any_papers_low(invented_papers, network):
    candidates, likes = split(invented_papers, 12)
    others = [paper for paper in candidates if paper.category != "cs.CL"]
    found = Ranker(others, likes, network).measure_precision()
    assert (found.held_out, found.papers, found.best) == (6, 66, 0.6)
    assert found.chance == pytest.approx(6 / 66)
    assert found.value > 0.9 * found.best
    mixed = Ranker(invented_papers[12:], invented_papers[:12], network).measure_precision()
    assert mixed.value < found.value / 2


def test_the_precision_of_likes_among_few_candidates_is_that_of_chance(invented_papers, network):
    found = Ranker(invented_papers[:2], invented_papers[10:14], network).measure_precision()
    assert found.value == pytest.approx(2 / PLACES)
    assert found.chance == found.best == 2 / PLACES


def test_words_and_the_nearest_like_say_why(network):
    likes = [
        Paper("1", "The parsing of grammar", "We study the parsing of grammar by the corpus."),
        Paper("2", "Dialogue", "A dialogue corpus with the summary of a dialogue."),
        Paper("3", "Syntax", "The syntax of dialect."),
    ]
    candidates = [
        Paper("4", "The grammar of parsing", "We look at the parsing of pixels."),
        Paper("5", "Images", "The camera and the pixels."),
    ]
    ranker = Ranker(candidates, likes, network)
    assert ranker.find_words(0) == ["parsing", "grammar"]
    assert ranker.find_nearest(0) == 0
    assert (ranker.find_words(1), ranker.find_nearest(1)) == ([], None)


def test_markup_is_read_as_what_it_means(network):
    likes = [Paper(str(row), r"On $\tau$ leptons", "<b>tau</b>") for row in range(3)]
    ranker = Ranker([Paper("4", "The &tau; again", ""), Paper("5", "A bold font", "")], likes, network)
    assert ranker.find_words(0) == ["tau"]
    assert order(ranker) == [0, 1]


def test_one_candidate_and_features_without_variance_are_ranked(invented_papers):
    likes, rest = invented_papers[:3], invented_papers[3:]
    assert Ranker(rest[:1], likes, Known(np.ones((4, 5)))).scores.tolist() == [0.0]
    assert np.isfinite(Ranker(rest[:4], likes, Known(np.zeros((7, 5)))).scores).all()


def test_papers_without_words_are_an_error(network):
    with pytest.raises(InputError, match="no words"):
        Ranker([Paper("1", "?", "…")], [Paper("2", "the", "")] * 3, network)
