"""Concepts that name what is broader -> a taxonomy, with the path from the top to each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from arxonomy.errors import DataError
from arxonomy.messages import format_count
from arxonomy.taxonomy.taxonomy import Node, Status, Taxonomy

_LOG = logging.getLogger(__name__)
_SHOWN = 5


@dataclass(frozen=True)
class Concept:
    """A category as a file states it."""

    code: str
    """As labels are written."""
    name: str | None = None
    """For people."""
    broader: str | None = None
    """The code of the next broader one; None at the top."""
    status: Status = "active"
    """What it is."""
    canonical: str | None = None
    """The category in place of an alias or a retired name."""
    uri: str | None = None
    """Where the file states one."""


def build_taxonomy(concepts: Sequence[Concept], name: str) -> Taxonomy:
    """Build the taxonomy of concepts; its levels are called `1`, `2` and so on, the broadest first.

    Args:
        concepts: With different codes. A broader one that is not among them is added without a name.
        name: Where they are from.

    Raises:
        DataError: A concept is broader than itself.
    """
    known = {concept.code: concept for concept in concepts}
    added = dict.fromkeys(own.broader for own in concepts if own.broader and own.broader not in known)
    if added:
        shown = ", ".join(f"`{code}`" for code in list(added)[:_SHOWN])
        more = f" and {len(added) - _SHOWN:,} more" if len(added) > _SHOWN else ""
        rows = format_count(len(added), "broader category has", "broader categories have")
        _LOG.info("%s: %s no entry of their own, so no name: %s%s", name, rows, shown, more)
    paths = {code: _find_path(code, known, name) for code in (*known, *filter(None, added))}
    nodes = {}
    for code, path in paths.items():
        own = known.get(code, Concept(code))
        nodes[code] = Node(code, path, own.name, own.status, own.canonical, own.uri)
    depth = max(map(len, paths.values()), default=0)
    return Taxonomy(name, tuple(str(level + 1) for level in range(depth)), nodes)


def _find_path(code: str, known: dict[str, Concept], name: str) -> tuple[str, ...]:
    path = [code]
    while (own := known.get(path[-1])) is not None and own.broader:
        if own.broader in path:
            circle = " < ".join([*path[path.index(own.broader) :], own.broader])
            raise DataError(
                f"{name}: expected a hierarchy, found a circle: {circle}; take one of these out of it"
            )
        path.append(own.broader)
    return tuple(reversed(path))
