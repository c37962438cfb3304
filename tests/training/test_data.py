from __future__ import annotations

import numpy as np
import pytest

from arxonomy.config import TrainingSettings
from arxonomy.config.tables import AugmentSettings
from arxonomy.text import EncodedPaper
from arxonomy.text.augment import Augmenter
from arxonomy.text.characters import cut_words
from arxonomy.training.data import Examples, TrainingData, drop_parts


def encode(title: int, abstract: int) -> EncodedPaper:
    """A paper of that many words, with their characters."""
    words = [f"w{i}" for i in range(title + abstract)]
    ids = np.arange(2, 2 + len(words), dtype=np.int32)
    spelled = cut_words(words, 4)
    return EncodedPaper(ids[:title], ids[title:], 0.25, spelled[:title], spelled[title:])


def count_dropped(papers: list[EncodedPaper]) -> tuple[int, int]:
    return sum(not len(paper.title) for paper in papers), sum(not len(paper.abstract) for paper in papers)


def test_without_the_setting_nothing_is_dropped_and_nothing_drawn() -> None:
    papers, rng = [encode(2, 3)] * 5, np.random.default_rng(0)
    assert drop_parts(papers, TrainingSettings(), rng) == papers
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(("title", "abstract"), [(0.1, 0.3), (0.0, 0.5), (1.0, 0.0), (0.5, 0.5)])
def test_each_part_is_dropped_as_often_as_the_setting_says_and_never_both(
    title: float, abstract: float
) -> None:
    settings = TrainingSettings(drop_title=title, drop_abstract=abstract)
    papers = [encode(2, 3)] * 4000
    changed = drop_parts(papers, settings, np.random.default_rng(1))
    no_title, no_abstract = count_dropped(changed)
    assert no_title / 4000 == pytest.approx(title, abs=0.03)
    assert no_abstract / 4000 == pytest.approx(abstract, abs=0.03)
    assert all(len(paper.title) or len(paper.abstract) for paper in changed)
    other = drop_parts(papers, settings, np.random.default_rng(2))
    assert title == 1.0 or [len(p.abstract) for p in other] != [len(p.abstract) for p in changed]


def test_the_characters_of_a_part_go_with_its_words() -> None:
    (paper,) = drop_parts([encode(2, 3)], TrainingSettings(drop_abstract=1.0), np.random.default_rng(0))
    assert paper.title_words is not None and paper.title_words.tolist() == [b"w0", b"w1"]
    assert paper.abstract_words is not None and not len(paper.abstract_words)


@pytest.mark.parametrize("shares", [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
def test_the_only_part_of_a_paper_stays(shares: tuple[float, float]) -> None:
    settings = TrainingSettings(drop_title=shares[0], drop_abstract=shares[1])
    papers = [encode(2, 0), encode(0, 3)] * 20
    assert count_dropped(drop_parts(papers, settings, np.random.default_rng(0))) == (20, 20)


def test_others_take_turns_and_labeled_papers_come_in_every_epoch() -> None:
    papers = Examples([encode(1, 1)] * 17, np.zeros(17, np.int64), np.ones(17, np.float32))
    data = TrainingData(papers, papers, ("a", "b"), Augmenter(AugmentSettings(), None, ()), labeled=10)
    settings = TrainingSettings(unlabeled_ratio=0.3)
    drawn = [data.draw_rows(settings, epoch) for epoch in range(1, 15)]
    assert all(rows[:10].tolist() == list(range(10)) and len(rows) == 13 for rows in drawn)
    others = np.concatenate([rows[10:] for rows in drawn])
    for turn in range(6):
        assert sorted(others[7 * turn : 7 * turn + 7].tolist()) == list(range(10, 17))
    assert (drawn[4] == data.draw_rows(settings, 5)).all()
    assert others[:7].tolist() != others[7:14].tolist()
    many = data.draw_rows(TrainingSettings(unlabeled_ratio=2.0), 1)[10:]
    assert len(many) == 20 and np.ptp(np.bincount(many - 10)) == 1  # each twice or three times
    none = data.draw_rows(TrainingSettings(unlabeled_ratio=0.0), 3)
    assert none.tolist() == list(range(10))
    assert len(data.get_labels()) == 10
