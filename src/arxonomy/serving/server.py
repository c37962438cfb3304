"""The application on a socket, until a signal ends it."""

from __future__ import annotations

import math
import signal
import socket
from collections.abc import Callable

import uvicorn

from arxonomy.errors import SettingsError
from arxonomy.platforms import ADDRESS_OPTION
from arxonomy.serving.app import make_app
from arxonomy.serving.request_schemas import MAX_AMONG
from arxonomy.serving.service import Service


def serve(service: Service, on_ready: Callable[[str], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; then finish what has been accepted, and return.

    JSON lines, which have no limit of length, are classified as far as they have come. What is left after the
    deadline is cut off.

    Args:
        service: Answers the requests; it is closed in the end.
        on_ready: Called with the service's address once requests are accepted.

    Raises:
        SettingsError: The address cannot be listened on.
        KeyboardInterrupt: It was SIGINT.
    """
    server_socket = open_socket(service.settings.host, service.settings.port)
    server = make_server(service)

    def stop(*_: object) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when all is done; Python's own handler would not end us with status 0.
    previous = signal.signal(signal.SIGTERM, stop)
    try:
        service.warm_up()
        host, port = server_socket.getsockname()[:2]
        on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        server.run(sockets=[server_socket])
    finally:
        signal.signal(signal.SIGTERM, previous)
        server_socket.close()


def make_server(service: Service) -> uvicorn.Server:
    """Make a Uvicorn server of the application, not yet running."""
    config = uvicorn.Config(
        make_app(service),
        log_level="warning",
        access_log=False,  # addresses of clients are not logged
        server_header=False,
        ws="none",
        # A query is part of the head: `among` at its longest, 12 bytes a character, and the other headers.
        h11_max_incomplete_event_size=12 * MAX_AMONG + 16_384,
        timeout_keep_alive=75,  # proxies keep connections for a minute, and lose a request on a closed one
        timeout_graceful_shutdown=math.ceil(service.settings.deadline) + 1,
    )
    server = uvicorn.Server(config)
    service.is_stopping = lambda: server.should_exit
    return server


def open_socket(host: str, port: int) -> socket.socket:
    """Open a socket that listens.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    try:
        # Resolved first, since `localhost` may be either kind of address.
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio switches off Nagle's algorithm (40 ms a response) only where the protocol is given.
        server_socket = socket.socket(family, kind, protocol)
        try:
            server_socket.setsockopt(socket.SOL_SOCKET, ADDRESS_OPTION, 1)
            server_socket.bind(address)
            server_socket.listen(2048)
        except BaseException:
            server_socket.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; name another --host or --port"
        ) from None
    return server_socket
