from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from arxonomy.cli.bad_records import SHOWN
from arxonomy.taxonomy import get_arxiv

ANSI = "\x1b[31mred\x1b[0m"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_json_lines_keep_ids_and_order(arxonomy, bundle, papers_csv, invented_papers):
    done = arxonomy("classify", papers_csv, "--model", bundle)
    assert (done.exit_code, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [paper.id for paper in invented_papers]
    for answer in answers:
        assert answer["probability"] == answer["categories"][0]["probability"]
        assert sum(entry["probability"] for entry in answer["categories"]) == pytest.approx(1, abs=1e-5)


def test_top_k(arxonomy, bundle, papers_csv):
    done = arxonomy("classify", papers_csv, "--model", bundle, "--top-k", 2)
    assert {len(json.loads(line)["categories"]) for line in done.stdout.splitlines()} == {2}


def lines_of(done) -> list[dict]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_unsure_papers_get_no_category(arxonomy, bundle, papers_csv):
    command = ("classify", papers_csv, "--model", bundle)
    plain = lines_of(arxonomy(*command))
    shares = sorted(line["probability"] for line in plain)
    least = (shares[29] + shares[30]) / 2
    assert shares[29] < least < shares[30]
    done = arxonomy(*command, "--min-confidence", least)
    assert done.stderr == f"no category for 30 of 90 papers: the best one is less probable than {least:.4g}\n"
    for line, before in zip(lines_of(done), plain, strict=True):
        if before["probability"] >= least:
            assert line == before
        else:
            assert line == before | {"category": None, "abstained": True}

    done = arxonomy(*command, "--min-confidence", least, "--format", "csv")
    rows = rows_of(done.stdout)
    assert list(rows[0])[-6:] == [
        *("predicted_category", "predicted_probability", "read", "unknown_words", "warnings", "abstained")
    ]
    for row, before in zip(rows, plain, strict=True):
        unsure = before["probability"] < least
        assert row["predicted_category"] == ("" if unsure else before["category"])
        assert float(row["predicted_probability"]) == pytest.approx(before["probability"], abs=1e-5)

    done = arxonomy(*command, "--min-confidence", least, "--format", "table", "-o", "-")
    assert sum("(none)" in line for line in done.stdout.splitlines()) == 30


def test_nobody_abstains_unasked(arxonomy, bundle, papers_csv):
    command = ("classify", papers_csv, "--model", bundle)
    plain, asked = arxonomy(*command), arxonomy(*command, "--min-confidence", 0)
    assert asked.stdout == plain.stdout
    assert asked.stderr.startswith("no category for 0 of 90 papers")
    assert not any(line["abstained"] for line in lines_of(plain))


def test_a_stated_prior(arxonomy, bundle, papers_csv):
    command = ("classify", papers_csv, "--model", bundle)

    def shares_of(*words: object) -> list[float]:
        lines = lines_of(arxonomy(*command, *words))
        return [
            {one["category"]: one["probability"] for one in line["categories"]}["cs.CL"] for line in lines
        ]

    plain, more = shares_of(), shares_of("--prior", "cs.CL=0.7")
    assert all(two > one for one, two in zip(plain, more, strict=True))
    assert shares_of("--prior", " cs.CL = 0.7 ,cs.CV=0.15,cs.LG=0.15") == pytest.approx(more, abs=0.02)
    thirds = "cs.CL=0.3333,cs.CV=0.3333,cs.LG=0.3334"
    assert shares_of("--prior", "uniform") == pytest.approx(shares_of("--prior", thirds), abs=1e-3)
    assert shares_of("--prior", "arxiv") != plain
    estimated = arxonomy(*command, "--prior", "auto")
    assert estimated.stderr.startswith("prior: auto changes nothing")
    piped = arxonomy("classify", "--model", bundle, "--prior", "auto", input=papers_csv.read_bytes())
    assert piped.stdout == estimated.stdout


@pytest.mark.slow
def test_both_backends_and_the_run_agree(arxonomy, bundle, run_folder, papers_csv):
    def answers(*options: object) -> list[dict[str, float]]:
        done = arxonomy("classify", papers_csv, *options)
        assert done.exit_code == 0, done.output
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return [{entry["category"]: entry["probability"] for entry in line["categories"]} for line in lines]

    expected = answers("--model", bundle, "--backend", "onnx", "--threads", 1)
    for other in (("--model", bundle, "--backend", "torch"), ("--model", run_folder)):
        for one, two in zip(expected, answers(*other), strict=True):
            assert one == pytest.approx(two, abs=1e-5)


def test_bad_lines_are_named_and_the_good_ones_answered(arxonomy, bundle):
    papers = '{"title":"x","abstract":"y"}\nnot json\n{"abstract":"y","title":"x"}\n'
    done = arxonomy("classify", "-", "--format", "jsonl", "--model", bundle, input=papers)
    assert done.exit_code == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["1", "3"]
    first, second = done.stderr.splitlines()
    assert first.startswith("warning: stdin:2: not valid JSON")
    assert second == "1 bad record was left out of stdin"


def test_only_some_of_many_bad_lines_are_shown(arxonomy, bundle):
    done = arxonomy("classify", "--model", bundle, input='{"title":"x"}\n' + "{\n" * (SHOWN + 5))
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert len(lines) == SHOWN + 4
    assert lines[-4:] == [
        "stdin: titles from `title`, no abstracts found",
        "warning: 5 more bad records are not shown",
        f"{SHOWN + 5} bad records were left out of stdin",
        "warning: the paper has no abstract: its category comes from the title alone",
    ]


def test_strict_stops_and_leaves_the_old_output(arxonomy, bundle, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("old", encoding="utf-8")
    done = arxonomy(
        "classify", "-", "--strict", "--model", bundle, "-o", out, input='{"title":"x"}\nnot json\n'
    )
    assert done.exit_code == 1
    assert done.stderr.startswith("error: stdin:2: not valid JSON")
    assert done.stderr.count("\n") == 1
    assert out.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_noise_is_one_clear_error(arxonomy, bundle):
    done = arxonomy("classify", "-", "--model", bundle, input=random.Random(1).randbytes(100_000))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: stdin is not text in a known format")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["missing.csv"], 1, "error: missing.csv does not exist"),
        (["--title", "x", "--model", "nowhere"], 1, "error: "),
        (["--title", "x", "papers.csv"], 2, "not both"),
        (["--title", "x", "-o", "out.xlsx"], 2, "out.xlsx"),
        (["--title", "x", "--column", "title"], 2, "FIELD=NAME"),
        (["--title", "x", "--top-k", "0"], 2, "--top-k"),
        (["--title", "x", "--format", "xml"], 2, "--format"),
        (["--title", "x", "--min-confidence", "90"], 2, "--min-confidence"),
        (["--title", "x", "--prior", "cs.CL"], 2, "NAME=NUMBER"),
        (["--title", "x", "--prior", "cs.CL=0.2,cs.CL=0.3"], 2, "NAME=NUMBER"),
        (["--title", "x", "--prior", "cs.CL=many"], 2, "NAME=NUMBER"),
        (["--title", "x", "--prior", "cs.CL=0.7,cs.LC=0.1"], 1, "no category `cs.LC`: did you mean `cs."),
        (["--title", "x", "--prior", "cs.CL=0.7,cs.CV=0.7"], 1, "found the sum 1.4"),
        (["--titel", "x"], 2, "--titel"),
    ],
)
def test_errors(arxonomy, bundle, words, status, message):
    done = arxonomy("classify", "--model", bundle, *words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_single_paper(arxonomy, bundle):
    done = arxonomy("classify", "--title", "Parsing", "--abstract", "Grammar.", "--model", bundle)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["id"] == "1"


def test_csv_keeps_the_users_columns(arxonomy, bundle, tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('Titel,note,warnings\nA corpus,"two\nlines, ""quoted""",mine\n', encoding="utf-8")
    done = arxonomy("classify", source, "--column", "title=Titel", "--model", bundle, "-o", out)
    assert (done.exit_code, done.stdout) == (0, "")
    note = f"{source}: titles from `Titel`, no abstracts found"
    alone = "warning: the paper has no abstract: its category comes from the title alone"
    assert done.stderr == f"{note}\n{alone}\nclassified 1 paper: {out}\n"
    (row,) = rows_of(out.read_text(encoding="utf-8"))
    assert list(row) == [
        *("id", "Titel", "note", "warnings"),
        *("predicted_category", "predicted_probability", "read", "unknown_words", "arxonomy_warnings"),
        "abstained",
    ]
    assert (row["id"], row["note"], row["warnings"]) == ("1", 'two\nlines, "quoted"', "mine")
    assert 0 < float(row["predicted_probability"]) <= 1


def test_csv_cells_cannot_be_run_by_a_spreadsheet(arxonomy, bundle):
    cells = {"a": "=1+1", "b": "+cmd|' /C calc'!A0", "c": "@x", "d": "\t=1", "e": "\r=1"}
    numbers = {"f": "-0,5", "g": "+1e-5", "h": "+49 (30) 123-4", "i": "- see p. 3", "j": "-3"}
    record = {"id": "-x", "title": "=HYPERLINK(1)", "=head": "", **cells, **numbers}
    done = arxonomy("classify", "--format", "csv", "--model", bundle, input=json.dumps(record) + "\n")
    assert done.exit_code == 0, done.output
    assert b"\n" not in done.stdout_bytes.split(b"\n", 1)[1].rstrip(b"\n")
    (row,) = rows_of(done.stdout_bytes.decode())
    assert (row["id"], row["title"], "'=head" in row) == ("-x", "'=HYPERLINK(1)", True)
    assert {name: row[name] for name in cells} == {name: f"'{cell}" for name, cell in cells.items()}
    assert {name: row[name] for name in numbers} == numbers
    note = "note: 7 cells begin like a formula; a ' was put in front, so that no spreadsheet runs them: =head"
    assert note in done.stderr.splitlines()


def test_csv_of_json_lines_with_different_keys(arxonomy, bundle):
    papers = '{"id":"a","title":"x","n":1}\n{"id":"b","title":"y","extra":2}\n{"title":"z","extra":3}\n'
    done = arxonomy("classify", "--format", "csv", "--model", bundle, input=papers)
    assert done.exit_code == 0
    rows = [(row["id"], row["n"], row["extra"]) for row in rows_of(done.stdout)]
    assert rows == [("a", "1", ""), ("b", "", "2"), ("", "", "3")]
    assert "left out" not in done.stderr


def test_table_shows_hostile_text_harmlessly(arxonomy, bundle):
    title = f"{ANSI} [bold]x[/bold] [/nope] \u202etxt.exe\u202c\nsecond"
    papers = json.dumps({"id": ANSI, "title": title, "abstract": "zzz"}) + "\n"
    done = arxonomy("classify", "--format", "table", "--model", bundle, input=papers)
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output and "\u202e" not in done.output
    assert "␛[31mred" in done.stdout and "[bol" in done.stdout
    assert "⚠ 100% of the words are unknown" in done.stdout


def test_table_to_a_file(arxonomy, bundle, papers_csv, tmp_path, invented_papers):
    out = tmp_path / "out.txt"
    assert arxonomy("classify", papers_csv, "--model", bundle, "-o", out).exit_code == 0
    head, *lines = out.read_text(encoding="utf-8").splitlines()
    assert head.split()[:3] == ["id", "title", "category"]
    assert [line.split()[0] for line in lines[::2]] == [paper.id for paper in invented_papers]
    names = get_arxiv().get_names(["cs.CL", "cs.CV", "cs.LG"])
    assert set(lines[1::2]) <= {f"  {name}" for name in names.values()}


def test_a_device_is_written_to_and_not_replaced(arxonomy, bundle, tmp_path):
    fifo = tmp_path / "pipe.jsonl"
    os.mkfifo(fifo)
    reader = subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE)
    assert arxonomy("classify", "--title", "x", "--model", bundle, "-o", fifo).exit_code == 0
    answer, _ = reader.communicate(timeout=60)
    assert json.loads(answer)["id"] == "1"
    assert fifo.is_fifo()


def test_a_dash_is_stdout(arxonomy, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = arxonomy("classify", "--title", "x", "--model", bundle, "-o", "-")
    assert (done.exit_code, json.loads(done.stdout)["id"]) == (0, "1")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("words", [[], ["--format", "jsonl", "-o", "/dev/full"]])
def test_a_full_disk_is_reported(bundle, words):
    command = [sys.executable, "-m", "arxonomy", "classify", "--title", "x", "--model", bundle, *words]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("format", ["jsonl", "csv", "table"])
def test_a_closed_pipe_is_quiet(bundle, papers_csv: Path, tmp_path, format):
    lines = papers_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    many = tmp_path / "many.csv"  # more answers than a pipe holds
    many.write_text(lines[0] + "".join(lines[1:]) * 10, encoding="utf-8")
    command = [sys.executable, "-m", "arxonomy", "classify", many, "--model", bundle, "--format", format]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_a_file_in_another_encoding(arxonomy, bundle, tmp_path):
    file = tmp_path / "papers.csv"
    file.write_bytes("title\nÜber Risse in Tafelbildern\nPlain title\n".encode("cp1252"))
    done = arxonomy("classify", file, "--model", bundle)
    assert done.exit_code == 1
    assert (
        "papers.csv:2: expected UTF-8, found byte 0xdc at position 1; give its encoding, as in --enc"
        in done.stderr
    )
    done = arxonomy("classify", file, "--model", bundle, "--encoding", "cp1252")
    assert len(lines_of(done)) == 2
    assert (
        "unknown encoding `cp1" in arxonomy("classify", file, "--encoding", "cp1x", "--model", bundle).stderr
    )
