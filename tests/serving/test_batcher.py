from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, wait

import pytest
from serving.servers import PausedClassifier, until

from arxonomy.inference import Classifier
from arxonomy.inference.adjustment import Adjustment
from arxonomy.records import Paper
from arxonomy.serving.api_errors import Busy
from arxonomy.serving.batcher import BATCH_SIZE, TURN_SIZE, Batcher, ClassifyOptions
from arxonomy.serving.metrics import Metrics

UNIFORM = Adjustment(("a", "b"), 0.3, (0.9, 0.1), (0.5, 0.5))


def papers(name: str, count: int) -> list[Paper]:
    return [Paper(f"{name}{number}", "a title", "") for number in range(count)]


@pytest.fixture
def paused() -> PausedClassifier:
    return PausedClassifier()


@pytest.fixture
def batcher(paused: PausedClassifier) -> Iterator[Batcher]:
    batcher = Batcher(1000, Metrics({}))
    yield batcher
    paused.resume.set()
    batcher.close()


def occupied(batcher: Batcher, paused: PausedClassifier):
    """A request that is being computed, so that others must wait."""
    future = batcher.submit(papers("first", 1), ClassifyOptions(paused))
    assert paused.entered.wait(20)
    return future


@pytest.mark.slow
def test_answers_are_the_classifiers_own(
    batcher: Batcher, classifier: Classifier, invented_papers: list[Paper]
):
    groups = [invented_papers[:1], invented_papers[1:40], invented_papers[40:], invented_papers[:70]]
    futures = [batcher.submit(group, ClassifyOptions(classifier, top_k=2)) for group in groups]
    for group, future in zip(groups, futures, strict=True):
        expected = classifier.classify(group, 2)
        predictions = future.result(60)
        assert [one.id for one in predictions] == [paper.id for paper in group]
        for one, other in zip(predictions, expected, strict=True):
            assert [name for name, _ in one.categories] == [name for name, _ in other.categories]
            assert one.probability == pytest.approx(other.probability, abs=1e-5)


def test_papers_that_come_meanwhile_share_the_next_batch(batcher: Batcher, paused: PausedClassifier):
    occupied(batcher, paused)
    futures = [batcher.submit(papers(name, 2), ClassifyOptions(paused)) for name in "abc"]
    paused.resume.set()
    wait(futures, 20)
    assert paused.batches == [["first0"], ["a0", "a1", "b0", "b1", "c0", "c1"]]


def test_one_paper_does_not_wait_for_another_large_request(batcher: Batcher, paused: PausedClassifier):
    occupied(batcher, paused)
    large = batcher.submit(papers("large", 500), ClassifyOptions(paused))
    small = batcher.submit(papers("small", 1), ClassifyOptions(paused))
    paused.resume.set()
    wait([large, small], 20)
    second = paused.batches[1]
    assert (
        "small0" in second
        and len(second) == BATCH_SIZE
        and second[:TURN_SIZE] == [f"large{i}" for i in range(TURN_SIZE)]
    )
    assert [one.id for one in large.result()] == [f"large{i}" for i in range(500)]


def test_requests_with_other_options_are_computed_apart(batcher: Batcher, paused: PausedClassifier):
    occupied(batcher, paused)
    plain, short, uniform, other = (
        batcher.submit(papers(name, 1), options)
        for name, options in {
            "plain": ClassifyOptions(paused),
            "short": ClassifyOptions(paused, top_k=1),
            "uniform": ClassifyOptions(paused, UNIFORM),
            "other": ClassifyOptions(paused),
        }.items()
    )
    paused.resume.set()
    wait([plain, short, uniform, other], 20)
    assert paused.batches[1:] == [["plain0", "other0"], ["short0"], ["uniform0"]]
    assert len(short.result()[0].categories) == 1 and len(plain.result()[0].categories) == 2


def test_a_full_queue_rejects_at_once_and_has_room_again(paused: PausedClassifier):
    batcher = Batcher(4, Metrics({}))
    occupied(batcher, paused)
    kept = batcher.submit(papers("kept", 3), ClassifyOptions(paused))
    with pytest.raises(Busy) as refused:
        batcher.submit(papers("refused", 1), ClassifyOptions(paused))
    assert int(refused.value.headers["Retry-After"]) >= 1
    paused.resume.set()
    assert len(kept.result(20)) == 3
    until(lambda: batcher._waiting == 0)
    assert len(batcher.submit(papers("again", 4), ClassifyOptions(paused)).result(20)) == 4
    batcher.close()


def test_papers_beyond_the_deadline_are_rejected_at_once(batcher: Batcher, paused: PausedClassifier):
    occupied(batcher, paused)
    batcher._seconds_per_paper = 1.0  # seconds a paper
    with pytest.raises(Busy) as refused:
        batcher.submit(papers("late", 5), ClassifyOptions(paused), timeout=5.5)
    assert refused.value.headers["Retry-After"] == "1"
    batcher.submit(papers("in-time", 5), ClassifyOptions(paused), timeout=6.5)


def test_an_idle_batcher_accepts_a_request_at_any_pace(batcher: Batcher, paused: PausedClassifier):
    paused.resume.set()
    batcher._seconds_per_paper = 1000.0
    assert len(batcher.submit(papers("a", 2), ClassifyOptions(paused), timeout=1.0).result(20)) == 2


def test_cancelled_papers_are_not_computed_and_make_room(paused: PausedClassifier):
    batcher = Batcher(10, Metrics({}))
    occupied(batcher, paused)
    given_up = batcher.submit(papers("gone", 9), ClassifyOptions(paused))
    assert given_up.cancel()
    after = batcher.submit(papers("after", 9), ClassifyOptions(paused))
    paused.resume.set()
    after.result(20)
    batcher.close()
    assert paused.batches == [["first0"], [f"after{i}" for i in range(9)]]
    with pytest.raises(CancelledError):
        given_up.result()
    assert batcher._waiting == 0


def test_a_request_can_be_cancelled_halfway(batcher: Batcher, paused: PausedClassifier):
    large = batcher.submit(papers("large", 3 * BATCH_SIZE), ClassifyOptions(paused))
    assert paused.entered.wait(20)  # its first batch is being computed
    large.cancel()
    paused.resume.set()
    batcher.submit(papers("next", 1), ClassifyOptions(paused)).result(20)
    assert [len(batch) for batch in paused.batches] == [BATCH_SIZE, 1]
    assert batcher._waiting == 0


def test_a_paper_that_breaks_the_classifier_fails_alone(batcher: Batcher, paused: PausedClassifier):
    occupied(batcher, paused)
    good = batcher.submit(papers("good", 1), ClassifyOptions(paused))
    bad = batcher.submit([Paper("bad", "bang", "")] * 20, ClassifyOptions(paused))
    late = batcher.submit(papers("late", 30), ClassifyOptions(paused))
    paused.resume.set()
    with pytest.raises(RuntimeError, match="bang"):
        bad.result(20)
    assert len(good.result(20)) == 1 and len(late.result(20)) == 30
    until(lambda: batcher._waiting == 0)
    assert batcher.alive


def test_closing_finishes_what_was_accepted_and_accepts_no_more(paused: PausedClassifier):
    batcher = Batcher(1000, Metrics({}))
    futures = [batcher.submit(papers(name, 100), ClassifyOptions(paused)) for name in "ab"]
    paused.resume.set()
    batcher.close()
    assert [len(future.result(0)) for future in futures] == [100, 100]
    assert not batcher.alive
    with pytest.raises(Busy):
        batcher.submit(papers("late", 1), ClassifyOptions(paused))
