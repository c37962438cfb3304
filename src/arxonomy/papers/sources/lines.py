"""A byte stream as physical lines: numbered, bounded in size, and able to be read again."""

from __future__ import annotations

import codecs
import io
import lzma
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_LINE = 10_000_000
"""Longest line (in bytes) and longest record (in characters) that is read; a longer one is bad."""

MAX_RECORD_LINES = 5_000
"""Most lines of one record, such as a CSV row; bounds the work of starting over after each unclosed quote."""

STREAM_ERRORS = (EOFError, OSError, lzma.LZMAError, zlib.error)
"""What a damaged compressed stream raises."""

NUL_FAULT = "found a NUL byte"
"""What is wrong with a line that holds one."""


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
    records: int = 1
    """Records that it stands for; more than one where a part of the file is lost."""


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
        encoding: Their encoding; one in which the byte 10 is the line end and nothing else.
        advice: What to do where the bytes are of another encoding; said once, at the first such line.
        before: Lines of the file that come before the stream.
    """

    def __init__(
        self, stream: io.BufferedReader, encoding: str = "utf-8", advice: str = "", before: int = 0
    ) -> None:
        self._stream = stream
        self._encoding = encoding
        self._advice = advice
        self._again: deque[Line] = deque()
        self._number = before
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
        line = decode_line(self._number, data, self._encoding)
        if self._advice and line.fault not in (None, NUL_FAULT):
            line = Line(line.number, "", f"{line.fault}; {self._advice}")
            self._advice = ""
        return line

    def read_again(self, lines: Sequence[Line]) -> None:
        """Put lines back, to be iterated over once more before the rest."""
        self._again.extendleft(reversed(lines))

    def _skip_rest(self, data: bytes) -> None:
        while data and not data.endswith(b"\n"):
            data = self._stream.readline(1 << 16)


def decode_line(number: int, data: bytes, encoding: str = "utf-8") -> Line:
    """Decode a line; a byte order mark is dropped from the first one."""
    if number == 1:
        data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        return Line(number, "", NUL_FAULT)
    try:
        return Line(number, data.decode(encoding))
    except UnicodeDecodeError as error:
        return Line(number, "", describe_byte(error, encoding))


def describe_byte(error: UnicodeDecodeError, encoding: str) -> str:
    """Describe the first byte that is not of an encoding."""
    byte = error.object[error.start]
    return f"expected {encoding.upper()}, found byte 0x{byte:02x} at position {error.start + 1}"


def make_long_line(number: int, limit: int) -> Line:
    """Make the bad line that stands for one of more than `limit` bytes."""
    return Line(number, "", f"the line is longer than {limit / 1e6:g} MB")
