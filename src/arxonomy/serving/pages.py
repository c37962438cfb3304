"""What browsers see: static files in `page/`, under policies that let them load nothing from elsewhere."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

# Swagger UI sets styles, and draws its icons as data.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# Trusted types: a script that hands text to the parser of HTML is stopped, whatever the text.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

_PAGE = resources.files("arxonomy.serving") / "page"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_page() -> Response:
    """The web page."""
    return FileResponse(str(_PAGE / "index.html"), headers={"Content-Security-Policy": _PAGE_POLICY})


@router.get("/docs")
async def show_docs() -> Response:
    """The documentation of the API."""
    return FileResponse(str(_PAGE / "docs.html"), headers={"Content-Security-Policy": _DOCS_POLICY})


def mount_files(app: FastAPI) -> None:
    """Serve the page's files at `/page`, and Swagger UI's at `/docs/assets`."""
    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]))
    app.mount("/page", StaticFiles(directory=str(_PAGE)))
