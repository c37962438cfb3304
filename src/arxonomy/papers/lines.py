"""A byte stream as physical lines: numbered, bounded in size, and able to be read again."""

from __future__ import annotations

import io
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_LINE = 10_000_000
"""Longest line (in bytes) and longest record (in characters) that is read; a longer one is bad."""

MAX_RECORD_LINES = 5_000
"""Most lines of one record, such as a CSV row; bounds the work of starting over after each unclosed quote."""

STREAM_ERRORS = (EOFError, OSError, zlib.error)
"""What a damaged compressed stream raises."""


class Fault(Exception):
    """Why one record cannot be used.

    Args:
        reason: What was expected and what was found.
        column: The column at fault; empty for the record as a whole.
    """

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column


Record = Mapping[str, Any]
"""The values of one record as its file's format gives them: column name -> value."""


class Raw(NamedTuple):
    """One record as the file has it."""

    line: int
    """Where it starts, from 1."""
    values: Record
    """The values; empty when there is a fault."""
    fault: str | None = None
    """Why it cannot be read, or None."""


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line."""

    number: int
    """Its number in the file, from 1."""
    text: str
    """Its text with the line end; empty when there is a fault."""
    fault: str | None = None
    """Why it cannot be read, or None."""


class Lines:
    """Iterates over the lines of a stream.

    A line that is too long is skipped to its end without being held in memory. When the stream itself
    fails (a truncated `.gz`), the last line is a fault.

    Args:
        stream: The bytes; a UTF-8 byte order mark is dropped.
    """

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._again: deque[Line] = deque()
        self._number = 0
        self._ended = False

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        if self._again:
            return self._again.popleft()
        if self._ended:
            raise StopIteration
        self._number += 1
        try:
            data = self._stream.readline(MAX_LINE + 1)
            if len(data) > MAX_LINE:
                self._skip_rest(data)
                return make_long_line(self._number, MAX_LINE)
        except STREAM_ERRORS as error:
            self._ended = True
            return Line(self._number, "", f"the file is damaged or cut short here: {error}")
        if not data:
            self._ended = True
            raise StopIteration
        return decode_line(self._number, data)

    def read_again(self, lines: Sequence[Line]) -> None:
        """Put lines back, to be iterated over once more before the rest."""
        self._again.extendleft(reversed(lines))

    def _skip_rest(self, data: bytes) -> None:
        while data and not data.endswith(b"\n"):
            data = self._stream.readline(1 << 16)


def decode_line(number: int, data: bytes) -> Line:
    """Decode a line; a byte order mark is dropped from the first one."""
    if number == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data:
        return Line(number, "", "found a NUL byte")
    try:
        return Line(number, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        byte = f"byte 0x{data[error.start]:02x} at position {error.start + 1}"
        return Line(number, "", f"expected UTF-8, found {byte}")


def make_long_line(number: int, limit: int) -> Line:
    """Make the bad line that stands for one of more than `limit` bytes."""
    return Line(number, "", f"the line is longer than {limit / 1e6:g} MB")
