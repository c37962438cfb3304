"""Every format as one stream of records, in which a bad record is only a fault.

Each reader yields `Raw` records in file order. A line number is a physical line of a text file
(from 1), or the row of a Parquet file or a spreadsheet (from 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.formats.bibtex import read_bibtex
from arxonomy.papers.formats.json_records import has_object_lines, read_json_lines, read_json_objects
from arxonomy.papers.formats.parquet import read_parquet
from arxonomy.papers.formats.spreadsheets import read_spreadsheet
from arxonomy.papers.formats.tables import read_table
from arxonomy.papers.formats.tagged import read_tagged
from arxonomy.papers.formats.xml_records import read_xml
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.sources.lines import Raw
from arxonomy.papers.sources.source import Source


def read_records(
    source: Source,
    columns: Columns,
    every_column: bool,
    on_layout: Callable[[Layout], None] | None = None,
) -> Iterator[Raw]:
    """Read the records of an open source in any format.

    Args:
        source: The open source.
        columns: Checks the header, if there is one.
        every_column: False allows leaving out columns that `columns` does not use.
        on_layout: Called once, before the first good record, with the form in which the source writes them.

    Yields:
        The records, bad ones included, in file order.

    Raises:
        InputError: The header, or the file as a whole, cannot be understood.
    """
    report = on_layout or (lambda layout: None)
    if source.format == "parquet":
        return read_parquet(source, columns, every_column, report)
    if source.format == "xlsx":
        return read_spreadsheet(source, columns, report)
    if source.format in ("csv", "tsv"):
        return read_table(source, columns, report)
    if source.format in ("json", "jsonl"):
        by_line = has_object_lines(source)
        report(Layout("jsonl" if by_line else "json", has_bom=source.has_bom, encoding=source.encoding))
        return (
            read_json_lines(source.read_lines(), columns) if by_line else read_json_objects(source, columns)
        )
    report(Layout(source.format, has_bom=source.has_bom, encoding=source.encoding))
    match source.format:
        case "bibtex":
            return read_bibtex(source.read_lines())
        case "ris" | "nbib" | "wos" | "enw":
            return read_tagged(source.read_lines(), source.format)
        case "xml":
            return read_xml(source)
    raise AssertionError(source.format)
