"""`arxonomy mcp`: the classifier as tools of an agent."""

from __future__ import annotations

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

EXAMPLES = """
Example: arxonomy mcp
Example: arxonomy mcp --model bundles/mine
"""


def command(
    model: ModelOption = None,
    among: ViewOption = None,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Serve predictions to agents as tools (MCP, over stdin and stdout).

    An agent starts this command itself; docs/agents.md has what to write into its settings. The tools
    classify, explain, check and taxonomy answer as the service does, and use no network. stdout carries the
    protocol alone, stderr the log. It ends when stdin is closed.
    """
    view = parse_labels(among)

    from arxonomy.errors import needs_extra

    with needs_extra("mcp", "the command mcp"):
        from arxonomy.serving.agents import serve_agents
        from arxonomy.serving.service import Service
    from arxonomy.inference import load
    from arxonomy.serving.settings import ServeSettings

    classifier = load(model, among=view, backend=backend.value, threads=threads, device=device.value)
    service = Service(classifier, ServeSettings())
    say(f"serving {len(classifier.labels)} categories to an agent on stdin and stdout")
    serve_agents(service)
