"""Our own routes: classify, explain, read files, the model, health, metrics."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from arxonomy.errors import InputError
from arxonomy.papers import BadRecord, Note
from arxonomy.records import TOP_K, Paper
from arxonomy.serving import answers
from arxonomy.serving.api_errors import Busy, make_field_error
from arxonomy.serving.bodies import (
    BYTES,
    JSON,
    JSON_LINES,
    check_media_type,
    check_object,
    parse_json,
    read_body,
)
from arxonomy.serving.model_facts import describe_model
from arxonomy.serving.openapi import OpenApi, describe_body, describe_errors
from arxonomy.serving.request_options import choose_view, make_options, parse_prior
from arxonomy.serving.request_papers import read_papers_object
from arxonomy.serving.request_schemas import (
    MAX_AMONG,
    MAX_LEVEL,
    ClassifyRequest,
    ExplainRequest,
)
from arxonomy.serving.response_schemas import (
    ClassifyResponse,
    ExplainRecord,
    HealthResponse,
    ModelResponse,
)
from arxonomy.serving.service import InjectedService
from arxonomy.serving.streaming import JsonLinesResponse

EXAMPLE_PAPER = {
    "id": "example-1",
    "title": "Reading Receipts: which words of a long question a language model answers",
    "abstract": "We translate long questions into short ones and count the answers that stay the same.",
}
"""A paper for examples."""

ACCESS_ERRORS = ("unauthorized", "cross-origin", "host", "busy")
"""Causes of errors that every route has, but for health."""

BODY_ERRORS = (*ACCESS_ERRORS, "invalid", "request-timeout", "too-large", "media-type", "deadline")
"""Causes of errors that a route with a body has."""

LINE = orjson.dumps(EXAMPLE_PAPER).decode() + "\n"
"""A line of JSON for examples."""

LINES: OpenApi = {"type": "string", "description": "One JSON object per line"}
"""The schema of JSON lines."""

router = APIRouter()


def make_json_response(content: Any) -> Response:
    """Make a response; FastAPI itself would validate every number once more."""
    if isinstance(content, BaseModel):
        content = content.model_dump()
    return Response(orjson.dumps(content), media_type=JSON)


@router.post(
    "/v1/classify",
    summary="Classify papers",
    tags=["papers"],
    response_model=ClassifyResponse,
    responses={200: {"content": {JSON_LINES: {"schema": LINES}}}, **describe_errors(*BODY_ERRORS)},
    openapi_extra=describe_body(
        {JSON: ClassifyRequest, JSON_LINES: LINES},
        {JSON: {"papers": [EXAMPLE_PAPER]}, JSON_LINES: LINE},
    ),
)
async def classify(
    request: Request,
    service: InjectedService,
    top_k: Annotated[
        int, Query(ge=1, description="As in a body of JSON; a number above that of all categories gives all")
    ] = TOP_K,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, description="As in a body of JSON")] = None,
    level: Annotated[str | None, Query(max_length=MAX_LEVEL, description="As in a body of JSON")] = None,
    back_off: Annotated[float | None, Query(ge=0, le=1, description="As in a body of JSON")] = None,
    among: Annotated[str | None, Query(max_length=MAX_AMONG, description="As in a body of JSON")] = None,
    prior: Annotated[str | None, Query(description="As in cs.CL=0.7,cs.CV=0.2, or uniform, or arxiv")] = None,
) -> Response:
    """The category of each paper, its calibrated probability, and a warning where it deserves little trust.

    JSON lines (`application/x-ndjson`) are for jobs of any size: each line is a paper, with the column
    names that `arxonomy classify` knows, and is answered by a line; answers come while papers are still
    being sent, so read while you send. A bad line costs that line. Options go into the query.
    """
    deadline = service.make_deadline()
    if check_media_type(request, JSON, JSON_LINES) == JSON_LINES:
        viewed = choose_view(service, among)
        shares = parse_prior(prior, viewed.labels)
        options = make_options(service, viewed, shares, top_k, min_confidence, level, back_off)
        return JsonLinesResponse(service, request, options)
    if request.query_params:
        name = next(iter(request.query_params))
        raise make_field_error(
            name, f"expected options in the body of JSON, found one in the query: {name[:80]}"
        )
    body = await read_papers_object(request, service, deadline)
    return make_json_response(await answers.classify(service, body, deadline, request))


@router.post(
    "/v1/explain",
    summary="Show the words that drove a prediction",
    tags=["papers"],
    response_model=ExplainRecord,
    responses=describe_errors(*BODY_ERRORS),
    openapi_extra=describe_body({JSON: ExplainRequest}, {JSON: EXAMPLE_PAPER}),
)
async def explain(request: Request, service: InjectedService) -> Response:
    """The words of a paper that support its category or oppose it, as `arxonomy explain` shows them."""
    deadline = service.make_deadline()
    check_media_type(request, JSON)
    data = await read_body(request, service.settings.max_body, deadline)
    body = check_object(parse_json(data))
    return make_json_response(await answers.explain(service, body, deadline, request))


@router.post(
    "/v1/papers",
    summary="Read the papers of a file",
    tags=["papers"],
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {"schema": LINES}}}, **describe_errors(*BODY_ERRORS)},
    openapi_extra=describe_body({BYTES: {"type": "string", "format": "binary"}}, {BYTES: LINE}),
)
async def read_papers(
    request: Request,
    service: InjectedService,
    name: Annotated[
        str,
        Query(
            max_length=255, description="As in refs.bib; counts where the first bytes do not show the format"
        ),
    ] = "",
) -> Response:
    """A text in any format that `arxonomy classify` reads (CSV, JSON, RIS, BibTeX, ...) in, JSON lines out.

    Each line is a paper (`id`, `title`, `abstract`) that can be sent on to `/v1/classify`, or
    `{"line": 3, "error": ...}` where a record of the file cannot be used. What is odd about the whole file,
    such as a column that is nearly called `abstract`, is reported in lines at the end, `{"note": ...}`.
    """
    deadline = service.make_deadline()
    check_media_type(request, BYTES)
    data = await read_body(request, service.settings.max_body, deadline)
    try:
        records = await service.wait_for(request, service.read_file(name, data, deadline), deadline)
    except InputError as error:
        raise make_field_error("", str(error)) from None
    return Response(b"".join(map(_format_record, records)), media_type=JSON_LINES)


@router.get(
    "/v1/model",
    summary="Show the model",
    tags=["model"],
    response_model=ModelResponse,
    responses=describe_errors(*ACCESS_ERRORS),
)
async def show_model(service: InjectedService) -> Response:
    """Its categories, its card, and the hashes of its files."""
    return make_json_response(describe_model(service.classifier, service.card))


@router.get("/health/live", summary="Is the process alive?", tags=["health"], response_model=HealthResponse)
async def check_liveness() -> Response:
    """Whether to leave the process running."""
    return make_json_response(HealthResponse(status="live"))


@router.get(
    "/health/ready",
    summary="Does it accept requests?",
    tags=["health"],
    response_model=HealthResponse,
    responses=describe_errors("busy"),
)
async def check_readiness(service: InjectedService) -> Response:
    """Whether to send requests here."""
    if not service.ready:
        raise Busy
    return make_json_response(HealthResponse(status="ready"))


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    tags=["health"],
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **describe_errors(*ACCESS_ERRORS),
    },
    response_class=Response,
)
async def show_metrics(service: InjectedService) -> Response:
    """Requests, errors by cause, sizes of batches, seconds in the queue and of computing, the model."""
    return Response(service.metrics.to_text(), media_type="text/plain; version=0.0.4")


def _format_record(record: Paper | BadRecord | Note) -> bytes:
    if isinstance(record, Paper):
        paper = {"id": record.id, "title": record.title, "abstract": record.abstract}
        return orjson.dumps(paper, option=orjson.OPT_APPEND_NEWLINE)
    if isinstance(record, Note):
        return orjson.dumps({"note": record.text}, option=orjson.OPT_APPEND_NEWLINE)
    return orjson.dumps({"line": record.line, "error": record.reason}, option=orjson.OPT_APPEND_NEWLINE)
