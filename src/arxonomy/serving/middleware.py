"""What every request passes first: its Host, its origin, its key, the number of requests in progress."""

from __future__ import annotations

import base64
import hmac
import logging
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arxonomy.serving.api_errors import ApiError, Busy
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
"""Headers of every response that does not set them itself."""

_LOG = logging.getLogger(__name__)
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_KEYED = ("/v1/", "/metrics")  # a browser must get the page and the documentation before it can know the key


class AccessMiddleware:
    """The outermost layer of the application (ASGI).

    Args:
        app: The application inside.
        service: Its settings and metrics are used.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._in_progress = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond, or let the application respond; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, is_complete = 0, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_complete
            is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
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
            await self._app(scope, receive, send_with_headers)
        except ApiError as error:  # of this layer; the application handles those of the routes
            self._service.metrics.rejects.labels(error.cause).inc()
            await error.to_response()(scope, receive, send_with_headers)
        except Exception:
            if not is_complete:
                raise
            _LOG.exception("a bug of the service, at %s", scope["path"])  # and the connection stays
        finally:
            self._count(0 if health else -1)
            route = getattr(scope.get("route"), "path", "none")
            self._service.metrics.requests.labels(route, status).inc()

    def _count(self, requests: int) -> None:
        self._in_progress += requests
        self._service.metrics.in_progress.set(self._in_progress)

    def _check(self, scope: Scope) -> None:
        """Check a request before it is handled.

        Raises:
            ApiError: It is not accepted.
        """
        headers, settings = Headers(scope=scope), self._service.settings
        # All of this machine may use the service; that includes a browser, but not the pages of other sites
        # in it, even where such a site has made its own name point to this machine (DNS rebinding).
        if settings.api_key is None and not settings.public:
            host, origin = headers.get("host", ""), headers.get("origin")
            if _split_address(f"//{host}").hostname not in _LOCAL | {settings.host}:
                raise ApiError(
                    "host",
                    "expected a Host header with an address of this machine, found another; behind a proxy, "
                    f"set {KEY_VARIABLE} or use --public",
                )
            if origin is not None and _split_address(origin).netloc != host:
                raise ApiError("cross-origin", "pages of other sites may not use this service")
        if settings.api_key is not None and scope["path"].startswith(_KEYED):
            key = settings.api_key.get_secret_value().encode()
            if not any(hmac.compare_digest(key, sent) for sent in _find_keys(headers)):
                raise ApiError(
                    "unauthorized",
                    "expected the API key, as in `Authorization: Bearer KEY`, or as the password of basic "
                    "authentication; found none, or another",
                    headers={"WWW-Authenticate": "Bearer"},
                )
        if self._in_progress > settings.requests:
            raise Busy


def _split_address(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # brackets without an address in them
        return urlsplit("")


def _find_keys(headers: Headers) -> Iterable[bytes]:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials.strip().encode("latin-1")  # as Starlette has decoded it
    elif scheme.lower() == "basic":  # of a URL such as http://annif:KEY@host/, all that some clients support
        try:
            yield base64.b64decode(credentials, validate=True).partition(b":")[2]
        except ValueError:
            return
