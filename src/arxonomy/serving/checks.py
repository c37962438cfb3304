"""Verdicts on the categories that authors chose."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from arxonomy.checking.results import CheckRecord
from arxonomy.serving import answers
from arxonomy.serving.bodies import JSON, check_media_type
from arxonomy.serving.openapi import describe_body, describe_errors
from arxonomy.serving.request_papers import read_papers_object
from arxonomy.serving.request_schemas import CheckRequest
from arxonomy.serving.response_schemas import ResponseModel
from arxonomy.serving.routes import BODY_ERRORS, EXAMPLE_PAPER, make_json_response
from arxonomy.serving.service import InjectedService

EXAMPLE = {**EXAMPLE_PAPER, "category": "math.AG", "categories": ["math.AG"]}
"""A paper for examples."""

router = APIRouter()


class CheckResponse(ResponseModel):
    """The verdicts, in the papers' order."""

    checks: list[CheckRecord]
    """One for each paper."""
    rule: list[str]
    """What the rule is, and how often its verdicts are wrong, as far as that was measured."""
    names: dict[str, str]
    """Category -> its human name, of those in the evidence that have one."""


@router.post(
    "/v1/check",
    summary="Check the categories that authors chose",
    tags=["papers"],
    response_model=CheckResponse,
    responses=describe_errors(*BODY_ERRORS),
    openapi_extra=describe_body({JSON: CheckRequest}, {JSON: {"papers": [EXAMPLE]}}),
)
async def check(request: Request, service: InjectedService) -> Response:
    """Agree, add cross-lists, move, or cannot tell, as `arxonomy check` says; each with its evidence.

    `/v1/explain` with `category` and `against` has the words that separate two categories.
    """
    deadline = service.make_deadline()
    check_media_type(request, JSON)
    body = await read_papers_object(request, service, deadline)
    return make_json_response(await answers.check(service, body, deadline, request))
