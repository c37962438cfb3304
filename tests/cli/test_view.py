"""`--among` of commands that answer: every form of output says what is outside."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli.conftest import Invoke

PACKAGED = [
    {"id": "a", "title": "Parsing sentences", "abstract": "We parse the grammar of sentences in dialogue."},
    {
        "id": "b",
        "title": "Deep reinforcement learning from delayed rewards",
        "abstract": "We train policies by gradient descent and bound the regret of deep Q-learning. "
        "On continuous control tasks the value network generalizes better than earlier methods.",
    },
]
AMONG = ("--among", "cs.CL,cs.CV")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("view") / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PACKAGED), encoding="utf-8")
    return path


def test_json_lines_have_what_is_outside(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, *AMONG)
    assert done.exit_code == 0, done.output
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["category"] == "cs.CL" and first["outside"] < 0.5 and not first["abstained"]
    assert second["category"] is None and second["outside"] > 0.5 and second["abstained"]
    (warning,) = second["warnings"]
    assert warning.startswith("none of these categories: ") and "(cs.LG " in warning
    assert done.stderr == (
        "none of these categories: 1 of 2 papers; more than half of their probability is outside\n"
    )


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables_have_a_column(arxonomy: Invoke, papers: Path, form: str) -> None:
    done = arxonomy("classify", papers, *AMONG, "--format", form)
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter="," if form == "csv" else "\t"))
    assert list(rows[0])[-2:] == ["outside", "typicality"]
    assert [row["predicted_category"] for row in rows] == ["cs.CL", ""]
    assert float(rows[0]["outside"]) < 0.5 < float(rows[1]["outside"])
    header = arxonomy("classify", papers, "--format", form).stdout.splitlines()[0]
    assert "outside" not in header


def test_parquet_has_one_too(arxonomy: Invoke, papers: Path, tmp_path: Path) -> None:
    done = arxonomy("classify", papers, *AMONG, "-o", tmp_path / "a.parquet")
    assert done.exit_code == 0, done.output
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert table == [json.loads(line) for line in arxonomy("classify", papers, *AMONG).stdout.splitlines()]


def test_the_table_to_read(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, *AMONG, "--format", "table", "-o", "-")
    assert "none of these" in done.stdout and done.stdout.splitlines()[0].rstrip().endswith("outside")
    assert "⚠ none of these categories" in done.stdout


def test_bibliographies_get_no_keyword(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, *AMONG, "--format", "ris")
    assert done.stdout.count("KW  - ") == 1 and "KW  - cs.CL" in done.stdout
    assert "1 of 2 papers" in done.stderr


def test_what_is_unsure_is_counted_apart(arxonomy: Invoke, papers: Path) -> None:
    done = arxonomy("classify", papers, *AMONG, "--min-confidence", 1, "--prior", "cs.CL=0.5")
    assert done.exit_code == 0, done.output
    assert "none of these categories: 1 of 2 papers" in done.stderr
    assert "no category for 1 of 2 papers: the best one is less probable than 1" in done.stderr


def test_merged_categories_are_explained(arxonomy: Invoke, papers: Path, tmp_path: Path) -> None:
    merged = ("--among", "both=cs.LG+cs.AI+cs.CV,cs.CL")
    options = (*merged, "--html", tmp_path / "why.html", "--format", "jsonl")
    done = arxonomy("explain", papers, *options)
    assert done.exit_code == 0, done.output
    first, second = (json.loads(line)["explanation"] for line in done.stdout.splitlines())
    assert (first["category"], second["category"]) == ("cs.CL", "both")
    assert re.search(r"outside \d+\.\d%", (tmp_path / "why.html").read_text(encoding="utf-8"))
    told = arxonomy("explain", papers, *AMONG, "--limit", 2, "--format", "text")
    assert "none of these: outside" in told.stdout
    against = arxonomy("explain", papers, *AMONG, "--against", "cs.LG", "--category", "cs.CL")
    assert against.exit_code == 0, against.output


@pytest.mark.parametrize("command", ["classify", "explain"])
def test_wrong_names_are_errors(arxonomy: Invoke, papers: Path, command: str) -> None:
    done = arxonomy(command, papers, "--among", "cs.CL,cs.CVV")
    assert done.exit_code == 1 and "no category `cs.CVV`: did you mean `cs.CV`?" in done.stderr
    assert arxonomy(command, papers, "--among", "cs.CL,,cs.CV").exit_code == 2
