"""The tags of RIS, nbib, Web of Science and enw -> the plain names of a paper's fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from arxonomy.papers.fields.dates import format_date
from arxonomy.papers.fields.missing import is_missing_text

Tags = dict[str, list[list[str]]]
"""Tag -> the values it was given, in order, each as its lines."""


@dataclass(frozen=True)
class _Names:
    """Which tags of a format are which fields, the preferred ones first."""

    title: tuple[str, ...]
    abstract: tuple[str, ...]
    id: tuple[str, ...]
    date: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]
    """Fields that are lists: an item for each value and line."""
    words: Mapping[str, tuple[str, ...]]
    """Other fields."""


_FORMATS = {
    "ris": _Names(
        title=("TI", "T1", "CT", "BT"),
        abstract=("AB", "N2"),
        id=("ID", "AN"),
        date=("DA", "PY", "Y1"),
        lists={"keywords": ("KW",), "authors": ("AU", "A1")},
        words={
            "doi": ("DO",),
            "journal": ("JO", "JF", "T2", "JA"),
            "url": ("UR",),
            "type": ("TY",),
            "language": ("LA",),
        },
    ),
    "nbib": _Names(
        title=("TI", "BTI", "TT"),
        abstract=("AB", "OAB"),
        id=("PMID",),
        date=("DP", "DEP"),
        lists={"keywords": ("OT",), "mesh": ("MH",), "authors": ("FAU", "AU"), "type": ("PT",)},
        words={"journal": ("JT", "TA"), "language": ("LA",)},
    ),
    "wos": _Names(
        title=("TI",),
        abstract=("AB",),
        id=("UT",),
        date=("PY",),
        lists={
            "keywords": ("DE",),
            "keywords_plus": ("ID",),
            "authors": ("AF", "AU"),
            "wos_categories": ("WC",),
            "research_areas": ("SC",),
        },
        words={"doi": ("DI",), "journal": ("SO",), "type": ("DT",), "language": ("LA",)},
    ),
    "enw": _Names(
        title=("T",),
        abstract=("X",),
        id=("F", "M"),
        date=("8", "D"),
        lists={"keywords": ("K",), "authors": ("A",)},
        words={"doi": ("R",), "journal": ("J", "B"), "url": ("U",), "type": ("0",), "language": ("G",)},
    ),
}
_FOLDED_LISTS = ("DE", "ID", "WC", "SC")  # of Web of Science: `;` parts the items, and lines continue
_ARXIV = re.compile(
    r"(?:arxiv[:.]\s*|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)",
    re.IGNORECASE,
)
_ARXIV_TAGS = ("DO", "UR", "AN", "M1", "ID", "DI", "R", "U", "AID")


def name_fields(format: str, tags: Tags) -> dict[str, str | list[str]]:
    """Give a record's fields plain names.

    Args:
        format: `ris`, `nbib`, `wos` or `enw`.
        tags: What the record holds.

    Returns:
        `title` and `abstract` (empty where there is none), `id` (the arXiv id, else the format's own),
        `doi`, `published` (as `2024-03`), `keywords` and other lists, and every other tag under its own name.
    """
    names = _FORMATS[format]
    fields: dict[str, str | list[str]] = {
        "title": _find_text(tags, names.title),
        "abstract": _find_text(tags, names.abstract),
        "id": find_arxiv_id(" ".join(lines) for tag in _ARXIV_TAGS for lines in tags.get(tag, ()))
        or _join(tags, names.id, "; "),
        "published": _find_date(format, tags, names.date),
    }
    for name, sources in names.words.items():
        fields[name] = _join(tags, sources, "; ")
    if format == "nbib":
        fields["doi"] = _find_pubmed_doi(tags)
    for name, sources in names.lists.items():
        tag = next((tag for tag in sources if tag in tags), None)
        fields[name] = list(_list_items(tag, tags[tag])) if tag else []
    used = {*names.title, *names.abstract, *names.id, *names.date}
    used.update(tag for sources in (*names.words.values(), *names.lists.values()) for tag in sources)
    kept = {name: value for name, value in fields.items() if value or name in ("title", "abstract")}
    return kept | {tag: _join(tags, (tag,), "; ") for tag in tags if tag not in used}


def _join(tags: Tags, sources: tuple[str, ...], between: str) -> str:
    """The first of these tags that holds anything; lines of a value are joined as they were folded."""
    for tag in sources:
        if text := between.join(filter(None, (" ".join(lines).strip() for lines in tags.get(tag, ())))):
            return text
    return ""


def _find_text(tags: Tags, sources: tuple[str, ...]) -> str:
    """The first of these tags that holds a text, else the first that only says there is none."""
    texts = [text for tag in sources if (text := _join(tags, (tag,), "\n"))]
    return next((text for text in texts if not is_missing_text(text)), next(iter(texts), ""))


def _list_items(tag: str, values: list[list[str]]) -> Iterator[str]:
    for lines in values:
        items = " ".join(lines).split(";") if tag in _FOLDED_LISTS else lines
        yield from filter(None, (item.strip() for item in items))


def find_arxiv_id(texts: Iterable[str]) -> str:
    """Find the arXiv id in the first text that has one, an address or a DOI; empty where none has.

    >>> find_arxiv_id(["10.5555/12", "https://doi.org/10.48550/arXiv.2401.00001"])
    '2401.00001'
    """
    return next((match[1] for text in texts if (match := _ARXIV.search(text))), "")


def _find_pubmed_doi(tags: Tags) -> str:
    texts = (" ".join(lines) for tag in ("LID", "AID") for lines in tags.get(tag, ()))
    return next((text.removesuffix("[doi]").strip() for text in texts if text.endswith("[doi]")), "")


def _find_date(format: str, tags: Tags, sources: tuple[str, ...]) -> str:
    if format == "wos":
        return format_date(f"{_join(tags, ('PY',), ' ')} {_join(tags, ('PD',), ' ')}".strip())
    dates = [format_date(text) for tag in sources if (text := _join(tags, (tag,), " "))]
    return max(dates, key=len, default="") if format == "ris" else next(iter(dates), "")
