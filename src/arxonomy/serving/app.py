"""A service -> the application."""

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
from arxonomy.serving import annif, checks, pages, priors, routes
from arxonomy.serving.api_errors import STATUS, ApiError, make_validation_error
from arxonomy.serving.middleware import AccessMiddleware
from arxonomy.serving.openapi import customize_openapi
from arxonomy.serving.service import Service
from arxonomy.version import __version__

_DESCRIPTION = (
    "Classifies scientific papers: title and abstract in, arXiv category and calibrated probability out."
)


def make_app(service: Service) -> ASGIApp:
    """Make the application over a service, which it closes in the end."""
    app = FastAPI(
        title="Arxonomy",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=_close_service,
        docs_url=None,  # FastAPI's own pages load their scripts from another host
        redoc_url=None,
    )
    app.state.service = service
    app.include_router(routes.router)
    app.include_router(checks.router)
    app.include_router(priors.router)
    app.include_router(annif.router)
    app.include_router(pages.router)
    pages.mount_files(app)
    customize_openapi(app, needs_key=service.settings.api_key is not None)
    app.exception_handler(ApiError)(_handle_api_error)
    app.exception_handler(ArxonomyError)(_handle_user_error)
    app.exception_handler(RequestValidationError)(_handle_invalid_query)
    app.exception_handler(HTTPException)(_handle_http_error)
    app.exception_handler(ClientDisconnect)(_handle_disconnect)
    app.exception_handler(Exception)(_handle_bug)
    return AccessMiddleware(app, service)  # around everything, the exception handlers too


@asynccontextmanager
async def _close_service(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.service.close()


async def _handle_api_error(request: Request, error: ApiError) -> Response:
    if error.cause == "invalid" and request.url.path.startswith(annif.ROOT):
        error.status = 400
    request.app.state.service.metrics.rejects.labels(error.cause).inc()
    return error.to_response()


async def _handle_user_error(request: Request, error: ArxonomyError) -> Response:
    return await _handle_api_error(request, ApiError("invalid", str(error)))


async def _handle_invalid_query(request: Request, error: RequestValidationError) -> Response:
    faults = [fault | {"loc": fault["loc"][1:]} for fault in error.errors()]  # without `query`
    return await _handle_api_error(request, make_validation_error(faults))


async def _handle_http_error(request: Request, error: HTTPException) -> Response:
    cause = next((cause for cause, status in STATUS.items() if status == error.status_code), "invalid")
    detail = f"{request.method} {request.url.path[:200]}: {error.detail}; /docs lists all routes"
    return await _handle_api_error(request, ApiError(cause, detail, headers=error.headers))


async def _handle_disconnect(request: Request, error: ClientDisconnect) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _handle_bug(request: Request, error: Exception) -> Response:
    return await _handle_api_error(request, ApiError("internal", "a bug of the service; its log has more"))
