"""JSON lines that arrive in pieces, as over a network: bytes in, papers and bad records out."""

from __future__ import annotations

from collections.abc import Iterator

from arxonomy.advice import Interface
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.formats.json_records import read_json_lines
from arxonomy.papers.read import BadRecord
from arxonomy.papers.sources.lines import MAX_LINE, Fault, Line, decode_line, make_long_line
from arxonomy.records import Paper


class JsonLinesFeed:
    """Reads papers as `read_papers` does, but holds no more than the line that is still incomplete.

    Args:
        name: What bad records call the source.
        max_line: Longest line that is read, in bytes; a longer one is a bad record.
    """

    def __init__(self, name: str, max_line: int = MAX_LINE) -> None:
        self._name = name
        self._max_line = max_line
        self._columns = Columns(name, {}, labeled=False, interface=Interface.KEYS, strict=True)
        self._rest = bytearray()
        self._skipping = False
        self._number = 0
        self._row = 0

    def feed(self, data: bytes) -> list[Paper | BadRecord]:
        """Read more bytes.

        Returns:
            The records whose lines are now complete, in order.
        """
        *whole, rest = data.split(b"\n")
        lines = [self._make_line(part + b"\n") for part in whole]
        if self._skipping or len(self._rest) + len(rest) > self._max_line:
            self._skipping = True  # once its end arrives, only its number is needed
            self._rest.clear()
        else:
            self._rest += rest
        return list(self._read_records(lines))

    def end(self) -> list[Paper | BadRecord]:
        """Read the record of a last line without a line end, if there is one."""
        return list(self._read_records([self._make_line(b"")])) if self._rest or self._skipping else []

    def _make_line(self, end: bytes) -> Line:
        self._number += 1
        data, skipped = bytes(self._rest) + end, self._skipping
        self._rest.clear()
        self._skipping = False
        if skipped or len(data) > self._max_line:
            return make_long_line(self._number, self._max_line)
        return decode_line(self._number, data)

    def _read_records(self, lines: list[Line]) -> Iterator[Paper | BadRecord]:
        for raw in read_json_lines(lines, self._columns):
            try:
                if raw.fault is not None:
                    raise Fault(raw.fault)
                yield self._columns.make_paper(raw.values, self._row, False, raw.line)
            except Fault as fault:
                yield BadRecord(self._name, raw.line, str(fault))
            self._row += 1
