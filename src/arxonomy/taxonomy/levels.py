"""What holds the categories of a model at each level of a taxonomy, merged categories too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from arxonomy.advice import name_option
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.taxonomy.taxonomy import Taxonomy

Levels = Mapping[str, tuple[str, ...]]
"""Level -> what holds each of C categories at it, in their order; the broadest level first. At the last one
each category stands for itself."""


def find_levels(taxonomy: Taxonomy, parts: Mapping[str, Sequence[str]]) -> Levels:
    """Find what holds each category at each level.

    A merged category is held by what holds all of its parts; where they have nothing in common, and where
    the taxonomy does not know them, it stands for itself.

    Args:
        taxonomy: The hierarchy. Its levels below all of the categories are left out.
        parts: Category -> the codes that it is made of, its own alone for one that is not merged.

    Returns:
        Nothing where the taxonomy knows none of the codes.

    >>> from arxonomy.taxonomy import get_arxiv
    >>> find_levels(get_arxiv(), {"cs.AI-LG": ["cs.AI", "cs.LG"], "hep-ex": ["hep-ex"]})["archive"]
    ('cs', 'hep-ex')
    """
    nodes = taxonomy.nodes
    depths = [len(nodes[code].path) for codes in parts.values() for code in codes if code in nodes]
    names = taxonomy.levels[: max(depths, default=0)]
    levels = {
        level: tuple(_find_holder(taxonomy, level, category, codes) for category, codes in parts.items())
        for level in names[:-1]
    }
    return {**levels, **{level: tuple(parts) for level in names[-1:]}}


def choose_levels(levels: Levels, deepest: str | None) -> Levels:
    """Choose the levels from the broadest to one of them.

    Args:
        levels: All levels.
        deepest: The last one; None keeps all.

    Raises:
        SettingsError: There is no such level, or none at all.
    """
    if not levels:
        raise SettingsError(
            "this model's categories are of no known hierarchy, so there are no levels to answer at; train "
            f"with a taxonomy: {name_option('--taxonomy')}"
        )
    names = list(levels)
    if deepest is None:
        return levels
    if deepest not in levels:
        raise SettingsError(
            f"expected the level {_list_names(names)}, found `{deepest}`: {suggest_name(deepest, names)}"
        )
    return {name: levels[name] for name in names[: names.index(deepest) + 1]}


def _find_holder(taxonomy: Taxonomy, level: str, category: str, codes: Iterable[str]) -> str:
    holders = {taxonomy.get_broader(code, level) for code in codes}
    return holders.pop() if len(holders) == 1 else category


def _list_names(names: Sequence[str]) -> str:
    """The names in words, as in `group, archive or category`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
