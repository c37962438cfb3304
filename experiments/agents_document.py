"""What docs/agents.md shows: calls of the tools of `arxonomy mcp`, and their answers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys

from mcp import Client, StdioServerParameters
from readme import keep_if_close

SERVER = StdioServerParameters(
    command=sys.executable, args=["-m", "arxonomy", "mcp", "--threads", "1"], env=dict(os.environ)
)
"""The command as a process that the SDK's own client starts."""


def replay(previous: str) -> str:
    """Make the calls of a block again.

    Args:
        previous: The block as it stands: lines such as `> classify {...}` are calls. It stays as it is while its
            numbers agree to 1e-4.
    """
    calls = re.findall(r"^> (\w+) (.*)$", previous, re.MULTILINE)
    return keep_if_close(previous, "```\n" + "\n".join(asyncio.run(_call(calls))) + "```\n")


async def _call(calls: list[tuple[str, str]]) -> list[str]:
    async with Client(SERVER) as client:
        shown = []
        for tool, arguments in calls:
            result = await client.call_tool(tool, json.loads(arguments))
            (content,) = result.content
            error = "error: " if result.is_error else ""
            shown.append(f"> {tool} {arguments}\n{error}{content.text}\n")
        return shown
