"""Answers at a level of the hierarchy, and backed off to one that is sure enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from arxonomy.errors import InputError, SettingsError
from arxonomy.evaluation import Calibrations
from arxonomy.inference import Classifier
from arxonomy.inference.answers import Answers
from arxonomy.records import Paper
from arxonomy.taxonomy import parse_taxonomy
from arxonomy.text import find_read_parts

LABELS = ("cs.AI", "cs.CL", "cs.LG", "stat.ML", "hep-ex", "cond-mat.soft")
CLEAR = ("91 2 3 1 2 1", "")
WITHIN = ("40 10 35 5 5 5", "")
BETWEEN = ("1 1 1 7 50 40", "")  # physics, but which archive?
NOWHERE = ("30 5 5 30 15 15", "")
PAPERS = [CLEAR, WITHIN, BETWEEN, NOWHERE]


@dataclass(frozen=True)
class StatedMember:
    """A model that is told the probabilities in percent by each title."""

    calibrations: Calibrations = Calibrations.identity(len(LABELS))  # noqa: RUF009  (frozen)
    name = "baseline"
    reads = (None, None)
    typicality = None

    def answer(self, papers: Sequence[Paper]) -> Answers:
        shares = np.array([[int(word) for word in paper.title.split()] for paper in papers]) / 100
        return Answers([0.0] * len(papers), [find_read_parts(paper) for paper in papers], shares, shares)


CLASSIFIER = Classifier([StatedMember()], LABELS, training_prior=[1 / 6] * 6)


def shares_of(pairs: Sequence[tuple[str, float]]) -> dict[str, int]:
    return {name: round(100 * share) for name, share in pairs}


def test_levels_hold_the_categories() -> None:
    assert CLASSIFIER.levels == {
        "group": ("cs", "cs", "cs", "stat", "physics", "physics"),
        "archive": ("cs", "cs", "cs", "stat", "hep-ex", "cond-mat"),
        "category": LABELS,
    }


def test_an_answer_at_a_level_is_the_sum_of_what_it_holds() -> None:
    for level, holders in CLASSIFIER.levels.items():
        shares = CLASSIFIER.probabilities(PAPERS)
        for row, answer in zip(shares, CLASSIFIER.classify(PAPERS, level=level), strict=True):
            expected = {name: row[[own == name for own in holders]].sum() for name in holders}
            assert dict(answer.categories) == pytest.approx(expected)
            assert answer.level == level and answer.category == answer.categories[0][0]
            ranked = [share for _, share in answer.categories]
            assert ranked == sorted(ranked, reverse=True)


def test_the_deepest_level_gives_the_categories_themselves() -> None:
    plain = CLASSIFIER.classify(PAPERS, 3)
    for before, after in zip(plain, CLASSIFIER.classify(PAPERS, 3, level="category"), strict=True):
        assert (after.level, after.within) == ("category", ())
        assert after.to_dict() == {**before.to_dict(), "level": "category", "within": []}
        assert before.level is None and not {"level", "within"} & before.to_dict().keys()


def test_backing_off_gives_the_deepest_level_that_is_sure() -> None:
    clear, within, between, nowhere = CLASSIFIER.classify(PAPERS, back_off=0.8)
    assert (clear.category, clear.level, clear.within) == ("cs.AI", "category", ())
    assert (within.category, within.level, round(within.probability, 2)) == ("cs", "archive", 0.85)
    assert shares_of(within.within or ()) == {"cs.AI": 40, "cs.LG": 35, "cs.CL": 10}
    assert (between.category, between.level) == ("physics", "group")
    assert nowhere.category is None and nowhere.abstained and nowhere.level == "group"
    assert nowhere.warnings == ("not even the group is 80% sure: cs 40%, stat 30%",)
    assert not clear.warnings and not within.abstained


def test_a_threshold_counts_as_reached() -> None:
    (answer,) = CLASSIFIER.classify([("50 0 0 50 0 0", "")], back_off=0.5)
    assert (answer.category, answer.level) == ("cs.AI", "category")


def test_backing_off_begins_at_a_level() -> None:
    clear, within, between, _ = CLASSIFIER.classify(PAPERS, level="archive", back_off=0.8)
    assert (clear.category, clear.level) == ("cs", "archive")
    assert (within.category, between.category) == ("cs", "physics")


def test_top_k_and_small_shares() -> None:
    (answer,) = CLASSIFIER.classify([WITHIN], 1, back_off=0.8)
    assert shares_of(answer.categories) == {"cs": 85} and shares_of(answer.within or ()) == {"cs.AI": 40}
    (clear,) = CLASSIFIER.classify([("99 1 0 0 0 0", "")], level="group")
    assert shares_of(clear.within or ()) == {"cs.AI": 99, "cs.CL": 1}
    (nowhere,) = CLASSIFIER.classify([NOWHERE], 1, back_off=0.8)
    assert nowhere.warnings[0].endswith("cs 40%, stat 30%")


def test_min_confidence_is_that_of_the_level() -> None:
    answers = CLASSIFIER.classify(PAPERS, level="group", min_confidence=0.86)
    assert [answer.category for answer in answers] == ["cs", None, "physics", None]
    assert answers[1].abstained and not answers[1].warnings
    with pytest.raises(InputError, match="without min_confidence, found both"):
        CLASSIFIER.classify(PAPERS, back_off=0.8, min_confidence=0.5)
    with pytest.raises(InputError, match=r"expected 0..1, found 80; 80% is 0.8"):
        CLASSIFIER.classify(PAPERS, back_off=80)


def test_a_prior_is_applied_before_probabilities_add_up() -> None:
    (answer,) = CLASSIFIER.with_prior({"hep-ex": 0.9}).classify([NOWHERE], level="group")
    shares = CLASSIFIER.with_prior({"hep-ex": 0.9}).probabilities([NOWHERE])[0]
    assert answer.category == "physics" and answer.probability == pytest.approx(shares[4:].sum())


def test_lists_stay_those_of_categories() -> None:
    member = StatedMember()
    (plain,) = Classifier([member], LABELS).classify([WITHIN])
    (answer,) = Classifier([member], LABELS).classify([WITHIN], level="group")
    assert answer.listed == plain.listed and answer.listed is not None


def test_views_have_levels_of_their_own() -> None:
    viewed = CLASSIFIER.with_view("cs.AI-LG=cs.AI+cs.LG,NLP=cs.CL,learning=stat.ML+cond-mat.soft")
    assert viewed.levels == {
        "group": ("cs", "cs", "learning"),
        "archive": ("cs", "cs", "learning"),
        "category": ("cs.AI-LG", "NLP", "learning"),
    }
    within, physics = viewed.classify([WITHIN, ("5 10 5 10 70 0", "")], back_off=0.85)
    assert (within.category, within.level) == ("cs", "archive")
    assert shares_of(within.within or ()) == {"cs.AI-LG": 79, "NLP": 11}
    assert within.outside == pytest.approx(0.05)
    assert within.probability == pytest.approx(0.85 / 0.95) and not within.warnings
    assert physics.is_outside and physics.category is None and physics.level == "group"
    assert [warning.partition(":")[0] for warning in physics.warnings] == ["none of these categories"]


def test_an_answer_never_depends_on_its_batch() -> None:
    together = CLASSIFIER.classify(PAPERS * 3, back_off=0.8)
    streamed = list(CLASSIFIER.stream(iter(PAPERS * 3), window=1, back_off=0.8))
    assert together == streamed


def test_a_user_s_own_levels() -> None:
    text = (
        '{"name": "own", "levels": ["1", "2", "3"], "nodes": ['
        '{"code": "science", "path": ["science"]}, {"code": "cs.AI", "path": ["science", "cs.AI"]}, '
        '{"code": "hep-ex", "path": ["science", "hep-ex"]}, {"code": "cs.CL", "path": ["cs.CL"]}]}'
    )
    own = Classifier([StatedMember()], LABELS, taxonomy=parse_taxonomy(text))
    assert own.levels == {"1": ("science", "cs.CL", *LABELS[2:4], "science", LABELS[5]), "2": LABELS}
    with pytest.raises(SettingsError, match="expected the level 1 or 2, found `archive`: known: `1`, `2`"):
        own.classify(PAPERS, level="archive")


def test_a_model_without_a_hierarchy_has_no_levels() -> None:
    plain = Classifier([StatedMember()], ("a", "b", "c", "d", "e", "f"))
    assert plain.levels == {}
    for options in ({"level": "archive"}, {"back_off": 0.8}):
        with pytest.raises(SettingsError, match=r"no known hierarchy.*`taxonomy`"):
            plain.classify(PAPERS, **options)
