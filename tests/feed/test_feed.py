from __future__ import annotations

import pytest
from counting_model import make_classifier

from arxonomy.errors import SettingsError
from arxonomy.feed.candidates import Candidate, Kind, Wish
from arxonomy.feed.feed import make_feed
from arxonomy.records import Paper


def invent(number: int, words: str, *codes: str, kind: Kind = Kind.new) -> Candidate:
    paper = Paper(f"2610.{number:05}", f"Title {number}", f"{words} of the code")
    return Candidate(paper, kind, codes or ("cs.CL",), announced="2026-10-02")


CANDIDATES = [
    invent(1, "pixel pixel"),
    invent(2, "grammar grammar grammar"),
    invent(3, "grammar pixel"),
    invent(4, "grammar gradient", "cs.LG", "cs.CL", kind=Kind.cross_list),
    invent(5, "grammar grammar", kind=Kind.replacement),
    invent(6, "grammar grammar", "cs.CV"),
]


def list_ids(feed) -> list[int]:
    return [int(entry.candidate.paper.id[-1]) for entry in feed.entries]


def test_without_likes_the_order_is_that_of_the_probability_of_the_categories(classifier):
    feed = make_feed(CANDIDATES, classifier, Wish(("cs.CL",)))
    assert list_ids(feed) == [2, 3, 4, 1]
    first = feed.entries[0]
    (answer,) = classifier.classify([first.candidate.paper])
    assert first.prediction == answer
    assert first.score == first.probability == answer.probability
    assert first.words == ("grammar",)
    assert feed.left_out == {"replacements": 1, "of other categories": 1}
    assert (feed.ranked, feed.likes, feed.precision) == (4, 0, None)
    assert feed.title == "cs.CL, 2026-10-02"


def test_the_probability_of_several_categories_is_their_sum(classifier):
    feed = make_feed(CANDIDATES[2:3], classifier, Wish(("cs.CL", "cs.CV")))
    shares = dict(classifier.classify([CANDIDATES[2].paper])[0].categories)
    assert feed.entries[0].probability == pytest.approx(shares["cs.CL"] + shares["cs.CV"])
    whole = make_feed(CANDIDATES[2:3], classifier, Wish(("cs",))).entries[0].probability
    assert 1 > whole > feed.entries[0].probability


def test_improbable_papers_are_left_out_and_counted(classifier):
    *_, last = make_feed(CANDIDATES, classifier, Wish(("cs.CL",))).entries
    assert last.probability < 0.02
    feed = make_feed(CANDIDATES, classifier, Wish(("cs.CL",), min_confidence=0.02))
    assert list_ids(feed) == [2, 3, 4]
    assert feed.left_out["less probable than 0.02"] == 1


def test_what_was_shown_before_changes_no_score(classifier, network):
    likes = [Paper(str(row), f"token sentence {row}", "grammar") for row in range(3)]
    wish = Wish(("cs.CL",))
    whole = make_feed(CANDIDATES, classifier, wish, likes, network)
    first, *rest = whole.entries
    feed = make_feed(CANDIDATES, classifier, wish, likes, network, shown={first.candidate.name})
    assert feed.entries == tuple(rest)
    assert feed.left_out["shown before"] == 1
    assert feed.ranked == whole.ranked


def test_only_the_first_are_shown(classifier):
    feed = make_feed(CANDIDATES, classifier, Wish(("cs.CL",)), top=1)
    assert list_ids(feed) == [2]
    assert feed.left_out["below the first 1"] == 3


def test_likes_rank_in_place_of_the_probability_and_are_not_shown(classifier, network):
    likes = [CANDIDATES[1].paper, Paper("a", "The pixel", "pixel"), Paper("b", "Many pixel", "pixel pixel")]
    feed = make_feed(CANDIDATES, classifier, Wish(("cs.CL",)), likes, network)
    assert list_ids(feed)[0] == 1
    assert feed.left_out["among the likes"] == 1
    assert feed.entries[0].words[0] == "pixel"
    assert feed.entries[0].nearest in ("The pixel", "Many pixel")
    assert feed.entries[0].probability is not None
    assert (feed.likes, feed.precision.held_out) == (3, 1)


def test_likes_alone_suffice(classifier, network):
    likes = [Paper(str(row), "The pixel", f"pixel {row}") for row in range(3)]
    feed = make_feed(CANDIDATES, classifier, Wish(), likes, network)
    assert feed.entries[0].probability is None
    assert feed.title == "arXiv, 2026-10-02"


def test_there_must_be_something_to_rank_by(classifier):
    with pytest.raises(SettingsError, match="expected categories or likes"):
        make_feed(CANDIDATES, classifier, Wish())


def test_a_model_without_the_category_is_an_error():
    with pytest.raises(SettingsError, match=r"the model has no category math\.NT; leave out `model`"):
        make_feed(CANDIDATES, make_classifier(), Wish(("cs.CL", "math.NT")))


@pytest.mark.parametrize("candidates", [[], CANDIDATES[4:]])
def test_a_day_without_papers_is_an_empty_feed(classifier, network, candidates):
    likes = [Paper(str(row), "The pixel", f"pixel {row}") for row in range(3)]
    feed = make_feed(candidates, classifier, Wish(("cs.CL",)), likes, network)
    assert (feed.entries, feed.ranked, feed.precision) == ((), 0, None)


def test_a_paper_too_long_to_explain_is_shown_without_words(classifier):
    long = Candidate(Paper("2610.00009", "Title", "grammar " * 2100), Kind.new, ("cs.CL",))
    (entry,) = make_feed([long], classifier, Wish(("cs.CL",))).entries
    assert entry.words == ()
