"""A byte stream as pieces of text, for formats whose records do not end with a line."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from arxonomy.papers.sources.lines import STREAM_ERRORS, Fault

PIECE = 1 << 16
"""Most bytes of a piece."""

_ESCAPED = re.compile("[\udc80-\udcff]")


def read_pieces(stream: io.BufferedReader, encoding: str) -> Iterator[str]:
    """Read a text in pieces, cut anywhere; a byte order mark is dropped.

    Bytes of another encoding become lone surrogates, for which `check_text` looks.

    Args:
        stream: The bytes.
        encoding: Their encoding.

    Raises:
        Fault: The stream is damaged.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    is_first = True
    try:
        while data := stream.read1(PIECE):
            piece = decoder.decode(data)
            if is_first and piece:
                piece = piece.removeprefix("\ufeff")
                is_first = False
            yield piece
        yield decoder.decode(b"", final=True)
    except STREAM_ERRORS as error:
        raise Fault(f"the file is damaged or cut short here: {error}") from None


def check_text(text: str, encoding: str, advice: str) -> None:
    """Check that all bytes of a text were of the encoding.

    Args:
        text: What `read_pieces` gave.
        encoding: The encoding.
        advice: What to do if they were not; may be empty.

    Raises:
        Fault: One was not, or it is a NUL byte.
    """
    if not text.isascii() and (match := _ESCAPED.search(text)):
        line = text.count("\n", 0, match.start())
        where = f" {line} lines further on" if line > 1 else " on the next line" if line else ""
        fault = f"expected {encoding.upper()}, found byte 0x{ord(match[0]) - 0xDC00:02x}{where}"
        raise Fault(f"{fault}; {advice}" if advice else fault)
    if "\0" in text:
        raise Fault("found a NUL byte")
