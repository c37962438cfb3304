import numpy as np
import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, SettingsError
from arxonomy.papers import PARTS, count_leaked_papers, group_copies, make_split
from arxonomy.records import Paper

RANDOM = DataSettings(split="random")
GROUPED = DataSettings(split="grouped")


def make_papers(count=200, distinct=None):
    distinct = distinct or count
    return [
        Paper(f"2501.{i % distinct:05}", f"Title {i % distinct}", "", "ab"[i % distinct % 2], row=i)
        for i in range(count)
    ]


def test_shares_and_strata():
    papers = make_papers()
    parts = make_split(papers, RANDOM)
    assert {part: int((parts == part).sum()) for part in PARTS} == {
        "train": 139,
        "validation": 31,
        "test": 30,
    }
    for part in PARTS:
        labels = [paper.category for paper, where in zip(papers, parts, strict=True) if where == part]
        assert abs(labels.count("a") - labels.count("b")) <= 1


def test_both_ways_agree_without_copies_and_the_seed_matters():
    papers = make_papers()
    assert (make_split(papers, RANDOM) == make_split(papers, GROUPED)).all()
    assert (
        make_split(papers, RANDOM) != make_split(papers, DataSettings(split_seed=7, split="random"))
    ).any()


def test_copies_stay_together():
    papers = make_papers(300, distinct=200)
    parts = make_split(papers, GROUPED)
    groups = group_copies(papers)
    assert len(set(groups.tolist())) == 200
    assert (parts == parts[groups]).all()
    assert count_leaked_papers(papers, parts) == 0
    assert (parts[:200] == make_split(make_papers(), GROUPED)).all()


def test_leakage_counts_test_papers_with_a_copy_in_train():
    papers = make_papers(6, distinct=3)
    assert (
        count_leaked_papers(papers, np.array(["train", "train", "test", "test", "validation", "test"])) == 1
    )
    assert (
        count_leaked_papers(
            make_papers(300, distinct=200), make_split(make_papers(300, distinct=200), RANDOM)
        )
        > 0
    )


def test_small_label():
    papers = [
        *make_papers(),
        Paper("x", "X", "", "rare"),
        Paper("y", "x", "", "rare"),
        Paper("z", "Z", "", "rare"),
    ]
    make_split(papers, RANDOM)
    with pytest.raises(
        DataError, match=r"at least 3 different papers of each label, found fewer of `rare` \(2\)"
    ):
        make_split(papers, GROUPED)


def test_too_few_papers_and_too_large_shares():
    with pytest.raises(DataError, match="6 different papers of 2 labels are too few to draw 15%"):
        make_split(make_papers(6), RANDOM)
    with pytest.raises(SettingsError, match="less than 1"):
        make_split(make_papers(), DataSettings(test_share=0.5, validation_share=0.5))


def test_no_test_papers():
    parts = make_split(make_papers(), DataSettings(test_share=0.0))
    assert set(parts.tolist()) == {"train", "validation"}
