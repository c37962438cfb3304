"""Words -> the categories that they may mean: by code, by alias, by words of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from arxonomy.label_names import normalize_label
from arxonomy.taxonomy.taxonomy import Node, Taxonomy

_WORD = re.compile(r"\w+")


def search_nodes(taxonomy: Taxonomy, text: str) -> list[Node]:
    """Search a taxonomy for a code, an alias, or words that the codes or the names begin words with.

    Args:
        taxonomy: What to search.
        text: A code or some words; case does not count.

    Returns:
        The category of that very code; else the nodes that have all of the words, those of that very code or
        name first. A category comes right after an alias or a retired name of it.

    >>> from arxonomy.taxonomy import get_arxiv
    >>> [node.code for node in search_nodes(get_arxiv(), "math.it")]
    ['math.IT', 'cs.IT']
    >>> [node.code for node in search_nodes(get_arxiv(), "comput lang")]
    ['cs.CL', 'cmp-lg']
    """
    wanted = normalize_label(text).casefold()
    words = _list_words(wanted)
    if not words:
        return []
    found = [node for node in taxonomy.nodes.values() if _has_words(node, words)]
    meant = [node for node in found if _rank(node, wanted) == 0 and taxonomy.find_canonical(node.code)]
    found = meant or sorted(found, key=lambda node: (_rank(node, wanted), node.status != "active"))
    with_meant: dict[str, Node] = {}
    for node in found:
        with_meant.setdefault(node.code, node)
        if node.canonical and (category := taxonomy.nodes.get(node.canonical)):
            with_meant.setdefault(category.code, category)
    return list(with_meant.values())


def _list_words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _has_words(node: Node, words: Iterable[str]) -> bool:
    own = _list_words(f"{node.code} {node.name or ''}")
    return all(any(word.startswith(wanted) for word in own) for wanted in words)


def _rank(node: Node, wanted: str) -> int:
    """How exactly a node is what is wanted: 0 by its code, 1 by its name, else 2."""
    if node.code.casefold() == wanted:
        return 0
    return 1 if node.name and node.name.casefold() == wanted else 2
