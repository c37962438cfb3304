"""Annif's contract (https://annif.org), so that its clients and its `http` backend can use us unchanged.

The model is one project with the id `arxonomy`; its categories are the subjects, their probabilities the
scores. Bad input is answered with 400 here, as Annif does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from arxonomy.records import Paper, Prediction
from arxonomy.serving.bodies import FORM, JSON, expect, from_form, from_json, whole
from arxonomy.serving.openapi import body, problems
from arxonomy.serving.problems import Problem
from arxonomy.serving.routes import PAPER, REFUSALS, json_response
from arxonomy.serving.schemas import (
    ProjectAnswer,
    ProjectsAnswer,
    SuggestAnswer,
    SuggestBatchAnswer,
    SuggestBatchRequest,
    SuggestForm,
)
from arxonomy.serving.service import Service
from arxonomy.serving.subjects import title_and_abstract, uri_of

PROJECT = "arxonomy"
"""The project's id."""

ROOT = "/v1/projects"
"""Where the routes begin."""

_LANGUAGE = "en"
_TEXT = f"{PAPER['title']}\n{PAPER['abstract']}"
_REFUSALS = problems(
    *(cause for cause in (*REFUSALS, "not-found") if cause != "invalid"), also={400: "invalid"}
)


def routes(service: Service) -> APIRouter:
    """The routes over a service."""
    router = APIRouter(prefix=ROOT, tags=["Annif"])

    @router.get(
        "",
        summary="List the projects",
        response_model=ProjectsAnswer,
        responses=problems("unauthorized", "foreign", "host", "busy"),
    )
    async def projects() -> Response:
        """The one there is."""
        return json_response({"projects": [_project(service)]})

    @router.get(
        "/{project_id}",
        summary="Show a project",
        response_model=ProjectAnswer,
        responses=problems("unauthorized", "foreign", "not-found", "host", "busy", also={400: "invalid"}),
    )
    async def project(project_id: str) -> Response:
        """What Annif's clients want to know."""
        _known(project_id)
        return json_response(_project(service))

    @router.post(
        "/{project_id}/suggest",
        summary="Suggest categories for a text",
        response_model=SuggestAnswer,
        responses=_REFUSALS,
        openapi_extra=body({FORM: SuggestForm}, {FORM: {"text": _TEXT, "limit": 2}}),
    )
    async def suggest(request: Request, project_id: str) -> Response:
        """The text is a title, a line break and an abstract; see `SuggestForm`."""
        ends = service.ends()
        _known(project_id)
        expect(request, FORM)
        form = from_form(await whole(request, service.settings.max_body, ends), SuggestForm)
        _check_language(form.language)
        (found,) = await _sorted(service, request, [(form.text, form.metadata_title)], ends)
        return json_response({"results": _suggestions(found, form.limit, form.threshold)})

    @router.post(
        "/{project_id}/suggest-batch",
        summary="Suggest categories for several texts",
        response_model=list[SuggestBatchAnswer],
        responses=_REFUSALS,
        openapi_extra=body(
            {JSON: SuggestBatchRequest}, {JSON: {"documents": [{"document_id": PAPER["id"], "text": _TEXT}]}}
        ),
    )
    async def suggest_batch(
        request: Request,
        project_id: str,
        limit: Annotated[int, Query(ge=0, description="Most suggestions")] = 10,
        threshold: Annotated[float, Query(ge=0, le=1, description="Least probability")] = 0.0,
        language: Annotated[str, Query(description="Of the categories' names: `en`")] = "",
    ) -> Response:
        """At most 32 texts, each as for `suggest`."""
        ends = service.ends()
        _known(project_id)
        _check_language(language)
        expect(request, JSON)
        asked = from_json(await whole(request, service.settings.max_body, ends), SuggestBatchRequest)
        texts = [(document.text, document.metadata.get("title", "")) for document in asked.documents]
        found = await _sorted(service, request, texts, ends)
        return json_response(
            [
                {"results": _suggestions(one, limit, threshold), "document_id": document.document_id}
                for document, one in zip(asked.documents, found, strict=True)
            ]
        )

    return router


def _known(project_id: str) -> None:
    if project_id != PROJECT:
        raise Problem("not-found", f"there is no project {project_id[:80]!r}; the only one is {PROJECT!r}")


def _check_language(language: str) -> None:
    if language not in ("", _LANGUAGE):
        raise Problem("invalid", f"expected the language {_LANGUAGE}, found {language[:80]}")


def _project(service: Service) -> dict[str, Any]:
    classifier = service.classifier
    return {
        "project_id": PROJECT,
        "name": f"Arxonomy, model {classifier.name or 'of several'}",
        "language": _LANGUAGE,
        "backend": {"backend_id": PROJECT},
        "vocab": {
            "vocab_id": PROJECT,
            "languages": [_LANGUAGE],
            "size": len(classifier.labels),
            "loaded": True,
        },
        "vocab_language": _LANGUAGE,
        "is_trained": True,
        "modification_time": None,
    }


async def _sorted(
    service: Service, request: Request, texts: Sequence[tuple[str, str]], ends: float
) -> list[Prediction | None]:
    """Predictions for (text, title of its own) pairs; None for a blank text, which has no subjects."""
    papers = [
        Paper(str(number), *((title, text) if title.strip() else title_and_abstract(text)))
        for number, (text, title) in enumerate(texts)
        if text.strip() or title.strip()
    ]
    found: list[Prediction | None] = [None] * len(texts)
    if papers:
        sorted_ = await service.in_time(request, service.sort(papers, service.question(), ends), ends)
        for prediction in sorted_:
            found[int(prediction.id)] = prediction
    return found


def _suggestions(prediction: Prediction | None, limit: int, threshold: float) -> list[dict[str, Any]]:
    if prediction is None:
        return []
    shares = [pair for pair in prediction.to_dict()["categories"] if pair["probability"] >= threshold]
    return [
        {
            "uri": uri_of(share["category"]),
            "label": share["category"],
            "notation": share["category"],
            "score": share["probability"],
        }
        for share in shares[:limit]
    ]
