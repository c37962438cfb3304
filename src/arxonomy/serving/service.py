"""What the routes share: the classifier, the batcher in front of it, and the deadline of a request."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import ClientDisconnect, Request

from arxonomy.explain import Explanation, Method, explain_prediction
from arxonomy.inference import Classifier
from arxonomy.inference.class_prior import Prior
from arxonomy.inference.prior_estimate import PriorEstimate, PriorTally
from arxonomy.papers import BadRecord, Note
from arxonomy.records import TOP_K, Paper, Prediction
from arxonomy.serving.api_errors import ApiError, Busy
from arxonomy.serving.batcher import BATCH_SIZE, Batcher, ClassifyOptions
from arxonomy.serving.metrics import Metrics
from arxonomy.serving.settings import ServeSettings
from arxonomy.serving.uploads import read_upload
from arxonomy.serving.worker import Worker
from arxonomy.version import __version__

MAX_TALLIES = 8
"""Most estimates of a class prior in progress at a time; each may hold 20,000 papers' probabilities."""

_POLL_SECONDS = 0.02  # between two looks for room in the queue

T = TypeVar("T")


class Service:
    """One classifier and its queue.

    Args:
        classifier: The only path to a prediction.
        settings: Limits.
        card: The model card in Markdown, if it has one.

    Attributes:
        is_stopping: Called to learn whether the server is about to end.
    """

    def __init__(self, classifier: Classifier, settings: ServeSettings, card: str | None = None) -> None:
        self.classifier = classifier
        self.settings = settings
        self.card = card
        sha256 = classifier.source.sha256 if classifier.source else None
        self.metrics = Metrics({"version": __version__, "recipe": classifier.name, "sha256": sha256 or ""})
        self.is_stopping: Callable[[], bool] = lambda: False
        self._batcher = Batcher(settings.queue, self.metrics)
        self._explainer = Worker("explainer")
        self._reader = Worker("reader")
        self._estimator = Worker("estimator")
        self._tallies = asyncio.Semaphore(MAX_TALLIES)

    @property
    def ready(self) -> bool:
        """Whether requests are accepted."""
        return self._batcher.alive and not self.is_stopping()

    def warm_up(self) -> None:
        """Compute once what is slow the first time, and measure how long a batch takes."""
        papers = [Paper("1", "a title of a few words", "an abstract has many more words. " * 25)] * BATCH_SIZE
        self._batcher.submit(papers, self.make_options()).result()

    def close(self) -> None:
        """Classify what has been accepted; cancel explanations, files and estimates that are not done."""
        self._batcher.close()
        self._explainer.close()
        self._reader.close()
        self._estimator.close()

    def choose_view(self, among: str | None) -> Classifier:
        """Get the classifier with the view of a request; its own where none is asked for.

        Raises:
            SettingsError: It cannot be parsed, or names labels that the model lacks.
        """
        return self.classifier if among is None else self.classifier.with_view(among)

    def make_options(
        self,
        classifier: Classifier | None = None,
        prior: Prior | None = None,
        top_k: int | None = None,
        min_confidence: float | None = None,
        level: str | None = None,
        back_off: float | None = None,
    ) -> ClassifyOptions:
        """Make the options of a request.

        Args:
            classifier: From `choose_view`; None: the service's own.
            prior: See `Classifier.with_prior`.
            top_k: See `Classifier.classify`, as for the next.
            min_confidence: See there.
            level: See there.
            back_off: See there.

        Raises:
            SettingsError: The prior names an unknown category, or is not possible.
        """
        classifier = classifier or self.classifier
        if prior is not None:
            classifier = classifier.with_prior(prior)
        return ClassifyOptions(classifier, classifier.adjustment, top_k, min_confidence, level, back_off)

    def make_deadline(self) -> float:
        """Compute when a request that begins now must be answered, in seconds of `time.monotonic`."""
        return time.monotonic() + self.settings.deadline

    def classify(
        self, papers: Sequence[Paper], options: ClassifyOptions, deadline: float
    ) -> Future[list[Prediction]]:
        """Queue papers; see `Batcher.submit`. `deadline` is as for `wait_for`."""
        return self._batcher.submit(papers, options, deadline - time.monotonic())

    async def classify_when_there_is_room(
        self, papers: Sequence[Paper], options: ClassifyOptions
    ) -> list[Prediction]:
        """Classify a part of a large job, which waits for room in the queue; there is no error 503.

        Raises:
            ApiError: It has waited until the deadline.
        """
        deadline = self.make_deadline()
        while True:
            try:
                future = self.classify(papers, options, deadline)
            except Busy:
                if time.monotonic() > deadline or not self.ready:
                    raise
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return await self._wait_until(deadline, future)

    def explain(
        self,
        paper: Paper,
        method: Method,
        category: str | None,
        against: str | None,
        classifier: Classifier | None = None,
        top_k: int | None = TOP_K,
    ) -> Future[Explanation]:
        """Queue an explanation; the future has the errors of `explain_prediction`.

        Args:
            paper: The paper.
            method: See there, as for the next two.
            category: See there.
            against: See there.
            classifier: From `choose_view`; None: the service's own.
            top_k: As `method`.

        Raises:
            Busy: Too many are pending.
        """
        chosen = classifier or self.classifier
        return self._explainer.submit(
            lambda: explain_prediction(
                chosen, paper, method=method, category=category, against=against, top_k=top_k
            )
        )

    def read_file(self, name: str, data: bytes, deadline: float) -> Future[list[Paper | BadRecord | Note]]:
        """Queue the reading of a file; see `read_upload`.

        Raises:
            Busy: Too many are pending.
        """
        return self._reader.submit(lambda: read_upload(name, data, self.settings.max_body, deadline))

    @contextlib.asynccontextmanager
    async def make_tally(self, classifier: Classifier) -> AsyncGenerator[PriorTally]:
        """Make what an estimate needs of the papers of one request.

        Raises:
            Busy: Too many are in use.
            SettingsError: The model does not state the class prior of its training papers.
        """
        if self._tallies.locked():
            raise Busy
        async with self._tallies:
            yield PriorTally(classifier)

    def estimate_prior(self, tally: PriorTally) -> Future[PriorEstimate]:
        """Queue an estimate, which takes seconds of many papers.

        Raises:
            Busy: Too many are pending.
        """
        return self._estimator.submit(tally.estimate)

    async def wait_for(self, request: Request | None, future: Future[T], deadline: float) -> T:
        """Wait for queued work, and cancel it when the deadline has passed or the client has disconnected.

        Args:
            request: The request, whose body has been read; None: there is none that could be disconnected.
            future: The work.
            deadline: When its result must be there, in seconds of `time.monotonic`.

        Raises:
            ApiError: The deadline has passed.
            ClientDisconnect: The client has disconnected.
        """
        result = asyncio.ensure_future(self._wait_until(deadline, future))
        disconnect = asyncio.ensure_future(_wait_for_disconnect(request))
        try:
            await asyncio.wait({result, disconnect}, return_when=asyncio.FIRST_COMPLETED)
            if result.done():
                return result.result()
            self.metrics.rejects.labels("disconnected").inc()
            raise ClientDisconnect
        finally:
            disconnect.cancel()
            result.cancel()  # and with it what is not computed yet

    async def _wait_until(self, deadline: float, future: Future[T]) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), deadline - time.monotonic())
        except TimeoutError:
            raise ApiError(
                "deadline",
                f"no answer within {self.settings.deadline:g} s; send fewer papers, or try again later",
            ) from None


async def _wait_for_disconnect(request: Request | None) -> None:
    if request is None:
        await asyncio.Event().wait()  # which never comes
        return
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def get_service(request: Request) -> Service:
    """Get the service of the application that a request belongs to."""
    service: Service = request.app.state.service
    return service


InjectedService = Annotated[Service, Depends(get_service)]
"""The service as a parameter of a route."""
