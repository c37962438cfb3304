from __future__ import annotations

import pytest

from arxonomy.papers.identifiers import Identifier, find_month, parse_identifier, read_identifiers


@pytest.mark.parametrize(
    "text",
    [
        "2501.01234", " 2501.01234 ", "arXiv:2501.01234", "arxiv: 2501.01234", "ARXIV:2501.01234",
        "https://arxiv.org/abs/2501.01234", "http://www.arxiv.org/pdf/2501.01234.pdf",
        "arxiv.org/abs/2501.01234/",
        "https://export.arxiv.org/abs/2501.01234?context=cs", "https://arxiv.org/html/2501.01234#S1",
        "https://doi.org/10.48550/arXiv.2501.01234", "10.48550/arxiv.2501.01234", "oai:arXiv.org:2501.01234",
    ],
)  # fmt: skip
def test_an_id_is_read_as_people_write_it(text):
    assert parse_identifier(text) == Identifier("2501.01234")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0704.0001", "0704.0001"),
        ("2501.01234v12", "2501.01234v12"),
        ("https://arxiv.org/pdf/2501.01234v2.pdf", "2501.01234v2"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("math.AG/0601001v3", "math/0601001v3"),
        ("cond-mat.mes-hall/0211022", "cond-mat/0211022"),
        ("https://arxiv.org/abs/cs/0011001", "cs/0011001"),
    ],
)
def test_versions_and_old_ids(text, name):
    assert str(parse_identifier(text)) == name


@pytest.mark.parametrize(
    "text",
    [
        "papers.csv", "2501.01234.csv", "data/2501.01234", "2501.012", "2501.012345", "2513.01234",
        "2500.01234", "2501.0123", "1412.01234",
        "hep-th/9913001", "hep-th/99010012", "2501.01234v0", "2501.01234 2501.01235", "",
        "https://evil.example/2501.01234",
        "https://arxiv.org/list/cs.CL/new", "2501.01234\n2501.01235", "٢٥٠١.٠١٢٣٤", "../9901001",
    ],
)  # fmt: skip
def test_anything_else_is_no_id(text):
    assert parse_identifier(text) is None


def test_the_month_is_in_the_id():
    assert [find_month(name) for name in ("2501.01234", "hep-th/9108001", "math/0703999", "0704.0001")] == [
        "2025-01",
        "1991-08",
        "2007-03",
        "2007-04",
    ]


def test_lists_of_ids_have_blanks_commas_lines_and_comments():
    lines = ["2501.01234, arXiv:2501.01235v2", "# a comment", "", "hep-th/9901001 # another", "nonsense"]
    found = list(read_identifiers(lines))
    assert list(map(str, found)) == ["2501.01234", "2501.01235v2", "hep-th/9901001", "nonsense"]
    assert [isinstance(one, Identifier) for one in found] == [True, True, True, False]
