"""One and the same record gives one and the same paper, through whichever interface it comes."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exports import ABSTRACT, EXPORTS, TITLE

from arxonomy.errors import ArxonomyError
from arxonomy.inference.paper_like import as_paper, iterate_papers
from arxonomy.papers import BadRecord, JsonLinesFeed, read_papers
from arxonomy.records import Paper
from arxonomy.serving.api_errors import ApiError
from arxonomy.serving.request_papers import make_papers, read_explained_paper
from arxonomy.serving.uploads import read_upload

Values = dict[str, Any]


def write_cells(values: Values) -> bytes:
    """As pandas writes a frame to CSV: a list or an object is what Python prints of it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, values)
    writer.writeheader()
    writer.writerow({name: "" if value is None else value for name, value in values.items()})
    return text.getvalue().encode()


def read_file(tmp_path: Path, name: str, data: bytes) -> Paper:
    (tmp_path / name).write_bytes(data)
    (paper,) = read_papers(tmp_path / name, strict=True)
    return paper


def read_parquet(tmp_path: Path, values: Values) -> Paper:
    pq.write_table(pa.Table.from_pylist([values]), tmp_path / "p.parquet")
    (paper,) = read_papers(tmp_path / "p.parquet", strict=True)
    return paper


def read_uploaded(name: str, data: bytes) -> Paper:
    (paper,) = read_upload(name, data, 10_000_000, time.monotonic() + 60)
    assert isinstance(paper, Paper)
    return paper


def read_fed(values: Values) -> Paper:
    (paper,) = JsonLinesFeed("body").feed(orjson.dumps(values) + b"\n")
    assert isinstance(paper, Paper), paper
    return paper


def read_options_apart(values: Values) -> Paper:
    names = {"method": "attention", "category": None}
    paper, options = read_explained_paper(values | names)
    assert options == names
    return paper


INTERFACES: dict[str, Callable[[Path, Values], Paper]] = {
    "JSON lines": lambda path, values: read_file(path, "p.jsonl", orjson.dumps(values)),
    "CSV": lambda path, values: read_file(path, "p.csv", write_cells(values)),
    "Parquet": read_parquet,
    "Python": lambda _, values: as_paper(values, 1),
    "pandas": lambda _, values: next(iterate_papers(pd.DataFrame([values]))),
    "PyArrow": lambda _, values: next(iterate_papers(pa.Table.from_pylist([values]))),
    "columns": lambda _, values: next(iterate_papers({name: [value] for name, value in values.items()})),
    "REST": lambda _, values: make_papers([values])[0],
    "REST, explained": lambda _, values: read_options_apart(values),
    "JSON lines as a body": lambda _, values: read_fed(values),
    "page, JSON lines": lambda _, values: read_uploaded("p.jsonl", orjson.dumps(values)),
    "page, CSV": lambda _, values: read_uploaded("p.csv", write_cells(values)),
}


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("interface", INTERFACES)
def test_every_export_is_read_through_every_interface(tmp_path: Path, interface: str, export: str) -> None:
    values, name = EXPORTS[export]
    paper = INTERFACES[interface](tmp_path, values)
    assert (paper.title, paper.abstract, paper.id) == (TITLE, ABSTRACT, name)


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("word", ["[No abstract available]", "N/A", "nan", "Withdrawn.", "-", "  "])
def test_a_word_for_nothing_is_nothing(tmp_path: Path, interface: str, word: str) -> None:
    paper = INTERFACES[interface](tmp_path, {"title": TITLE, "abstract": word})
    assert (paper.title, paper.abstract, paper.id) == (TITLE, "", "1")
    paper = INTERFACES[interface](tmp_path, {"id": "nan", "title": word, "abstract": ABSTRACT})
    assert (paper.title, paper.abstract, paper.id) == ("", ABSTRACT, "1")


UNREADABLE = {
    "a number": ({"title": 3}, "expected title to be text, found a number"),
    "an object": ({"title": TITLE, "abstract": {"x": 1}}, "expected abstract to be text, found an object"),
    "true": ({"title": TITLE, "abstract": True}, "expected abstract to be text, found true or false"),
    "nothing": ({"title": None, "abstract": "N/A"}, "expected a title or an abstract, found `N/A`"),
    "other keys": ({"Titulo": TITLE, "page": "3"}, "did you mean `Titulo`"),
}


@pytest.mark.parametrize("interface", [*INTERFACES, "Paper"])
@pytest.mark.parametrize("abstract", [TITLE, TITLE.upper() + "."])
def test_the_title_once_more_is_no_abstract(tmp_path: Path, interface: str, abstract: str) -> None:
    interfaces = INTERFACES | {"Paper": lambda _, values: as_paper(Paper(**values), 1)}
    paper = interfaces[interface](tmp_path, {"id": "a", "title": TITLE, "abstract": abstract})
    assert (paper.title, paper.abstract) == (TITLE, "")


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("interface", [interface for interface in INTERFACES if "CSV" not in interface])
def test_what_cannot_be_read_is_refused_with_one_reason(tmp_path: Path, interface: str, case: str) -> None:
    values, reason = UNREADABLE[case]
    with pytest.raises(
        (ArxonomyError, AssertionError), match=re.escape(reason)
    ):  # the feed gives a bad record
        INTERFACES[interface](tmp_path, values)


@pytest.mark.parametrize("wrong", ["abstarct", "Abstrakt", "abstracct", "sumary"])
def test_a_key_that_nearly_has_a_name_is_told(tmp_path: Path, wrong: str) -> None:
    values = {"title": TITLE, wrong: ABSTRACT, "authors": "Jane Doe", "publisher": "Invented"}
    meant = "summary" if wrong.startswith("sum") else "abstract"
    for read in (make_papers, lambda papers: [read_explained_paper(papers[0])]):
        with pytest.raises(ApiError, match=f"did you mean `{meant}`") as raised:
            read([values])
        assert raised.value.field_errors[0].field.endswith(wrong)
    (bad,) = JsonLinesFeed("body").feed(orjson.dumps(values) + b"\n")
    assert isinstance(bad, BadRecord) and f"`{wrong}` is not read; did you mean `{meant}`?" in bad.reason
    _, note = read_upload("p.jsonl", orjson.dumps(values), 10_000_000, time.monotonic() + 60)
    assert note.text == (  # type: ignore[union-attr]
        f"p.jsonl: column `{wrong}` is not read; did you mean `{meant}`? then call it `{meant}`"
    )


def test_unrelated_keys_are_ignored() -> None:
    values = {
        "title": TITLE,
        "abstract": ABSTRACT,
        "abstract_url": "x",
        "titles_count": 3,
        "labels": [],
        "n": 1,
    }
    (paper,) = make_papers([values])
    assert paper == as_paper(values, 1)


@pytest.mark.parametrize("text", [json.dumps({"title": TITLE, "abstract": float("nan"), "id": float("nan")})])
def test_nan_in_json_lines_is_nothing(tmp_path: Path, text: str) -> None:
    paper = read_file(tmp_path, "p.jsonl", text.encode())
    assert (paper.title, paper.abstract, paper.id) == (TITLE, "", "1")
    (fed,) = JsonLinesFeed("body").feed(text.encode() + b"\n")
    assert fed == paper
