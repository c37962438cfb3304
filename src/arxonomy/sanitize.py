"""Untrusted text made harmless: one function per medium that shows it.

A title, a label or a file's name comes from somebody else. It must not move a terminal's cursor, nor turn the
direction of the text around it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

_JOINERS = "\u200c\u200d"
"""Join or part the letters around them in Persian, Hindi and emoji; invisible themselves."""

_REPLACEMENT = "\ufffd"

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HARMLESS = re.compile(r"[+-]([\w .,:/%-]*|[\d .,:/%()-]*)")
"""Numbers, dates, telephone numbers and words: without a bracket no function is called, and without `!`, `|`
or `[` nothing outside of the table is named."""


def clean_for_terminal(text: str, *, keep_blanks: bool = False) -> str:
    r"""Make one line of a text that cannot control a terminal.

    White space becomes a space. Control characters become visible signs; invisible characters, such as those
    that turn the direction of writing, are dropped.

    Args:
        text: The text.
        keep_blanks: Keep as many spaces as there are, since two in a column's name are not one.

    >>> clean_for_terminal("red: \x1b[31m")
    'red: ␛[31m'
    """
    line = re.sub(r"\s", " ", text) if keep_blanks else " ".join(text.split())
    return "".join(map(_show_control, line))


def clean_for_page(text: str) -> str:
    r"""Make one line of a text without control characters, for an HTML page or a picture. Not escaped yet.

    White space becomes a space; whatever else cannot be printed becomes a replacement character.

    >>> clean_for_page("a\x1b[1m\nb")
    'a�[1m b'
    """
    return replace_controls(" ".join(text.split()))


def replace_controls(text: str) -> str:
    r"""Replace what cannot be printed, line ends included, and keep the length of the text.

    >>> replace_controls(" a\x1b ")
    ' a� '
    """
    return "".join(letter if letter.isprintable() or letter in _JOINERS else _REPLACEMENT for letter in text)


def clean_for_spreadsheet(cell: str) -> str:
    """Make a cell that a spreadsheet shows instead of running it as a formula; a `'` in front does that.

    After `+` or `-`, what can call nothing and name nothing outside of the table stays as it is.

    >>> [clean_for_spreadsheet(cell) for cell in ("=1+1", "-0,5", "+49 (30) 123", "-x", "-f(x)")]
    ["'=1+1", '-0,5', '+49 (30) 123', '-x', "'-f(x)"]
    """
    is_formula = cell.startswith(_STARTS_FORMULA) and not _HARMLESS.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def format_csv_line(cells: Sequence[str]) -> bytes:
    """Format a line of a CSV file, in UTF-8, with its cells cleaned for a spreadsheet."""
    line = io.StringIO(newline="")
    # csv quotes a lone carriage return only where one ends the lines; \n is put back after.
    csv.writer(line, lineterminator="\r\n").writerow([clean_for_spreadsheet(cell) for cell in cells])
    return (line.getvalue()[:-2] + "\n").encode("utf-8", errors="replace")


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most `letters`, the last of them `…` where it is cut."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _show_control(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cc" and ord(letter) < 32:
        return chr(0x2400 + ord(letter))
    if kind in ("Cc", "Cs"):
        return _REPLACEMENT
    return "" if kind == "Cf" and letter not in _JOINERS else letter
