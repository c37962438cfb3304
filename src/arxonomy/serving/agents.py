"""The service as tools of agents: an MCP server on stdin and stdout. It needs the extra `mcp`.

A tool takes what the route of the same name takes, and answers what it answers: the schemas, the limits and
the answers are those of REST. Tools that say what they are not for are called at the right moment, so that
is what the descriptions say.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import mcp_types as types
import orjson
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from pydantic import Field, TypeAdapter

from arxonomy.errors import ArxonomyError, suggest_name, suggest_near_name
from arxonomy.serving import answers
from arxonomy.serving.api_errors import ApiError, make_field_error
from arxonomy.serving.bodies import check_object, validate
from arxonomy.serving.checks import CheckResponse
from arxonomy.serving.request_schemas import CheckRequest, ClassifyRequest, ExplainRequest, RequestModel
from arxonomy.serving.response_schemas import ClassifyResponse, ExplainRecord, ResponseModel
from arxonomy.serving.service import Service
from arxonomy.taxonomy import Node, Status, Taxonomy, find_category, search_nodes
from arxonomy.version import __version__

MAX_QUERY = 200
"""Most characters of a search."""
MAX_FOUND = 500
"""Most categories in one answer to a search."""

_LOG = logging.getLogger(__name__)


class TaxonomyRequest(RequestModel):
    """What to search the categories for."""

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUERY, examples=["math.IT", "machine learning"])]
    """A code, an alias, a retired name, an archive such as `cs`, or words of a name."""
    limit: Annotated[int, Field(ge=1, le=MAX_FOUND)] = 20
    """Most categories in the answer."""


class Category(ResponseModel):
    """A category, or what holds some."""

    code: str
    """As in answers."""
    name: str | None
    """For people; null where it has no other name than its code."""
    status: Status
    """`active`: papers get it; `alias`: another name of one; `retired`: of earlier papers; `archive`: it
    holds categories and is none."""
    stands_for: str | None
    """Of an alias or a retired name, the category in its place; null if no single one is."""
    path: list[str]
    """The codes from the broadest level down to its own."""
    known: bool
    """Whether answers can have it, or what it stands for."""


class TaxonomyResponse(ResponseModel):
    """What was found, the closest first."""

    categories: list[Category]
    """The categories."""
    more: Annotated[int, Field(ge=0)]
    """How many others match."""


@dataclass(frozen=True)
class _Tool:
    answer: Callable[[Service, answers.Body, float], Awaitable[answers.Body]]
    takes: type[RequestModel]
    gives: Any
    title: str
    description: str


def serve_agents(service: Service) -> None:
    """Answer the agent at the other end of stdin and stdout until it closes stdin; then close the service.

    stdout carries the protocol alone: while this runs, whatever else is printed goes to stderr.
    """
    # A thread waits for stdin, and Python would wait for that thread after Ctrl-C.
    previous = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        asyncio.run(_serve(service))
    finally:
        signal.signal(signal.SIGINT, previous)
        service.close()


async def _serve(service: Service) -> None:
    server = make_server(service)
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


def make_server(service: Service) -> Server[dict[str, Any]]:
    """Make the MCP server of a service, not yet running."""
    tools = _make_tools(service)
    listed = types.ListToolsResult(tools=[_describe(name, tool, service) for name, tool in tools.items()])

    async def list_tools(_context: object, _params: object) -> types.ListToolsResult:
        return listed

    async def call_tool(_context: object, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            hint = suggest_name(params.name, tools)
            raise MCPError(types.INVALID_PARAMS, f"there is no tool `{params.name[:80]}`: {hint}")
        try:
            body = _check_arguments(params.arguments or {}, service.settings.max_body)
            answer = await tool.answer(service, body, service.make_deadline())
        except ArxonomyError as error:
            return _make_result(_format_error(error), is_error=True)
        except Exception:
            _LOG.exception("a bug of the server, in the tool %s", params.name)
            return _make_result("a bug of the server; its log on stderr has more", is_error=True)
        return _make_result(orjson.dumps(answer).decode(), answer)

    return Server(
        "arxonomy",
        version=__version__,
        title="Arxonomy",
        instructions=f"Classifies scientific papers into {_name_categories(service)}. It computes on this "
        "machine and fetches nothing: give it titles and abstracts, not addresses or ids.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _make_result(
    text: str, answer: answers.Body | None = None, *, is_error: bool = False
) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=text)]
    return types.CallToolResult(content=content, structured_content=answer, is_error=is_error)


def _check_arguments(arguments: dict[str, Any], limit: int) -> dict[str, Any]:
    """Check the arguments as the bodies of requests are: JSON of bounded length.

    Raises:
        ApiError: They are not.
    """
    try:
        size = len(orjson.dumps(arguments))
    except TypeError as error:  # a lone surrogate, a number of more than 64 bits, too many levels
        raise make_field_error("", f"not valid JSON: {error}") from None
    if size > limit:
        raise ApiError(
            "too-large",
            f"expected arguments of at most {limit:,} bytes, found {size:,}: send fewer papers at a time, "
            "and abstracts in place of whole papers",
        )
    return check_object(arguments)


def _format_error(error: ArxonomyError) -> str:
    fields = error.field_errors if isinstance(error, ApiError) else ()
    name = f"{fields[0].field}: " if len(fields) == 1 and fields[0].field else ""
    return name + str(error).removeprefix(name)


def _describe(name: str, tool: _Tool, service: Service) -> types.Tool:
    schema = tool.takes.model_json_schema()
    if "papers" in schema["properties"]:
        schema["properties"]["papers"]["maxItems"] = service.settings.max_papers
    return types.Tool(
        name=name,
        title=tool.title,
        description=tool.description,
        input_schema=schema,
        output_schema=TypeAdapter(tool.gives).json_schema(),
        annotations=types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _name_categories(service: Service) -> str:
    classifier = service.classifier
    count = len(classifier.labels)
    is_arxiv = classifier.taxonomy is not None and classifier.taxonomy.name == "arXiv"
    return f"arXiv's {count} categories" if is_arxiv else f"the {count} categories of a model"


def _make_tools(service: Service) -> dict[str, _Tool]:
    """The tools by name; what they are for, what they take, and what their numbers mean."""
    categories, most = _name_categories(service), f"{service.settings.max_papers:,}"
    takes = (
        "A paper is an object with `title` and `abstract` in English (one of them may be missing), and "
        "perhaps `id`: plain text, no address, no arXiv id, no file, not the whole paper. Nothing is fetched "
        "from the network, and nothing is kept."
    )
    return {
        "classify": _Tool(
            answers.classify,
            ClassifyRequest,
            ClassifyResponse,
            "Classify papers",
            f"Find the category of scientific papers among {categories}, with calibrated probabilities. "
            f"`papers` is a list of 1 to {most}. {takes} `probability` is the chance that the authors' own "
            "primary category is this one: of the answers at 0.9 about 90% are right. `category` is null and "
            "`abstained` true where the text is outside of the model's field (no paper, another field or "
            "language); `probability` then means nothing. `warnings` say why an answer deserves little "
            "trust. Not for topics finer than a category, and not for judging quality or truth.",
        ),
        "explain": _Tool(
            answers.explain,
            ExplainRequest,
            ExplainRecord,
            "Explain a category",
            f"Show which words of one paper support or oppose a category among {categories}. {takes} Without "
            "`category` the most probable one is explained, against all others or against `against`. `score` "
            "is how much the log-odds of the category fall without the word: it is about this model's "
            "answer, not about what the paper claims.",
        ),
        "check": _Tool(
            answers.check,
            CheckRequest,
            CheckResponse,
            "Check authors' categories",
            f"Judge the categories that authors chose for their papers, among {categories}: `agree`, `add` "
            "cross-lists, `move` to another primary category, or `cannot-tell`. `papers` is a list of 1 to "
            f"{most}, each with `category` and perhaps all `categories` that it lists. {takes} `rule` says "
            "how often such verdicts are wrong; a text outside of the model's field gets `cannot-tell`. A "
            "verdict is a hint for an editor and no decision.",
        ),
        "taxonomy": _Tool(
            _search,
            TaxonomyRequest,
            TaxonomyResponse,
            "Look up categories",
            f"Look up {categories}: by code (`cs.CL`), alias or retired name (`math.IT`), archive (`cs`), or "
            "words of a name (`machine learning`). It says what a code means, what stands in place of an "
            "alias, and what holds a category. It reads no papers: to find the category of a paper, call "
            "`classify`.",
        ),
    }


async def _search(service: Service, body: answers.Body, _deadline: float) -> answers.Body:
    """Answer a `TaxonomyRequest` with a `TaxonomyResponse`."""
    asked = validate(body, TaxonomyRequest)
    labels, taxonomy = service.classifier.labels, service.classifier.taxonomy
    nodes = dict(taxonomy.nodes) if taxonomy else {}
    nodes |= {label: Node(label, (label,)) for label in labels if label not in nodes}  # of users, or merged
    found = search_nodes(Taxonomy("", (), nodes), asked.query)
    if not found:
        hint = suggest_near_name(asked.query, nodes) or "ask for fewer words, or the beginnings of words"
        raise make_field_error(
            "query", f"no category has this code, or words of its name that begin so: {hint}"
        )
    known = [find_category(node.code, labels, taxonomy) is not None for node in found]
    return {
        "categories": [
            {
                "code": node.code,
                "name": node.name,
                "status": node.status,
                "stands_for": node.canonical,
                "path": list(dict.fromkeys(node.path)),
                "known": is_known,
            }
            for node, is_known in zip(found[: asked.limit], known, strict=False)
        ],
        "more": max(0, len(found) - asked.limit),
    }
