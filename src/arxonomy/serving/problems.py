"""Refusals as problem JSON (RFC 9457): what was expected, what was found, and in which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from arxonomy.errors import ArxonomyError

MEDIA_TYPE = "application/problem+json"

MOST_FAULTS = 20
"""Most fields that a refusal lists."""

STATUS = {
    "invalid": 422,
    "unauthorized": 401,
    "foreign": 403,
    "not-found": 404,
    "method": 405,
    "slow": 408,
    "too-large": 413,
    "media-type": 415,
    "host": 421,
    "bug": 500,
    "busy": 503,
    "deadline": 504,
}
"""Cause -> HTTP status. The cause ends a problem's `type`, and is the label of `arxonomy_rejects_total`."""


class Fault(NamedTuple):
    """What is wrong with one field."""

    field: str
    """As in `papers[3].title`; empty for the body as a whole."""
    message: str
    """What was expected and what was found."""


class Problem(ArxonomyError):
    """A request that is refused.

    Args:
        cause: A key of `STATUS`.
        detail: What was expected, what was found, what to do.
        faults: The fields that are wrong.
        status: Another status than the cause's.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        cause: str,
        detail: str,
        faults: Sequence[Fault] = (),
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.faults = tuple(faults)
        self.status = status or STATUS[cause]
        self.headers = dict(headers or {})

    def to_dict(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {
            "type": f"urn:arxonomy:problem:{self.cause}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [fault._asdict() for fault in self.faults]
        return body

    def response(self) -> Response:
        """The answer."""
        return Response(orjson.dumps(self.to_dict()), self.status, self.headers, MEDIA_TYPE)


class Busy(Problem):
    """Nothing more can be taken on at the moment.

    Args:
        retry_after: Seconds after which there may be room, >= 1.
    """

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(
            "busy",
            f"the service has as much to do as it can take on; try again in {retry_after} s",
            headers={"Retry-After": str(retry_after)},
        )


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem out of pydantic's errors.

    Args:
        errors: From `ValidationError.errors()`, or from FastAPI's, whose places begin with `body` or `query`;
            the first `MOST_FAULTS` are listed.
    """
    faults = [Fault(field_name(error["loc"])[:200], _message(error)) for error in errors[:MOST_FAULTS]]
    shown = [f"{fault.field}: {fault.message}" if fault.field else fault.message for fault in faults[:3]]
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return Problem("invalid", "; ".join(shown) + more, faults)


def field_name(place: Sequence[int | str]) -> str:
    """A field's name out of its place.

    >>> field_name(("papers", 3, "title"))
    'papers[3].title'
    """
    name = ""
    for part in place:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    # pydantic's word for what our own checks say
    return str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "expected")
