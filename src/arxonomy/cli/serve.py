"""`arxonomy serve`: the classifier over HTTP."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from arxonomy.cli.options import (
    Backend,
    BackendOption,
    Device,
    DeviceOption,
    ModelOption,
    ThreadsOption,
    ViewOption,
    parse_labels,
)
from arxonomy.messages import say
from arxonomy.serving.settings import KEY_VARIABLE, ServeSettings

EXAMPLES = """
Example: arxonomy serve
Example: ARXONOMY_API_KEY=$(openssl rand -hex 32) arxonomy serve --host 0.0.0.0 --port 80
"""


_DEFAULT = ServeSettings()


def _make_option(name: str, metavar: str | None = None) -> Any:
    """Make the option of a setting, with its help."""
    return typer.Option(help=ServeSettings.model_fields[name].description, metavar=metavar)


def command(
    model: ModelOption = None,
    among: ViewOption = None,
    host: Annotated[str, _make_option("host", "ADDRESS")] = _DEFAULT.host,
    port: Annotated[int, _make_option("port", "N")] = _DEFAULT.port,
    max_body: Annotated[int, _make_option("max_body", "BYTES")] = _DEFAULT.max_body,
    max_papers: Annotated[int, _make_option("max_papers", "N")] = _DEFAULT.max_papers,
    queue: Annotated[int, _make_option("queue", "N")] = _DEFAULT.queue,
    requests: Annotated[int, _make_option("requests", "N")] = _DEFAULT.requests,
    deadline: Annotated[float, _make_option("deadline", "SECONDS")] = _DEFAULT.deadline,
    public: Annotated[bool, _make_option("public")] = _DEFAULT.public,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Serve predictions over HTTP.

    REST with JSON or JSON lines, and Annif's interface. The address /docs documents every route. Only this
    machine can reach the service, unless --host is set; then the environment variable ARXONOMY_API_KEY must
    hold a key, which clients send as a bearer token. A key that is set is always required.

    With --among the page and all routes answer among these labels; a request may ask for others.

    On SIGTERM the service finishes the requests that it has accepted, then exits.
    """
    view = parse_labels(among)
    try:
        settings = ServeSettings.model_validate(
            {
                "host": host,
                "port": port,
                "max_body": max_body,
                "max_papers": max_papers,
                "queue": queue,
                "requests": requests,
                "deadline": deadline,
                "api_key": os.environ.get(KEY_VARIABLE),
                "public": public,
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise typer.BadParameter(
            f"{fault['msg']}, found {fault['input']}",
            param_hint=f"--{str(fault['loc'][0]).replace('_', '-')}",
        ) from None

    from arxonomy.inference import load
    from arxonomy.inference.loading import read_card
    from arxonomy.serving.server import serve
    from arxonomy.serving.service import Service

    classifier = load(model, among=view, backend=backend.value, threads=threads, device=device.value)
    service = Service(classifier, settings, read_card(classifier.sources[0].path))
    serve(
        service,
        lambda address: say(f"serving {len(classifier.labels)} categories at {address}; /docs explains"),
    )
