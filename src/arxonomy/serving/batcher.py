"""Papers of many requests, sorted together by one thread.

Nothing waits for a batch to fill: whoever comes while nothing is computed is computed at once, and whoever
comes meanwhile makes up the next batch. In a batch requests take turns, so that one paper need not wait for
the thousand of another request.
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
from arxonomy.records import Paper, Prediction
from arxonomy.serving.metrics import Metrics
from arxonomy.serving.problems import Busy

BATCH = 64
"""Most papers computed at a time; more are hardly faster, and others wait longer."""
TURN = 16
"""Papers of one request that go into a batch before the next request has its turn."""


@dataclass(frozen=True)
class Question:
    """What is asked about papers; only those with the same question share a batch."""

    classifier: Classifier = field(compare=False)
    """The service's, with the prior that was stated."""
    prior: tuple[float, ...] | None = None
    """That prior."""
    top_k: int | None = None
    """As for `Classifier.classify`."""
    min_confidence: float | None = None
    """As for `Classifier.classify`."""


@dataclass(eq=False)
class _Job:
    papers: Sequence[Paper]
    question: Question
    future: Future[list[Prediction]] = field(default_factory=Future)
    since: float = field(default_factory=time.perf_counter)
    taken: int = 0
    answers: list[Prediction] = field(default_factory=list)


_Part = tuple[_Job, Sequence[Paper]]


class Batcher:
    """A thread with a bounded queue.

    Args:
        limit: Most papers without an answer.
        metrics: Where batches are counted and timed.
    """

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._limit = limit
        self._metrics = metrics
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()  # guards all below
        self._waiting = 0
        self._pace = 0.0  # seconds that a paper takes, of late
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether papers can still be submitted."""
        return not self._closed and self._thread.is_alive()

    def submit(
        self, papers: Sequence[Paper], question: Question, patience: float = math.inf
    ) -> Future[list[Prediction]]:
        """Queue the N >= 1 papers of a request.

        Args:
            papers: The papers.
            question: What is asked about them.
            patience: Seconds after which nobody wants the answer.

        Returns:
            N predictions in the papers' order, once they are there. Cancelling it gives up whatever is not
            computed yet.

        Raises:
            Busy: The queue is full, or so long that the answer would come too late.
        """
        job = _Job(papers, question)
        with self._wake:
            ahead = self._waiting + len(papers)
            # With nothing ahead a request is taken whatever the pace, which may come from a bad moment.
            too_many = self._waiting and (ahead > self._limit or ahead * self._pace > patience)
            if too_many or self._closed:
                raise Busy(max(1, math.ceil(self._waiting * self._pace)))
            self._count(len(papers))
            self._jobs.append(job)
            self._wake.notify()
        job.future.add_done_callback(lambda _: self._forget(job))
        return job.future

    def close(self) -> None:
        """Compute what has been submitted, take no more, and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _count(self, papers: int) -> None:
        self._waiting += papers
        self._metrics.waiting.set(self._waiting)

    def _forget(self, job: _Job) -> None:
        with self._wake:
            self._count(len(job.answers) - len(job.papers))
            job.taken = len(job.papers)

    def _run(self) -> None:
        while parts := self._next_batch():
            began = time.perf_counter()
            try:
                self._answer(parts)
            except Exception as error:
                self._one_by_one(parts, error)
            seconds, papers = time.perf_counter() - began, sum(len(part) for _, part in parts)
            self._pace += 0.2 * (seconds / papers - self._pace) if self._pace else seconds / papers
            self._metrics.compute_seconds.observe(seconds)
            self._metrics.batch.observe(papers)

    def _next_batch(self) -> list[_Part]:
        """Papers of jobs that ask the same; empty when all is done and the batcher is closed."""
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
        others: deque[_Job] = deque()  # they ask something else, and come first the next time
        room = BATCH
        while self._jobs and room:
            job = self._jobs.popleft()
            if parts and job.question != parts[0][0].question:
                others.append(job)
            elif job.taken < len(job.papers):  # not given up
                part = job.papers[job.taken : job.taken + min(TURN, room)]
                parts.append((job, part))
                job.taken += len(part)
                room -= len(part)
                if job.taken < len(job.papers):
                    self._jobs.append(job)
        self._jobs.extendleft(reversed(others))
        return parts

    def _answer(self, parts: Sequence[_Part]) -> None:
        asked = parts[0][0].question
        papers = [paper for _, part in parts for paper in part]
        answers = iter(asked.classifier.classify(papers, asked.top_k, min_confidence=asked.min_confidence))
        for job, part in parts:
            own = [next(answers) for _ in part]
            with self._wake:
                if not job.future.done():
                    job.answers += own
                    self._count(-len(own))
            self._metrics.papers.inc(len(own))
            whole = len(job.answers) == len(job.papers)
            if whole and job.future.set_running_or_notify_cancel():
                job.future.set_result(job.answers)

    def _one_by_one(self, parts: Sequence[_Part], error: Exception) -> None:
        """Whatever a paper did to the classifier, it does it to its own request alone."""
        if len(parts) == 1:
            future = parts[0][0].future
            if not future.done() and future.set_running_or_notify_cancel():
                future.set_exception(error)
            return
        for part in parts:
            try:
                self._answer([part])
            except Exception as own:
                self._one_by_one([part], own)
