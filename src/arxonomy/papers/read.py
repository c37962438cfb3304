"""Papers from a file or stdin, one at a time; a bad record costs only itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from arxonomy.errors import InputError, NoPapersError
from arxonomy.papers.columns import Columns
from arxonomy.papers.formats import read_records
from arxonomy.papers.layout import Layout
from arxonomy.papers.lines import Fault
from arxonomy.papers.notes import Note
from arxonomy.papers.sources import TEXTS, open_source
from arxonomy.records import AnyPath, Paper


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that was skipped.

    >>> print(BadRecord("papers.csv", 17, "expected 6 columns, found 4"))
    papers.csv:17: expected 6 columns, found 4
    """

    file: str
    """The file as it was given, or `stdin`."""
    line: int
    """The physical line where the record starts, from 1; in a Parquet file the row, from 1."""
    reason: str
    """What was expected and what was found."""

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
) -> Iterator[Paper]:
    """Read papers lazily, in file order, in memory that does not grow with the file.

    Args:
        source: A file, or `-` for stdin: CSV, TSV, JSON lines or BibTeX (each also `.gz` or `.zst`), or
            Parquet.
        format: `csv`, `tsv`, `jsonl`, `bibtex` or `parquet`; None: guessed from the name, else
            from the first bytes.
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
        fields = Columns(opened.name, columns or {}, labeled)
        first_bad: BadRecord | None = None
        good = bad = 0
        for row, raw in enumerate(read_records(opened, fields, keep_columns, on_layout)):
            try:
                if raw.fault is not None:
                    raise Fault(raw.fault)
                paper = fields.make_paper(raw.values, row, keep_columns, raw.line)
            except Fault as fault:
                record = BadRecord(opened.name, raw.line, str(fault))
                if strict:
                    raise InputError(str(record)) from None
                first_bad = first_bad or record
                bad += 1
                if on_bad is not None:
                    on_bad(record)
            else:
                good += 1
                yield paper
        if copy is not None:
            opened.read_rest()
        fields.notes.tell(on_note)
        # Keys of JSON lines vary, so only the end of the file shows that a mapped column is missing.
        if good or bad:
            fields.require_mapped()
        if first_bad is not None and not good:
            raise NoPapersError(
                f"{opened.name} holds no usable paper; of {bad} bad records the first is {first_bad}"
            )
        if not good:
            raise NoPapersError(f"{opened.name} holds no papers")
