"""Bodies of requests: decompressed, never longer than allowed, and checked."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import AsyncGenerator
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from arxonomy.serving.problems import Fault, Problem, invalid

JSON, JSON_LINES, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"

PIECE = 1 << 16
"""Bytes decompressed at a time."""

_DRAIN = 16  # a body too long is still read up to so many times the limit

_FIELDS = 100  # of a body; none of ours has half as many

M = TypeVar("M", bound=BaseModel)


def media_type(request: Request) -> str:
    """The body's media type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def expect(request: Request, *known: str) -> str:
    """The body's media type.

    Raises:
        Problem: It is none of `known`.
    """
    found = media_type(request)
    if found not in known:
        raise Problem(
            "media-type", f"expected a body of {' or '.join(known)}, found {found or 'no Content-Type'}"
        )
    return found


async def parts(request: Request) -> AsyncGenerator[bytes]:
    """The body as it comes, decompressed.

    Raises:
        Problem: An unknown encoding, or no whole gzip.
        ClientDisconnect: The client is gone.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for part in request.stream():
            yield part
        return
    if encoding not in ("gzip", "x-gzip"):
        raise Problem(
            "media-type",
            f"expected a body in gzip or plain, found the encoding {encoding}",
            headers={"Accept-Encoding": "gzip"},
        )
    unpack, begun = zlib.decompressobj(wbits=31), False
    try:
        async for part in request.stream():
            while part:
                begun = True
                data = unpack.decompress(part, PIECE)
                part = unpack.unconsumed_tail
                yield data
                await asyncio.sleep(0)  # a small part may hold a thousand times its size
                if unpack.eof:  # a gzip file may be several, one after the other
                    part, unpack, begun = unpack.unused_data, zlib.decompressobj(wbits=31), False
        if begun:
            yield unpack.flush()
    except zlib.error:
        raise Problem("invalid", "expected a body in gzip, as its Content-Encoding says") from None
    if begun and not unpack.eof:
        raise Problem("invalid", "the gzip body is cut short")


async def whole(request: Request, limit: int, ends: float) -> bytes:
    """The body, decompressed.

    Args:
        request: The request.
        limit: Most bytes.
        ends: When it must be there, as `time.monotonic` tells time.

    Raises:
        Problem: It is too long, too slow, or badly compressed.
        ClientDisconnect: The client is gone.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(ends - time.monotonic()), contextlib.aclosing(parts(request)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > limit:
                    break
            else:
                return bytes(body)
    except TimeoutError:
        raise Problem("slow", "the body did not come to its end in time") from None
    await _drain(request, _DRAIN * limit, ends)
    raise Problem(
        "too-large",
        f"expected a body of at most {limit:,} bytes, decompressed; found more: send fewer papers at a time, "
        f"or JSON lines ({JSON_LINES})",
    )


async def _drain(request: Request, limit: int, ends: float) -> None:
    """Read on without keeping anything; a client that is cut off while it sends sees no answer."""
    # RuntimeError is Starlette's word for a body that has been read to its end.
    with contextlib.suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(ends - time.monotonic()):
            async for part in request.stream():
                limit -= len(part)
                if limit < 0:
                    return


def parsed(data: bytes) -> Any:
    """A body of JSON.

    Raises:
        Problem: It is not JSON (NaN and lone surrogates are not).
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        fault = Fault("", f"not valid JSON: {error.msg} at character {error.pos + 1}")
        raise Problem("invalid", fault.message, [fault]) from None


def from_json(data: bytes, model: type[M]) -> M:
    """A body of JSON, checked.

    Raises:
        Problem: It is not JSON, or not as `model` says.
    """
    return checked(parsed(data), model)


def from_form(data: bytes, model: type[M]) -> M:
    """A body of a form, checked; of a field given several times the last one counts.

    Raises:
        Problem: It is no form in UTF-8, or not as `model` says.
    """
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError as error:
        raise Problem("invalid", f"not a form in UTF-8 of at most {_FIELDS} fields: {error}") from None
    return checked(dict(pairs), model)


def checked(value: Any, model: type[M]) -> M:
    """A value as `model` says.

    Raises:
        Problem: It is not, with the fields that are wrong.
    """
    if isinstance(value, dict) and len(value) > _FIELDS:
        raise Problem("invalid", f"expected at most {_FIELDS} fields, found {len(value):,}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_input=False)) from None
