"""Compressed streams undone, within bounds: gzip, zstd, bzip2 and xz, recognized by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from typing import IO, Any, Protocol, cast

MAGIC = 10
"""Bytes that tell the compressions apart."""

MAX_RATIO = 250
"""How many times its own size a compressed file may hold; papers compress some 3 to 20 times."""

FREE_SIZE = 256_000_000
"""Bytes that may come out before the ratio counts: small files may be repetitive."""

_XZ_MEMORY = 256 << 20  # bytes; `xz -9` needs 65 MiB, and a file may ask for 4 GiB
_PIECE = 1 << 18


class Chunks(io.RawIOBase):
    """A stream over an iterator of byte strings; what the iterator raises, every later read raises again."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        self._error: Exception | None = None

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; 0 at the end."""
        while not self._rest:
            if self._error is not None:
                raise self._error
            try:
                chunk = next(self._chunks, None)
            except Exception as error:
                self._error = error
                raise
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def make_stream(chunks: Iterator[bytes]) -> io.BufferedReader:
    """Make a buffered stream over an iterator of byte strings."""
    return io.BufferedReader(Chunks(chunks), 1 << 16)


def recognize_compression(head: bytes) -> str | None:
    """Name the compression of bytes that start with `head`, or None.

    Args:
        head: At least `MAGIC` bytes, if there are so many.
    """
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\x28\xb5\x2f\xfd") or head[1:4] == b"\x2a\x4d\x18":  # a frame, or a skippable one
        return "zstd"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2"
    return "xz" if head.startswith(b"\xfd7zXZ\0") else None


def decompress(stream: io.BufferedReader, compression: str) -> io.BufferedReader:
    """Undo a compression that `recognize_compression` has named.

    Reading raises an OSError or EOFError where the data are damaged, cut short, or a bomb.
    """
    counted = _Counted(stream)
    if compression == "gzip":
        pieces = _read_pieces(gzip.GzipFile(fileobj=cast(IO[bytes], counted)))
    elif compression == "zstd":
        pieces = _decompress_zstd(counted)
    elif compression == "bzip2":
        pieces = _decompress_frames(counted, bz2.BZ2Decompressor)
    else:
        pieces = _decompress_frames(counted, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
    return make_stream(_check_ratio(pieces, counted))


class _Counted:
    """Counts the bytes that are read from a stream."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read1(size)
        self.count += len(data)
        return data


def _check_ratio(pieces: Iterator[bytes], packed: _Counted) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > FREE_SIZE and size > MAX_RATIO * packed.count:
            raise OSError(f"it expands more than {MAX_RATIO} times, as no file of papers does")
        yield piece


def _read_pieces(stream: gzip.GzipFile) -> Iterator[bytes]:
    while piece := stream.read1(_PIECE):  # not `read`, which loses what came before damage
        yield piece


class _Decompressor(Protocol):
    """What bz2 and lzma have in common."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _decompress_frames(stream: _Counted, make: Callable[[], Any]) -> Iterator[bytes]:
    """Decompress streams written one after the other, in pieces of bounded size."""
    frame: _Decompressor = make()
    data = stream.read(1 << 16)
    while data or not frame.needs_input:
        yield frame.decompress(data, _PIECE)
        if frame.eof:
            data = frame.unused_data.lstrip(b"\0") or stream.read(1 << 16).lstrip(b"\0")  # xz pads with zeros
            if not data:
                return
            frame = make()
        else:
            data = stream.read(1 << 16) if frame.needs_input else b""
    raise EOFError("the compressed data ends early")


def _decompress_zstd(stream: _Counted) -> Iterator[bytes]:
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
