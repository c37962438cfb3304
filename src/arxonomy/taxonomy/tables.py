"""CSV -> `Taxonomy`, in one of two forms.

    category,name,broader            each category names the next broader one
    category,name,group,archive      each category names what holds it, a column for each level

In the second form the columns besides those below are the levels, the broadest first, whatever they are
called; the categories themselves are the last level. An empty cell stands for the category's own code. Either
form may have `status` (`active`, `alias`, `retired`, or `archive` for what is no category, but holds some),
`canonical` (the category in place of an alias or a retired name) and `uri`.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from typing import get_args

from arxonomy.errors import DataError
from arxonomy.label_names import normalize_label
from arxonomy.taxonomy.concepts import Concept, build_taxonomy
from arxonomy.taxonomy.taxonomy import Node, Status, Taxonomy

_LOG = logging.getLogger(__name__)
_OTHERS = ("name", "broader", "status", "canonical", "uri")

Row = dict[str, str]


def parse_table(text: str, name: str) -> Taxonomy:
    """Parse the text of a CSV file; lines that begin with `#` are comments.

    A row without a category, with one that was there before, or with an unknown status is named and left out.

    Args:
        text: With a header; the delimiter is a comma, a semicolon or a tab.
        name: Where it is from.

    Raises:
        DataError: It lacks the columns, or has no categories; or see `build_taxonomy`.
    """
    header, found = _read_rows(text, name)
    rows = list(_check_rows(found, name))
    if not rows:
        raise DataError(f"{name}: expected a row for each category, found none")
    if "broader" in header:
        return build_taxonomy([_make_concept(row) for row in rows], name)
    levels = [column for column in header if column and column not in ("category", *_OTHERS)]
    nodes = {}
    for row in rows:
        own = _make_concept(row)
        path = [row[level] or own.code for level in levels]
        if own.status != "archive":
            path.append(own.code)
        nodes[own.code] = Node(own.code, tuple(path), own.name, own.status, own.canonical, own.uri)
    for node in list(nodes.values()):  # what holds categories and has no row of its own
        for depth, code in enumerate(node.path, start=1):
            nodes.setdefault(code, Node(code, node.path[:depth], status="archive"))
    return Taxonomy(name, (*levels, "category"), nodes)


def _read_rows(text: str, name: str) -> tuple[list[str], Iterator[tuple[int, Row]]]:
    """Read the columns, and the line of each row with its cells."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    first = lines[start] if start < len(lines) else ""
    reader = csv.reader(lines[start:], delimiter=max(",;\t", key=first.count))
    header = [column.strip().casefold() for column in next(reader, [])]
    if "category" not in header:
        raise DataError(
            f"{name}: expected the columns category, name and broader, or category, name and one for each "
            f"level, such as group and archive; found {', '.join(header) or 'none'}"
        )

    def iterate() -> Iterator[tuple[int, Row]]:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                padded = [*cells, *[""] * (len(header) - len(cells))]
                yield (
                    start + reader.line_num,
                    {column: normalize_label(cell) for column, cell in zip(header, padded, strict=False)},
                )

    return header, iterate()


def _check_rows(rows: Iterator[tuple[int, Row]], name: str) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for line, row in rows:
        code, status = row["category"], row.get("status", "")
        if not code:
            fault = "expected a category, found none"
        elif code in seen:
            fault = f"found `{code}` again, which line {seen[code]} has; the first one counts"
        elif status and status not in get_args(Status):
            fault = f"expected the status {', '.join(get_args(Status))} or none, found `{status}`"
        else:
            seen[code] = line
            yield row
            continue
        _LOG.warning("%s:%d: %s; the row is left out", name, line, fault)


def _make_concept(row: Row) -> Concept:
    status: Status = row.get("status") or "active"  # type: ignore[assignment]  # checked before
    return Concept(
        code=row["category"],
        name=row.get("name") or None,
        broader=row.get("broader") or None,
        status=status,
        canonical=(row.get("canonical") or None) if status in ("alias", "retired") else None,
        uri=row.get("uri") or None,
    )
