"""Categories and papers as Annif (https://annif.org) and its clients see them: subjects, and one text.

Needs nothing of the extra `serve`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from arxonomy.taxonomy import Taxonomy

PREFIX = "urn:arxonomy:category:"
"""How the URI of a category begins. It depends on the name alone, so that it stays when a model is trained
again, and is the same for every model that knows the category."""

TITLE_WORDS = 20
"""Most words of a title that is recognized by its full stop; of arXiv's titles, 99% have no more."""

_SENTENCE = re.compile(r"[.!?]\s")


def make_uri(category: str, taxonomy: Taxonomy | None = None) -> str:
    """Make the stable URI of a category: the one that its taxonomy states, else one of ours.

    >>> make_uri("cs.CL"), make_uri("Größe & Co")
    ('urn:arxonomy:category:cs.CL', 'urn:arxonomy:category:Gr%C3%B6%C3%9Fe%20%26%20Co')
    """
    stated = taxonomy.get_uri(category) if taxonomy else None
    return stated or PREFIX + quote(category, safe="")


def make_label(category: str, taxonomy: Taxonomy | None) -> str:
    """Make the label of a category: its human name if it has one, else its code."""
    return (taxonomy.get_name(category) if taxonomy else None) or category


def make_vocabulary(
    categories: Iterable[str], taxonomy: Taxonomy | None = None
) -> Iterator[tuple[str, str, str]]:
    """Make the rows of a vocabulary in the CSV format of `annif load-vocab`, with the header."""
    yield "uri", "notation", "label_en"
    for category in categories:
        yield make_uri(category, taxonomy), category, make_label(category, taxonomy)


def split_title(text: str) -> tuple[str, str]:
    """Split one text into title and abstract.

    The title is the first line; in a text of one line, the first sentence, unless it has more than
    `TITLE_WORDS` words and thus is likely part of an abstract, which then is all there is. What this loses
    against fields of their own is measured in `experiments/annif_text.py`.

    >>> split_title("On trees. We climb them.")
    ('On trees.', 'We climb them.')
    """
    text = text.strip()
    line, newline, rest = text.partition("\n")
    if newline:
        return line.strip(), rest.strip()
    title = _SENTENCE.split(text, maxsplit=1)[0]
    if len(title.split()) > TITLE_WORDS:
        return "", text
    return text[: len(title) + 1], text[len(title) + 1 :].strip()
