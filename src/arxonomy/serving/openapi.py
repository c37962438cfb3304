"""The OpenAPI document: what FastAPI finds in the routes, and the bodies that the routes read themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from arxonomy.serving.problems import MEDIA_TYPE, STATUS
from arxonomy.serving.schemas import (
    ClassifyRequest,
    ExplainRequest,
    ProblemAnswer,
    SuggestBatchRequest,
    SuggestForm,
)

_MODELS: tuple[type[BaseModel], ...] = (
    ClassifyRequest,
    ExplainRequest,
    ProblemAnswer,
    SuggestBatchRequest,
    SuggestForm,
)
_REF = "#/components/schemas/{model}"


def body(
    bodies: Mapping[str, type[BaseModel] | dict[str, Any]], examples: Mapping[str, Any]
) -> dict[str, Any]:
    """A route's `openapi_extra` for a body that it reads itself.

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


def problems(*causes: str, also: Mapping[int, str] | None = None) -> dict[int | str, dict[str, Any]]:
    """A route's `responses` for its refusals.

    Args:
        causes: Keys of `STATUS`.
        also: Further statuses, with what they mean.
    """
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=ProblemAnswer.__name__)}}}
    meanings = {STATUS[cause]: cause for cause in causes} | dict(also or {})
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": f"Refused: {meaning}", "content": content}
        for status, meaning in sorted(meanings.items())
    }
    if 503 in found:
        found[503] = found[503] | {
            "headers": {
                "Retry-After": {
                    "description": "Seconds after which there may be room",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
        }
    return found


def describe(app: FastAPI, keyed: bool) -> None:
    """Let the application's document hold the bodies' schemas, and the key if one is needed."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            _, schemas = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REF)
            document["components"]["schemas"] |= schemas["$defs"]
            for operation in (one for path in document["paths"].values() for one in path.values()):
                default = operation["responses"].get("422", {})  # FastAPI's, where we answer otherwise
                if "application/json" in default.get("content", {}):
                    del operation["responses"]["422"]
            for unused in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(unused, None)
            if keyed:
                document["components"]["securitySchemes"] = {
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "basic": {"type": "http", "scheme": "basic"},
                }
                document["security"] = [{"bearer": []}, {"basic": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
