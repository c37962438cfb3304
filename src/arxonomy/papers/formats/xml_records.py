"""XML as a stream of records: PubMed, Atom as arXiv's interface gives it, EndNote.

Each record is cut out by its tag and parsed alone, so a broken one costs itself alone and memory holds one. A
document type is never read: nothing is fetched, and no entity can be declared.
"""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from html.entities import html5
from typing import NamedTuple
from xml.parsers import expat

from arxonomy.errors import InputError
from arxonomy.papers.formats.xml_fields import FIELDS
from arxonomy.papers.sources.encodings import BOM, is_wide
from arxonomy.papers.sources.lines import MAX_LINE, Fault, Raw
from arxonomy.papers.sources.pieces import check_text, read_pieces
from arxonomy.papers.sources.source import Source

MAX_DEPTH = 100
"""Most elements within each other."""

_START = re.compile(rf"<(?:[\w.-]{{1,40}}:)?({'|'.join(FIELDS)})(?=[\s>])")
_EDGES = {name: re.compile(rf"<(/?)(?:[\w.-]{{1,40}}:)?{name}(?:\s[^<>]{{0,1000}})?>") for name in FIELDS}
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{0,30});")
_LONGEST_PROLOG = 1 << 16  # characters
_LONGEST_TAG = 1100


class _Piece(NamedTuple):
    """The text of a record."""

    line: int
    name: str
    """Of its element."""
    text: str
    fault: str | None = None


def read_xml(source: Source) -> Iterator[Raw]:
    """Read the records of an open source of XML under plain names, as `xml_fields` gives them.

    Args:
        source: The open source.

    Raises:
        InputError: The document type declares entities.
    """
    encoding, advice = _find_encoding(source), source.advice
    for line, name, text, fault in _Splitter(source.name).split(read_pieces(source.stream, encoding)):
        try:
            if fault is not None:
                raise Fault(fault)
            try:
                check_text(text, encoding, advice)
            except Fault:
                advice = ""
                raise
            yield Raw(line, FIELDS[name](_parse_element(text)))
        except Fault as error:
            yield Raw(line, {}, str(error))


def _find_encoding(source: Source) -> str:
    """The encoding that the document declares, unless one was asked for or recognized."""
    declared = _DECLARED.match(source.peek().removeprefix(BOM))
    if declared and not source.has_bom and source.asked_encoding is None:
        try:
            name = codecs.lookup(declared[1].decode()).name
            return source.encoding if is_wide(name) else name
        except (LookupError, UnicodeError):
            pass
    return source.encoding


class _Splitter:
    """Cuts out the records of a text that comes in pieces."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._buffer = ""
        self._line = 1
        """The line on which the buffer starts."""
        self._place = 0
        """Where to search on."""
        self._name: str | None = None
        """The element of the record that the buffer starts with; None between records."""
        self._record_line = 1
        self._is_long = False
        self._prolog: str | None = ""
        """What stands before the first record; None behind it."""
        self._root = ""

    def split(self, pieces: Iterable[str]) -> Iterator[_Piece]:
        """Cut out all records."""
        damage = ""
        try:
            for piece in pieces:
                yield from self._feed(piece)
        except Fault as error:
            damage = str(error)
        self._drop_prolog(len(self._buffer) if self._prolog is not None else 0)
        if self._name is not None:
            fault = damage or "the record is not closed before the end of the file"
            yield _Piece(self._record_line, self._name, "", fault)
        elif damage or (self._root and self._root not in FIELDS and f"</{self._root}" not in self._buffer):
            yield _Piece(self._line, "", "", damage or "the file ends within its records; is it cut short?")

    def _feed(self, piece: str) -> Iterator[_Piece]:
        self._buffer += piece
        while match := (_EDGES[self._name] if self._name else _START).search(self._buffer, self._place):
            if self._name is None:
                self._drop_prolog(match.start())
                self._prolog = None
                self._drop(match.start())
                self._name, self._record_line, self._place = match[1], self._line, 1
            elif match[1]:
                yield self._finish(match.end())
            else:
                yield self._finish(match.start(), "the record is not closed before the next one")
        kept = max(0, len(self._buffer) - _LONGEST_TAG)
        if self._name is None:
            self._drop_prolog(kept)
            self._drop(kept)
        elif self._is_long or len(self._buffer) > MAX_LINE:
            self._is_long = True
            self._drop(kept)
        self._place = max(1, len(self._buffer) - _LONGEST_TAG) if self._name else 0

    def _finish(self, end: int, fault: str | None = None) -> _Piece:
        if self._is_long or end > MAX_LINE:
            fault = f"the record is longer than {MAX_LINE / 1e6:g} MB"
        piece = _Piece(self._record_line, self._name or "", "" if fault else self._buffer[:end], fault)
        self._drop(end)
        self._name, self._is_long = None, False
        return piece

    def _drop(self, end: int) -> None:
        self._line += self._buffer.count("\n", 0, end)
        self._buffer = self._buffer[end:]
        self._place = 0

    def _drop_prolog(self, end: int) -> None:
        """Look at what stands before the first record, up to a place in the buffer.

        Raises:
            InputError: It declares entities.
        """
        if self._prolog is None:
            return
        self._prolog = (self._prolog + self._buffer[:end])[-_LONGEST_PROLOG:]
        if "<!ENTITY" in self._prolog:
            raise InputError(
                f"{self._source} declares entities of its own, which are not read; export it without them"
            )
        if not self._root and (match := _ROOT.search(self._prolog)):
            self._root = match[1]


def _parse_element(text: str) -> ET.Element:
    """Parse one element with what is in it; prefixes of names stay.

    Raises:
        Fault: It is not in order, or nested too deeply.
    """
    builder, depth = ET.TreeBuilder(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Fault(f"expected at most {MAX_DEPTH} elements within each other, found more")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(_ENTITY.sub(_replace_entity, text).encode(), True)
    except expat.ExpatError as error:
        where = f" in its line {error.lineno}" if error.lineno > 1 else ""
        raise Fault(f"not valid XML: {expat.ErrorString(error.code)}{where}") from None
    return builder.close()


def _replace_entity(match: re.Match[str]) -> str:
    """A named sign of HTML; any other name is text."""
    return html5.get(f"{match[1]};", f"&amp;{match[1]};")
