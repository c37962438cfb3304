"""`classify --level` and `--back-off` in every form of output."""

from __future__ import annotations

import csv
import io
import json

import pytest


def test_json_lines_state_the_level(arxonomy, bundle, papers_csv):
    done = arxonomy("classify", papers_csv, "--model", bundle, "--level", "archive", "--top-k", 2)
    assert (done.exit_code, done.stderr) == (0, "")
    for line in map(json.loads, done.stdout.splitlines()):
        assert (line["category"], line["level"], len(line["within"])) == ("cs", "archive", 2)
        assert line["probability"] == pytest.approx(1)


def test_backing_off_is_summed_up(arxonomy, bundle, papers_csv):
    done = arxonomy("classify", papers_csv, "--model", bundle, "--back-off", 0.99, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert list(rows[0])[-2:] == ["level", "predicted_within"]
    archive = sum(row["level"] == "archive" for row in rows)
    assert (
        done.stderr
        == f"answers by level: {90 - archive} at category, {archive} at archive, 0 at group, 0 at none\n"
    )
    for row in rows:
        assert (
            (row["predicted_category"] == "cs")
            == (row["level"] == "archive")
            == bool(row["predicted_within"])
        )


def test_a_table_says_what_is_within(arxonomy, bundle):
    done = arxonomy(
        "classify", "--title", "Image", "--model", bundle, "--level", "group", "--format", "table"
    )
    assert "Computer Science; at the level group, within it cs." in done.stdout


def test_levels_that_do_not_exist_are_wrong_usage(arxonomy, bundle, papers_csv):
    done = arxonomy("classify", papers_csv, "--model", bundle, "--level", "archives")
    assert done.exit_code == 2 and "mean `archive`?" in " ".join(done.stderr.replace("│", " ").split())
    done = arxonomy("classify", papers_csv, "--model", bundle, "--back-off", 0.8, "--min-confidence", 0.5)
    assert done.exit_code == 2 and "--back-off" in done.stderr
