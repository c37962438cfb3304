"""Whatever stands for a paper in Python -> a `Paper`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arxonomy.errors import InputError
from arxonomy.records import Paper

PaperLike = Paper | Mapping[str, str | float | Sequence[str] | None] | tuple[str, str]
"""A `Paper`, a mapping with `title`, `abstract` and perhaps `id`, or a pair (title, abstract)."""


def as_paper(item: PaperLike, number: int) -> Paper:
    """Make a `Paper` of whatever stands for one.

    Args:
        item: A `Paper`, a mapping with `title`, `abstract` and perhaps `id`, or (title, abstract).
        number: The paper's place, from 1; its id when it has none.

    Raises:
        InputError: Another kind of object, a title or abstract that is no text, or neither of the two.
    """
    if isinstance(item, Paper):
        paper = item
    elif isinstance(item, Mapping):
        identity, title, abstract = (item.get(key) for key in ("id", "title", "abstract"))
        name = str(number) if is_missing(identity) else str(identity)
        paper = Paper(name, _blank_if_missing(title), _blank_if_missing(abstract))
    elif isinstance(item, tuple | list) and len(item) == 2:
        paper = Paper(str(number), _blank_if_missing(item[0]), _blank_if_missing(item[1]))
    else:
        raise InputError(
            f"paper {number}: expected a Paper, a mapping with title and abstract, or (title, abstract), "
            f"found {type(item).__name__}; give a list of them, for one paper too"
        )
    if not (isinstance(paper.title, str) and isinstance(paper.abstract, str)):
        kinds = " and ".join(type(text).__name__ for text in (paper.title, paper.abstract))
        raise InputError(
            f"paper {number} (id {paper.id}): expected title and abstract as text, found {kinds}"
        )
    if not (paper.title.strip() or paper.abstract.strip()):
        raise InputError(f"paper {number} (id {paper.id}) has neither a title nor an abstract; give one")
    return paper


def _blank_if_missing(value: Any) -> Any:
    return "" if is_missing(value) else value


def is_missing(value: Any) -> bool:
    """Whether a table's cell is empty: None, NaN, or pandas' NA."""
    # pandas' NA is recognized by its name, since pandas need not be installed; only NaN differs from itself.
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
