"""JSON lines in, JSON lines out, for jobs of any size: answers go out while papers still come in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from arxonomy.papers import BadRecord, JsonLinesFeed
from arxonomy.records import Paper
from arxonomy.serving.batcher import Question
from arxonomy.serving.bodies import JSON_LINES, parts
from arxonomy.serving.problems import Problem
from arxonomy.serving.service import Service

GROUP = 256
"""Most lines that are sorted before their answers are written."""


class LineByLine(Response):
    """Answers a request whose body is JSON lines.

    Each line that is not blank gives one line, in order: a prediction; `{"line": 3, "error": ...}` where it
    is no paper; `{"id": ..., "error": ...}` where the service was too busy. Whatever of the body has come is
    sorted at once, so that a slow source gets its answers as it goes.

    Args:
        service: Sorts the papers.
        request: The request, whose body has not been read.
        question: What is asked about them.
    """

    media_type = JSON_LINES

    def __init__(self, service: Service, request: Request, question: Question) -> None:
        super().__init__()
        del self.headers["content-length"]  # that of no body
        self._service = service
        self._request = request
        self._question = question

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, sort and write, piece by piece; see the ASGI specification."""
        # Starlette's own streaming reads `receive` to see whether the client is gone, and would lose parts.
        patience = self._service.settings.deadline
        begun = False
        try:
            async with contextlib.aclosing(self._answers()) as answers:
                while True:
                    # A piece may take a deadline to come, and one to be sorted.
                    lines = await asyncio.wait_for(anext(answers, None), 2 * patience)
                    if not begun:  # until then, a refusal has its own status
                        await send(
                            {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                        )
                        begun = True
                    body = b"".join(
                        orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines or ()
                    )
                    message = {"type": "http.response.body", "body": body, "more_body": lines is not None}
                    await asyncio.wait_for(send(message), patience)
                    if lines is None:
                        return
        except (ClientDisconnect, TimeoutError) as error:
            if not begun and isinstance(error, TimeoutError):
                raise Problem("slow", "no line came to its end in time") from None
            if not begun:
                raise
            # Ended without the last part: a client that still listens sees that the answer is not whole.
            self._service.metrics.rejects.labels("gone").inc()

    async def _answers(self) -> AsyncGenerator[list[dict[str, Any]]]:
        """What to write, as it gets known."""
        feed = JsonLinesFeed("body", self._service.settings.max_body)
        begun = False
        try:
            async with contextlib.aclosing(parts(self._request)) as pieces:
                async for piece in pieces:
                    for group in self._groups(feed.feed(piece)):
                        yield await self._sorted(group)
                        begun = True
                    if self._service.stopping():
                        yield [{"error": "the service stops; send the lines from here on to another"}]
                        return
        except Problem as problem:  # what came is no whole gzip
            if not begun:
                raise
            yield [{"error": problem.detail}]
            return
        for group in self._groups(feed.end()):
            yield await self._sorted(group)

    def _groups(self, records: Sequence[Paper | BadRecord]) -> Iterator[Sequence[Paper | BadRecord]]:
        size = min(GROUP, self._service.settings.max_papers)
        return (records[start : start + size] for start in range(0, len(records), size))

    async def _sorted(self, records: Sequence[Paper | BadRecord]) -> list[dict[str, Any]]:
        papers = [record for record in records if isinstance(record, Paper)]
        answers: Iterator[dict[str, Any]] = iter(())
        try:
            if papers:
                found = await self._service.sort_when_there_is_room(papers, self._question)
                answers = (prediction.to_dict() for prediction in found)
        except Problem as problem:
            answers = iter([{"id": paper.id, "error": problem.detail} for paper in papers])
        return [
            next(answers) if isinstance(record, Paper) else {"line": record.line, "error": record.reason}
            for record in records
        ]
