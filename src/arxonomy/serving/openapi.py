"""The OpenAPI document: what FastAPI finds in the routes, and the bodies that the routes read themselves.

The routes read bodies themselves since a body is counted before it is parsed, and its entries before they are
validated; FastAPI would do both first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from arxonomy.serving.api_errors import MEDIA_TYPE, STATUS
from arxonomy.serving.request_schemas import (
    CheckRequest,
    ClassifyRequest,
    ExplainRequest,
    SuggestBatchRequest,
    SuggestForm,
)
from arxonomy.serving.response_schemas import ErrorResponse

OpenApi = dict[str, Any]
"""A part of an OpenAPI document: JSON of any shape."""

_MODELS: tuple[type[BaseModel], ...] = (
    CheckRequest,
    ClassifyRequest,
    ErrorResponse,
    ExplainRequest,
    SuggestBatchRequest,
    SuggestForm,
)
_REF = "#/components/schemas/{model}"


def describe_body(
    bodies: Mapping[str, type[BaseModel] | OpenApi], examples: Mapping[str, str | OpenApi]
) -> OpenApi:
    """Make a route's `openapi_extra` for a body that it reads itself.

    Args:
        bodies: Media type -> one of the models that the document has, or a schema.
        examples: Media type -> an example.
    """
    content = {
        media_type: {
            "schema": schema if isinstance(schema, dict) else {"$ref": _REF.format(model=schema.__name__)},
            "example": examples[media_type],
        }
        for media_type, schema in bodies.items()
    }
    return {"requestBody": {"required": True, "content": content}}


def describe_errors(*causes: str, also: Mapping[int, str] | None = None) -> dict[int | str, OpenApi]:
    """Make a route's `responses` for its errors.

    Args:
        causes: Keys of `STATUS`.
        also: Further statuses, with what they mean.
    """
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=ErrorResponse.__name__)}}}
    meanings = {STATUS[cause]: cause for cause in causes} | dict(also or {})
    responses: dict[int | str, OpenApi] = {
        status: {"description": f"Error: {meaning}", "content": content}
        for status, meaning in sorted(meanings.items())
    }
    if 503 in responses:
        responses[503]["headers"] = {
            "Retry-After": {
                "description": "Seconds after which there may be room",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return responses


def customize_openapi(app: FastAPI, *, needs_key: bool) -> None:
    """Add the bodies' schemas to the application's document, and the key if one is needed."""

    def openapi() -> OpenApi:
        if app.openapi_schema is None:
            app.openapi_schema = _make_document(app, needs_key)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _make_document(app: FastAPI, needs_key: bool) -> OpenApi:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    _, schemas = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REF)
    document["components"]["schemas"] |= schemas["$defs"]
    for path in document["paths"].values():
        for operation in path.values():
            default = operation["responses"].get("422", {})  # FastAPI's own; our errors are of `MEDIA_TYPE`
            if "application/json" in default.get("content", {}):
                del operation["responses"]["422"]
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    if needs_key:
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
        }
        document["security"] = [{"bearer": []}, {"basic": []}]
    return document
