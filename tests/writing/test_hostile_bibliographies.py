"""Whatever a bibliography holds: its papers survive, and each gets its keyword."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arxonomy.errors import ArxonomyError
from arxonomy.papers import Layout, read_papers
from arxonomy.records import Paper, Prediction
from arxonomy.writing import make_writer

PIECES = {
    "bibtex": [
        *(
            "@misc{a, title={A}}",
            "@article{b,\n title = {B {c}},\n keywords = {x}\n}",
            "@misc(c, title={C})\n",
        ),
        *('@misc{d, title="D {"} e" # jan,}', "@string{jan = {J}}", "@comment{x}", "@misc{e, title={never"),
        *("\n", "\r\n", "}", "{", '"', ",", "=", "#", "\\", "title={x}", "keywords=k,", "@", " ", "é", "%"),
    ],
    "ris": [
        *("TY  - JOUR\n", "TI  - A\n", "ER  - \n", "ER  -\n", "KW  - x\n", "TY - JOUR\r\n", "AB  - text\n"),
        *("  more\n", "\n", "\n\n", "T1 - B\n", "EF  - \n", "TY  - ", "é", "\r\n", "KW  - zz.KW\n"),
    ],
    "csl-json": [
        *('{"id": "a", "type": "book", "author": [], "title": "A"}', '{"title": "B", "keyword": "x"}'),
        *(
            '{"title": "C\\"", "keyword": ["x"]}',
            "{}",
            '{"title": "never',
            ",",
            "\n",
            "[",
            "]",
            "{",
            "}",
            '"',
        ),
        *(" ", "7", '{"title": "D", "issued": {"date-parts": [[2024]]}}', "é"),
    ],
}
KEYWORD = "zz.KW"


def read(data: bytes, name: str, **options) -> list[Paper]:
    try:
        return list(read_papers(name, stream=io.BytesIO(data), keep_columns=True, **options))
    except ArxonomyError:
        return []


def add_keywords(data: bytes, form: str, format: str) -> tuple[list[Paper], bytes]:
    layouts: list[Layout] = []
    copy, out = io.BytesIO(), io.BytesIO()
    papers = read(data, "refs", format=format, on_layout=layouts.append, copy=copy)
    if papers:
        writer = make_writer(form, out, layouts[0], {}, scratch=copy)
        for paper in papers:
            writer.write(paper, Prediction(paper.id, ((KEYWORD, 1.0),), 0.0))
        writer.finish()
    return papers, out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("form", PIECES)
def test_papers_survive_and_get_their_keyword(form: str, caplog: pytest.LogCaptureFixture):
    format = form.removeprefix("csl-")

    @given(st.lists(st.sampled_from(PIECES[form]), min_size=1, max_size=25))
    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def check(pieces: list[str]) -> None:
        data = "".join(pieces).encode()
        caplog.clear()
        papers, added = add_keywords(data, form, format)
        if not papers:
            return
        again = read(added, "refs", format=format)
        assert [(paper.id, paper.title, paper.abstract) for paper in again] == [
            (paper.id, paper.title, paper.abstract) for paper in papers
        ]
        said = [
            paper
            for paper in again
            if KEYWORD in paper.columns.get("keywords", paper.columns.get("keyword", ""))
        ]
        told = [record for record in caplog.records if "no keyword" in record.getMessage()]
        assert told or len(said) == len(again)
        once_more = add_keywords(added, form, format)[1]
        assert once_more == added

    check()
