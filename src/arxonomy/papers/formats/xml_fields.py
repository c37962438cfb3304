"""The elements of PubMed's, Atom's and EndNote's records -> the plain names of a paper's fields."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping

from arxonomy.papers.fields.dates import format_date
from arxonomy.papers.formats.tags import find_arxiv_id

Fields = dict[str, str | list[str]]


def _name_pubmed(record: ET.Element) -> Fields:
    citation = next(
        (item for name in ("MedlineCitation", "BookDocument") for item in _find(record, name)), record
    )
    article = next(_find(citation, "Article"), citation)
    dois = [*_find(article, "ELocationID"), *_find(record, "PubmedData/ArticleIdList/ArticleId")]
    dates = [*_find(article, "Journal/JournalIssue/PubDate"), *_find(article, "ArticleDate")]
    return {
        "title": _text(article, "ArticleTitle", "VernacularTitle", "Book/BookTitle"),
        "abstract": "\n".join(filter(None, map(_read_section, _find(article, "Abstract/AbstractText")))),
        "id": _text(citation, "PMID"),
        "doi": next((_join(item) for item in dois if "doi" in item.attrib.values()), ""),
        "published": next(filter(None, map(_read_date, dates)), ""),
        "keywords": _texts(citation, "KeywordList/Keyword"),
        "mesh": _texts(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
        "authors": [_join(name, ", ") for name in _find(article, "AuthorList/Author")],
        "journal": _text(article, "Journal/Title"),
        "language": _text(article, "Language"),
    }


def _read_section(section: ET.Element) -> str:
    label, text = section.get("Label", ""), _join(section)
    return f"{label}: {text}" if label and text else text


def _read_date(date: ET.Element) -> str:
    parts = (_text(date, name) for name in ("Year", "Month", "Day"))
    return format_date(" ".join(filter(None, parts)) or _text(date, "MedlineDate"))


def _name_atom(entry: ET.Element) -> Fields:
    address = _text(entry, "id")
    primary = next(_find(entry, "primary_category"), None)
    return {
        "title": _text(entry, "title"),
        "abstract": _text(entry, "summary", "content"),
        "id": find_arxiv_id([address]) or address,
        "doi": _text(entry, "doi"),
        "published": _text(entry, "published", "updated")[:10],
        "category": "" if primary is None else primary.get("term", ""),
        "categories": [term for item in _find(entry, "category") if (term := item.get("term", ""))],
        "authors": _texts(entry, "author/name"),
        "journal": _text(entry, "journal_ref"),
        "comment": _text(entry, "comment"),
    }


def _name_endnote(record: ET.Element) -> Fields:
    return {
        "title": _text(record, "titles/title"),
        "abstract": _text(record, "abstract"),
        "id": find_arxiv_id(_texts(record, "urls/related-urls/url")) or _text(record, "accession-num"),
        "doi": _text(record, "electronic-resource-num"),
        "published": format_date(_text(record, "dates/year")),
        "keywords": _texts(record, "keywords/keyword"),
        "authors": _texts(record, "contributors/authors/author"),
        "journal": _text(record, "titles/secondary-title", "periodical/full-title"),
        "url": _text(record, "urls/related-urls/url"),
        "language": _text(record, "language"),
    }


def _keep_filled(name: Callable[[ET.Element], Fields]) -> Callable[[ET.Element], Fields]:
    def read(record: ET.Element) -> Fields:
        fields = name(record)
        return {key: value for key, value in fields.items() if value or key in ("title", "abstract")}

    return read


FIELDS: Mapping[str, Callable[[ET.Element], Fields]] = {
    "PubmedArticle": _keep_filled(_name_pubmed),
    "PubmedBookArticle": _keep_filled(_name_pubmed),
    "entry": _keep_filled(_name_atom),
    "record": _keep_filled(_name_endnote),
}
"""The element of a record -> what names its fields; `title` and `abstract` are always there."""


def _find(element: ET.Element, path: str) -> Iterator[ET.Element]:
    """The elements under a path of names, whatever their prefixes."""
    name, _, rest = path.partition("/")
    for child in element:
        if child.tag.rpartition(":")[2] == name:
            if rest:
                yield from _find(child, rest)
            else:
                yield child


def _text(element: ET.Element, *paths: str) -> str:
    """The text of the first of these paths that holds any."""
    return next((text for path in paths for item in _find(element, path) if (text := _join(item))), "")


def _texts(element: ET.Element, path: str) -> list[str]:
    return [text for item in _find(element, path) if (text := _join(item))]


def _join(element: ET.Element, between: str = "") -> str:
    """The text of an element without its marks; formulas stay as they are marked."""
    parts = _walk(element)
    if between:
        parts = filter(None, (part.strip() for part in parts))
    return " ".join(between.join(parts).split())


def _walk(element: ET.Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag.rpartition(":")[2] == "math":
            tail, child.tail = child.tail, None
            yield ET.tostring(child, encoding="unicode")
            child.tail = tail
        else:
            yield from _walk(child)
        yield child.tail or ""
