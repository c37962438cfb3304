"""Annif's contract (https://annif.org), so that its clients and its `http` backend work unchanged.

The model is one project with the id `arxonomy`; its categories are the subjects, their probabilities the
scores. Invalid input is answered with 400 here, as Annif does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from arxonomy.records import Prediction
from arxonomy.serving.api_errors import ApiError
from arxonomy.serving.bodies import FORM, JSON, check_media_type, parse_form, parse_json, read_body, validate
from arxonomy.serving.openapi import describe_body, describe_errors
from arxonomy.serving.request_papers import find_title, read_texts
from arxonomy.serving.request_schemas import SuggestBatchRequest, SuggestForm
from arxonomy.serving.response_schemas import (
    ProjectResponse,
    ProjectsResponse,
    ProjectVocabulary,
    SuggestBatchResponse,
    Suggestion,
    SuggestResponse,
)
from arxonomy.serving.routes import ACCESS_ERRORS, BODY_ERRORS, EXAMPLE_PAPER, make_json_response
from arxonomy.serving.service import InjectedService, Service
from arxonomy.serving.subjects import make_label, make_uri
from arxonomy.taxonomy import Taxonomy

PROJECT = "arxonomy"
"""The project's id."""

ROOT = "/v1/projects"
"""Where the routes begin."""

_LANGUAGE = "en"
_TEXT = f"{EXAMPLE_PAPER['title']}\n{EXAMPLE_PAPER['abstract']}"
_ERRORS = describe_errors(
    *(cause for cause in (*BODY_ERRORS, "not-found") if cause != "invalid"), also={400: "invalid"}
)

router = APIRouter(prefix=ROOT, tags=["Annif"])


@router.get(
    "",
    summary="List the projects",
    response_model=ProjectsResponse,
    responses=describe_errors(*ACCESS_ERRORS),
)
async def list_projects(service: InjectedService) -> Response:
    """The only one."""
    return make_json_response(ProjectsResponse(projects=[_make_project(service)]))


@router.get(
    "/{project_id}",
    summary="Show a project",
    response_model=ProjectResponse,
    responses=describe_errors(*ACCESS_ERRORS, "not-found", also={400: "invalid"}),
)
async def show_project(service: InjectedService, project_id: str) -> Response:
    """What Annif's clients want to know."""
    _check_project(project_id)
    return make_json_response(_make_project(service))


@router.post(
    "/{project_id}/suggest",
    summary="Suggest categories for a text",
    response_model=SuggestResponse,
    responses=_ERRORS,
    openapi_extra=describe_body({FORM: SuggestForm}, {FORM: {"text": _TEXT, "limit": 2}}),
)
async def suggest(request: Request, service: InjectedService, project_id: str) -> Response:
    """The text is a title, a line break and an abstract; see `SuggestForm`."""
    deadline = service.make_deadline()
    _check_project(project_id)
    check_media_type(request, FORM)
    data = await read_body(request, service.settings.max_body, deadline)
    form = validate(parse_form(data), SuggestForm)
    _check_language(form.language)
    (prediction,) = await _classify_texts(service, request, [(form.text, form.metadata_title)], deadline)
    return make_json_response(
        SuggestResponse(
            results=_make_suggestions(prediction, form.limit, form.threshold, service.classifier.taxonomy)
        )
    )


@router.post(
    "/{project_id}/suggest-batch",
    summary="Suggest categories for several texts",
    response_model=list[SuggestBatchResponse],
    responses=_ERRORS,
    openapi_extra=describe_body(
        {JSON: SuggestBatchRequest},
        {JSON: {"documents": [{"document_id": EXAMPLE_PAPER["id"], "text": _TEXT}]}},
    ),
)
async def suggest_batch(
    request: Request,
    service: InjectedService,
    project_id: str,
    limit: Annotated[int, Query(ge=0, description="Most suggestions")] = 10,
    threshold: Annotated[float, Query(ge=0, le=1, description="Least probability")] = 0.0,
    language: Annotated[str, Query(description="Of the categories' names: `en`")] = "",
) -> Response:
    """At most 32 texts, each as for `suggest`."""
    deadline = service.make_deadline()
    _check_project(project_id)
    _check_language(language)
    check_media_type(request, JSON)
    data = await read_body(request, service.settings.max_body, deadline)
    documents = validate(parse_json(data), SuggestBatchRequest).documents
    texts = [(document.text, find_title(document.metadata)) for document in documents]
    predictions = await _classify_texts(service, request, texts, deadline)
    return make_json_response(
        [
            SuggestBatchResponse(
                results=_make_suggestions(prediction, limit, threshold, service.classifier.taxonomy),
                document_id=document.document_id,
            ).model_dump()
            for document, prediction in zip(documents, predictions, strict=True)
        ]
    )


def _check_project(project_id: str) -> None:
    if project_id != PROJECT:
        raise ApiError("not-found", f"there is no project {project_id[:80]!r}; the only one is {PROJECT!r}")


def _check_language(language: str) -> None:
    if language not in ("", _LANGUAGE):
        raise ApiError("invalid", f"expected the language {_LANGUAGE}, found {language[:80]}")


def _make_project(service: Service) -> ProjectResponse:
    classifier = service.classifier
    return ProjectResponse(
        project_id=PROJECT,
        name=f"Arxonomy, model {classifier.name or 'of several'}",
        language=_LANGUAGE,
        backend={"backend_id": PROJECT},
        vocab=ProjectVocabulary(
            vocab_id=PROJECT, languages=[_LANGUAGE], size=len(classifier.labels), loaded=True
        ),
        vocab_language=_LANGUAGE,
        is_trained=True,
        modification_time=None,
    )


async def _classify_texts(
    service: Service, request: Request, texts: Sequence[tuple[str, str]], deadline: float
) -> list[Prediction | None]:
    """Classify (text, separate title) pairs; None for one without words, which has no subjects."""
    papers = read_texts(texts)
    predictions: list[Prediction | None] = [None] * len(texts)
    if papers:
        future = service.classify(papers, service.make_options(), deadline)
        for prediction in await service.wait_for(request, future, deadline):
            predictions[int(prediction.id)] = prediction
    return predictions


def _make_suggestions(
    prediction: Prediction | None, limit: int, threshold: float, taxonomy: Taxonomy | None
) -> list[Suggestion]:
    if prediction is None or prediction.is_atypical:
        return []
    # Annif's clients know of no view: a score is the whole probability, and small where the text is outside.
    inside = 1.0 - (prediction.outside or 0.0)
    scores = [(pair["category"], inside * pair["probability"]) for pair in prediction.to_dict()["categories"]]
    return [
        Suggestion(
            uri=make_uri(category, taxonomy),
            label=make_label(category, taxonomy),
            notation=category,
            score=score,
        )
        for category, score in scores[:limit]
        if score >= threshold
    ]
