"""A classifier and settings -> the application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp

from arxonomy.errors import ArxonomyError
from arxonomy.serving import annif, routes
from arxonomy.serving.middleware import Gate
from arxonomy.serving.openapi import describe
from arxonomy.serving.pages import add_pages
from arxonomy.serving.problems import STATUS, Problem, invalid
from arxonomy.serving.service import Service
from arxonomy.version import __version__

_DESCRIPTION = "Sorts scientific papers: title and abstract in, arXiv category and honest probability out."


def make_app(service: Service) -> ASGIApp:
    """The application over a service, which it closes in the end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="Arxonomy",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load their scripts from another host
        redoc_url=None,
    )
    app.include_router(routes.routes(service))
    app.include_router(annif.routes(service))
    add_pages(app)
    describe(app, keyed=service.settings.api_key is not None)

    @app.exception_handler(Problem)
    async def refused(request: Request, problem: Problem) -> Response:
        if problem.cause == "invalid" and request.url.path.startswith(annif.ROOT):
            problem.status = 400
        service.metrics.rejects.labels(problem.cause).inc()
        return problem.response()

    @app.exception_handler(ArxonomyError)
    async def cannot_be_used(request: Request, error: ArxonomyError) -> Response:
        return await refused(request, Problem("invalid", str(error)))

    @app.exception_handler(RequestValidationError)
    async def bad_query(request: Request, error: RequestValidationError) -> Response:
        faults = [fault | {"loc": fault["loc"][1:]} for fault in error.errors()]  # without `query`
        return await refused(request, invalid(faults))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        cause = next((cause for cause, status in STATUS.items() if status == error.status_code), "invalid")
        detail = f"{request.method} {request.url.path[:200]}: {error.detail}; /docs lists what there is"
        return await refused(request, Problem(cause, detail, headers=error.headers))

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # nobody reads it

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return await refused(request, Problem("bug", "this is a fault of the service; its log has more"))

    return Gate(app, service)  # around everything, the handlers of errors too
