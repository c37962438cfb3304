import numpy as np
import pytest

from arxivist.errors import DataError, SettingsError
from arxivist.models.linear import GRID, tune_linear_peer
from arxivist.records import Paper

TOPICS = [
    "neural translation of spoken language between distant languages",
    "object detection in street images with convolution filters",
    "galaxy formation and dark matter halos in cosmological simulation",
]


def papers_of(topics: list[int], seed: int = 0) -> list[Paper]:
    rng = np.random.default_rng(seed)
    papers = []
    for i, topic in enumerate(topics):
        words = rng.permutation(TOPICS[topic].split())
        papers.append(Paper(id=str(i), title=" ".join(words[:3]), abstract=" ".join(words[3:])))
    return papers


TRAIN_Y = [0, 1, 2] * 6
CHECK_Y = [2, 1, 0] * 2


def test_peer_learns_separable_papers() -> None:
    peer, tried = tune_linear_peer(papers_of(TRAIN_Y), TRAIN_Y, papers_of(CHECK_Y, 1), CHECK_Y)
    assert [(entry["C"], entry["class_weight"]) for entry in tried] == list(GRID)
    assert max(entry["accuracy"] for entry in tried) == 1
    np.testing.assert_array_equal(peer.predict(papers_of([2, 0, 1], 2)), [2, 0, 1])
    decision = peer.decision(papers_of([2, 0, 1], 2))
    assert decision.shape == (3, 3)
    assert decision.dtype == np.float64


def test_two_classes_give_two_columns() -> None:
    y = [0, 1] * 6
    peer, _ = tune_linear_peer(papers_of(y), y, papers_of(y, 1), y)
    decision = peer.decision(papers_of(y, 2))
    np.testing.assert_array_equal(decision[:, 0], -decision[:, 1])
    np.testing.assert_array_equal(peer.predict(papers_of(y, 2)), y)


def test_a_class_without_training_papers_is_never_predicted() -> None:
    y = [0, 2] * 6
    peer, tried = tune_linear_peer(papers_of(y), y, papers_of(CHECK_Y, 1), CHECK_Y, classes=4)
    decision = peer.decision(papers_of(CHECK_Y, 2))
    assert decision.shape == (6, 4)
    assert np.isneginf(decision[:, [1, 3]]).all()
    assert set(peer.predict(papers_of(CHECK_Y, 2))) <= {0, 2}
    assert max(entry["accuracy"] for entry in tried) == pytest.approx(4 / 6)


def test_the_best_setting_wins_and_the_first_of_equals() -> None:
    # Rare class 1 of mixed words: only the balanced loss finds it at a small C.
    y = [0] * 30 + [1] * 3
    grid = [(0.001, None), (0.001, "balanced"), (0.01, "balanced")]
    check = [0, 1] * 5
    peer, tried = tune_linear_peer(papers_of(y), y, papers_of(check, 1), check, grid, by="macro_f1")
    assert tried[0]["macro_f1"] < tried[1]["macro_f1"]
    best, _ = tune_linear_peer(papers_of(y), y, papers_of(check, 1), check, grid[1:2])
    np.testing.assert_array_equal(peer.decision(papers_of(check)), best.decision(papers_of(check)))


def test_the_vocabulary_comes_from_the_training_papers_alone() -> None:
    strangers = [Paper(id="x", title="zebra zebra", abstract="zebra quagga"), *papers_of(CHECK_Y, 1)]
    peer, _ = tune_linear_peer(papers_of(TRAIN_Y), TRAIN_Y, strangers, [0, *CHECK_Y])
    unknown = peer.decision(
        [Paper(id="a", title="zebra", abstract=""), Paper(id="b", title="okapi", abstract="")]
    )
    np.testing.assert_array_equal(unknown[0], unknown[1])


def test_it_is_repeatable() -> None:
    first, _ = tune_linear_peer(papers_of(TRAIN_Y), TRAIN_Y, papers_of(CHECK_Y, 1), CHECK_Y)
    again, _ = tune_linear_peer(papers_of(TRAIN_Y), TRAIN_Y, papers_of(CHECK_Y, 1), CHECK_Y)
    np.testing.assert_array_equal(first.decision(papers_of(CHECK_Y)), again.decision(papers_of(CHECK_Y)))


@pytest.mark.parametrize(
    ("train", "train_y", "check", "check_y", "message"),
    [
        (papers_of([0, 0]), [0, 0], papers_of([0]), [0], "two classes"),
        (papers_of([0, 1]), [0, 1], [], [], "validation papers"),
        (papers_of([0, 1]), [0], papers_of([0]), [0], "1 classes for 2"),
        ([], [], papers_of([0]), [0], "two classes"),
        (
            [*papers_of([0, 1])[:1], Paper("b", "one", "two")],
            [0, 1],
            papers_of([0]),
            [0],
            "two training papers",
        ),
    ],
)
def test_papers_that_do_not_suffice_are_explained(train, train_y, check, check_y, message) -> None:
    with pytest.raises(DataError, match=message):
        tune_linear_peer(train, train_y, check, check_y)


def test_unknown_score_and_empty_grid_are_explained() -> None:
    papers = papers_of(TRAIN_Y)
    with pytest.raises(SettingsError, match="did you mean `macro_f1`"):
        tune_linear_peer(papers, TRAIN_Y, papers, TRAIN_Y, by="macro-f1")
    with pytest.raises(SettingsError, match="empty grid"):
        tune_linear_peer(papers, TRAIN_Y, papers, TRAIN_Y, grid=[])
