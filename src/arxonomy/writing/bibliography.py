"""Bibliographies: each entry with its category as a keyword.

Where the input is of the same format, its own bytes come back, comments and bad entries included, with the
keywords added. Papers of another format become new entries.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from typing import IO, BinaryIO, cast

from arxonomy.papers.sources.encodings import BOM
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.pieces import read_pieces
from arxonomy.records import Paper, Prediction
from arxonomy.sanitize import clean_for_terminal, shorten
from arxonomy.writing.bibtex import add_to_bibtex, format_bibtex
from arxonomy.writing.csl_json import add_to_csl, format_csl, is_csl
from arxonomy.writing.entries import Entry, make_entry
from arxonomy.writing.ris import add_to_ris, format_ris
from arxonomy.writing.writer import PLACE

_HEAD = 1 << 20  # bytes of a copy in which the first item of an array is looked at

_log = logging.getLogger(__name__)


class BibliographyWriter:
    """Writes a bibliography; papers without a category get no keyword.

    Args:
        stream: Where to write.
        form: `ris`, `bibtex` or `csl-json`.
        layout: The form of the input.
        copy: The bytes of the input, complete when the last paper has been read; empty where there are none.
        keyword: The keyword, with `{category}` for the category.
    """

    def __init__(self, stream: BinaryIO, form: str, layout: Layout, copy: IO[bytes], keyword: str) -> None:
        self._stream = stream
        self._form = form
        self._encoding = layout.encoding
        self._copy = copy
        self._keyword = keyword
        self._adds = self._is_same_form(layout)
        self._keywords: dict[int, list[tuple[str, str]]] = {}
        self._missed: list[str] = []
        self._keys: set[str] = set()
        self._count = 0

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Take the prediction of one paper; a new entry is written at once."""
        category = prediction.category
        keyword = clean_for_terminal(self._keyword.replace(PLACE, category)) if category is not None else ""
        if not self._adds:
            self._write(self._format(make_entry(paper, keyword)))
        elif keyword:
            place = paper.row if self._form == "csl-json" else paper.line
            self._keywords.setdefault(place, []).append((paper.columns.get("key", ""), keyword))
        self._count += 1

    def finish(self) -> None:
        """Write what comes at the end: the user's own entries, where keywords are added to them."""
        if not self._adds:
            if self._form == "csl-json":
                self._write("\n]\n")
            return
        self._copy.seek(0)
        for piece in self._add_keywords():
            self._stream.write(piece)
        if self._missed:
            count = len(self._missed)
            entries = "1 entry gets" if count == 1 else f"{count:,} entries get"
            some = ", ".join(f"`{shorten(key, 40)}`" for key in self._missed[:5])
            _log.warning("%s no keyword, since it is not clear where the fields end: %s", entries, some)

    def _is_same_form(self, layout: Layout) -> bool:
        if self._form != "csl-json":
            return layout.format == self._form and self._copy.tell() > 0
        place = self._copy.tell()
        self._copy.seek(0)
        head = self._copy.read(_HEAD)
        self._copy.seek(place)
        return layout.format == "json" and is_csl(head.decode(self._encoding, errors="replace"))

    def _add_keywords(self) -> Iterator[bytes]:
        if self._form == "bibtex":
            return add_to_bibtex(self._copy, self._keywords, self._encoding, self._missed.append)
        keywords = {place: keyword for place, ((_, keyword), *_) in self._keywords.items()}
        if self._form == "ris":
            return add_to_ris(self._copy, keywords, self._encoding)
        return self._add_to_csl(keywords)

    def _add_to_csl(self, keywords: Mapping[int, str]) -> Iterator[bytes]:
        if self._copy.read(len(BOM)) == BOM:
            yield BOM
        self._copy.seek(0)
        pieces = read_pieces(cast(io.BufferedReader, self._copy), self._encoding)
        for piece in add_to_csl(pieces, keywords):
            yield piece.encode(self._encoding, errors="surrogateescape")

    def _format(self, entry: Entry) -> str:
        if self._form == "ris":
            return format_ris(entry)
        if self._form == "bibtex":
            return format_bibtex(entry, self._keys)
        return ("[\n" if self._count == 0 else ",\n") + format_csl(entry)

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", errors="replace"))
        self._stream.flush()
