"""Files of word vectors as a stream of rows: text or word2vec's binary format, plain, in `.gz` or in `.zip`.

The format is recognized by the content. GloVe's text format is a word and its numbers on each line; word2vec
and fastText write a line with the count of words and their width above that. word2vec's binary format has the
same first line, then for each word its letters, a space and the numbers as float32; some writers end each
vector with a newline. Where the first line promises another count than there are whole words, a warning says
so: that of fastText's official wiki-news-300d-1M-subword.vec is too high by one.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import itertools
import logging
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from arxonomy.errors import InputError
from arxonomy.records import AnyPath

Matrix = npt.NDArray[np.float32]

_LOG = logging.getLogger(__name__)

_MAX_LINE = 1 << 20  # bytes of a line of text; no usual width comes near, and other files have no lines
_MAX_WORD = 1 << 16
_CHUNK = 1 << 16
_BOM = codecs.BOM_UTF8
_DAMAGE = (OSError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile)


@dataclass
class _Place:
    """How far a file is read, for messages."""

    unit: str = "line"
    number: int = 0


def read_rows(path: AnyPath, ids: Mapping[bytes, int], dim: int) -> Iterator[tuple[int, Matrix]]:
    """Read the vectors of some words, holding no more than a few of the file's words at a time.

    Args:
        path: The file; of a `.zip` with several members, the one whose vectors are `dim` wide is read.
        ids: UTF-8 word -> row, for the words wanted. No other case or spelling is tried.
        dim: D, how many numbers a word must have.

    Yields:
        (row, (D,) vector), in file order; repeated words come again.

    Raises:
        InputError: The file is missing, empty, damaged, cut off, encrypted, of another width, or no word
            vectors; or a wanted vector is not finite.
    """
    place = _Place()
    try:
        with _open(path, dim) as (stream, name):
            yield from _read_any(stream, name, ids, dim, place)
    except _DAMAGE as error:
        where = f" after {place.unit} {place.number}" if place.number else ""
        raise _make_damage_error(path, error, where) from error


def measure_width(path: AnyPath, dim: int) -> int:
    """Measure how wide the vectors of a file are, by its first line.

    Args:
        path: The file; of a `.zip` with several members, the one whose vectors are `dim` wide counts.
        dim: Returned where the first line does not tell.

    Raises:
        InputError: The file is missing or damaged, or of several members none is `dim` wide.
    """
    try:
        with _open(path, dim) as (stream, _):
            return _measure_width(stream.readline(_MAX_LINE).removeprefix(_BOM)) or dim
    except _DAMAGE as error:
        raise _make_damage_error(path, error) from error


def _make_damage_error(path: AnyPath, error: Exception, where: str = "") -> InputError:
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return InputError(f"{path}: the word vectors cannot be read{where}: {reason}")


def _read_any(
    stream: io.BufferedReader, name: str, ids: Mapping[bytes, int], dim: int, place: _Place
) -> Iterator[tuple[int, Matrix]]:
    first = stream.readline(_MAX_LINE).removeprefix(_BOM)
    header = _parse_header(first)
    if header is None:
        lines = itertools.chain([first] if first else [], _read_lines(stream))
        return _read_text(lines, name, ids, dim, place, promised=None)
    place.number, (promised, width) = 1, header
    if width != dim:
        raise _make_width_error(f"{name}:1", width, dim)
    if _is_binary(stream.peek(), dim):
        return _read_binary(stream, name, ids, dim, place, promised)
    return _read_text(_read_lines(stream), name, ids, dim, place, promised)


def _read_lines(stream: io.BufferedReader) -> Iterator[bytes]:
    return iter(lambda: stream.readline(_MAX_LINE), b"")


def _parse_header(line: bytes) -> tuple[int, int] | None:
    """Parse (words, width) from a first line of these two numbers; None for any other line."""
    numbers = line.split()
    if len(numbers) == 2 and all(number.isdigit() and len(number) < 19 for number in numbers):
        return int(numbers[0]), int(numbers[1])
    return None


def _is_binary(head: bytes, dim: int) -> bool:
    """Whether the bytes of the first vector are not text; numbers of 4 bytes hardly ever are."""
    vector = head.partition(b" ")[2][: 4 * dim]
    if any(byte < 32 and byte not in b"\t\n\r" for byte in vector):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(vector)  # which may end within a letter
    except UnicodeDecodeError:
        return True
    return False


def _read_text(
    lines: Iterator[bytes],
    name: str,
    ids: Mapping[bytes, int],
    dim: int,
    place: _Place,
    promised: int | None,
) -> Iterator[tuple[int, Matrix]]:
    words, unread, line = 0, b"", b""
    for line in lines:
        place.number += 1
        if len(line) == _MAX_LINE:
            raise InputError(
                f"{name}:{place.number}: the line is longer than 1 MB; these are no word vectors"
            )
        if line.isspace():
            continue
        words += 1
        word, _, rest = line.partition(b" ")
        row = ids.get(word)
        if row is None and words > 2:  # the first words are always checked for the file's kind and width
            unread = line
            continue
        unread = b""
        numbers, where = rest.split(), f"{name}:{place.number}"
        if words > 2 and len(numbers) > dim and not _is_number(numbers[0]):
            continue  # GloVe's largest file has "words" with spaces in them; no token of ours has
        try:
            with np.errstate(over="ignore"):
                vector = np.array(numbers, dtype=np.float32)
        except ValueError:
            raise _make_kind_error(where, dim) from None
        if len(vector) != dim:
            if words > 2:
                raise _make_cut_error(where, len(vector), dim)
            raise _make_width_error(where, len(vector), dim) if numbers else _make_kind_error(where, dim)
        if not np.isfinite(vector).all():
            raise _make_number_error(where)
        if row is not None:
            yield row, vector
    if not words and promised is None:
        raise InputError(f"{name}: expected word vectors, found an empty file")
    if unread and (width := len(unread.split()) - 1) < dim:
        raise _make_cut_error(f"{name}:{place.number}", width, dim)
    if promised is not None and words < promised and not (words and line.endswith(b"\n")):
        raise InputError(  # a last number may have lost its end
            f"{name}: expected {promised:,} words, as in its first line, found {words:,}; it is cut off, get "
            "it again"
        )
    _warn_if_miscounted(name, promised, words)


def _read_binary(
    stream: io.BufferedReader,
    name: str,
    ids: Mapping[bytes, int],
    dim: int,
    place: _Place,
    promised: int,
) -> Iterator[tuple[int, Matrix]]:
    place.unit, place.number = "word", 0
    data, at, size = b"", 0, 4 * dim
    while True:
        while (space := data.find(b" ", at)) < 0 or len(data) < space + 1 + size:
            if space < 0 and len(data) - at > _MAX_WORD:
                raise InputError(
                    f"{name}: word {place.number + 1:,} has no end; the file is damaged, get it again"
                )
            more = stream.read(_CHUNK)
            if not more:
                if place.number and not data[at:].strip(b"\n"):  # it ends with a whole word
                    return _warn_if_miscounted(name, promised, place.number)
                raise InputError(
                    f"{name}: expected {promised:,} words, as in its first line, but it ends within "
                    f"word {place.number + 1:,}; it is cut off, get it again"
                )
            data, at = data[at:] + more, 0
        place.number += 1
        row = ids.get(data[at:space].lstrip(b"\n"))
        if row is not None:
            vector = np.frombuffer(data, dtype="<f4", count=dim, offset=space + 1).astype(np.float32)
            if not np.isfinite(vector).all():
                raise _make_number_error(f"{name}: word {place.number:,}")
            yield row, vector
        at = space + 1 + size


def _warn_if_miscounted(name: str, promised: int | None, words: int) -> None:
    """Warn where the first line of a file of whole words promises another count of them."""
    if promised is not None and words != promised:
        _LOG.warning(
            "%s: its first line promises %s words, found %s; all of these are whole, and are read",
            name,
            f"{promised:,}",
            f"{words:,}",
        )


def _make_kind_error(where: str, dim: int) -> InputError:
    return InputError(
        f"{where}: expected a word and {dim} numbers; this is neither GloVe's text format nor word2vec's, "
        "or it is damaged"
    )


def _make_width_error(where: str, width: int, dim: int) -> InputError:
    return InputError(
        f"{where}: expected {dim} numbers after the word, found {width}; "
        "take a file of that width or wider, or set model.embed_dim"
    )


def _make_cut_error(where: str, width: int, dim: int) -> InputError:
    return InputError(
        f"{where}: expected {dim} numbers after the word, found {width}; "
        "the file is damaged or cut off here, get it again"
    )


def _make_number_error(where: str) -> InputError:
    return InputError(f"{where}: expected finite numbers; take a file without nan and inf")


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextlib.contextmanager
def _open(path: AnyPath, dim: int) -> Iterator[tuple[io.BufferedReader, str]]:
    """Open the stream of the vectors, decompressed; and its name in messages."""
    with _buffer(io.FileIO(path)) as file:
        start = file.peek()
        if start.startswith((b"PK\3\4", b"PK\5\6")):  # the second is a zip without members
            with zipfile.ZipFile(file) as archive:
                member = _choose_member(archive, path, dim)
                with archive.open(member) as inside:
                    yield _buffer(inside), f"{path}/{member.filename}"
        elif start.startswith(b"\x1f\x8b") or str(path).endswith(".gz"):
            yield _buffer(gzip.GzipFile(fileobj=file)), str(path)
        else:
            yield file, str(path)


def _buffer(stream: object) -> io.BufferedReader:
    # Decompressors have all that BufferedReader needs of a raw stream, though they are declared otherwise.
    return io.BufferedReader(cast(io.RawIOBase, stream), _CHUNK)


def _choose_member(archive: zipfile.ZipFile, path: AnyPath, dim: int) -> zipfile.ZipInfo:
    """Choose the member of a zip: the only one, or the only one with vectors of the right width."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        if member.flag_bits & 1:
            raise InputError(f"{path}: {member.filename} is encrypted; unpack it, and give the file")
    if len(members) == 1:
        return members[0]
    widths = {}
    for member in members:
        with archive.open(member) as inside:
            if (width := _measure_width(inside.readline(_MAX_LINE).removeprefix(_BOM))) is not None:
                widths[member] = width
    fitting = [member for member, width in widths.items() if width == dim]
    if len(fitting) == 1:
        return fitting[0]
    if not widths:
        names = ", ".join(member.filename for member in members[:20]) or "nothing"
        raise InputError(f"{path}: expected word vectors in the zip, found {names}")
    names = ", ".join(f"{member.filename} ({width})" for member, width in list(widths.items())[:20])
    advice = "unpack the one you want" if fitting else "set model.embed_dim to a width that is there"
    raise InputError(f"{path}: expected one member with vectors of width {dim}, found {names}; {advice}")


def _measure_width(line: bytes) -> int | None:
    """Measure how wide the vectors of a file are, by its first line; None if these are no vectors."""
    if (header := _parse_header(line)) is not None:
        return header[1]
    numbers = line.split()[1:]
    return len(numbers) if numbers and all(map(_is_number, numbers)) else None
