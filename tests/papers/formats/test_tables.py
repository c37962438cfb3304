import logging

import pytest

from arxonomy.errors import InputError

ROWS = [
    ("Über Risse", "We segment cracks.", "cs.CV"),
    ("Asking twice", "Models answer, and differ.", "cs.CL"),
    ("Bandits", "", "cs.LG"),
    ("Folded", "One line\nand another.", "cs.CV"),
    ("Quoted", 'He said "no".', "cs.CL"),
    ("Last", "Done.", "cs.LG"),
]


def write_table(delimiter=",", quote='""', end="", header=("Title", "Abstract", "Label"), newline="\n"):
    def cell(text):
        quoted = '"' + text.replace('"', quote) + '"'
        return quoted if set(text) & {",", ";", "\t", "|", "\n", '"'} else text

    rows = [delimiter.join(header), *(delimiter.join(map(cell, row)) + end for row in ROWS)]
    return "".join(row + newline for row in rows)


def get_rows(papers):
    return [(paper.title, paper.abstract, paper.category) for paper in papers]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["p.csv", "p.txt", "p"])
def test_delimiters(read, write, delimiter, name):
    papers, bad = read(write(name, write_table(delimiter)))
    assert get_rows(papers) == ROWS and bad == []


def test_a_delimiter_that_stands_in_a_name_more_often(read, write):
    papers, bad = read(write("p.csv", 'Title;"Abstract";"Notes, if any, or none, at all"\nA;B;"C, D"\n'))
    assert get_rows(papers) == [("A", "B", None)] and bad == []


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ('"About the data: exported, of ""cracks"", in 2026. © Nobody",,\n', 1),
        ("Exported by somebody\n\nSearch: cracks; panels\n\n", 2),
        ("sep={0}\n", 0),
        ('"sep={0}"\nNotes,,\n', 1),
        ('"a note with a quote never closed,,\n', 1),
        ("# comment\n# comment: title, abstract\n\n\n", 2),
        ("Title,My list of papers,\nDate,2026-01-02,\n\n", 2),
        ("\n\n", 0),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_header_below_other_lines(read, write, caplog, before, count, delimiter):
    caplog.set_level(logging.INFO, "arxonomy")
    data = before.format(delimiter) + write_table(delimiter) + "Only a title\n"
    papers, bad = read(write("p.csv", data))
    assert get_rows(papers) == ROWS
    assert bad == [(data.count("\n"), "expected 3 columns, found 1")]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == (count > 0)
    if count:
        lines = "1 line" if count == 1 else f"{count} lines"
        assert f"p.csv: passed over {lines} before the column names: `" in told[0]


def test_a_delimiter_that_is_stated_is_taken(read, write):
    papers, _ = read(write("p.csv", "sep=#\nTitle#Abstract\nA,B;C#D\n"))
    assert get_rows(papers) == [("A,B;C", "D", None)]


def test_a_header_line_is_looked_for_in_the_first_lines_alone(read, write):
    data = "note\n" * 30 + write_table()
    with pytest.raises(InputError, match="expected a column `title` or `abstract`, found `note`"):
        read(write("p.csv", data))


def test_a_column_given_by_name_shows_the_header(read, write):
    data = "Liste der Arbeiten;;\n" + write_table(";", header=("Titel", "Inhalt", "Fach"))
    names = {"title": "Titel", "abstract": "Inhalt", "category": "Fach"}
    papers, bad = read(write("p.csv", data), columns=names)
    assert get_rows(papers) == ROWS and bad == []


def test_quotes_written_with_a_backslash(read, write):
    text = (
        "title,abstract\n"
        '"A \\"B\\" C","D"\n'
        '"ends in \\"one\\"","D, \\"E\\", F\nG"\n'
        '"no quote","\\alpha \\\\beta"\n'
        '"ends in a backslash\\\\","D"\n'
        '"broken" \\"x","D"\n'
        '"last",\\N\n'
    )
    papers, bad = read(write("p.csv", text))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ('A "B" C', "D"),
        ('ends in "one"', 'D, "E", F\nG'),
        ("no quote", "\\alpha \\\\beta"),
        ("ends in a backslash\\\\", "D"),
        ("last", ""),
    ]
    assert [line for line, _ in bad] == [7]


def test_a_backslash_before_a_closing_quote_is_itself(read, write):
    papers, bad = read(write("p.csv", 'title,abstract\n"C:\\","D"\n"E","F\\"\n"G ""H"" I\\","J"\n'))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("C:\\", "D"), ("E", "F\\"), ('G "H" I\\', "J"),
    ]  # fmt: skip
    assert bad == []


def test_rows_that_end_in_a_delimiter(read, write):
    papers, bad = read(write("p.csv", write_table(end=",") + "a,b,c,d\n"))
    assert get_rows(papers) == ROWS
    assert bad == [(9, "expected 3 columns, found 4")]


def test_a_row_with_a_delimiter_too_many_is_not_shifted(read, write):
    papers, bad = read(write("p.csv", "id,title,label\n1,Deep, wide,\n2,T,x\n3,Deep, wide,\n"))
    assert [paper.id for paper in papers] == ["2"]
    assert bad == [(2, "expected 3 columns, found 4"), (4, "expected 3 columns, found 4")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(read, write, stdin, newline, start):
    data = (start + write_table(newline=newline) + "bad" + newline + "T,A,x").encode()
    for source in (write("p.csv", data), stdin(data)):
        papers, bad = read(source)
        assert get_rows(papers) == [*ROWS, ("T", "A", "x")]
        assert bad == [(9, "expected 3 columns, found 1")]


@pytest.mark.parametrize("name", ["AB", "A. B.", "TI", "Summary", "Abstract"])
@pytest.mark.parametrize("first", ["", "No"])
def test_a_value_that_reads_like_a_column_is_no_header(read, write, name, first):
    rows = [f"{n},On cracks {n},{name},2024\n" for n in range(3)]
    rows = f"{first},Item Title,Authors,Year\n" + "".join(rows)
    papers, bad = read(write("p.csv", rows))
    assert [paper.title for paper in papers] == ["On cracks 0", "On cracks 1", "On cracks 2"] and bad == []
    with pytest.raises(InputError, match=r"expected a column `title` or `abstract`, found .*`Paper`"):
        read(write("p.csv", rows.replace("Item Title", "Paper")))


def test_a_header_below_a_line_as_wide(read, write):
    table = "Search,cracks,2024\nTitle,Abstract,Label\nA,B,c\n"
    assert get_rows(read(write("p.csv", table))[0]) == [("A", "B", "c")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_put_behind_one_another(read, write, caplog, mark, delimiter):
    caplog.set_level(logging.INFO, "arxonomy")
    papers, bad = read(write("p.csv", 3 * (mark + write_table(delimiter))))
    assert get_rows(papers) == 3 * ROWS and bad == []
    assert "p.csv: passed over 2 rows that repeat the column names" in caplog.text
