"""LaTeX's accents and letters in Unicode; for text with LaTeX in it and for BibTeX files."""

from __future__ import annotations

import unicodedata

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip
"""Command -> the accent, as a combining character."""

LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "i": "i", "j": "j", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "ng": "ŋ", "TeX": "TeX",
    "LaTeX": "LaTeX", "textendash": "–", "textemdash": "—", "textquoteright": "’", "ldots": "…", "dots": "…",
    "textasciitilde": "~", "textbackslash": "\\", "textunderscore": "_", "textless": "<", "textgreater": ">",
    "textbraceleft": "{", "textbraceright": "}",
}  # fmt: skip
"""Command -> the letters or signs that it prints."""


def put_accent(letter: str, accent: str) -> str:
    """Put an accent on a letter.

    Args:
        letter: One letter.
        accent: A command of `ACCENTS`.
    """
    return unicodedata.normalize("NFC", letter + ACCENTS[accent])
