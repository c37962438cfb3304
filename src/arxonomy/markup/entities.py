r"""Entities of HTML, and what Mendeley's and Zotero's BibTeX files have in place of `<`, `>` and `&`."""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

from arxonomy.markup.edits import Edit

# With a semicolon, a known name; without one, as browsers do, but not where `&` joins words, as in R&D.
_ENTITY = re.compile(
    r"&(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6})(?:;|(?![0-9a-fA-F]))|(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)"
    r"|(?:nbsp|quot)|(?:amp|lt|gt)(?![A-Za-z0-9])|(?<![A-Za-z0-9]&)(?P<bare>[A-Za-z]{2,8}[0-9]{0,2})(?![A-Za-z0-9=]))"
)
_TEX_SIGN = re.compile(
    r"\{\\text(?P<braced>less|greater)[ ]?(?:\{\})?\}"
    r"|\\text(?P<bare>less|greater)(?![A-Za-z])(?:\{\}|[ ](?=[A-Za-z/]))?"
    r"|\$(?:\\(?P<named>less|lt|greater|gt)|(?P<formula>[<>]))\$"
    r"|\{\\&\}|\\&"
)
_TEX_SIGN_STARTS = (r"\&", r"\textless", r"\textgreater", "$<$", "$>$", r"$\l", r"$\g")


def find_tex_signs(text: str) -> list[Edit]:
    r"""Find LaTeX that stands for a sign of HTML, such as `{\textless}` and `{\&}`.

    Args:
        text: Any text.
    """
    if not any(start in text for start in _TEX_SIGN_STARTS):  # the expression takes ten times as long
        return []
    return [
        (*match.span(), _name_sign(match["braced"] or match["bare"] or match["named"] or match["formula"]))
        for match in _TEX_SIGN.finditer(text)
    ]


def _name_sign(name: str | None) -> str:
    return "&" if name is None else "<" if name in ("less", "lt", "<") else ">"


def find_entities(text: str) -> list[Edit]:
    """Find the entities of a text, once escaped.

    Args:
        text: Any text.
    """
    edits = []
    for match in _ENTITY.finditer(text):
        name, bare = match["name"], match["bare"]
        if (name and name not in html5) or (bare and bare not in html5):
            continue
        sign = html.unescape(match[0] if match[0].endswith(";") else f"{match[0]};")
        # A control character is no more than a blank; an invisible sign within a word is dropped later.
        kept = sign.isprintable() or unicodedata.category(sign[0]) == "Cf"
        edits.append((*match.span(), sign if kept else " "))
    return edits
