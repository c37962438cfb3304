from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from arxonomy.errors import InputError
from arxonomy.inference.paper_like import as_paper, iterate_papers
from arxonomy.records import Paper


class Polars:
    """What is used of a polars DataFrame, which is not installed here."""

    columns = ("id", "Title", "Abstract Note")
    shape = (2, 3)

    def __iter__(self) -> Any:
        raise AssertionError("columns are no papers")

    def iter_rows(self) -> Any:
        return iter([("a", "one", "two"), ("b", "three", None)])


class LazyFrame:
    def collect_schema(self) -> None: ...


FRAME = pd.DataFrame({"id": ["a", "b"], "Title": ["one", "three"], "Abstract Note": ["two", None]})
TABLES = {
    "pandas": FRAME,
    "pandas, another index": FRAME.set_index(pd.Index([7, 7])),
    "pandas, a column twice": pd.concat([FRAME, FRAME[["Title"]]], axis=1),
    "pandas, categories": FRAME.astype({"Title": "category"}),
    "polars": Polars(),
    "PyArrow": pa.Table.from_pandas(FRAME),
    "PyArrow, a batch": pa.RecordBatch.from_pandas(FRAME),
    "lists": FRAME.to_dict("list"),
    "arrays": {name: FRAME[name].to_numpy() for name in FRAME},
    "series": {name: FRAME[name] for name in FRAME},
    "records": FRAME.to_dict("records"),
    "tuples": [("one", "two"), ("three", None)],
    "an array": np.array([("one", "two"), ("three", None)], dtype=object),
}


@pytest.mark.parametrize("kind", TABLES)
def test_rows_of_any_table_are_papers(kind: str) -> None:
    papers = list(iterate_papers(TABLES[kind]))
    assert [(paper.title, paper.abstract) for paper in papers] == [("one", "two"), ("three", "")]
    assert [paper.id for paper in papers] == (["1", "2"] if kind in ("tuples", "an array") else ["a", "b"])


@pytest.mark.parametrize(
    ("papers", "message"),
    [
        ({"title": "a", "abstract": "b"}, "found one paper; give a list of papers, for one paper too"),
        (Paper("1", "a", "b"), "found one paper; give a list"),
        ("a title", "found text; give a list"),
        (7, "found a number; give a list"),
        (("a title", "an abstract"), "paper 1: .*found text; give a list"),
        (pd.Series(["a title"]), "paper 1: .*found text; give a list"),
        (np.array([["a", "b", "c"]]), "found a ndarray"),
        (pd.DataFrame({"a": [1]}), "expected a column `title` or `abstract`, found `a`"),
        (pd.DataFrame({"Titulo": ["x"]}), "did you mean `Titulo`\\? Then call it `title`"),
        ({"title": ["a", "b"], "abstract": ["c"]}, r"expected columns of one length, found \[2, 1\]"),
        (LazyFrame(), r"found a LazyFrame.*give its `.collect\(\)`"),
        ([{"title": "a"}, {"title": [3]}], "paper 2: expected title to be text, found a number"),
        ([{"id": "x", "title": "N/A"}], r"paper 1 \(id x\): expected a title or an abstract, found `N/A`"),
    ],
)
def test_what_is_no_list_of_papers_is_explained(papers: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(iterate_papers(papers))


def test_a_paper_that_only_says_so_is_read_as_without_that_part() -> None:
    paper = as_paper(Paper("7", "A title", "[No abstract available]", category="x", row=3), 1)
    assert paper == Paper("7", "A title", "", category="x", row=3)
    whole = Paper("7", "A title", "An abstract")
    assert as_paper(whole, 1) is whole


def test_a_key_with_nearly_a_name_is_warned_of_once(caplog) -> None:
    list(iterate_papers([{"title": "a", "abstarct": "b"}] * 3))
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert warning.getMessage() == (
        "papers: column `abstarct` is not read; did you mean `abstract`? then call it `abstract`"
    )
