"""`arxonomy drift`: files in, a table and JSON out."""

from __future__ import annotations

import csv
import json

import pytest


@pytest.fixture(scope="module")
def later_csv(invented_papers, tmp_path_factory):
    path = tmp_path_factory.mktemp("later") / "later.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "abstract", "category", "published"))
        for paper in invented_papers:
            day = f"2025-04-{1 + paper.row // 3 % 30:02}"
            writer.writerow((f"later-{paper.row}", paper.title, paper.abstract, paper.category, day))
        writer.writerow(("bad", "", "", "cs.CL", "2025-04-01"))
    return path


def test_the_text_ends_with_the_verdict_and_json_has_all_numbers(arxonomy, bundle, later_csv, tmp_path):
    out = tmp_path / "drift.json"
    done = arxonomy(
        "drift",
        later_csv,
        "--model",
        bundle,
        "--bootstrap",
        100,
        "-o",
        out,
        "--report",
        tmp_path / "drift.html",
    )
    assert done.exit_code == 1  # a bad record
    assert done.stdout.splitlines()[-1] == "undecided: no month has 500 papers, which a verdict needs"
    assert "2025-04  90 " in done.stdout
    numbers = json.loads(out.read_text())
    assert numbers["months"][0]["papers"] == 90
    assert numbers["months"][0]["blocks"] == 30
    assert numbers["verdict"]["threshold"] == 0.01
    assert numbers["data"]["name"] == "later.csv"
    assert "the months after its training" in (tmp_path / "drift.html").read_text()
    assert numbers["command"].startswith("arxonomy")


def test_unlabeled_papers_are_measured_too(arxonomy, bundle, later_csv):
    done = arxonomy("drift", later_csv, "--model", bundle, "--unlabeled", "--bootstrap", 100, "--json")
    numbers = json.loads(done.stdout)
    assert "accuracy" not in numbers["months"][0]
    assert "expected_drop" in numbers["months"][0]


def test_a_wrong_month_is_refused_in_the_words_of_the_command_line(arxonomy, bundle, later_csv):
    done = arxonomy("drift", later_csv, "--model", bundle, "--after", "April")
    assert (done.exit_code, "--after: expected a month as in 2026-01, found `April`" in done.stderr) == (
        1,
        True,
    )
