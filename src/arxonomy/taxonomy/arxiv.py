"""arXiv's categories and how frequent they are, out of tables in the package that state source and date."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from arxonomy.taxonomy.tables import parse_table
from arxonomy.taxonomy.taxonomy import Taxonomy


@cache
def get_arxiv() -> Taxonomy:
    """Get the taxonomy of arXiv."""
    return parse_table(_read("arxiv.csv"), "arXiv")


@cache
def get_arxiv_papers() -> Mapping[str, int]:
    """Get how many papers some months of arXiv have of each category, > 0, by their primary one.

    Categories that are missing have no known number.
    """
    lines = [line for line in _read("arxiv_papers.csv").splitlines() if not line.startswith("#")]
    return {row["category"]: int(row["papers"]) for row in csv.DictReader(lines)}


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


def _read(name: str) -> str:
    return (resources.files("arxonomy.taxonomy") / name).read_text(encoding="utf-8")
