"""The application on a socket, until a signal ends it."""

from __future__ import annotations

import math
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from arxonomy.errors import SettingsError
from arxonomy.serving.app import make_app
from arxonomy.serving.service import Service


def serve(service: Service, on_ready: Callable[[str], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; then finish what has been taken on, and return.

    JSON lines, which may go on for ever, are sorted as far as they have come. Whatever is left after the
    deadline is cut off.

    Args:
        service: What answers; it is closed in the end.
        on_ready: Told the service's address, once requests are taken.

    Raises:
        SettingsError: The address cannot be listened on.
        KeyboardInterrupt: It was SIGINT.
    """
    listening = listen(service.settings.host, service.settings.port)
    server = make_server(service)

    def stop(*_: Any) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when all is done; Python's own handler would not end us with status 0.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        service.warm_up()
        host, port = listening.getsockname()[:2]
        on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        server.run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)
        listening.close()


def make_server(service: Service) -> uvicorn.Server:
    """Uvicorn around the application, not yet running."""
    config = uvicorn.Config(
        make_app(service),
        log_level="warning",
        access_log=False,  # addresses of clients are nobody's business
        server_header=False,
        ws="none",
        timeout_keep_alive=75,  # proxies keep connections for a minute, and lose a request on a closed one
        timeout_graceful_shutdown=math.ceil(service.settings.deadline) + 1,
    )
    server = uvicorn.Server(config)
    service.stopping = lambda: server.should_exit
    return server


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    try:
        # Resolved first, since `localhost` may be either kind of address.
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Only where the protocol is told does asyncio switch off Nagle's wait, 40 ms for each answer.
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; name another --host or --port"
        ) from None
    return listening
