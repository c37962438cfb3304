"""Whatever stands for a paper in Python -> a `Paper`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from arxonomy.advice import Interface
from arxonomy.errors import InputError
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.fields.missing import is_missing_text
from arxonomy.papers.fields.values import describe_kind, is_same_text
from arxonomy.papers.frames import find_column_names, iterate_rows
from arxonomy.papers.sources.lines import Fault
from arxonomy.records import Paper

PaperLike = Paper | Mapping[str, Any] | tuple[str, str]
"""A `Paper`, a mapping with the keys that files have (`title`, `abstract` and perhaps `id`, or any of
`SYNONYMS`), or a pair (title, abstract)."""

_EXPECTED = "expected a Paper, a mapping with title and abstract, or (title, abstract)"


def iterate_papers(papers: Iterable[PaperLike]) -> Iterator[Paper]:
    """Make papers of whatever stands for them, one at a time; what is odd is logged in the end.

    Args:
        papers: Papers, mappings or pairs; or a table of pandas, polars or PyArrow, or a mapping of columns.
            One without an id gets its number, from 1.

    Raises:
        InputError: As for `as_paper`; or a single paper, where several are expected.
    """
    columns = _make_columns()
    if (names := find_column_names(papers)) is not None:
        columns.require(names)
        papers = iterate_rows(papers)
    elif isinstance(papers, Paper | Mapping | str | bytes) or not isinstance(papers, Iterable):
        kind = "one paper" if isinstance(papers, Paper | Mapping) else describe_kind(papers)
        raise InputError(f"expected papers, found {kind}; give a list of papers, for one paper too")
    for number, item in enumerate(papers, 1):
        yield _as_paper(item, number, columns)
    columns.notes.tell()


def as_paper(item: PaperLike, number: int) -> Paper:
    """Make a `Paper` of whatever stands for one.

    Args:
        item: A `Paper`, a mapping with the keys that files have, or (title, abstract).
        number: The paper's place, from 1; its id when it has none.

    Raises:
        InputError: Another kind of object, a title or abstract that is no text, or neither of the two.
    """
    columns = _make_columns()
    paper = _as_paper(item, number, columns)
    columns.notes.tell()
    return paper


def _make_columns() -> Columns:
    return Columns("papers", {}, labeled=False, interface=Interface.KEYS)


def _as_paper(item: Any, number: int, columns: Columns) -> Paper:
    values: Mapping[str, Any]
    if isinstance(item, Paper):
        if isinstance(item.title, str) and isinstance(item.abstract, str):
            title, abstract = ("" if is_missing_text(text) else text for text in (item.title, item.abstract))
            if title and is_same_text(title, abstract):
                abstract = ""
            if title or abstract:
                return (
                    item
                    if (title, abstract) == (item.title, item.abstract)
                    else replace(item, title=title, abstract=abstract)
                )
        values = {"id": item.id, "title": item.title, "abstract": item.abstract}
    elif isinstance(item, Mapping):
        values = item if all(type(key) is str for key in item) else {str(key): item[key] for key in item}
    elif isinstance(pair := _make_list(item), tuple | list) and len(pair) == 2:
        values = {"title": pair[0], "abstract": pair[1]}
    else:
        hint = "; give a list of papers, for one paper too" if isinstance(item, str) else ""
        raise InputError(f"paper {number}: {_EXPECTED}, found {describe_kind(item)}{hint}")
    try:
        return columns.make_paper(values, number - 1, keep_columns=False)
    except Fault as fault:
        name = columns.read_id(values)
        raise InputError(f"paper {number}{f' (id {name})' if name else ''}: {fault}") from None


def _make_list(item: Any) -> Any:
    """Make a list of a row of an array; all else stays as it is."""
    return item.tolist() if hasattr(item, "tolist") else item
