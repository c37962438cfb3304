"""A feed as Markdown, HTML, JSON or Atom. The texts of papers are untrusted in all of them."""

from __future__ import annotations

import json
import re
import uuid
from functools import cache
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from arxonomy.feed.feed import Entry, Feed
from arxonomy.messages import format_count
from arxonomy.rendering import make_environment, render
from arxonomy.sanitize import clean_for_page

if TYPE_CHECKING:
    from jinja2 import Template

_PACKAGE = "arxonomy.feed"
_ATOM = "http://www.w3.org/2005/Atom"
_MARKUP = re.compile(r"[\\`*_\[\]<>&~$|!#@]|(?<=\w)://|(?<=www)\.|^\s*(?:[-+=:]|\d+[.)])", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Form = Literal["markdown", "html", "json", "atom"]


def render_feed(feed: Feed, form: Form) -> str:
    """Render a feed, with a line end at its end."""
    if form == "json":
        return json.dumps(feed.to_dict(), indent=1) + "\n"  # in ASCII, as a terminal may show it
    if form == "atom":
        return _render_atom(feed)
    values = {"feed": feed, "summary": summarize(feed)}
    if form == "html":
        return render(_PACKAGE, "feed.html.jinja", **values)
    return _get_markdown().render(values)


def summarize(feed: Feed) -> list[str]:
    """Say in a few sentences how a feed was made: how it is ranked, how well, and what it does not show."""
    papers = format_count(feed.ranked, "paper")
    by = f"how alike they are to {format_count(feed.likes, 'liked paper')}"
    if not feed.likes:
        by = f"the probability of {', '.join(feed.wish.categories)}"
    lines = [f"{len(feed.entries):,} of {papers}, ranked by {by}."]
    if feed.precision is not None:
        own = feed.precision
        lines.append(
            f"Precision at 10: {own.value:.2f}. That is, when {format_count(own.held_out, 'liked paper')} "
            f"were put among the others and the rest of the likes ranked all {own.papers:,}, they took "
            f"{10 * own.value:.1f} of the first 10 places, of {10 * own.best:.0f} that they could take and "
            f"{10 * own.chance:.1f} by chance."
        )
    if feed.left_out:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in feed.left_out.items())
        lines.append(f"Not shown: {reasons}.")
    if feed.completeness is not None:
        lines.append(f"{feed.completeness[:1].upper()}{feed.completeness[1:]}.")
    return lines


def describe_reason(entry: Entry) -> str:
    """Describe in one line why a paper is shown; empty where no word says so."""
    words = ", ".join(entry.words)
    if entry.nearest is None:
        return f"because of: {words}" if words else ""
    return f"like “{entry.nearest}”, by the words: {words}" if words else f"like “{entry.nearest}”"


def escape_markdown(text: str) -> str:
    r"""Escape a text so that Markdown shows it as it is, in one line, without links, mentions and formulas.

    >>> escape_markdown("1. <b>*bold*</b>")
    '1\\. \\<b\\>\\*bold\\*\\</b\\>'
    """
    # GitHub notifies whom a text mentions, escaped or not, unless a sign is between @ and the name.
    return _MARKUP.sub(_escape_sign, clean_for_page(text))


def _escape_sign(match: re.Match[str]) -> str:
    sign = match[0]
    if sign == "@":
        return "@\u2060"
    return f"{sign[:-1]}\\{sign[-1]}" if sign != "://" else "\\://"


@cache
def _get_markdown() -> Template:
    from markupsafe import Markup

    environment = make_environment([_PACKAGE], _clean_markdown, autoescape=False)
    environment.filters |= {"reason": describe_reason, "link": Markup}  # the addresses are ours
    return environment.get_template("feed.md.jinja")


def _clean_markdown(value: object) -> object:
    return value if hasattr(value, "__html__") else escape_markdown(str(value))


def _render_atom(feed: Feed) -> str:
    """Atom (RFC 4287); each paper has its own lasting id, so that a reader of feeds shows it once."""
    wish = feed.wish
    made_at = feed.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"https://github.com/arxonomy/arxonomy/feed?{','.join(wish.categories)}-{','.join(wish.excluded)}"
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, name).urn)
    _add(root, "title", feed.title)
    _add(root, "subtitle", " ".join(summarize(feed)))
    _add(root, "updated", made_at)
    _add(_add(root, "author"), "name", "arXiv")
    _add(root, "generator", "Arxonomy")
    for entry in feed.entries:
        candidate, element = entry.candidate, _add(root, "entry")
        _add(element, "id", uuid.uuid5(uuid.NAMESPACE_URL, candidate.name).urn)
        _add(element, "title", candidate.paper.title or candidate.paper.id)
        day = candidate.announced
        _add(element, "updated", f"{day}T00:00:00Z" if day and _DAY.fullmatch(day) else made_at)
        if candidate.url is not None:
            _add(element, "link", rel="alternate", href=candidate.url)
        for author in candidate.authors:
            _add(_add(element, "author"), "name", author)
        for code in candidate.codes:
            _add(element, "category", term=code)
        reason = describe_reason(entry)
        about = (
            f"{candidate.kind}, predicted {entry.prediction.format_answer()}{f'; {reason}' if reason else ''}"
        )
        _add(element, "summary", f"[{about}] {candidate.paper.abstract}", type="text")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, {name: clean_for_page(value) for name, value in attributes.items()})
    element.text = clean_for_page(text) or None
    return element
