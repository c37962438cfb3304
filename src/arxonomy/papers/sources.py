"""Where bytes come from: a file or stdin, plain or compressed, and which format they hold."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from arxonomy.errors import InputError, SettingsError, suggest_name
from arxonomy.records import AnyPath

FORMATS = ("csv", "tsv", "jsonl", "bibtex", "parquet")
"""Formats that can be asked for by name."""

_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "jsonl",  # the Kaggle snapshot of arXiv is JSON lines under this name
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".bib": "bibtex",
    ".bibtex": "bibtex",
    ".parquet": "parquet",
    ".pq": "parquet",
}
MARK = 4
"""Bytes, blanks aside, that tell all formats apart; a pipe may deliver them one at a time."""

_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_ENTRY = re.compile(rb"\s*@[A-Za-z]+\s*[{(]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """An open file or stdin."""

    name: str
    """Its name in messages: the path, or `stdin`."""
    stream: io.BufferedReader
    """Its bytes, decompressed."""
    format: str
    """One of `FORMATS`."""
    path: Path | None
    """Where the same bytes lie on disk; None for stdin and compressed files."""
    has_bom: bool = False
    """Whether they begin with a byte-order mark."""


@contextlib.contextmanager
def open_source(source: AnyPath, format: str | None, stream: io.BytesIO | None = None) -> Iterator[Source]:
    """Open a file, or stdin for `-`, and recognize its format.

    Compression (gzip, zstd) is recognized by the first bytes. The format is recognized by the file's name, or
    by the first bytes where there is no name or an unknown one.

    Args:
        source: A path, or `-`.
        format: One of `FORMATS`; None recognizes it.
        stream: Bytes that are read under the name `source`, which need not exist. They may be untrusted
            input, so they must be plain text: a small compressed or Parquet file can expand to very much.

    Yields:
        The open source; a file is closed at the end, stdin is not.

    Raises:
        InputError: The file is missing, a folder, unreadable, or neither text nor Parquet.
        SettingsError: The format is unknown.
    """
    if format is not None and format not in FORMATS:
        raise SettingsError(f"unknown format `{format}`: {suggest_name(format, FORMATS)}")
    path = None if str(source) == "-" or stream is not None else Path(source)
    name = "stdin" if str(source) == "-" else str(source)
    with contextlib.ExitStack() as stack:
        raw = (stream or sys.stdin.buffer) if path is None else stack.enter_context(_open_file(path))
        packed = _make_peekable(raw, name)
        plain = packed if stream is not None else _decompress(packed)
        start = _peek(plain)
        head = start.removeprefix(_BOM)
        kind = format or _guess_format_by_name(name) or _guess_format_by_bytes(head)
        if kind == "parquet" and stream is not None:
            raise InputError(f"{name}: expected CSV, TSV, JSON lines or BibTeX as plain text, found Parquet")
        if kind != "parquet":
            _check_text(head, kind, name)
        yield Source(name, plain, kind, path if plain is packed else None, start.startswith(_BOM))


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


class _Chunks(io.RawIOBase):
    """A stream over an iterator of byte strings."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _make_peekable(raw: IO[bytes], name: str) -> io.BufferedReader:
    """Buffer enough of a stream's start to recognize its format, without waiting for more."""
    raw = cast(io.BufferedReader, raw)
    try:
        head = raw.read1(4096)
        while len(head.removeprefix(_BOM).strip()) < MARK and len(head) < 4096:
            if not (more := raw.read1(4096)):
                break
            head += more
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None

    def chunks() -> Iterator[bytes]:
        yield head
        while chunk := raw.read1(1 << 16):
            yield chunk

    return io.BufferedReader(_Chunks(chunks()), 1 << 16)


def _decompress(stream: io.BufferedReader) -> io.BufferedReader:
    head = stream.peek()
    if head.startswith(b"\x1f\x8b"):
        # GzipFile has all that BufferedReader needs of a raw stream, though it is declared otherwise.
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), 1 << 16)
    if head.startswith(b"\x28\xb5\x2f\xfd") or head[1:4] == b"\x2a\x4d\x18":  # a frame, or a skippable one
        return io.BufferedReader(_Chunks(_decompress_zstd(stream)), 1 << 16)
    return stream


def _decompress_zstd(stream: io.BufferedReader) -> Iterator[bytes]:
    """Decompress frame by frame; zstandard's own stream reader does not notice a truncated file."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    try:
        while chunk := stream.read(4096):  # small, since the output of one call is not bounded
            while chunk:
                if frame.eof:
                    frame = decompressor.decompressobj()
                yield frame.decompress(chunk)
                chunk = frame.unused_data if frame.eof else b""
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from None
    if not frame.eof:
        raise EOFError("the compressed data ends early")


def _peek(stream: io.BufferedReader) -> bytes:
    try:
        return stream.peek()
    except (EOFError, OSError, ValueError):
        return b""  # reading the first line will report the error, with a line number


def _guess_format_by_name(name: str) -> str | None:
    path = Path(name.lower())
    if path.suffix in (".gz", ".gzip", ".zst", ".zstd"):
        path = path.with_suffix("")
    return _SUFFIXES.get(path.suffix)


def _guess_format_by_bytes(head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if _ENTRY.match(head):
        return "bibtex"
    return "jsonl" if head.lstrip().startswith((b"{", b"[")) else "csv"


def _check_text(head: bytes, format: str, name: str) -> None:
    # A stray byte is one bad record; many control bytes in what is not UTF-8 are no text at all.
    control = len(head) - len(head.translate(None, _CONTROL))
    if control >= 16 and control > 0.02 * len(head) and not _is_utf8(head):
        raise make_format_error(name)
    if format == "jsonl" and head.lstrip().startswith(b"["):
        raise InputError(
            f"{name} is one JSON array; expected JSON lines, one object on each line "
            "(`jq -c '.[]'` converts it)"
        )


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the head may end within a character
    except UnicodeDecodeError:
        return False
    return True


def make_format_error(name: str) -> InputError:
    """Make the error for input in which no format can be recognized."""
    return InputError(
        f"{name} is not text in a known format; expected CSV, TSV, JSON lines or BibTeX in UTF-8, or Parquet"
    )
