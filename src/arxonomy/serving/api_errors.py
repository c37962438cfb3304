"""Error responses (RFC 9457): what was expected, what was found, and in which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import Response

from arxonomy.errors import ArxonomyError
from arxonomy.serving.response_schemas import ErrorResponse, InvalidField

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MEDIA_TYPE = "application/problem+json"

MAX_FIELD_ERRORS = 20
"""Most fields that an error response lists."""

STATUS = {
    "invalid": 422,
    "unauthorized": 401,
    "cross-origin": 403,
    "not-found": 404,
    "method": 405,
    "request-timeout": 408,
    "too-large": 413,
    "media-type": 415,
    "host": 421,
    "internal": 500,
    "busy": 503,
    "deadline": 504,
}
"""Cause -> HTTP status. The cause ends an error's `type`, and is the label of `arxonomy_rejects_total`."""


class FieldError(NamedTuple):
    """What is wrong with one field."""

    field: str
    """As in `papers[3].title`; empty for the body as a whole."""
    message: str
    """What was expected and what was found."""


class ApiError(ArxonomyError):
    """A request that gets an error response.

    Args:
        cause: A key of `STATUS`.
        detail: What was expected, what was found, what to do.
        field_errors: The fields that are wrong.
        headers: Further headers of the response.

    Attributes:
        status: The HTTP status; that of the cause, unless it is set.
    """

    def __init__(
        self,
        cause: str,
        detail: str,
        field_errors: Sequence[FieldError] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.field_errors = tuple(field_errors)
        self.status = STATUS[cause]
        self.headers = dict(headers or {})

    def to_response(self) -> Response:
        """The response, of the media type `MEDIA_TYPE`."""
        error = ErrorResponse(
            type=f"urn:arxonomy:problem:{self.cause}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
        )
        if self.field_errors:
            error.errors = [
                InvalidField(field=field, message=message) for field, message in self.field_errors
            ]
        return Response(error.model_dump_json(exclude_unset=True), self.status, self.headers, MEDIA_TYPE)


class Busy(ApiError):
    """The service can take on nothing more at the moment.

    Args:
        retry_after: Seconds after which there may be room, >= 1.
    """

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(
            "busy",
            f"the service is at capacity; try again in {retry_after} s",
            headers={"Retry-After": str(retry_after)},
        )


def make_field_error(field: str, message: str) -> ApiError:
    """Make the error of one invalid field."""
    return ApiError("invalid", message, [FieldError(field, message)])


def make_fields_error(errors: Sequence[FieldError]) -> ApiError:
    """Make the error of several invalid fields, of which the first `MAX_FIELD_ERRORS` are listed."""
    first = [f"{field}: {message}" if field else message for field, message in errors[:3]]
    more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
    return ApiError("invalid", "; ".join(first) + more, errors[:MAX_FIELD_ERRORS])


def make_validation_error(errors: Sequence[ErrorDetails] | Sequence[Any]) -> ApiError:
    """Make one error of pydantic's.

    Args:
        errors: From `ValidationError.errors()`, or from FastAPI's without `body` or `query` before each
            location; the first `MAX_FIELD_ERRORS` are listed.
    """
    return make_fields_error(
        [FieldError(format_field_name(error["loc"])[:200], _format_message(error)) for error in errors]
    )


def format_field_name(location: Sequence[int | str]) -> str:
    """Format the location of a field.

    >>> format_field_name(("papers", 3, "title"))
    'papers[3].title'
    """
    name = ""
    for part in location:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _format_message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    # pydantic's prefix of what our own checks say
    return (
        str(error["msg"])
        .removeprefix("Value error, ")
        .replace("Input should be", "expected")
        .replace("a valid dictionary", "an object")
    )
