"""Texts of another field in every form of output of `classify`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli.conftest import Invoke
from counting_model import TYPICALITY, CountingMember, make_classifier

PAPERS = '{"id": "a", "title": "pixel pixel"}\n{"id": "b", "title": "pixel"}\n'


@pytest.fixture(autouse=True)
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    model = make_classifier(CountingMember(knows_lists=False, typicality=TYPICALITY))
    monkeypatch.setattr("arxonomy.inference.load", lambda *_, **__: model)
    path = tmp_path / "papers.jsonl"
    path.write_text(PAPERS, encoding="utf-8")
    return path


def test_json_lines(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, "--min-confidence", "0.1")
    typical, strange = map(json.loads, done.stdout.splitlines())
    assert typical["category"] == "cs.CV" and typical["typicality"] > 0.2
    assert strange["category"] is None and strange["abstained"] and strange["typicality"] == 0.001
    first, second = done.stderr.splitlines()[-2:]  # after notes on what was read
    assert first.startswith("outside of its field: 1 of 2 papers") and "98%" in first
    assert second.startswith("no category for 0 of 2 papers")  # these are counted apart


def test_tables_and_parquet_have_a_column(arxonomy: Invoke, papers: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(arxonomy("classify", papers, "--format", "csv").stdout)))
    assert list(rows[0])[-1] == "typicality"
    assert [row["predicted_category"] for row in rows] == ["cs.CV", ""] and rows[1][
        "typicality"
    ] == "0.001000"
    assert arxonomy("classify", papers, "-o", tmp_path / "a.parquet").exit_code == 0
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert table == [json.loads(line) for line in arxonomy("classify", papers).stdout.splitlines()]


def test_the_table_to_read(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, "--format", "table", "-o", "-")
    typical, strange = done.stdout.split("⚠")
    assert "outside of its field" in typical and "also listed in" not in typical.partition("outside of")[2]
    assert strange.strip().startswith("less typical of this model's field than 99.9% of the papers")


def test_bibliographies_get_no_keyword(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, "--format", "ris")
    assert done.stdout.count("KW  - ") == 1


def test_an_explanation(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("explain", papers, "--format", "text")
    assert "outside of its field, if any cs.CV" in done.stdout
