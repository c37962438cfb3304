"""The files in a .zip, each as a source of its own; nothing is written under a name from the archive."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, cast

from arxonomy.errors import InputError
from arxonomy.papers.sources.compression import FREE_SIZE, MAX_RATIO, make_stream
from arxonomy.papers.sources.lines import STREAM_ERRORS
from arxonomy.papers.sources.source import Source, open_stream

MAX_MEMBERS = 10_000
"""Most files of an archive that are looked at."""

MAX_COPIED = 4_000_000_000
"""Most bytes of a stream that is copied to a file, since its format is read from the end."""

_DOCUMENTS = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "META-INF/container.xml": "an e-book",
    "META-INF/MANIFEST.MF": "a Java archive",
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, *STREAM_ERRORS)

_LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def open_parts(source: Source) -> Iterator[Iterator[Source]]:
    """Open the parts of a source: the files in a .zip, one after the other, else the source itself.

    A file of the archive that holds no list of papers, such as a picture, is passed over, and told.

    Args:
        source: The open source.

    Yields:
        The parts; each is read before the next one.

    Raises:
        InputError: It is no whole archive, or one of another kind, such as a Word document.
    """
    if source.format != "zip":
        yield iter([source])
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open_on_disk(source))
            archive = stack.enter_context(zipfile.ZipFile(file))
        except _ZIP_ERRORS as error:
            raise InputError(f"{source.name} is not a whole .zip file: {error}") from None
        if is_spreadsheet(archive, source.name):
            file.seek(0)
            yield iter([replace(source, format="xlsx", stream=cast(io.BufferedReader, file))])
        else:
            yield _open_members(archive, source)


@contextlib.contextmanager
def open_on_disk(source: Source) -> Iterator[IO[bytes]]:
    """Open a source's bytes so that they can be read from their end; a stream is copied to a temporary file.

    Raises:
        InputError: They are too many, or cannot be read.
    """
    if source.path is not None:
        with source.path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        size = 0
        try:
            while chunk := source.stream.read1(1 << 20):
                size += copy.write(chunk)
                if size > MAX_COPIED:
                    raise InputError(
                        f"{source.name} holds more than {MAX_COPIED / 1e9:g} GB; give a file on disk"
                    )
        except STREAM_ERRORS as error:
            raise InputError(f"{source.name} is damaged or cut short: {error}") from None
        copy.seek(0)
        yield copy


def is_spreadsheet(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether an archive is a spreadsheet.

    Raises:
        InputError: It is a document of another kind.
    """
    members = {member.filename: member for member in archive.infolist()}
    if "xl/workbook.xml" in members:
        return True
    if "xl/workbook.bin" in members:
        raise InputError(f"{name} is a binary workbook (.xlsb); save it as .xlsx or as CSV UTF-8")
    kind = next((kind for member, kind in _DOCUMENTS.items() if member in members), "")
    mimetype = members.get("mimetype")
    if mimetype is not None and mimetype.file_size < 200:
        with contextlib.suppress(*_ZIP_ERRORS):
            text = archive.read(mimetype).decode("ascii", errors="replace")
            if text.startswith(f"{_OPEN_DOCUMENT}spreadsheet"):
                return True
            kind = "a text document" if text.startswith(_OPEN_DOCUMENT) else kind
    if kind:
        raise InputError(
            f"{name} is {kind}, which is no list of papers; give titles and abstracts as CSV, JSON lines, "
            "RIS or BibTeX"
        )
    return False


def _open_members(archive: zipfile.ZipFile, source: Source) -> Iterator[Source]:
    members = [
        member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)
    ]
    if len(members) > MAX_MEMBERS:
        raise InputError(f"{source.name} holds {len(members):,} files; expected at most {MAX_MEMBERS:,}")
    packed = sum(member.compress_size for member in members)
    unpacked = [0]
    for member in members:
        name = f"{source.name}/{member.filename}"
        try:
            if member.flag_bits & 1:
                raise InputError(f"{name} is encrypted; make the archive without a password")
            if member.file_size == 0:
                continue
            stream = make_stream(_read_member(archive, member, packed, unpacked))
            part = open_stream(stream, name, source.asked, source.asked_encoding)
            if part.format == "zip":
                if not name.lower().endswith((".xlsx", ".ods")):
                    raise InputError(f"{name} is an archive within an archive; give it alone")
                part = replace(part, format="xlsx")
            yield part
        except InputError as error:
            _LOG.warning("passed over %s", error)


def _is_hidden(name: str) -> bool:
    """Whether a file belongs to the system that packed the archive, not to its user."""
    return "__MACOSX" in name.split("/") or name.rpartition("/")[2].startswith((".", "~$", "Thumbs.db"))


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, packed: int, unpacked: list[int]
) -> Iterator[bytes]:
    """Unpack a file in pieces; `unpacked` counts the bytes of all files."""
    try:
        with archive.open(member) as file:
            while piece := cast(zipfile.ZipExtFile, file).read1(1 << 16):
                unpacked[0] += len(piece)
                if unpacked[0] > FREE_SIZE and unpacked[0] > MAX_RATIO * packed:
                    raise OSError(f"it expands more than {MAX_RATIO} times, as no file of papers does")
                yield piece
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise OSError(str(error)) from None
