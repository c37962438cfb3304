"""arXiv's categories, out of the table in the package, which states its source and date."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from arxonomy.taxonomy.tables import parse_table
from arxonomy.taxonomy.taxonomy import Taxonomy


@cache
def get_arxiv() -> Taxonomy:
    """Get the taxonomy of arXiv."""
    text = (resources.files("arxonomy.taxonomy") / "arxiv.csv").read_text(encoding="utf-8")
    return parse_table(text, "arXiv")


def find_taxonomy(labels: Iterable[str]) -> Taxonomy | None:
    """Find the taxonomy that labels are from: arXiv's, where most of them are its categories.

    Aliases and retired names count. The rest may be merged of several, or have nothing to do with arXiv;
    archives alone, such as `math` and `physics`, might be from anywhere.

    Args:
        labels: Different labels.

    >>> find_taxonomy(["cs.AI-LG", "cs.CL", "cs.CV"]).name, find_taxonomy(["math", "physics"])
    ('arXiv', None)
    """
    nodes = get_arxiv().nodes
    known = [label in nodes and nodes[label].status != "archive" for label in labels]
    return get_arxiv() if 2 * sum(known) > len(known) else None
