"""What every request passes first: is it meant for us, may it come in, is there room for it."""

from __future__ import annotations

import base64
import hmac
import logging
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arxonomy.serving.problems import Busy, Problem
from arxonomy.serving.service import Service
from arxonomy.serving.settings import KEY_VARIABLE

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer that does not set them itself."""

_LOG = logging.getLogger(__name__)
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_KEYED = ("/v1/", "/metrics")  # a browser must get the page and the documentation before it can know the key


class Gate:
    """The outermost layer of the application (ASGI).

    Args:
        app: What answers.
        service: Whose settings and metrics are used.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._in_progress = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, answered = 0, False

        async def send_noted(message: Message) -> None:
            nonlocal status, answered
            answered = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        health = scope["path"].startswith("/health/")
        self._count(0 if health else 1)
        try:
            if not health:
                self._check(scope)
            await self._app(scope, receive, send_noted)
        except Problem as problem:  # ours; what the routes raise is answered in the application
            self._service.metrics.rejects.labels(problem.cause).inc()
            await problem.response()(scope, receive, send_noted)
        except Exception:
            if not answered:
                raise
            _LOG.exception("a fault of the service, at %s", scope["path"])  # and the connection stays
        finally:
            self._count(0 if health else -1)
            route = getattr(scope.get("route"), "path", "none")
            self._service.metrics.requests.labels(route, status).inc()

    def _count(self, requests: int) -> None:
        self._in_progress += requests
        self._service.metrics.in_progress.set(self._in_progress)

    def _check(self, scope: Scope) -> None:
        """Raises: Problem: The request is refused."""
        headers, settings = Headers(scope=scope), self._service.settings
        # Whoever is on this machine may use the service; that includes a browser, but not the pages of other
        # sites in it, even where such a site has made its own name point to this machine (DNS rebinding).
        if settings.api_key is None and not settings.public:
            host, origin = headers.get("host", ""), headers.get("origin")
            if _split(f"//{host}").hostname not in _LOCAL | {settings.host}:
                raise Problem(
                    "host",
                    "expected a Host header with an address of this machine, found another; behind a proxy, "
                    f"set {KEY_VARIABLE} or say --public",
                )
            if origin is not None and _split(origin).netloc != host:
                raise Problem("foreign", "pages of other sites may not use this service")
        if settings.api_key is not None and scope["path"].startswith(_KEYED):
            key = settings.api_key.get_secret_value().encode()
            if not any(hmac.compare_digest(key, given) for given in _keys(headers)):
                raise Problem(
                    "unauthorized",
                    "expected the API key, as in `Authorization: Bearer KEY`, or as the password of basic "
                    "authentication; found none, or another",
                    headers={"WWW-Authenticate": "Bearer"},
                )
        if self._in_progress > settings.requests:
            raise Busy


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets without an address in them
        return urlsplit("")


def _keys(headers: Headers) -> Iterable[bytes]:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield given.strip().encode("latin-1")  # as Starlette has decoded it
    elif scheme.lower() == "basic":  # of a URL such as http://annif:KEY@host/, all that some clients can say
        try:
            yield base64.b64decode(given, validate=True).partition(b":")[2]
        except ValueError:
            return
