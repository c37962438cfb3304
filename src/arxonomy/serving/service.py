"""What the routes share: the classifier, the batcher in front of it, and the time that a request may take."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from arxonomy.explain import Explanation, Method, explain_prediction
from arxonomy.inference import Classifier
from arxonomy.inference.class_prior import Prior
from arxonomy.papers import BadRecord
from arxonomy.records import Paper, Prediction
from arxonomy.serving.batcher import BATCH, Batcher, Question
from arxonomy.serving.metrics import Metrics
from arxonomy.serving.problems import Busy, Problem
from arxonomy.serving.settings import ServeSettings
from arxonomy.serving.uploads import read_upload
from arxonomy.version import __version__

BESIDE = 8
"""Most explanations, and most files, that wait or are worked on: one at a time, beside the batches."""

_POLL = 0.02  # seconds between two looks for room in the queue

T = TypeVar("T")


class _Beside:
    """A thread with a short queue.

    Args:
        name: The thread's.
    """

    def __init__(self, name: str) -> None:
        self._room = threading.BoundedSemaphore(BESIDE)
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        # An executor's thread would be waited for when the process ends, however long its work takes.
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Queue work; Raises: Busy: Too much waits already."""
        if not self._room.acquire(blocking=False):
            raise Busy
        future: Future[T] = Future()
        future.add_done_callback(lambda _: self._room.release())
        self._queue.put((future, work))
        return future

    def close(self) -> None:
        """Give up what is queued, and do not wait for what is worked on."""
        with contextlib.suppress(Empty):
            while waiting := self._queue.get_nowait():
                waiting[0].cancel()
        self._queue.put(None)

    def _run(self) -> None:
        while waiting := self._queue.get():
            future, work = waiting
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:  # the future's to tell, as an executor has it
                future.set_exception(error)
            else:
                future.set_result(result)


class Service:
    """One classifier and its queue.

    Args:
        classifier: The only path to a prediction.
        settings: Limits.
        card: The model's card in Markdown, if it has one.

    Attributes:
        stopping: Asked whether the server is about to end.
    """

    def __init__(self, classifier: Classifier, settings: ServeSettings, card: str | None = None) -> None:
        self.classifier = classifier
        self.settings = settings
        self.card = card
        sha256 = classifier.source.sha256 if classifier.source else None
        self.metrics = Metrics({"version": __version__, "recipe": classifier.name, "sha256": sha256 or ""})
        self.stopping: Callable[[], bool] = lambda: False
        self._batcher = Batcher(settings.queue, self.metrics)
        self._explainer = _Beside("explainer")
        self._reader = _Beside("reader")

    @property
    def ready(self) -> bool:
        """Whether requests are taken."""
        return self._batcher.alive and not self.stopping()

    def warm_up(self) -> None:
        """Compute once what is slow the first time, and learn how long a batch takes."""
        papers = [Paper("1", "a title of a few words", "an abstract has many more words. " * 25)] * BATCH
        self._batcher.submit(papers, self.question()).result()

    def close(self) -> None:
        """Sort what has been taken on; explanations and files that are not done are given up."""
        self._batcher.close()
        self._explainer.close()
        self._reader.close()

    def question(
        self, prior: Prior | None = None, top_k: int | None = None, min_confidence: float | None = None
    ) -> Question:
        """What a request asks.

        Raises:
            SettingsError: The prior names an unknown category, or is not possible.
        """
        classifier = self.classifier if prior is None else self.classifier.with_prior(prior)
        return Question(classifier, classifier.prior, top_k, min_confidence)

    def sort(self, papers: Sequence[Paper], question: Question, ends: float) -> Future[list[Prediction]]:
        """Queue papers; see `Batcher.submit`. `ends` is as for `in_time`."""
        return self._batcher.submit(papers, question, ends - time.monotonic())

    async def sort_when_there_is_room(self, papers: Sequence[Paper], question: Question) -> list[Prediction]:
        """Predictions for a piece of a large job, which waits its turn instead of being refused.

        Raises:
            Problem: It has waited until the deadline.
        """
        ends = self.ends()
        while True:
            try:
                future = self.sort(papers, question, ends)
            except Busy:
                if time.monotonic() > ends or not self.ready:
                    raise
                await asyncio.sleep(_POLL)
            else:
                return await self._by_then(future, ends)

    def explain(
        self, paper: Paper, method: Method, category: str | None, against: str | None
    ) -> Future[Explanation]:
        """Queue an explanation; see `explain_prediction`, whose errors the future has.

        Raises:
            Busy: Too many wait already.
        """
        return self._explainer.submit(
            lambda: explain_prediction(
                self.classifier, paper, method=method, category=category, against=against
            )
        )

    def read(self, name: str, data: bytes, ends: float) -> Future[list[Paper | BadRecord]]:
        """Queue the reading of a file; see `read_upload`.

        Raises:
            Busy: Too many wait already.
        """
        return self._reader.submit(lambda: read_upload(name, data, self.settings.max_body, ends))

    def ends(self) -> float:
        """When a request that begins now must be answered, as `time.monotonic` tells time."""
        return time.monotonic() + self.settings.deadline

    async def in_time(self, request: Request, future: Future[T], ends: float) -> T:
        """The result of queued work, which is given up when its time is over or its client is gone.

        Args:
            request: The request, whose body has been read.
            future: The work.
            ends: When the answer must be there.

        Raises:
            Problem: The deadline has passed.
            ClientDisconnect: The client is gone.
        """
        answer = asyncio.ensure_future(self._by_then(future, ends))
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            self.metrics.rejects.labels("gone").inc()
            raise ClientDisconnect
        finally:
            gone.cancel()
            answer.cancel()  # and with it what is not computed yet

    async def _by_then(self, future: Future[T], ends: float) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), ends - time.monotonic())
        except TimeoutError:
            raise Problem(
                "deadline",
                f"no answer within {self.settings.deadline:g} s; send fewer papers, or try again later",
            ) from None


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
