"""Bytes in any encoding and with any line ends -> bytes whose lines end in a line feed."""

from __future__ import annotations

import codecs
import io
import logging
import re
from collections.abc import Iterator

from arxonomy.advice import name_option
from arxonomy.errors import SettingsError
from arxonomy.papers.sources.compression import make_stream

BOM = codecs.BOM_UTF8
"""The byte order mark of UTF-8."""

WIDE_MARK = 16
"""Bytes that show UTF-16 without a byte order mark."""

_WIDE_BOMS = {  # UTF-32 first: its mark starts with that of UTF-16
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}

_LOG = logging.getLogger(__name__)

_LINE_END = re.compile(rb"\r\n?|\n")


def check_encoding(name: str) -> str:
    """Check the name of a text encoding.

    Returns:
        Its name in Python, such as `cp1252`.

    Raises:
        SettingsError: There is no such encoding of text.
    """
    try:
        found = codecs.lookup(name).name
        "a".encode(found)
        b"a\0\0\0".decode(found)
    except (LookupError, ValueError, TypeError):  # `hex`, say, is a codec but no encoding of text
        raise SettingsError(
            f"unknown encoding `{name}`; usual ones are utf-8, cp1252 (Excel on Windows), latin-1, utf-16, "
            "mac-roman, cp1251, gb18030 and shift-jis"
        ) from None
    return found


def recognize_wide_encoding(head: bytes) -> str | None:
    """Recognize UTF-16 or UTF-32 by the byte order mark, or by the zeros of a file that starts in ASCII.

    Args:
        head: At least `WIDE_MARK` bytes, if there are so many.
    """
    for mark, name in _WIDE_BOMS.items():
        if head.startswith(mark):
            return name
    even, odd = head[:WIDE_MARK:2], head[1:WIDE_MARK:2]
    if len(odd) >= 4 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(odd) >= 4 and not any(even) and all(odd) else None


def is_wide(encoding: str) -> bool:
    """Whether a line end in this encoding is more than the byte 10."""
    return "\n".encode(encoding) != b"\n"


def recode(stream: io.BufferedReader, encoding: str) -> io.BufferedReader:
    """Recode a stream to UTF-8, with a line feed at each line's end.

    What cannot be decoded becomes bytes that are no UTF-8, so that it costs the record around it alone.

    Args:
        stream: The bytes.
        encoding: Their encoding.
    """

    def pieces() -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)(
            errors="surrogatepass" if "utf" in encoding else "strict"
        )
        while data := stream.read1(1 << 16):
            yield _encode(decoder, data, encoding)
        yield _encode(decoder, b"", encoding)

    return make_stream(piece for piece in pieces() if piece)


def _encode(decoder: codecs.IncrementalDecoder, data: bytes, encoding: str) -> bytes:
    try:
        return decoder.decode(data, final=not data).encode("utf-8", errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise OSError(f"it is not {encoding.upper()}: {error.reason}") from None


def end_lines_with_line_feeds(stream: io.BufferedReader) -> io.BufferedReader:
    r"""Turn each carriage return, with or without a line feed, into a line feed."""

    def pieces() -> Iterator[bytes]:
        was_return = False
        while data := stream.read1(1 << 16):
            if was_return:
                data = data.removeprefix(b"\n")
            was_return = data.endswith(b"\r") or (was_return and not data)
            yield data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    return make_stream(piece for piece in pieces() if piece)


def has_lone_returns(head: bytes) -> bool:
    """Whether lines end in a carriage return alone, as on the first Macintosh; cells may hold line feeds."""
    whole = head.removesuffix(b"\r")  # a line feed may follow
    returns = whole.count(b"\r") - whole.count(b"\r\n")
    first = _LINE_END.search(whole)
    if first is None or first[0] != b"\r":
        return False
    return returns >= whole.count(b"\n") or whole.partition(b"\n")[0].removesuffix(b"\r").count(b"\r") > 1


def is_utf8(head: bytes) -> bool:
    """Whether the start of a text is UTF-8; it may end within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def warn_of_utf8(head: bytes, name: str, encoding: str) -> None:
    """Warn where a text is asked to be read in another encoding, and its letters are UTF-8.

    Args:
        head: Its start.
        name: What messages call it.
        encoding: The encoding that was asked for, as Python names it.
    """
    if not encoding.startswith("utf") and not head.isascii() and is_utf8(head):
        _LOG.warning(
            "file %s: read as %s, as asked, but its letters look like UTF-8, which is read without %s",
            name,
            encoding,
            name_option("--encoding"),
        )
