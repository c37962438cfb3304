"""Papers of many requests, classified together by one thread.

Nothing waits for a batch to fill: papers that come while the thread is idle are computed at once, and those
that come meanwhile make up the next batch. In a batch requests take turns, so that one paper need not wait
for the thousand of another request.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from arxonomy.inference import Classifier
from arxonomy.inference.adjustment import Adjustment
from arxonomy.inference.prior_estimate import PriorTally
from arxonomy.records import Paper, Prediction
from arxonomy.serving.api_errors import Busy
from arxonomy.serving.metrics import Metrics

BATCH_SIZE = 64
"""Most papers computed at a time; more are hardly faster, and others wait longer."""
TURN_SIZE = 16
"""Papers of one request that go into a batch before those of the next request."""


@dataclass(frozen=True)
class ClassifyOptions:
    """How to classify papers; only papers with the same options share a batch."""

    classifier: Classifier = field(compare=False)
    """The service's, with the requested view and prior."""
    adjustment: Adjustment | None = None
    """The classifier's: what the requested view and prior do to its answers."""
    top_k: int | None = None
    """As for `Classifier.classify`."""
    min_confidence: float | None = None
    """As for `Classifier.classify`."""
    level: str | None = None
    """As for `Classifier.classify`."""
    back_off: float | None = None
    """As for `Classifier.classify`."""
    tally: PriorTally | None = None
    """As for `Classifier.classify`; papers with one share no batch with those of another request."""


@dataclass(eq=False)
class _Job:
    papers: Sequence[Paper]
    options: ClassifyOptions
    future: Future[list[Prediction]] = field(default_factory=Future)
    since: float = field(default_factory=time.perf_counter)
    taken: int = 0
    predictions: list[Prediction] = field(default_factory=list)


_Part = tuple[_Job, Sequence[Paper]]


class Batcher:
    """A thread with a bounded queue.

    Args:
        limit: Most papers without a prediction.
        metrics: Where batches are counted and timed.
    """

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._limit = limit
        self._metrics = metrics
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()  # guards all below
        self._waiting = 0
        self._seconds_per_paper = 0.0  # a moving average
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether papers can still be submitted."""
        return not self._closed and self._thread.is_alive()

    def submit(
        self, papers: Sequence[Paper], options: ClassifyOptions, timeout: float = math.inf
    ) -> Future[list[Prediction]]:
        """Queue the N >= 1 papers of a request.

        Args:
            papers: The papers.
            options: How to classify them.
            timeout: Seconds after which the predictions are no longer needed.

        Returns:
            N predictions in the papers' order, once they are there. Cancelling it cancels what is not
            computed yet.

        Raises:
            Busy: The queue is full, or so long that the predictions would come too late.
        """
        job = _Job(papers, options)
        with self._wake:
            ahead = self._waiting + len(papers)
            # With nothing ahead a request is accepted at any pace, which may come from a bad moment.
            too_many = self._waiting and (ahead > self._limit or ahead * self._seconds_per_paper > timeout)
            if too_many or self._closed:
                raise Busy(max(1, math.ceil(self._waiting * self._seconds_per_paper)))
            self._count(len(papers))
            self._jobs.append(job)
            self._wake.notify()
        job.future.add_done_callback(lambda _: self._discard(job))
        return job.future

    def close(self) -> None:
        """Classify what has been submitted, accept no more, and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _count(self, papers: int) -> None:
        self._waiting += papers
        self._metrics.waiting.set(self._waiting)

    def _discard(self, job: _Job) -> None:
        with self._wake:
            self._count(len(job.predictions) - len(job.papers))
            job.taken = len(job.papers)

    def _run(self) -> None:
        while parts := self._wait_for_batch():
            began = time.perf_counter()
            try:
                self._classify(parts)
            except Exception as error:
                self._retry_one_by_one(parts, error)
            seconds, papers = time.perf_counter() - began, sum(len(part) for _, part in parts)
            self._update_pace(seconds / papers)
            self._metrics.compute_seconds.observe(seconds)
            self._metrics.batch.observe(papers)

    def _update_pace(self, seconds: float) -> None:
        """Move the average of the seconds that a paper takes."""
        if self._seconds_per_paper:
            self._seconds_per_paper += 0.2 * (seconds - self._seconds_per_paper)
        else:
            self._seconds_per_paper = seconds

    def _wait_for_batch(self) -> list[_Part]:
        """Wait for papers of jobs with the same options; none when all is done and the batcher is closed."""
        parts: list[_Part] = []
        with self._wake:
            while not parts:
                while not self._jobs and not self._closed:
                    self._wake.wait()
                if not self._jobs:
                    return []
                parts = self._take()
        for job, _ in parts:
            if job.since:
                self._metrics.queue_seconds.observe(time.perf_counter() - job.since)
                job.since = 0.0
        return parts

    def _take(self) -> list[_Part]:
        parts: list[_Part] = []
        others: deque[_Job] = deque()  # they have other options, and come first the next time
        room = BATCH_SIZE
        while self._jobs and room:
            job = self._jobs.popleft()
            if parts and job.options != parts[0][0].options:
                others.append(job)
            elif job.taken < len(job.papers):  # not cancelled
                part = job.papers[job.taken : job.taken + min(TURN_SIZE, room)]
                parts.append((job, part))
                job.taken += len(part)
                room -= len(part)
                if job.taken < len(job.papers):
                    self._jobs.append(job)
        self._jobs.extendleft(reversed(others))
        return parts

    def _classify(self, parts: Sequence[_Part]) -> None:
        options = parts[0][0].options
        papers = [paper for _, part in parts for paper in part]
        answers = iter(
            options.classifier.classify(
                papers,
                options.top_k,
                min_confidence=options.min_confidence,
                level=options.level,
                back_off=options.back_off,
                tally=options.tally,
            )
        )
        for job, part in parts:
            predictions = [next(answers) for _ in part]
            with self._wake:
                if not job.future.done():
                    job.predictions += predictions
                    self._count(-len(predictions))
            self._metrics.papers.inc(len(predictions))
            is_complete = len(job.predictions) == len(job.papers)
            if is_complete and job.future.set_running_or_notify_cancel():
                job.future.set_result(job.predictions)

    def _retry_one_by_one(self, parts: Sequence[_Part], error: Exception) -> None:
        """Classify each request's papers alone, so that an error is that of its own request only."""
        if len(parts) == 1:
            future = parts[0][0].future
            if not future.done() and future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        for part in parts:
            try:
                self._classify([part])
            except Exception as part_error:
                self._retry_one_by_one([part], part_error)
