"""Our own routes: classify, explain, the model, health, metrics."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from arxonomy.errors import InputError, SettingsError
from arxonomy.inference.class_prior import parse_class_prior
from arxonomy.inference.classifier import as_paper
from arxonomy.papers import BadRecord
from arxonomy.records import Paper
from arxonomy.serving.batcher import Question
from arxonomy.serving.bodies import BYTES, JSON, JSON_LINES, checked, expect, from_json, parsed, whole
from arxonomy.serving.measured import measured
from arxonomy.serving.openapi import body, problems
from arxonomy.serving.problems import Busy, Fault, Problem
from arxonomy.serving.schemas import (
    ClassifyAnswer,
    ClassifyRequest,
    ExplainAnswer,
    ExplainRequest,
    HealthAnswer,
    ModelAnswer,
)
from arxonomy.serving.service import Service
from arxonomy.serving.streaming import LineByLine
from arxonomy.serving.subjects import uri_of
from arxonomy.version import __version__

PAPER = {
    "id": "example-1",
    "title": "Reading Receipts: which words of a long question a language model answers",
    "abstract": "We translate long questions into short ones and count the answers that stay the same.",
}
"""A paper for examples."""

REFUSALS = (
    "invalid", "unauthorized", "foreign", "slow", "too-large", "media-type", "host", "busy", "deadline"
)  # fmt: skip
"""Why a body is refused."""

_LINE = orjson.dumps(PAPER).decode() + "\n"
_LINES: dict[str, Any] = {"type": "string", "description": "One JSON object per line"}


def json_response(content: Any) -> Response:
    """JSON, written once and for all: FastAPI would look through every number again."""
    return Response(orjson.dumps(content), media_type=JSON)


def routes(service: Service) -> APIRouter:
    """The routes over a service."""
    router = APIRouter()

    @router.post(
        "/v1/classify",
        summary="Sort papers",
        tags=["papers"],
        response_model=ClassifyAnswer,
        responses={200: {"content": {JSON_LINES: {"schema": _LINES}}}, **problems(*REFUSALS)},
        openapi_extra=body(
            {JSON: ClassifyRequest, JSON_LINES: _LINES}, {JSON: {"papers": [PAPER]}, JSON_LINES: _LINE}
        ),
    )
    async def classify(
        request: Request,
        top_k: Annotated[int | None, Query(ge=1, description="As in a body of JSON")] = None,
        min_confidence: Annotated[float | None, Query(ge=0, le=1, description="As in a body of JSON")] = None,
        prior: Annotated[str | None, Query(description="As in cs.CL=0.7,cs.CV=0.2, or uniform")] = None,
    ) -> Response:
        """The category of each paper, its calibrated probability, and a warning where it earns little trust.

        JSON lines (`application/x-ndjson`) are for jobs of any size: each line is a paper, with the column
        names that `arxonomy classify` knows, and is answered by a line; answers come while papers are still
        being sent, so read while you send. A bad line costs that line. What is asked goes into the query.
        """
        ends = service.ends()
        if expect(request, JSON, JSON_LINES) == JSON_LINES:
            mix = None if prior is None else parse_class_prior(prior)
            if prior is not None and mix is None:
                raise _bad("prior", f"expected CATEGORY=SHARE,... or uniform, found {prior[:80]}")
            return LineByLine(service, request, _question(service, mix, top_k, min_confidence))
        if request.query_params:
            name = next(iter(request.query_params))
            raise _bad(
                name, f"expected what is asked in the body of JSON, found it in the query: {name[:80]}"
            )
        given = parsed(await whole(request, service.settings.max_body, ends))
        # Counted before they are looked at: a wrong paper costs far more than its bytes.
        listed = given.get("papers") if isinstance(given, dict) else None
        if isinstance(listed, list) and len(listed) > service.settings.max_papers:
            raise _bad(
                "papers",
                f"expected at most {service.settings.max_papers:,} papers in a request, found "
                f"{len(listed):,}; send several requests, or JSON lines ({JSON_LINES})",
            )
        asked = checked(given, ClassifyRequest)
        question = _question(service, asked.prior, asked.top_k, asked.min_confidence)
        papers = [as_paper(paper.model_dump(), number) for number, paper in enumerate(asked.papers, 1)]
        found = await service.in_time(request, service.sort(papers, question, ends), ends)
        return json_response({"predictions": [prediction.to_dict() for prediction in found]})

    @router.post(
        "/v1/explain",
        summary="Show the words behind an answer",
        tags=["papers"],
        response_model=ExplainAnswer,
        responses=problems(*REFUSALS),
        openapi_extra=body({JSON: ExplainRequest}, {JSON: PAPER}),
    )
    async def explain(request: Request) -> Response:
        """The words of a paper that spoke for its category or against it, as `arxonomy explain` has them."""
        ends = service.ends()
        expect(request, JSON)
        asked = from_json(await whole(request, service.settings.max_body, ends), ExplainRequest)
        if asked.method == "gradients" and service.classifier.backend != "torch":
            # Asked for nevertheless, it would load PyTorch only to say so.
            raise _bad("method", "gradients needs a model that PyTorch computes: --backend torch")
        paper = as_paper(asked.model_dump(include={"id", "title", "abstract"}), 1)
        future = service.explain(paper, asked.method, asked.category, asked.against)
        try:
            found = await service.in_time(request, future, ends)
        except (SettingsError, ModuleNotFoundError) as error:  # Captum may be missing
            named = str(error).partition(":")[0]
            raise _bad(named if named in ("category", "against") else "method", str(error)) from None
        return json_response(found.to_dict())

    @router.post(
        "/v1/papers",
        summary="Read the papers of a file",
        tags=["papers"],
        response_class=Response,
        responses={200: {"content": {JSON_LINES: {"schema": _LINES}}}, **problems(*REFUSALS)},
        openapi_extra=body({BYTES: {"type": "string", "format": "binary"}}, {BYTES: _LINE}),
    )
    async def papers(
        request: Request,
        name: Annotated[str, Query(max_length=255, description="As in refs.bib; tells the format")] = "",
    ) -> Response:
        """CSV, TSV, JSON lines or BibTeX in, JSON lines out, read as `arxonomy classify` reads files.

        Each line is a paper (`id`, `title`, `abstract`) that can be sent on to `/v1/classify`, or
        `{"line": 3, "error": ...}` where a record of the file cannot be used.
        """
        ends = service.ends()
        expect(request, BYTES)
        data = await whole(request, service.settings.max_body, ends)
        try:
            records = await service.in_time(request, service.read(name, data, ends), ends)
        except InputError as error:
            raise _bad("", str(error)) from None
        return Response(b"".join(map(_record_line, records)), media_type=JSON_LINES)

    @router.get(
        "/v1/model",
        summary="Show the model",
        tags=["model"],
        response_model=ModelAnswer,
        responses=problems("unauthorized", "foreign", "host", "busy"),
    )
    async def model() -> Response:
        """Its categories, its card, and the hashes of its files."""
        classifier = service.classifier
        manifest = classifier.source.manifest if classifier.source else None
        mix = classifier.training_prior
        return json_response(
            {
                "arxonomy": __version__,
                "recipe": classifier.name,
                "labels": classifier.labels,
                "uris": {label: uri_of(label) for label in classifier.labels},
                "backend": classifier.backend,
                "sha256": manifest.sha256 if manifest else None,
                "files": manifest.files if manifest else {},
                "mix": None if mix is None else dict(zip(classifier.labels, mix, strict=True)),
                "unknown_words_limit": classifier.unknown_words_limit,
                "measured": measured(manifest),
                "card": service.card,
            }
        )

    @router.get("/health/live", summary="Is the process alive?", tags=["health"], response_model=HealthAnswer)
    async def live() -> Response:
        """Whether to leave the process running."""
        return json_response({"status": "live"})

    @router.get(
        "/health/ready",
        summary="Does it take requests?",
        tags=["health"],
        response_model=HealthAnswer,
        responses=problems("busy"),
    )
    async def ready() -> Response:
        """Whether to send requests here."""
        if not service.ready:
            raise Busy
        return json_response({"status": "ready"})

    @router.get(
        "/metrics",
        summary="Numbers for Prometheus",
        tags=["health"],
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **problems("unauthorized", "foreign", "host", "busy"),
        },
        response_class=Response,
    )
    async def metrics() -> Response:
        """Requests, refusals by cause, sizes of batches, seconds in the queue and of computing, the model."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")

    return router


def _record_line(record: Paper | BadRecord) -> bytes:
    line: dict[str, Any]
    if isinstance(record, Paper):
        line = {"id": record.id, "title": record.title, "abstract": record.abstract}
    else:
        line = {"line": record.line, "error": record.reason}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _bad(field: str, message: str) -> Problem:
    return Problem("invalid", message, [Fault(field, message)])


def _question(service: Service, prior: Any, top_k: int | None, min_confidence: float | None) -> Question:
    try:
        return service.question(prior, top_k, min_confidence)
    except SettingsError as error:
        raise _bad("prior", str(error)) from None
