import io
import logging
import zipfile
from pathlib import Path

import pytest

from arxonomy.errors import InputError, MissingExtraError
from arxonomy.papers import read_papers
from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.formats import spreadsheets

SHEET = Path(__file__).parents[1] / "forms" / "library.xlsx"


def change(member, old, new):
    """The example with another text in one of its files."""
    file = io.BytesIO()
    with zipfile.ZipFile(SHEET) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name).decode()
            target.writestr(name, data.replace(old, new, 1) if name == member else data)
    return file.getvalue()


def test_the_sheet_with_papers_is_read_and_the_other_told(caplog):
    caplog.set_level(logging.INFO, "arxonomy")
    papers = list(read_papers(SHEET, keep_columns=True))
    assert list(papers[0].columns) == ["Title", "Abstract", "DOI", "Year", "Keywords"]
    assert papers[0].columns["Year"] == "2024"
    assert "library.xlsx: read the sheet `Papers`, not `Notes`" in caplog.text


@pytest.mark.parametrize("name", ["p.xlsx", "p.csv", "p", "p.zip"])
def test_a_spreadsheet_under_any_name(read, write, name):
    assert len(read(write(name, SHEET.read_bytes()))[0]) == 6


def test_cells_far_apart_are_refused_before_they_take_memory(read, write):
    last = '</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with pytest.raises(InputError, match="lie too far apart; delete what is far right or below"):
        read(write("p.xlsx", change("xl/worksheets/sheet2.xml", "</row></sheetData>", last)))


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(read, write, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_UNPACKED", 1_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        read(write("p.xlsx", SHEET.read_bytes()))


def test_repeated_cells_of_open_document_are_bounded(read, write):
    names = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:office="urn:x"'
    rows = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {names}>{rows}</office:document-content>")
    with pytest.raises(InputError, match="lie too far apart"):
        read(write("p.ods", file.getvalue()))


def test_damaged_and_unknown_workbooks_are_one_line(read, write):
    with pytest.raises(InputError, match=r"p.xls is no spreadsheet that can be read .*save it as .xlsx"):
        read(write("p.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600))
    with pytest.raises(InputError, match=r"p\.xlsx is no"):
        read(write("p.xlsx", change("xl/workbook.xml", "<sheets>", "<sheets")))


def test_columns_that_are_missing_are_named(read, write):
    data = change("xl/worksheets/sheet2.xml", ">Title<", ">Titel der Arbeit<")
    assert len(read(write("p.xlsx", data))[0]) == 5  # the abstracts
    assert len(read(write("p.xlsx", data), columns={"title": "Titel der Arbeit"})[0]) == 6
    with pytest.raises(InputError, match="expected a column `none` for `title`, found `Title`, `Abstract`"):
        read(SHEET, columns={"title": "none"})


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'arxonomy\[formats\]'.*CSV UTF-8"):
        list(read_papers(SHEET))


def test_a_value_that_reads_like_a_column_is_no_header_of_a_sheet():
    columns = Columns("p.xlsx", {}, False)
    rows = [["No", "Paper", "Author"], [1, "On cracks", "A B"], [2, "On panels", "AB"]]
    assert spreadsheets._find_header(iter(rows), columns)[1] == ["No", "Paper", "Author"]
