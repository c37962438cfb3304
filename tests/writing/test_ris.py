"""Records of RIS: the user's own with a keyword added, byte for byte otherwise, or new ones."""

from __future__ import annotations

import pytest

from arxonomy.writing.entries import Entry
from arxonomy.writing.ris import add_to_ris, format_ris


def add(data: bytes, keywords: dict[int, str]) -> bytes:
    return b"".join(add_to_ris(data.splitlines(keepends=True), keywords, "utf-8"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"TY  - JOUR\nTI  - A\nER  - \n", b"TY  - JOUR\nTI  - A\nKW  - cs.CL\nER  - \n"),
        (b"TY  - JOUR\r\nTI  - A\r\nER  -\r\n", b"TY  - JOUR\r\nTI  - A\r\nKW  - cs.CL\r\nER  -\r\n"),
        (b"TY - JOUR\nTI - A\nER - \n", b"TY - JOUR\nTI - A\nKW - cs.CL\nER - \n"),
        (b"TY  - JOUR\nTI  - A", b"TY  - JOUR\nTI  - A\nKW  - cs.CL\n"),
        (
            b"TY  - JOUR\nTI  - A\n\nTY  - JOUR\nTI  - B\nER  - \n",
            b"TY  - JOUR\nTI  - A\nKW  - cs.CL\n\nTY  - JOUR\nTI  - B\nER  - \n",
        ),
        (b"TY  - JOUR\nKW  - cs.CL\nTI  - A\nER  - \n", b"TY  - JOUR\nKW  - cs.CL\nTI  - A\nER  - \n"),
        (
            b"TY  - JOUR\nKW  - x\nTI  - A \xff\nER  - \n",
            b"TY  - JOUR\nKW  - x\nTI  - A \xff\nKW  - cs.CL\nER  - \n",
        ),
        (
            b"TY  - JOUR\nAB  - one\n\n  two\nER  - \n\n\n",
            b"TY  - JOUR\nAB  - one\n\n  two\nKW  - cs.CL\nER  - \n\n\n",
        ),
    ],
)
def test_a_keyword_is_added_where_it_belongs(data: bytes, expected: bytes):
    assert add(data, {1: "cs.CL"}) == expected
    assert add(expected, {1: "cs.CL"}) == expected  # only once
    assert add(data, {}) == data


def test_each_record_gets_its_own():
    data = b"\xef\xbb\xbfProvider: X\n\nTY  - JOUR\nTI  - A\nER  - \n\n"
    data += b"TY  - JOUR\nER  - \nTY  - GEN\nTI  - C\nER  - \nEF  - \n"
    added = add(data, {3: "cs.CL", 9: "cs.CV"})
    assert added == data.replace(b"TI  - A\n", b"TI  - A\nKW  - cs.CL\n").replace(
        b"TI  - C\n", b"TI  - C\nKW  - cs.CV\n"
    )


def test_a_new_record():
    entry = Entry("7", "A title", "", ("Müller, Anna",), (2025, 6), "10.1/x", "", "A journal", ("k", "cs.CL"))
    assert format_ris(entry).splitlines() == [
        "TY  - JOUR",
        "ID  - 7",
        "AU  - Müller, Anna",
        "TI  - A title",
        "PY  - 2025",
        "DA  - 2025/06//",
        "JO  - A journal",
        "DO  - 10.1/x",
        "KW  - k",
        "KW  - cs.CL",
        "ER  - ",
        "",
    ]
