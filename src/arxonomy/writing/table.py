"""CSV and TSV: the user's own columns in the user's own dialect, then the prediction."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping, Sequence
from typing import IO, BinaryIO

import orjson

from arxonomy.output import format_table_cells, list_table_columns
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.sources.encodings import BOM
from arxonomy.papers.sources.layout import Layout
from arxonomy.records import Paper, Prediction
from arxonomy.sanitize import clean_for_spreadsheet, shorten

_log = logging.getLogger(__name__)

MAX_COLUMNS = 1_000
"""Most columns of the user's, where each record names its own; untrusted input may have millions."""

MAX_KEPT = 1 << 30
"""Most bytes of rows that are kept in a temporary file until all columns are known."""


class TableWriter:
    """The user's own columns, then ours; `id` comes first where the user has none.

    The dialect is that of the input, where it is a table of the same kind: delimiter, quotes, line ends. The
    text is UTF-8, with a byte-order mark where the input had one or was in another encoding. A cell that a
    spreadsheet would run gets a `'` in front, which a note says in the end.

    Where each record names its own fields, all columns are known only at the end: rows are kept in a
    temporary file until then, or until it holds `MAX_KEPT` bytes.

    Args:
        stream: Where to write.
        form: `csv` or `tsv`.
        layout: The form of the input.
        mapping: Field of a paper -> the user's column, where that was stated.
        scratch: An empty file for rows that must wait.
        with_categories: Whether the most probable categories get a column.
        with_listed: Whether the categories that a paper may list get one.
        with_outside: Whether the probability outside of a view gets one.
        with_typicality: Whether the share of papers that are no more typical gets one.
        with_level: Whether the level of the answer, and what is within it, get one each.
    """

    def __init__(
        self,
        stream: BinaryIO,
        form: str,
        layout: Layout,
        mapping: Mapping[str, str],
        scratch: IO[bytes],
        *,
        with_categories: bool = False,
        with_listed: bool = False,
        with_outside: bool = False,
        with_typicality: bool = False,
        with_level: bool = False,
    ) -> None:
        same = layout.format == form
        self._stream = stream
        self._layout = layout
        self._mapping = mapping
        self._shown = {
            "with_categories": with_categories,
            "with_listed": with_listed,
            "with_outside": with_outside,
            "with_typicality": with_typicality,
            "with_level": with_level,
        }
        self._line_end = layout.line_end if layout.header is not None else "\n"
        self._rows = csv.writer(
            _Echo(),
            delimiter=layout.delimiter if same else {"csv": ",", "tsv": "\t"}[form],
            quoting=csv.QUOTE_ALL if same and layout.quotes_all else csv.QUOTE_MINIMAL,
            doublequote=not (same and layout.escape),
            escapechar=(layout.escape or None) if same else None,
            lineterminator="\r\n",  # csv quotes a lone carriage return only where one ends the lines
        )
        self._names: dict[str, None] = {}
        self._left_out: set[str] = set()
        self._with_id: bool | None = None  # not known before the header is written
        self._kept = scratch if layout.header is None else None
        self._altered = 0
        self._example = ""

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Take the prediction of one paper; it is written at once where the columns are known."""
        cells = format_table_cells(prediction, **self._shown)
        if self._kept is None:
            if self._with_id is None:
                self._names = dict.fromkeys(paper.columns)
                self._write_header(self._layout.header)
            self._write_paper(paper.id, paper.columns, cells)
            self._stream.flush()
            return
        for name in paper.columns:
            if name in self._names or len(self._names) < MAX_COLUMNS:
                self._names.setdefault(name)
        row = orjson.dumps([paper.id, dict(paper.columns), cells], option=orjson.OPT_APPEND_NEWLINE)
        self._kept.write(row)
        if self._kept.tell() > MAX_KEPT:
            self._write_kept(self._kept)

    def finish(self) -> None:
        """Write the rows that were kept; tell which columns are left out and how many cells were altered."""
        if self._kept is not None:
            self._write_kept(self._kept)
        if self._left_out:
            count = len(self._left_out)
            columns = "1 column is" if count == 1 else f"{count:,} columns are"
            some = ", ".join(f"`{shorten(name, 40)}`" for name in sorted(self._left_out)[:5])
            limit = f"a table gets the first {MAX_COLUMNS:,} of the first {MAX_KEPT / 1e9:.0f} GB"
            _log.info("note: %s left out; %s: %s", columns, limit, some)
        if self._altered:
            cells = "1 cell begins" if self._altered == 1 else f"{self._altered:,} cells begin"
            _log.info(
                "note: %s like a formula; a ' was put in front, so that no spreadsheet runs them: %s",
                cells,
                shorten(self._example, 60),
            )

    def _write_kept(self, kept: IO[bytes]) -> None:
        self._kept = None
        self._write_header(None)
        kept.seek(0)
        for line in kept:
            self._write_paper(*orjson.loads(line))

    def _write_header(self, header: Sequence[str] | None) -> None:
        theirs = list(self._names) if header is None else list(header)
        self._with_id = "id" not in Columns("", self._mapping, labeled=False).find(self._names)
        ids = ["id"] if self._with_id else []
        ours = list_table_columns([*ids, *theirs], **self._shown)
        if self._layout.has_bom:
            self._stream.write(BOM)
        if self._layout.names_delimiter:
            delimiter = self._rows.dialect.delimiter
            self._stream.write(f"sep={delimiter}{self._line_end}".encode())
        self._write_cells([*ids, *theirs, *ours])

    def _write_paper(self, id: str, columns: Mapping[str, str], cells: Sequence[str]) -> None:
        if len(self._left_out) < 10 * MAX_COLUMNS:  # a note has only their number and a few names
            self._left_out |= columns.keys() - self._names.keys()
        theirs = [columns.get(name, "") for name in self._names]
        self._write_cells([*([id] if self._with_id else []), *theirs, *cells])

    def _write_cells(self, cells: Sequence[str]) -> None:
        cleaned = [clean_for_spreadsheet(cell) for cell in cells]
        for cell, harmless in zip(cells, cleaned, strict=True):
            if harmless != cell:
                self._altered += 1
                self._example = self._example or cell
        line: str = self._rows.writerow(cleaned)
        self._stream.write((line[:-2] + self._line_end).encode("utf-8", errors="replace"))


class _Echo:
    """A file for csv that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text
