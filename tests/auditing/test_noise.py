import numpy as np
import pytest

from arxonomy.auditing.noise import FOLDS, assign_folds, estimate_joint, estimate_noise, rank_confusions
from arxonomy.auditing.words import build_word_sets
from arxonomy.records import Paper


def test_estimate_joint_by_hand():
    given = np.array([0, 0, 0, 1, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.4, 0.6]], dtype=np.float32)
    # The thresholds are 0.6 and 0.65, so the third row counts for 1, and the last for none.
    likely, joint = estimate_joint(given, probabilities)
    assert likely.tolist() == [0, 0, 1, 1, 1]
    assert joint == pytest.approx(np.array([[2 / 5, 1 / 5], [0, 2 / 5]]))


def test_a_label_without_confident_rows_is_taken_as_right():
    given = np.array([0, 0, 1])
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.9, 0.1]], dtype=np.float32)
    likely, joint = estimate_joint(given, probabilities)
    assert likely.tolist() == [0, 0, 1]
    assert joint.sum() == pytest.approx(1.0)
    assert np.trace(joint) == pytest.approx(1.0)


def test_folds_keep_groups_together_and_classes_even():
    groups = np.repeat(np.arange(50), 2)
    labels = np.repeat(np.arange(50) % 2, 2)
    folds = assign_folds(groups, labels)
    assert (folds[::2] == folds[1::2]).all()
    assert np.bincount(folds[labels == 0]).tolist() == [10] * FOLDS
    assert folds.tolist() == assign_folds(groups, labels).tolist()


def make_corpus(noise, count=600):
    """Papers of three topics; a share of the labels is wrong."""
    rng = np.random.default_rng(5)
    truth = np.arange(count) % 3
    texts = [
        " ".join([*rng.choice([f"w{i}" for i in range(topic * 100, topic * 100 + 150)], 25), "a", "paper"])
        for topic in truth
    ]
    labels = np.where(rng.random(count) < noise, (truth + rng.integers(1, 3, count)) % 3, truth)
    return [Paper(str(i), "", text) for i, text in enumerate(texts)], labels, truth


def test_planted_noise_is_detected():
    papers, labels, truth = make_corpus(0.1)
    noise = estimate_noise(build_word_sets(papers), np.arange(len(papers)), labels)
    wrong = labels != truth
    assert noise.rate == pytest.approx(wrong.mean(), abs=0.03)
    suspects = noise.rows[noise.suspects]
    assert wrong[suspects].mean() >= 0.9
    assert wrong[suspects].sum() >= 0.9 * wrong.sum()
    assert (noise.likely[noise.suspects] == truth[suspects]).mean() >= 0.9
    pairs = rank_confusions(noise, ["a", "b", "c"], 4)
    assert len(pairs) == 4 and sum(pair.rows for pair in pairs) <= wrong.sum() * 1.3
    assert (
        estimate_noise(build_word_sets(papers), np.arange(len(papers)), labels).joint.tolist()
        == noise.joint.tolist()
    )


def test_of_many_rows_a_sample_is_used(monkeypatch):
    papers, labels, _ = make_corpus(0.1)
    words, groups = build_word_sets(papers), np.arange(len(papers))
    whole = estimate_noise(words, groups, labels)
    assert whole.sampled_from is None and len(whole.rows) == len(papers)
    monkeypatch.setattr("arxonomy.auditing.noise.SAMPLE", 400)
    noise = estimate_noise(words, groups, labels)
    assert noise.sampled_from == len(papers) and len(np.unique(noise.rows)) == 400
    assert (labels[noise.rows] == noise.classes[noise.given]).all()
    assert noise.rate == pytest.approx(whole.rate, abs=0.05)


def test_clean_labels_are_not_suspected():
    papers, labels, _ = make_corpus(0.0)
    noise = estimate_noise(build_word_sets(papers), np.arange(len(papers)), labels)
    assert noise.rate < 0.02 and noise.accuracy > 0.97


def test_copies_do_not_confirm_each_other():
    """A wrong label that a copy shares is only seen if the copy is in the same fold."""
    papers, labels, truth = make_corpus(0.1)
    groups = np.tile(np.arange(len(papers)), 2)
    twice = build_word_sets([*papers, *papers])
    noise = estimate_noise(twice, groups, np.tile(labels, 2))
    wrong = np.tile(labels != truth, 2)
    assert wrong[noise.rows[noise.suspects]].sum() >= 0.9 * wrong.sum()


def test_small_classes_are_left_out():
    papers, labels, _ = make_corpus(0.0, count=60)
    labels = labels.copy()
    labels[:4] = 7
    noise = estimate_noise(build_word_sets(papers), np.arange(60), labels)
    assert noise.classes.tolist() == [0, 1, 2]
    assert noise.rows.tolist() == list(range(4, 60))


@pytest.mark.parametrize("labels", [[0] * 30, [0] * 26 + [1] * 4])
def test_too_few_classes(labels):
    papers, _, _ = make_corpus(0.0, count=30)
    assert estimate_noise(build_word_sets(papers), np.arange(30), np.array(labels)) is None


def test_no_word_in_two_papers():
    papers = [Paper(str(i), f"word{i}", "") for i in range(20)]
    assert estimate_noise(build_word_sets(papers), np.arange(20), np.arange(20) % 2) is None
