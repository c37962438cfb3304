"""Bodies of requests: decompressed, never longer than allowed, and validated."""

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

from arxonomy.serving.api_errors import ApiError, make_field_error, make_validation_error

JSON, JSON_LINES, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"

CHUNK_BYTES = 1 << 16
"""Bytes decompressed at a time."""

_DRAIN_FACTOR = 16  # a body that is too long is still read up to this multiple of the limit

_MAX_FIELDS = 100  # of a body; none of ours has half as many

M = TypeVar("M", bound=BaseModel)


def get_media_type(request: Request) -> str:
    """Get the body's media type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_media_type(request: Request, *accepted: str) -> str:
    """Get the body's media type.

    Raises:
        ApiError: It is not accepted.
    """
    media_type = get_media_type(request)
    if media_type not in accepted:
        raise ApiError(
            "media-type",
            f"expected a body of {' or '.join(accepted)}, found {media_type or 'no Content-Type'}",
        )
    return media_type


async def stream_body(request: Request) -> AsyncGenerator[bytes]:
    """Yield the body as it comes, decompressed.

    Raises:
        ApiError: The encoding is unknown, or the gzip data are incomplete.
        ClientDisconnect: The client has disconnected.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for part in request.stream():
            yield part
        return
    if encoding not in ("gzip", "x-gzip"):
        raise ApiError(
            "media-type",
            f"expected a body in gzip or plain, found the encoding {encoding}",
            headers={"Accept-Encoding": "gzip"},
        )
    decompressor, begun = zlib.decompressobj(wbits=31), False
    try:
        async for part in request.stream():
            while part:
                begun = True
                data = decompressor.decompress(part, CHUNK_BYTES)
                part = decompressor.unconsumed_tail
                yield data
                await asyncio.sleep(0)  # a small part may hold a thousand times its size
                if decompressor.eof:  # a gzip file may be several, one after the other
                    part, decompressor, begun = (
                        decompressor.unused_data,
                        zlib.decompressobj(wbits=31),
                        False,
                    )
        if begun:
            yield decompressor.flush()
    except zlib.error:
        raise ApiError("invalid", "expected a body in gzip, as its Content-Encoding says") from None
    if begun and not decompressor.eof:
        raise ApiError("invalid", "the gzip body is cut short")


async def read_body(request: Request, limit: int, deadline: float) -> bytes:
    """Read the body, decompressed.

    Args:
        request: The request.
        limit: Most bytes.
        deadline: When it must be complete, in seconds of `time.monotonic`.

    Raises:
        ApiError: It is too long, too slow, or badly compressed.
        ClientDisconnect: The client has disconnected.
    """
    body = bytearray()
    try:
        async with (
            asyncio.timeout(deadline - time.monotonic()),
            contextlib.aclosing(stream_body(request)) as chunks,
        ):
            async for chunk in chunks:
                body += chunk
                if len(body) > limit:
                    break
            else:
                return bytes(body)
    except TimeoutError:
        raise ApiError("request-timeout", "the body did not come to its end in time") from None
    await _drain(request, _DRAIN_FACTOR * limit, deadline)
    raise ApiError(
        "too-large",
        f"expected a body of at most {limit:,} bytes, decompressed; found more: send fewer papers at a time, "
        f"or JSON lines ({JSON_LINES})",
    )


async def _drain(request: Request, limit: int, deadline: float) -> None:
    """Read on without keeping anything; a client that is cut off while it sends sees no response."""
    # Starlette raises RuntimeError when the body has been read to its end.
    with contextlib.suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(deadline - time.monotonic()):
            async for part in request.stream():
                limit -= len(part)
                if limit < 0:
                    return


def parse_json(data: bytes) -> Any:
    """Parse a body of JSON.

    Raises:
        ApiError: It is not JSON (NaN and lone surrogates are not).
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise make_field_error("", f"not valid JSON: {error.msg} at character {error.pos + 1}") from None


def check_object(value: Any, example: str = '{"title": ..., "abstract": ...}') -> dict[str, Any]:
    """Check that a parsed body is an object.

    Raises:
        ApiError: It is something else.
    """
    if not isinstance(value, dict):
        kind = "a list; put it into such an object" if isinstance(value, list) else "another kind of value"
        raise make_field_error("", f"expected an object, as in {example}, found {kind}")
    if len(value) > _MAX_FIELDS:
        raise ApiError("invalid", f"expected at most {_MAX_FIELDS} fields, found {len(value):,}")
    return value


def parse_form(data: bytes) -> dict[str, str]:
    """Parse a body of a form; of a field that is sent several times the last one counts.

    Raises:
        ApiError: It is no form in UTF-8.
    """
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise ApiError("invalid", f"not a form in UTF-8 of at most {_MAX_FIELDS} fields: {error}") from None
    return dict(pairs)


def validate(value: object, model: type[M]) -> M:
    """Validate a parsed body.

    Raises:
        ApiError: It is not as `model` says, with the fields that are wrong.
    """
    if isinstance(value, dict) and len(value) > _MAX_FIELDS:
        raise ApiError("invalid", f"expected at most {_MAX_FIELDS} fields, found {len(value):,}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise make_validation_error(error.errors(include_url=False, include_input=False)) from None
