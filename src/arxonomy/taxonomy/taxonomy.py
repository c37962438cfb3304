"""A hierarchy of categories, with human names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from arxonomy.errors import SettingsError, suggest_name
from arxonomy.label_names import find_label, normalize_label

Status = Literal["active", "alias", "retired", "archive"]
"""What a code is: a category that papers get; another name of one; a name of earlier papers; or no category,
but what holds some."""


@dataclass(frozen=True, slots=True)
class Node:
    """A category, or what holds some."""

    code: str
    """As labels are written, like `cs.CL`."""
    path: tuple[str, ...]
    """The codes from the broadest level down to its own, one for each level. One code may stand for several
    levels: of `hep-th` the path is `physics`, `hep-th`, `hep-th`."""
    name: str | None = None
    """For people; None where it has no other name than its code."""
    status: Status = "active"
    """What it is."""
    canonical: str | None = None
    """Of an alias or a retired name, the category that stands for it; None if no single one does."""
    uri: str | None = None
    """Where the file states one."""

    @property
    def broader(self) -> str | None:
        """The code of the next broader node; None at the top."""
        return next((code for code in reversed(self.path) if code != self.code), None)


@dataclass(frozen=True)
class Taxonomy:
    """A hierarchy of categories, of arXiv's or of a user's own."""

    name: str
    """Where it is from: `arXiv`, or the name of a file."""
    levels: tuple[str, ...]
    """The names of the levels, the broadest first; of arXiv's `group`, `archive` and `category`."""
    nodes: Mapping[str, Node] = field(repr=False)
    """Code -> its node; aliases and retired names too."""

    def get_name(self, code: str) -> str | None:
        """Get the human name of a code; None for one that is unknown or has no other name.

        >>> get_arxiv().get_name("hep-ex")
        'High Energy Physics - Experiment'
        """
        node = self.nodes.get(code)
        return node.name if node else None

    def get_uri(self, code: str) -> str | None:
        """Get the URI that the taxonomy states for a code; None if it states none."""
        node = self.nodes.get(code)
        return node.uri if node else None

    def get_names(self, codes: Iterable[str]) -> dict[str, str]:
        """Get the human names of codes: code -> name, of those that have one."""
        return {code: name for code in codes if (name := self.get_name(code))}

    def find_canonical(self, code: str) -> str | None:
        """Find the category that a code stands for.

        Returns:
            Of a category its own code, of an alias or a retired name the category in its place; None if
            there is no single one, or the code is unknown or no category.

        >>> [get_arxiv().find_canonical(code) for code in ("cs.CL", "cs.SY", "cond-mat", "68T50")]
        ['cs.CL', 'eess.SY', None, None]
        """
        node = self.nodes.get(code)
        if node is None:
            return None
        return code if node.status == "active" else node.canonical

    def get_aliases(self, codes: Iterable[str]) -> dict[str, str]:
        """Get the other names of categories: alias or retired name -> the one of `codes` in its place.

        >>> get_arxiv().get_aliases(["cs.IT", "cs.CL"])
        {'math.IT': 'cs.IT', 'cmp-lg': 'cs.CL'}
        """
        wanted = set(codes)
        return {
            code: node.canonical
            for code, node in self.nodes.items()
            if node.canonical in wanted and code not in wanted
        }

    def get_broader(self, code: str, level: str) -> str:
        """Get the code that holds another one at a level.

        Args:
            code: Any code. One that is unknown, such as that of merged categories, is a node of its own at
                every level.
            level: One of `levels`.

        Returns:
            The code at that level, or the code itself where it is not below the level.

        Raises:
            SettingsError: There is no such level.

        >>> [get_arxiv().get_broader("cond-mat.soft", level) for level in get_arxiv().levels]
        ['physics', 'cond-mat', 'cond-mat.soft']
        """
        if level not in self.levels:
            raise SettingsError(
                f"expected a level of {self.name}, found `{level}`: {suggest_name(level, self.levels)}"
            )
        node = self.nodes.get(code)
        return node.path[: self.levels.index(level) + 1][-1] if node else code


def find_category(name: str, labels: Collection[str], taxonomy: Taxonomy | None) -> str | None:
    """Find the label that a name of a user stands for.

    Args:
        name: A label, or another name of the same category: its alias, a retired name, or its own code.
        labels: The labels that there are.
        taxonomy: Knows other names; None: there are none.

    Returns:
        The label as it is in `labels`; None if there is none.

    >>> find_category("math.IT", ["cs.IT", "cs.CL"], get_arxiv())
    'cs.IT'
    """
    label = find_label(name, labels)
    if label is not None or taxonomy is None:
        return label
    canonical = taxonomy.find_canonical(normalize_label(name))
    if canonical is None:
        return None
    # A view may have a category under its alias; the own code of that category means it too.
    return next((own for own in labels if taxonomy.find_canonical(own) == canonical), None)
