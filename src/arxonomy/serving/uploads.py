"""Uploaded files: bytes and a name in, papers and bad records out."""

from __future__ import annotations

import io
import time

from arxonomy.advice import Interface, use_interface
from arxonomy.papers import BadRecord, Note, read_papers
from arxonomy.records import Paper
from arxonomy.serving.api_errors import ApiError


def read_upload(name: str, data: bytes, limit: int, deadline: float) -> list[Paper | BadRecord | Note]:
    """Read a file of papers, as `arxonomy classify` does.

    Args:
        name: The file's name, which counts where the first bytes do not show the format.
        data: Text in any format; not compressed, since that could hold a thousand times its size.
        limit: Most characters of text of all the papers; BibTeX's abbreviations can make much out of little.
        deadline: When it must be read, in seconds of `time.monotonic`.

    Returns:
        The papers, and the records that cannot be used, in the file's order; at least one paper. Then what is
        odd about the whole file.

    Raises:
        InputError: It is no file of papers.
        ApiError: It is of another format, holds too much text, or takes too long.
    """
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

    with use_interface(Interface.KEYS):
        stream, notes = io.BytesIO(data), list[Note]()
        for paper in read_papers(name.strip() or "file", on_bad=take, on_note=notes.append, stream=stream):
            take(paper)
    records += (note for note in notes if note.is_warning)
    return records
