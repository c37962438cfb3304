"""Papers from a file or stdin, one at a time; a bad record costs only itself."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from arxonomy.errors import InputError, NoPapersError
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.fields.notes import Note
from arxonomy.papers.formats.records import read_records
from arxonomy.papers.sources.archives import open_parts
from arxonomy.papers.sources.file_slice import FileSlice
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.lines import Fault
from arxonomy.papers.sources.recognition import recognize_by_name
from arxonomy.papers.sources.source import TEXTS, open_source
from arxonomy.records import AnyPath, Paper

_NAME = re.compile(r"\A(?::\d+)?:? ")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that was skipped.

    >>> print(BadRecord("papers.csv", 17, "expected 6 columns, found 4"))
    papers.csv:17: expected 6 columns, found 4
    """

    file: str
    """The file as it was given, or `stdin`; with a member's name for one in a .zip."""
    line: int
    """The physical line where the record starts, from 1; in Parquet and spreadsheets the row, from 1."""
    reason: str
    """What was expected and what was found."""
    records: int = 1
    """Records that are lost with it; more than one where a part of the file is damaged."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def read_papers(
    source: AnyPath,
    *,
    format: str | None = None,
    columns: Mapping[str, str] | None = None,
    labeled: bool = False,
    keep_columns: bool = False,
    strict: bool = False,
    on_bad: Callable[[BadRecord], None] | None = None,
    on_note: Callable[[Note], None] | None = None,
    on_layout: Callable[[Layout], None] | None = None,
    stream: io.BytesIO | None = None,
    encoding: str | None = None,
    copy: IO[bytes] | None = None,
    first_row: int = 0,
    slice: FileSlice | None = None,
) -> Iterator[Paper]:
    """Read papers lazily, in file order, in memory that does not grow with the file.

    Args:
        source: A file, or `-` for stdin, in any of `FORMATS`; a text may be compressed (gzip, zstd, bzip2,
            xz), and a .zip may hold several files.
        format: One of `FORMATS`; None: recognized by the first bytes and the name.
        columns: Field of a paper -> the file's column, as in `{"title": "Titel"}`, where the name is
            not one of `SYNONYMS`.
        labeled: The file must have a column of labels; a paper may be without one.
        keep_columns: Fill `Paper.columns` with the whole record.
        strict: Stop at the first bad record.
        on_bad: Called for each bad record; None drops them silently.
        on_note: Called in the end for what is odd about the file as a whole: a column with nearly the name
            of a field, only titles or only abstracts, words for nothing. None logs it.
        on_layout: Called once, before the first paper, with the form in which the file writes its records.
        stream: The file's content, if it is not on disk: plain text only. `source` is then its name.
        encoding: Encoding of a text, such as `cp1252`; None: UTF-8, or UTF-16 where that is clear.
        copy: Where to write all bytes of a text, decompressed, as they are read; nothing is written of what
            is no text or an archive of several files.
        first_row: The number of the first record, as where the file is read after others.
        slice: The slice of the file to read, of those that `slice_file` makes; its rows and lines count on.

    Yields:
        The good papers.

    Raises:
        InputError: The file cannot be read or lacks the columns; or, when `strict`, a record is bad.
        NoPapersError: The file holds no papers, or not one usable one.
        SettingsError: The format, the encoding or a field in `columns` is unknown.
    """
    with open_source(source, format, stream, encoding) as opened:
        if copy is not None and opened.format in TEXTS:
            opened = opened.copy_to(copy)
        if slice is not None:
            opened, first_row = opened.cut(slice), first_row + slice.first_row
        with open_parts(opened) as parts:
            first_bad: BadRecord | None = None
            row, good, bad = first_row, 0, 0
            for part in parts:
                is_member = part.name != opened.name
                fields = Columns(part.name, columns or {}, labeled)
                before = row
                if is_member and on_layout is not None:
                    on_layout(Layout("zip"))
                    on_layout = None
                try:
                    for raw in read_records(part, fields, keep_columns, on_layout):
                        row += raw.records
                        try:
                            if raw.fault is not None:
                                raise Fault(raw.fault)
                            paper = fields.make_paper(raw.values, row - 1, keep_columns, raw.line)
                        except Fault as fault:
                            record = BadRecord(part.name, raw.line, str(fault), raw.records)
                            if strict:
                                raise InputError(str(record)) from None
                            first_bad = first_bad or record
                            bad += raw.records
                            if on_bad is not None:
                                on_bad(record)
                        else:
                            good += 1
                            yield paper
                    if copy is not None:
                        part.read_rest()
                    fields.notes.tell(on_note)
                    # Keys of JSON vary, so only the end of the file shows that a mapped column is missing; of
                    # its slices the first one stands for all.
                    if row > before and (slice is None or slice.first_row == 0):
                        fields.require_mapped()
                except InputError as error:
                    if not is_member or strict:
                        raise
                    if recognize_by_name(part.name) is None:  # a README, say
                        _LOG.warning("passed over %s", error)
                        continue
                    record = BadRecord(part.name, 1, _NAME.sub("", str(error).removeprefix(part.name)))
                    first_bad = first_bad or record
                    bad += 1
                    if on_bad is not None:
                        on_bad(record)
        if first_bad is not None and not good:
            raise NoPapersError(
                f"{opened.name} holds no usable paper; of {bad} bad records the first is {first_bad}"
            )
        if not good:
            raise NoPapersError(f"{opened.name} holds no papers")
