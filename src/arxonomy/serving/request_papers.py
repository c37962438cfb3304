"""Papers of requests, read as those of files: objects in, `Paper` records out, or the fields at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request

from arxonomy.advice import Interface
from arxonomy.errors import suggest_near_name
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.fields.field_names import find_field, fold_name
from arxonomy.papers.sources.lines import Fault
from arxonomy.records import PARTS, Paper
from arxonomy.serving.api_errors import FieldError, make_field_error, make_fields_error
from arxonomy.serving.bodies import M, check_object, parse_json, read_body, validate
from arxonomy.serving.request_schemas import ExplainOptions
from arxonomy.serving.service import Service
from arxonomy.serving.subjects import split_title


def is_paper(body: Mapping[str, Any]) -> bool:
    """Whether an object has the title or the abstract of a paper."""
    found = _make_columns().locate(body)
    return bool(found.title or found.abstract)


async def read_papers_object(request: Request, service: Service, deadline: float) -> dict[str, Any]:
    """Read a body of JSON that holds papers, which `check_request` checks.

    Args:
        request: The request.
        service: Limits the length of the body.
        deadline: As for `read_body`.

    Raises:
        ApiError: It is too long, or no object.
    """
    data = await read_body(request, service.settings.max_body, deadline)
    return check_object(parse_json(data), '{"papers": [{"title": ..., "abstract": ...}]}')


def check_request(body: dict[str, Any], service: Service, kind: type[M], otherwise: str = "") -> M:
    """Check what was sent with papers.

    Args:
        body: What was sent.
        service: Limits how many papers there are.
        kind: The schema, which has `papers`.
        otherwise: What else can be done with more papers, as the end of a message.

    Raises:
        ApiError: There are too many papers, or the body does not fit the schema.
    """
    if "papers" not in body and is_paper(body):
        raise make_field_error("papers", 'expected a list of papers, found one; send {"papers": [{...}]}')
    # Counted before they are validated: an invalid paper costs far more than its bytes.
    papers = body.get("papers")
    if isinstance(papers, list) and len(papers) > service.settings.max_papers:
        raise make_field_error(
            "papers",
            f"expected at most {service.settings.max_papers:,} papers in a request, found "
            f"{len(papers):,}; send several requests{otherwise}",
        )
    return validate(body, kind)


def make_papers(papers: Iterable[Mapping[str, Any]]) -> list[Paper]:
    """Make the papers of a request.

    Raises:
        ApiError: One cannot be read; the fields that are wrong are named.
    """
    columns = _make_columns()
    read: list[Paper] = []
    errors: list[FieldError] = []
    for row, values in enumerate(papers):
        try:
            read.append(columns.make_paper(values, row, keep_columns=False))
        except Fault as fault:
            errors.append(_make_error(fault, f"papers[{row}]"))
    if errors:
        raise make_fields_error(errors)
    return read


def read_explained_paper(body: Mapping[str, Any]) -> tuple[Paper, dict[str, Any]]:
    """Read the paper of a request that has options beside it.

    Returns:
        The paper, and the options, which are not validated.

    Raises:
        ApiError: The paper cannot be read, or a key comes near an option.
    """
    names = ExplainOptions.model_fields
    options = {name: body[name] for name in names if name in body}
    values = {name: value for name, value in body.items() if name not in names}
    try:
        paper = _make_columns().make_paper(values, 0, keep_columns=False)
    except Fault as fault:
        raise make_fields_error([_make_error(fault, "")]) from None
    for name in values:
        if not find_field(fold_name(name)) and (hint := suggest_near_name(name, names, 0.8)):
            raise make_fields_error([FieldError(name[:80], f"there is no such field; {hint}")])
    return paper, options


def read_texts(texts: Sequence[tuple[str, str]]) -> list[Paper]:
    """Read (text, separate title) pairs, as Annif's clients send them.

    Returns:
        The papers of those that hold any text; the id of each is its place.
    """
    columns = _make_columns()
    papers = []
    for place, (text, title) in enumerate(texts):
        pair = (title, text) if title.strip() else split_title(text)
        title, abstract = columns.read_texts(dict(zip(PARTS, pair, strict=True)))
        if title or abstract:
            papers.append(Paper(str(place), title, abstract))
    return papers


def find_title(metadata: Mapping[str, str]) -> str:
    """Find the title in a text's metadata, under any name that files give it; empty where there is none."""
    columns = _make_columns()
    return columns.read_texts({name: metadata[name] for name in columns.locate(metadata).title})[0]


def _make_columns() -> Columns:
    return Columns("body", {}, labeled=False, interface=Interface.KEYS, strict=True)


def _make_error(fault: Fault, place: str) -> FieldError:
    column = fault.column[:80]
    return FieldError(f"{place}.{column}" if place and column else place or column, str(fault))
