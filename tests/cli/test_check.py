"""`arxonomy check`, as a command, with the model in the package."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import orjson
import pytest
from html_reader import Reader

from arxonomy.artifacts.saved_model import SavedModel
from arxonomy.checking import check, summary

PARSING = {
    "id": "parsing",
    "title": "Parsing the grammar of sentences",
    "abstract": "We parse sentences with a grammar that is learned from a treebank, and study syntax.",
}
HOSTILE = {
    "id": "=cmd|x",
    "title": "=HYPERLINK(1) Segmenting images\x1b[31m",
    "abstract": "We segment images with a convolutional network and detect objects in videos.",
}


@pytest.fixture
def papers(tmp_path) -> Path:
    path = tmp_path / "papers.jsonl"
    lines = [
        {**PARSING, "category": "cs.CL", "categories": "cs.CL"},
        {**PARSING, "id": "wrong", "category": "math.AG", "categories": "math.AG cs.CL"},
        {**HOSTILE, "category": "hep-th", "categories": "hep-th"},
        {**PARSING, "id": "retired", "category": "cmp-lg"},
    ]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines) + b"broken\n")
    return path


def test_json_lines_have_all_papers_in_order_and_bad_records_are_told(arxonomy, papers):
    done = arxonomy("check", papers, "--threads", 1)
    assert done.exit_code == 1  # a bad record
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(own["id"], own["verdict"], own["move_to"]) for own in found] == [
        ("parsing", "agree", None),
        ("wrong", "move", "cs.CL"),
        ("=cmd|x", "move", "cs.CV"),
        ("retired", "cannot-tell", None),
    ]
    assert "1 bad record was left out" in done.stderr
    assert "checked 4 papers: agree 1, move 2, add cross-lists 0, cannot tell 1" in done.stderr
    assert "cannot tell: retired category 1" in done.stderr
    assert "measured on 12,000 later papers" in done.stderr


def test_the_queue_is_ranked_harmless_and_shrinks_by_decisions(arxonomy, papers, tmp_path):
    queue, page, decisions = (tmp_path / name for name in ("queue.csv", "queue.html", "decisions.jsonl"))
    options = ("check", papers, "--queue", queue, "--html", page, "--threads", 1)
    done = arxonomy(*options, "--words", 1)
    assert done.stdout == ""
    with queue.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert float(rows[0]["probability"]) <= float(rows[1]["probability"])
    assert [bool(row["words_for"]) for row in rows] == [True, False]
    hostile = next(row for row in rows if "cmd" in row["id"])
    assert hostile["id"] == "'=cmd|x" and hostile["title"].startswith("'=HYPERLINK(1) Segmenting images␛")
    source = page.read_text(encoding="utf-8")
    ((_, text),) = Reader(source).of("script", type="application/json")
    lines = [own["paper"] | own["accept"] for own in json.loads(text)]
    assert {line["id"]: line["category"] for line in lines} == {"wrong": "cs.CL", "=cmd|x": "cs.CV"}
    decisions.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines[:1]))
    done = arxonomy(*options, "--decisions", decisions)
    assert "decided before, and not in the queue: 1 paper" in done.stderr
    with queue.open(encoding="utf-8", newline="") as file:
        assert [row["id"].lstrip("'") for row in csv.DictReader(file)] == [lines[1]["id"]]
    assert len(Reader(page.read_text(encoding="utf-8")).of("article")) == 1


def test_papers_that_the_model_was_trained_on_are_counted(arxonomy, tmp_path, monkeypatch):
    monkeypatch.setattr(SavedModel, "trained_on", lambda _, papers: sum(own.id == "seen" for own in papers))
    monkeypatch.setattr(summary, "_AT_ONCE", 2)
    path = tmp_path / "papers.jsonl"
    lines = [{**PARSING, "id": id, "category": "cs.CL"} for id in ("seen", "new", "new", "new", "seen")]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    done = arxonomy("check", path, "--threads", 1)
    assert "trained on 2 of these papers" in done.stderr
    assert check(path).seen == 2


def test_text_shows_proposals_with_names_and_words(arxonomy, papers):
    done = arxonomy("check", papers, "--format", "text", "--words", 2, "--threads", 1)
    assert "move from math.AG (Algebraic Geometry) to cs.CL (Computation and Language)" in done.stdout
    assert "words for cs.CL: " in done.stdout and "words for math.AG: " in done.stdout
    assert "\x1b[31m" not in done.stdout


def test_the_page_is_limited_and_that_is_said(arxonomy, papers, tmp_path):
    page = tmp_path / "queue.html"
    done = arxonomy("check", papers, "--html", page, "--limit", 1, "--words", 0, "--threads", 1)
    assert "page of 1 paper" in done.stderr and "1 more are not on the page" in done.stderr
    assert len(Reader(page.read_text(encoding="utf-8")).of("article")) == 1


def test_arxivs_rule_and_other_rates(arxonomy, papers):
    done = arxonomy("check", papers, "--rule", "arxiv", "--threads", 1)
    assert json.loads(done.stdout.splitlines()[1])["move_to"] == "cs.CL"
    assert "arXiv's rule" in done.stderr and "not measured" in done.stderr
    done = arxonomy("check", papers, "--rule", "arxiv", "--false-alarms", 0.1)
    assert done.exit_code == 2 and "--false-alarms" in done.output
    done = arxonomy("check", papers, "--false-alarms", 5)
    assert done.exit_code == 1 and "--false-alarms: expected 0.005 to 0.5" in done.stderr


def test_papers_without_any_category_are_refused_and_nothing_is_written(arxonomy, tmp_path):
    path, queue = tmp_path / "papers.jsonl", tmp_path / "queue.csv"
    path.write_bytes(orjson.dumps(PARSING) + b"\n")
    done = arxonomy("check", path, "--queue", queue, "--threads", 1)
    assert done.exit_code == 1 and "--column category=NAME" in done.stderr and not queue.exists()
    done = arxonomy("check", path, "--decisions", path, "--threads", 1)
    assert done.exit_code == 1 and "papers.jsonl:1: expected a decision" in done.stderr
