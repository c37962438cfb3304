"""`arxonomy audit`, as a command."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace

import pytest
from cli.conftest import TINY, write_papers
from cli.test_commands import run_without
from test_plain_install import EXTRAS

from arxonomy.records import Paper


@pytest.fixture
def suspicious_csv(tmp_path, invented_papers):
    """The papers, five of them copied under another label, one with a hostile title."""
    labels = sorted({str(paper.category) for paper in invented_papers})
    wrong = [
        Paper(f"wrong-{row}", paper.title, paper.abstract, labels[(labels.index(paper.category) + 1) % 3])
        for row, paper in enumerate(invented_papers[:5])
    ]
    words = invented_papers[7].abstract.split()
    hostile = Paper("=1+1", "=HYPERLINK(1)\x1b[31m\nred", f"twice {' '.join(words)}", labels[0])
    return write_papers(tmp_path / "papers.csv", [*invented_papers, *wrong, hostile])


def test_report_json_and_suspects(arxonomy, suspicious_csv, tmp_path):
    out, suspects = tmp_path / "report.json", tmp_path / "suspects.csv"
    done = arxonomy("audit", suspicious_csv, "-o", out, "--suspects", suspects)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("papers.csv: 96 rows, 91 different papers, 3 labels\n")
    report = json.loads(out.read_text())
    assert report["contradictions"] == {"papers": 5, "rows": 10}
    assert f"ceiling: {91 / 96:.3%} of rows" in done.stdout
    assert report["ceiling"]["exact_copies"] == pytest.approx(91 / 96)
    assert report["noise"]["rows"] == 96
    assert report["near_duplicates"]["pairs"] == 1
    assert report["command"] == "arxonomy audit papers.csv"
    assert "\x1b" not in done.stdout
    with suspects.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert f"{len(lines)} suspicious papers" in done.stderr
    assert [int(line["rank"]) for line in lines] == list(range(1, len(lines) + 1))
    scores = [float(line["score"]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    copied = {line["id"] for line in lines if "contradiction" in line["suspected"]}
    assert copied == {f"wrong-{i}" for i in range(5)} | {f"invented-0{i}" for i in range(5)}
    hostile = next(line for line in lines if "near-duplicate" in line["suspected"] and line["row"] == "95")
    assert hostile["id"] == "'=1+1" and hostile["title"].startswith("'=HYPERLINK(1)␛[31m red")
    assert hostile["other_row"] == "7"
    assert not any(
        "\x1b" in cell or cell.startswith(("=", "+", "@")) for line in lines for cell in line.values()
    )


def test_json_on_stdout_and_merged_labels(arxonomy, suspicious_csv):
    quick = ("--json", "--no-noise")
    done = arxonomy("audit", suspicious_csv, *quick, "--among", "all=cs.CL+cs.CV+cs.LG")
    report = json.loads(done.stdout)
    assert [size["label"] for size in report["classes"]] == ["all"]
    assert report["ceiling"]["exact_copies"] == 1.0
    assert report["noise"] is None
    assert "labels: cs.CL + cs.CV + cs.LG -> all, 96 papers" in done.stderr
    some = arxonomy("audit", suspicious_csv, *quick, "--among", "cs.CV,text=cs.CL")
    assert {size["label"] for size in json.loads(some.stdout)["classes"]} == {"cs.CV", "text"}
    assert "papers of other labels left out: cs.LG (" in some.stderr
    rare = arxonomy("audit", suspicious_csv, *quick, "--min-papers", 31)
    assert "of fewer than 31 different papers left out: " in rare.stderr


def test_leakage_across_a_split(arxonomy, suspicious_csv, tmp_path):
    split = tmp_path / "split.csv"
    sides = ["train"] * 90 + ["test"] * 6
    split.write_text("row,split\n" + "".join(f"{row},{side}\n" for row, side in enumerate(sides)))
    suspects = tmp_path / "suspects.csv"
    done = arxonomy(
        "audit", suspicious_csv, "--no-noise", "--split-file", split, "--suspects", suspects, "--json"
    )
    test = json.loads(done.stdout)["leakage"]["test"]
    assert test == {"papers": 6, "copies": 5, "near_duplicates": 1}
    assert suspects.read_text().count("leak") >= 5


def test_training_warns_of_the_same_in_two_lines(arxonomy, suspicious_csv, tmp_path):
    one_epoch = ["train", suspicious_csv, *TINY, "--set", "training.epochs=1"]
    done = arxonomy(*one_epoch, "--set", "data.split=random", "--out", tmp_path / "run")
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warnings) <= 2
    assert "5 of 96 rows repeat a paper, and 5 papers have contradicting labels" in warnings[0]
    assert f"{91 / 96:.2%}" in warnings[0]


def test_bad_records_are_reported(arxonomy, suspicious_csv):
    damaged = suspicious_csv.with_name("damaged.csv")
    damaged.write_text(suspicious_csv.read_text() + "x,A title,An abstract\n")
    done = arxonomy("audit", damaged, "--no-noise")
    assert done.exit_code == 1
    assert "1 bad record was left out" in done.stderr and done.stdout.startswith("damaged.csv: 96 rows")
    strict = arxonomy("audit", damaged, "--no-noise", "--strict")
    assert (strict.exit_code, strict.stdout) == (1, "")


def test_papers_without_a_label_are_left_out_and_counted(arxonomy, papers_csv, tmp_path):
    path = tmp_path / "some.csv"
    path.write_text(papers_csv.read_text() + "x,A title,An abstract,\ny,B title,An abstract,N/A\n")
    done = arxonomy("audit", path, "--no-noise")
    assert done.exit_code == 0
    assert done.stderr.count("labels: 2 papers without a label left out") == 1
    assert "rows without a label, which are left out: 2" in done.stdout
    assert done.stdout.startswith("some.csv: 90 rows")


def test_spellings_are_named_before_noise(arxonomy, invented_papers, tmp_path):
    papers = [
        replace(paper, category="CS.cv" if paper.category == "cs.CV" and paper.row % 2 else paper.category)
        for paper in invented_papers
    ]
    done = arxonomy("audit", write_papers(tmp_path / "some.csv", papers))
    named = done.stdout.index("perhaps one label in several spellings, counted apart below: `CS.cv` (15) and")
    assert done.stdout.index("--among 'CS.cv=CS.cv+cs.CV,*'") > named
    assert done.stdout.index("merge them first") > done.stdout.index("Label noise") > named
    report = json.loads(arxonomy("audit", tmp_path / "some.csv", "--no-noise", "--json").stdout)
    assert report["spellings"] == {
        "groups": [{"CS.cv": 15, "cs.CV": 15}],
        "option": "--among 'CS.cv=CS.cv+cs.CV,*'",
    }
    cured = arxonomy("audit", tmp_path / "some.csv", "--no-noise", "--among", "cs.CV=CS.cv+cs.CV,*")
    assert "spelling" not in cured.stdout
    assert "labels: CS.cv + cs.CV -> cs.CV, 30 papers" in cured.stderr


def test_labels_that_training_would_reject(arxonomy, tmp_path):
    draw = random.Random(0)
    papers = [Paper(str(i), f"title {draw.random()}", "some text", "only") for i in range(3)]
    done = arxonomy("audit", write_papers(tmp_path / "one.csv", papers))
    assert done.exit_code == 0
    assert done.stdout.startswith("one.csv: 3 rows, 3 different papers, 1 label\n")
    assert "only one label" in done.stdout and "too small" in done.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--among", "cs.CL,,cs.CV"], 2),
        (["--among", "cs.CL,cs.CW"], 1),
        (["--min-papers", "0"], 2),
        (["--split-file", "missing.csv"], 1),
        (["--column", "title"], 2),
    ],
)
def test_wrong_options(arxonomy, papers_csv, words, status):
    done = arxonomy("audit", papers_csv, *words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr


def test_help_has_an_example(arxonomy):
    assert "Example: arxonomy audit" in arxonomy("audit", "--help").stdout


def test_stdin_is_rejected(arxonomy):
    done = arxonomy("audit", "-", input="")
    assert done.exit_code == 1 and "read twice" in done.stderr


@pytest.mark.slow
def test_without_the_extras_all_but_noise_works(papers_csv):
    done = run_without(EXTRAS, "audit", papers_csv, "--no-noise")
    assert (done.returncode, done.stderr) == (0, "")
    rejected = run_without(EXTRAS, "audit", papers_csv)
    assert (rejected.returncode, rejected.stdout) == (1, "")
    assert "pip install 'arxonomy[train]'" in rejected.stderr
