"""How a file writes its records, so that an answer can be written alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of a file, as reading has found it; the delimiter and what follows concern tables of text."""

    format: str
    """One of `FORMATS`."""
    header: tuple[str, ...] | None = None
    """The names of a table's columns as they are written; None where each record names its own fields."""
    delimiter: str = ","
    """What separates cells."""
    escape: str = ""
    """What stands before a quote within quotes: a backslash, or nothing where the quote is doubled."""
    quotes_all: bool = False
    """Whether every cell of the header is in quotes, whatever it holds."""
    line_end: str = "\n"
    """What ends a line."""
    has_bom: bool = False
    """Whether the file begins with a byte-order mark, or is in another encoding than UTF-8; both are signs of
    a spreadsheet, which takes a file of UTF-8 for such only with the mark."""
    encoding: str = "utf-8"
    """The encoding of a text."""
    names_delimiter: bool = False
    """Whether the first line is Excel's `sep=;`."""


def find_line_end(line: str) -> str:
    r"""Find what ends a line; a line feed where nothing does.

    >>> find_line_end("a,b\r\n")
    '\r\n'
    """
    text = line.rstrip("\r\n")
    return line[len(text) :][-2:] or "\n"
