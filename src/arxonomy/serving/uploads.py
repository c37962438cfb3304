"""Uploaded files: bytes and a name in, papers and bad records out."""

from __future__ import annotations

import io
import time

from arxonomy.advice import Door, open_door
from arxonomy.papers import BadRecord, Note, read_papers
from arxonomy.records import Paper
from arxonomy.serving.api_errors import ApiError, make_field_error

# Compressed files could hold a thousand times their size, and browsers upload no Parquet.
_REJECTED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PAR1": "Parquet", b"PK\x03\x04": "zip"}


def read_upload(name: str, data: bytes, limit: int, deadline: float) -> list[Paper | BadRecord | Note]:
    """Read a file of papers, as `arxonomy classify` does.

    Args:
        name: The file's name, which determines the format; else the first bytes do.
        data: What it holds: CSV, TSV, JSON lines or BibTeX.
        limit: Most characters of text of all the papers; BibTeX's abbreviations can make much out of little.
        deadline: When it must be read, in seconds of `time.monotonic`.

    Returns:
        The papers, and the records that cannot be used, in the file's order; at least one paper. Then what is
        odd about the whole file.

    Raises:
        InputError: It is no file of papers.
        ApiError: It is of another format, holds too much text, or takes too long.
    """
    for start, format in _REJECTED.items():
        if data.startswith(start):
            message = f"expected CSV, TSV, JSON lines or BibTeX as plain text, found {format}"
            raise make_field_error("", message)
    records: list[Paper | BadRecord | Note] = []
    size = 0

    def take(record: Paper | BadRecord) -> None:
        nonlocal size
        size += len(record.title) + len(record.abstract) if isinstance(record, Paper) else len(record.reason)
        if size > limit:
            raise ApiError("too-large", f"expected papers of at most {limit:,} characters in all, found more")
        if time.monotonic() > deadline:
            raise ApiError("deadline", "the file takes too long to read; send fewer papers at a time")
        records.append(record)

    with open_door(Door.KEYS):
        stream, notes = io.BytesIO(data), list[Note]()
        for paper in read_papers(name.strip() or "file", on_bad=take, on_note=notes.append, stream=stream):
            take(paper)
    records += (note for note in notes if note.is_warning)
    return records
