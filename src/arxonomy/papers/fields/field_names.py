"""The names that exports give to the fields of a paper, and names that come near them.

Names are compared without case, accents, blanks, punctuation and a byte order mark: `Abstract Note` is
`abstractNote`. A language in brackets at the end, as DSpace writes it (`dc.title[en]`), does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from arxonomy.records import PARTS

MAX_NAME = 100
"""Longest name that is looked at, in characters; a longer one is no field's name."""

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": (
            # Web of Science calls its keywords ID.
            "ut (unique wos id)", "unique wos id", "ut",
            "id", "arxiv_id", "paper_id", "entry_id", "article id", "record id", "publication id", "lens id",
            "eid", "pmid", "pubmed id", "corpus id", "openalex id", "bibcode", "hal id", "hal id s", "key",
            "citation key", "citekey", "bibtexkey", "identifier", "dc:identifier", "dc.identifier.uri",
            "record number", "accession number", "an", "ui", "covidence #", "pmcid", "pmc id", "doi",
            "dc.identifier.doi", "di",
        ),
        "title": (
            # PubMed's records have a journal's title too.
            "article title", "document title", "title", "titles", "paper title", "ti", "t1", "title primary",
            "titles primary", "primary title", "item title", "display name", "dc:title", "dcterms:title",
            "citation title", "title display", "publication title primary",
        ),
        "abstract": (
            "abstract", "abstracts", "abstract note", "abstract text", "paper abstract", "article abstract",
            "document abstract", "summary", "summaries", "ab", "n2", "dc.description.abstract",
            "description abstract", "dcterms:abstract", "dc:abstract", "dc:description", "citation abstract",
            "abstract inverted index",
        ),
        "category": (
            "category", "label", "primary_category", "primary", "arxiv primary category", "primary_topic",
            "primary_topic.display_name",
        ),
        "categories": ("all_categories", "categories"),
        "published": (
            "published", "publication date", "date published", "published date", "update_date", "date",
            "issued", "dc.date.issued", "dc:date", "dcterms:issued", "cover date", "prism:coverdate",
            "online date", "publication year", "published year", "year published", "pub date", "pubyear",
            "year", "py", "yr", "y1",
        ),
    }
)  # fmt: skip
"""Field of a paper -> the names it is found under, the preferred one first. Where a paper has several, the
first that holds something counts; of labels, the first that is there."""

_NEAR = {
    "title": ("title", 1),
    "article title": ("title", 2),
    "document title": ("title", 2),
    "abstract": ("abstract", 2),
    "abstract note": ("abstract", 2),
    "summary": ("abstract", 1),
    "category": ("category", 2),
    "primary_category": ("category", 2),
    "label": ("category", 1),
    "categories": ("categories", 2),
    "published": ("published", 1),
}
"""Name -> its field, and how many slips of typing (letters more, less, other or swapped) are still near."""

_NOT_NEAR = frozenset({"publisher", "publishers", "tile", "little", "libel", "lapel"})

_LOOKALIKES = {
    "title": "titulo titolo tytul cim heading headline name 标题 题名 題名 タイトル название",
    "abstract": "zusammenfassung kurzfassung resume resumen resumo riassunto sommario sammanfattning "
    "samenvatting description text content body fulltext maintext tldr 摘要 抄録 要旨 аннотация",
    "category": "categoryname kategorie categorie class classes klasse classification keyword keywords tag "
    "tags manualtags automatictags subject subjects topic topics field area target y woscategories "
    "researchareas fieldsofresearch fieldsofstudy",
}  # fmt: skip

# As in `Title (text)`, `abstract_en`, `Article abstract text`; a journal's title is none.
_PARTLY = {
    "title": re.compile(
        r"(?:article|paper|document|publication|main|full|english|original|item|work)?(?:title|titel)"
        r"(?:of(?:the)?(?:paper|article|document|publication|work)"
        r"|text|string|full|main|clean|raw|original|paper|article|english|en|eng|de|fr|es|s|t|ss|\d)?"
    ),
    "abstract": re.compile(
        r"(?!.*title)(?!graphical|video|has|is|no)\w{0,20}abstract(?!or|ion|ed|indexed)\w{0,20}"
    ),
}
_LANGUAGE = re.compile(r"\[[\w-]{0,20}\]\s*$")


def fold_name(name: str) -> str:
    """Reduce a name to what counts when names are compared; empty where nothing does.

    >>> fold_name(" Abstract Note "), fold_name("dc.title[en_US]"), fold_name("Résumé")
    ('abstractnote', 'dctitle', 'resume')
    """
    return _fold(name) if len(name) <= MAX_NAME else ""


@lru_cache(maxsize=4096)
def _fold(name: str) -> str:
    letters = unicodedata.normalize("NFKD", _LANGUAGE.sub("", name))
    return "".join(letter for letter in letters if letter.isalnum()).casefold()


FIELDS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        field: {fold_name(name): rank for rank, name in reversed([*enumerate(names)])}
        for field, names in SYNONYMS.items()
    }
)
"""Field -> folded name -> its place in `SYNONYMS`."""

_FIELD_OF = {folded: field for field, names in FIELDS.items() for folded in names}
_NEAR_BY_LENGTH = {
    length: [
        (fold_name(name), name, field, slips)
        for name, (field, slips) in _NEAR.items()
        if abs(len(fold_name(name)) - length) <= slips
    ]
    for length in range(4, 20)
}
_LOOKALIKES_FOLDED = {
    fold_name(name): field for field, names in _LOOKALIKES.items() for name in names.split()
}


def find_field(folded: str) -> str | None:
    """Find the field that a folded name stands for."""
    return _FIELD_OF.get(folded)


def find_near_field(folded: str) -> tuple[str, str] | None:
    """Find the field that a folded name nearly stands for.

    Returns:
        The field, and the name that was probably meant; None where none is near.

    >>> find_near_field("abstarct"), find_near_field("publisher")
    (('abstract', 'abstract'), None)
    """
    if folded in _NOT_NEAR or folded in _FIELD_OF:
        return None
    letters = set(folded)
    for target, name, field, slips in _NEAR_BY_LENGTH.get(len(folded), ()):
        # A slip changes two letters at most; most names differ in more.
        if len(letters.symmetric_difference(target)) <= 2 * slips and _count_slips(folded, target) <= slips:
            return field, name
    return None


def find_lookalike(folded: str) -> str | None:
    """Find the field that a folded name may stand for in another language, or in a looser use of words.

    >>> find_lookalike("zusammenfassung"), find_lookalike("journal")
    ('abstract', None)
    >>> find_lookalike("abstracten"), find_lookalike("titletext"), find_lookalike("journaltitle")
    ('abstract', 'title', None)
    """
    if (field := _LOOKALIKES_FOLDED.get(folded)) or folded in _FIELD_OF:
        return field
    return next((part for part in PARTS if _PARTLY[part].fullmatch(folded)), None)


def _count_slips(one: str, other: str) -> int:
    """Count the letters to add, drop, change or swap with the next one to get from one word to the other.

    Source: Damerau 1964, CACM 7, 171-176; each letter takes part in one change (optimal string alignment).
    """
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
