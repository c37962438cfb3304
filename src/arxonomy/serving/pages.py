"""What browsers see: static files in `page/`, under policies that let them load nothing from elsewhere."""

from __future__ import annotations

from importlib import resources

from fastapi import FastAPI
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


def add_pages(app: FastAPI) -> None:
    """Serve the page at `/`, our files at `/page`, the documentation at `/docs`, Swagger UI's below it."""
    page = resources.files("arxonomy.serving") / "page"

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(str(page / "index.html"), headers={"Content-Security-Policy": _PAGE_POLICY})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return FileResponse(str(page / "docs.html"), headers={"Content-Security-Policy": _DOCS_POLICY})

    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]))
    app.mount("/page", StaticFiles(directory=str(page)))
