"""Where bytes come from: a file or stdin, compressed or not, in any encoding; and which format they hold."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from arxonomy.advice import advise_option, name_option
from arxonomy.errors import InputError, SettingsError, suggest_name
from arxonomy.papers.sources.compression import MAGIC, decompress, make_stream, recognize_compression
from arxonomy.papers.sources.encodings import (
    BOM,
    WIDE_MARK,
    check_encoding,
    end_lines_with_line_feeds,
    has_lone_returns,
    is_utf8,
    is_wide,
    recode,
    recognize_wide_encoding,
    warn_of_utf8,
)
from arxonomy.papers.sources.file_slice import FileSlice, read_bytes
from arxonomy.papers.sources.lines import STREAM_ERRORS, Lines
from arxonomy.papers.sources.recognition import (
    FORMATS,
    READABLE,
    make_format_error,
    recognize_by_name,
    recognize_bytes,
    recognize_text,
)
from arxonomy.records import AnyPath

_BINARY_NAMES = {"parquet": "Parquet", "xlsx": "a spreadsheet", "zip": "zip"}

MAX_COPY = 4_000_000_000
"""Most bytes of a text of which a copy is kept on disk."""

TEXTS = tuple(format for format in FORMATS if format not in _BINARY_NAMES)
"""Formats of text."""

_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_LONGEST_HEAD = 1 << 16


@dataclass(frozen=True)
class Source:
    """An open file or stdin."""

    name: str
    """Its name in messages: the path, or `stdin`; in a .zip `papers.zip/member.csv`."""
    stream: io.BufferedReader
    """Its bytes, decompressed; a text's lines end in a line feed."""
    format: str
    """One of `FORMATS`, or `zip`."""
    path: Path | None = None
    """Where the same bytes lie on disk; None for stdin and compressed files."""
    has_bom: bool = False
    """Whether a text begins with a byte-order mark, or is in another encoding than UTF-8."""
    encoding: str = "utf-8"
    """The encoding of a text's bytes."""
    advice: str = ""
    """What to do where they are of another encoding."""
    asked: str | None = None
    """The format that was asked for; in a .zip that of its members."""
    asked_encoding: str | None = None
    """The encoding that was asked for."""
    slice: FileSlice | None = None
    """The slice of the file that is read; None: all of it."""

    def copy_to(self, file: IO[bytes]) -> Source:
        """The same source, all bytes of which are written to a file when they are read.

        Reading raises an InputError where there are more than `MAX_COPY`.
        """

        def chunks() -> Iterator[bytes]:
            while chunk := self.stream.read1(1 << 16):
                if file.tell() > MAX_COPY:
                    raise InputError(
                        f"{self.name}: expected at most {MAX_COPY / 1e9:g} GB of entries to write again, "
                        "found more; split the file, or write another format"
                    )
                file.write(chunk)
                yield chunk

        return replace(self, stream=make_stream(chunks()), path=None)

    def cut(self, part: FileSlice) -> Source:
        """The same source of which a slice alone is read: of a file of Parquet or JSON lines.

        Raises:
            InputError: It is none, as it was when the slice was made.
        """
        if self.path is None or self.format not in ("parquet", "json", "jsonl"):
            raise InputError(
                f"{self.name}: expected Parquet or JSON lines that are not compressed, found something else"
            )
        if self.format == "parquet":
            return replace(self, slice=part)
        stream = make_stream(read_bytes(self.path, part))
        return replace(self, stream=stream, format="jsonl", slice=part)

    def peek(self) -> bytes:
        """The next bytes, which stay to be read; none of a damaged stream, which reading will tell."""
        try:
            return self.stream.peek()
        except STREAM_ERRORS:
            return b""

    def read_rest(self) -> None:
        """Read what no record was found in."""
        with contextlib.suppress(*STREAM_ERRORS):  # the last line has reported it
            while self.stream.read1(1 << 16):
                pass

    def read_lines(self) -> Lines:
        """Read a text's lines."""
        before = self.slice.first_line if self.slice else 0
        return Lines(self.stream, self.encoding, self.advice, before)


@contextlib.contextmanager
def open_source(
    source: AnyPath, format: str | None, stream: io.BytesIO | None = None, encoding: str | None = None
) -> Iterator[Source]:
    """Open a file, or stdin for `-`, and recognize its format.

    Compression (gzip, zstd, bzip2, xz) and UTF-16 are recognized by the first bytes. So is the format; the
    file's name counts where the bytes are not clear.

    Args:
        source: A path, or `-`.
        format: One of `FORMATS`; None recognizes it.
        stream: Bytes that are read under the name `source`, which need not exist. They may be untrusted
            input, so they must be plain text: a small compressed or Parquet file can expand to very much.
        encoding: The encoding of a text; None: UTF-8, or UTF-16 where that is clear.

    Yields:
        The open source; a file is closed at the end, stdin is not.

    Raises:
        InputError: The file is missing, a folder, unreadable, or of no format that is read.
        SettingsError: The format or the encoding is unknown.
    """
    if format is not None and format not in FORMATS:
        raise SettingsError(f"unknown format `{format}`: {suggest_name(format, FORMATS)}")
    if encoding is not None:
        encoding = check_encoding(encoding)
    path = None if str(source) == "-" or stream is not None else Path(source)
    name = "stdin" if str(source) == "-" else str(source)
    with contextlib.ExitStack() as stack:
        raw = (stream or sys.stdin.buffer) if path is None else stack.enter_context(_open_file(path))
        opened = open_stream(
            cast(io.BufferedReader, raw), name, format, encoding, path=path, plain=stream is not None
        )
        yield opened


def open_stream(
    raw: io.BufferedReader,
    name: str,
    format: str | None,
    encoding: str | None,
    *,
    path: Path | None = None,
    plain: bool = False,
) -> Source:
    """Make a source of open bytes, as `open_source` does.

    Args:
        raw: The bytes.
        name: What messages call them.
        format: One of `FORMATS`; None recognizes it.
        encoding: As Python names it; None: UTF-8, or UTF-16 where that is clear.
        path: The file that they are.
        plain: They must be text that is not compressed.

    Raises:
        InputError: They are of no format that is read, or cannot be read at all.
    """
    head, bytes_, error = _buffer_start(raw, lambda head: len(head.removeprefix(BOM).strip()) >= MAGIC)
    if isinstance(error, OSError) and error.errno and not head:
        raise InputError(f"{name} cannot be read: {error.strerror or error}")
    if compression := recognize_compression(head):
        if plain:
            raise _make_plain_error(name, compression)
        bytes_, path = decompress(bytes_, compression), None
    head, bytes_, _ = _buffer_start(bytes_, lambda head: len(head) >= WIDE_MARK or b"\n" in head)
    if recognize_compression(head):
        raise InputError(f"{name} is compressed twice; decompress it once")
    binary = recognize_bytes(head, name)
    if binary is not None or format in _BINARY_NAMES:
        kind = "xlsx" if binary == "xls" else binary
        if plain:
            raise _make_plain_error(name, _BINARY_NAMES[kind or str(format)])
        if kind != format and not (kind == "zip" and format != "parquet") and format is not None:
            raise InputError(f"{name}: expected {format}, found {kind or 'something else'}")
        return Source(name, bytes_, cast(str, kind or format), path, asked=format, asked_encoding=encoding)
    return _open_text(bytes_, head, name, format, encoding, None if plain else path, plain)


def _open_text(
    stream: io.BufferedReader,
    head: bytes,
    name: str,
    format: str | None,
    encoding: str | None,
    path: Path | None,
    plain: bool,
) -> Source:
    wide = recognize_wide_encoding(head) if encoding is None else encoding if is_wide(encoding) else None
    if wide is not None:
        stream, encoding, path = recode(stream, wide), None, None
    kind = format

    def is_enough(head: bytes) -> bool:
        nonlocal kind
        kind = kind or recognize_text(head.removeprefix(BOM), name, ended=False)
        return kind is not None and b"\n" in head

    head, stream, error = _buffer_start(stream, is_enough)
    has_bom, head = wide is not None or head.startswith(BOM), head.removeprefix(BOM)
    _check_text(head, name, encoding)
    if encoding is not None and wide is None:
        warn_of_utf8(head, name, encoding)
    if has_lone_returns(head):
        stream = end_lines_with_line_feeds(stream)
        head, path, kind = head.replace(b"\r", b"\n"), None, format
    if kind is None:
        # Of a damaged stream the first line will report the error, with its number.
        kind = recognize_text(head, name, ended=True) if head or error is None else recognize_by_name(name)
    advice = "" if wide else _make_encoding_advice(plain, encoding)
    return Source(
        name,
        stream,
        kind or "csv",
        path,
        has_bom=has_bom or encoding not in (None, "utf-8"),
        encoding=encoding or "utf-8",
        advice=advice,
        asked=format,
        asked_encoding=encoding,
    )


def _make_plain_error(name: str, found: str) -> InputError:
    return InputError(f"{name}: expected {READABLE} as plain text, found {found}")


def _make_encoding_advice(plain: bool, encoding: str | None) -> str:
    if plain:
        return "save the file in UTF-8 (in Excel: CSV UTF-8)"
    if encoding is not None:
        return f"give the file's own encoding with {name_option('--encoding')}"
    example = advise_option("--encoding", "cp1252")
    return f"give its encoding, as in {example} (Excel on Windows), or save it as CSV UTF-8"


def _open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; expected a file of papers") from None
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read: {reason}") from None


def _buffer_start(
    stream: io.BufferedReader, is_enough: Callable[[bytes], bool]
) -> tuple[bytes, io.BufferedReader, Exception | None]:
    """Read a stream's start until there is enough of it, without waiting for more.

    Returns:
        The start; a stream that begins with it; the error that ended it early, which the stream raises too.
    """
    head = b""
    error: Exception | None = None
    try:
        while not is_enough(head) and len(head) < _LONGEST_HEAD and (more := stream.read1(4096)):
            head += more
    except STREAM_ERRORS as caught:
        error = caught

    def chunks() -> Iterator[bytes]:
        yield head
        if error is not None:
            raise error
        while chunk := stream.read1(1 << 16):
            yield chunk

    return head, make_stream(chunk for chunk in chunks() if chunk), error


def _check_text(head: bytes, name: str, encoding: str | None) -> None:
    # A stray byte is one bad record; many control bytes in what is not UTF-8 are no text at all.
    control = len(head) - len(head.translate(None, _CONTROL))
    if control >= 16 and control > 0.02 * len(head) and (encoding is not None or not is_utf8(head)):
        raise make_format_error(name)
