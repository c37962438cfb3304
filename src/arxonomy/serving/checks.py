"""Verdicts on the categories that authors chose."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from arxonomy.advice import Interface, use_interface
from arxonomy.checking import FALSE_ALARMS, Check, Checker
from arxonomy.checking.results import CheckRecord
from arxonomy.errors import SettingsError
from arxonomy.serving.api_errors import make_field_error
from arxonomy.serving.bodies import JSON, check_media_type
from arxonomy.serving.openapi import describe_body, describe_errors
from arxonomy.serving.request_papers import make_papers, read_request
from arxonomy.serving.request_schemas import CheckRequest
from arxonomy.serving.response_schemas import ResponseModel
from arxonomy.serving.routes import BODY_ERRORS, EXAMPLE_PAPER, make_json_response
from arxonomy.serving.service import InjectedService, Service
from arxonomy.taxonomy import Taxonomy

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
    body = await read_request(request, service, deadline, CheckRequest)
    checker = _make_checker(service, body)
    papers = make_papers(body.papers)
    future = service.classify(papers, service.make_options(), deadline)
    predictions = await service.wait_for(request, future, deadline)
    checks = [checker.judge(*pair) for pair in zip(papers, predictions, strict=True)]
    return make_json_response(
        {
            "checks": [own.to_dict() for own in checks],
            "rule": checker.rule.describe(),
            "names": _find_names(checks, service.classifier.taxonomy),
        }
    )


def _make_checker(service: Service, body: CheckRequest) -> Checker:
    if body.rule == "arxiv" and body.false_alarms is not None:
        raise make_field_error("false_alarms", "is of the rule thresholds; leave it out")
    rate = FALSE_ALARMS if body.false_alarms is None else body.false_alarms
    try:
        with use_interface(Interface.KEYS):
            return Checker(service.classifier, body.rule, rate)
    except SettingsError as error:
        text = str(error)
        field = "false_alarms" if text.startswith("`false_alarms`: ") else "rule"
        raise make_field_error(field, text.removeprefix(f"`{field}`: ").removeprefix(f"{field}: ")) from None


def _find_names(checks: list[Check], taxonomy: Taxonomy | None) -> dict[str, str]:
    if taxonomy is None:
        return {}
    return taxonomy.get_names(dict.fromkeys(own.category for check in checks for own in check.evidence))
