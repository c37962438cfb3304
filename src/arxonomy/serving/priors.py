"""The class prior of the papers of a body: estimated as they come, and never applied."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from arxonomy.inference import Classifier
from arxonomy.inference.class_prior import require_prior
from arxonomy.messages import format_count
from arxonomy.papers import BadRecord
from arxonomy.records import Paper
from arxonomy.serving.api_errors import ApiError, make_field_error
from arxonomy.serving.batcher import ClassifyOptions
from arxonomy.serving.bodies import JSON_LINES, check_media_type
from arxonomy.serving.openapi import describe_body, describe_errors
from arxonomy.serving.request_options import choose_view
from arxonomy.serving.request_schemas import MAX_AMONG
from arxonomy.serving.response_schemas import Disagreement, PriorResponse
from arxonomy.serving.routes import BODY_ERRORS, LINE, LINES, make_json_response
from arxonomy.serving.service import InjectedService, Service
from arxonomy.serving.streaming import read_groups

router = APIRouter()


@router.post(
    "/v1/prior",
    summary="Estimate the class prior of papers",
    tags=["papers"],
    response_model=PriorResponse,
    responses=describe_errors(*BODY_ERRORS),
    openapi_extra=describe_body({JSON_LINES: LINES}, {JSON_LINES: LINE}),
)
async def estimate_prior(
    request: Request,
    service: InjectedService,
    among: Annotated[str | None, Query(max_length=MAX_AMONG, description="As to classify")] = None,
) -> Response:
    """The shares of the categories among all papers of a body of JSON lines, of any length.

    Each line is a paper, as to classify; a bad line costs that line. Nothing is applied: send `prior` with a
    request to classify, whose answers never depend on other papers.
    """
    check_media_type(request, JSON_LINES)
    return make_json_response(await _estimate(request, service, choose_view(service, among)))


async def _estimate(request: Request, service: Service, classifier: Classifier) -> PriorResponse:
    timeout = service.settings.deadline
    count = bad = 0
    reason = ""  # of the first bad line
    async with (
        service.make_tally(classifier) as tally,
        contextlib.aclosing(read_groups(service, request)) as groups,
    ):
        options = ClassifyOptions(classifier, classifier.adjustment, top_k=1, tally=tally)
        while True:
            try:
                group = await asyncio.wait_for(anext(groups, None), timeout)
            except TimeoutError:
                raise ApiError("request-timeout", "no line came to its end in time") from None
            if group is None:
                break
            papers = [record for record in group if isinstance(record, Paper)]
            reason = reason or next((own.reason for own in group if isinstance(own, BadRecord)), "")
            count += len(papers)
            bad += len(group) - len(papers)
            if papers:
                await service.classify_when_there_is_room(papers, options)
        if not count:
            found = f"{format_count(bad, 'bad line')}, the first: {reason}" if bad else "none"
            raise make_field_error("", f"expected at least one paper as a line of JSON, found {found}")
        future = service.estimate_prior(tally)
        estimate = await service.wait_for(request, future, service.make_deadline())
    disagreement = estimate.disagreement
    training_prior = require_prior(classifier.training_prior)
    return PriorResponse(
        papers=estimate.papers,
        bad=bad,
        gain=estimate.gain,
        useful=estimate.is_suggested,
        checked=estimate.is_checked,
        disagreement=Disagreement(**asdict(disagreement)) if disagreement else None,
        prior=dict(estimate.shares),
        training_prior=dict(zip(classifier.labels, training_prior, strict=True)),
    )
