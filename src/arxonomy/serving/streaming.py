"""JSON lines in, JSON lines out, for jobs of any size: answers go out while papers still come in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from arxonomy.papers import BadRecord, JsonLinesFeed
from arxonomy.records import Paper
from arxonomy.serving.api_errors import ApiError
from arxonomy.serving.batcher import ClassifyOptions
from arxonomy.serving.bodies import JSON_LINES, stream_body
from arxonomy.serving.service import Service

Line = Mapping[str, object]
"""One line of JSON: a prediction or an error."""

GROUP_SIZE = 256
"""Most lines that are classified before their predictions are written."""


async def read_groups(service: Service, request: Request) -> AsyncGenerator[Sequence[Paper | BadRecord]]:
    """Read a body of JSON lines: the records of what has come, in groups of at most `GROUP_SIZE`.

    Raises:
        ApiError: The body is badly compressed, or the service is about to end.
        ClientDisconnect: The client has disconnected.
    """
    feed = JsonLinesFeed("body", service.settings.max_body)
    size = min(GROUP_SIZE, service.settings.max_papers)
    async with contextlib.aclosing(stream_body(request)) as chunks:
        async for chunk in chunks:
            for group in _split(feed.feed(chunk), size):
                yield group
            if service.is_stopping():
                raise ApiError(
                    "busy",
                    "the service stops; send the lines from here on to another",
                    headers={"Retry-After": "1"},
                )
    for group in _split(feed.end(), size):
        yield group


def _split(records: Sequence[Paper | BadRecord], size: int) -> Iterator[Sequence[Paper | BadRecord]]:
    return (records[start : start + size] for start in range(0, len(records), size))


class JsonLinesResponse(Response):
    """The response to a body of JSON lines.

    Each line that is not blank gives one line, in order: a prediction; `{"line": 3, "error": ...}` where it
    is no paper; `{"id": ..., "error": ...}` where the service was too busy. What has come of the body is
    classified at once, so that a slow source gets its predictions as it goes.

    Args:
        service: Classifies the papers.
        request: The request, whose body has not been read.
        options: How to classify them.
    """

    media_type = JSON_LINES

    def __init__(self, service: Service, request: Request, options: ClassifyOptions) -> None:
        super().__init__()
        del self.headers["content-length"]  # that of no body
        self._service = service
        self._request = request
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, classify and write, part by part; see the ASGI specification."""
        # Starlette's own streaming reads `receive` to notice a disconnect, and would lose parts of the body.
        timeout = self._service.settings.deadline
        begun = False
        try:
            async with contextlib.aclosing(self._classify_body()) as groups:
                while True:
                    # A part may take a deadline to come, and one to be classified.
                    lines = await asyncio.wait_for(anext(groups, None), 2 * timeout)
                    if not begun:  # until then, an error has its own status
                        await send(
                            {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                        )
                        begun = True
                    body = b"".join(
                        orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines or ()
                    )
                    message = {"type": "http.response.body", "body": body, "more_body": lines is not None}
                    await asyncio.wait_for(send(message), timeout)
                    if lines is None:
                        return
        except (ClientDisconnect, TimeoutError) as error:
            if not begun and isinstance(error, TimeoutError):
                raise ApiError("request-timeout", "no line came to its end in time") from None
            if not begun:
                raise
            # Ended without the last part: a client that still listens sees that the response is incomplete.
            self._service.metrics.rejects.labels("disconnected").inc()

    async def _classify_body(self) -> AsyncGenerator[list[Line]]:
        """Yield the lines to write."""
        begun = False
        try:
            async with contextlib.aclosing(read_groups(self._service, self._request)) as groups:
                async for group in groups:
                    yield await self._classify(group)
                    begun = True
        except ApiError as error:  # until then, an error has its own status
            if not begun:
                raise
            yield [{"error": error.detail}]

    async def _classify(self, records: Sequence[Paper | BadRecord]) -> list[Line]:
        papers = [record for record in records if isinstance(record, Paper)]
        answers: Iterator[Line] = iter(())
        try:
            if papers:
                predictions = await self._service.classify_when_there_is_room(papers, self._options)
                answers = (prediction.to_dict() for prediction in predictions)
        except ApiError as error:
            detail = error.detail  # `error` itself is gone when the answers are read
            answers = ({"id": paper.id, "error": detail} for paper in papers)
        return [
            next(answers) if isinstance(record, Paper) else {"line": record.line, "error": record.reason}
            for record in records
        ]
