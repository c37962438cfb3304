"""`arxonomy harvest`, and papers by id in `classify` and `explain`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from arxiv_server import ArxivServer, Fault

from arxonomy.harvest.services import VARIABLE
from arxonomy.papers import read_papers

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("httpx2", "lxml", "tenacity")))
from arxonomy.cli import main
main()
"""


@pytest.fixture
def server(monkeypatch):
    with ArxivServer() as server:
        monkeypatch.setenv(VARIABLE, server.base)
        yield server


def test_the_newest_announcement(server, arxonomy, tmp_path):
    done = arxonomy("harvest", "--category", "cs.CL, cs.LG", "-o", tmp_path / "a.jsonl")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        "harvested 4 papers; arXiv lists 4 of 2026-10-02 (3 new, 1 replace): all of them are there\n"
        f"{tmp_path / 'a.jsonl'}\n"
    )
    assert len(list(read_papers(tmp_path / "a.jsonl"))) == 4


def test_a_range_of_days_prints_its_report_as_json(server, arxonomy, tmp_path):
    words = ("harvest", "--category", "cs.CL", "--from", "2026-10-02", "--until", "2026-10-03", "--json")
    done = arxonomy(*words, "-o", tmp_path / "a.parquet")
    report = json.loads(done.stdout)
    assert (report["papers"], report["announced"], report["is_complete"]) == (8, 8, True)
    assert report["selection"]["until"] == "2026-10-03"


def test_what_is_missing_is_named_and_the_exit_status_is_1(server, arxonomy, tmp_path):
    done = arxonomy("harvest", "--ids", "2610.00001,2501.99999", "-o", tmp_path / "a.jsonl")
    assert done.exit_code == 1
    assert "warning: 1 paper missing: 2501.99999" in done.stderr
    assert len(list(read_papers(tmp_path / "a.jsonl"))) == 1


def test_ids_may_be_in_a_file(server, arxonomy, tmp_path):
    file = tmp_path / "ids.txt"
    file.write_text("2610.00001 # first\nhttps://arxiv.org/abs/2610.00002\n")
    assert arxonomy("harvest", "--ids", file, "-o", tmp_path / "a.jsonl").exit_code == 0
    assert [paper.id for paper in read_papers(tmp_path / "a.jsonl")] == ["2610.00001", "2610.00002"]
    file.write_text("2610.00001\nnonsense\x1b[1m")
    done = arxonomy("harvest", "--ids", file, "-o", tmp_path / "a.jsonl")
    assert done.exit_code == 1
    assert f"{file}: expected an id or an address of arXiv's, as in 2501" in done.stderr
    assert "found nonsense␛[1m" in done.stderr


def test_a_query(server, arxonomy, tmp_path):
    assert arxonomy("harvest", "--query", "cat:cs.CL", "-o", tmp_path / "a.jsonl").exit_code == 0
    assert len(list(read_papers(tmp_path / "a.jsonl"))) == 20


def test_ctrl_c_says_that_the_same_command_continues(server, arxonomy, tmp_path, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    words = ("harvest", "--from", "2026-10-01", "--until", "2026-10-09", "-o", tmp_path / "a.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr("arxonomy.harvest.ranges.RangeHarvest._compare", stop)
        done = arxonomy(*words)
    assert (done.exit_code, done.stderr) == (130, "stopped; the same command continues\n")
    assert not (tmp_path / "a.jsonl").exists()
    before = len(server.requests)
    assert arxonomy(*words).exit_code == 0
    assert "from=2026-10-09" in server.requests[before][0]
    assert len(list(read_papers(tmp_path / "a.jsonl"))) == 20


@pytest.mark.parametrize(
    "words",
    [
        ["--ids", "2610.00001", "--query", "x"],
        ["--ids", "2610.00001", "--category", "cs.CL"],
        ["--until", "2026-10-02"],
        ["--from", "2026-10-02", "--query", "x"],
        ["--from", "yesterday"],
        [],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(arxonomy, tmp_path, words):
    output = ["-o", tmp_path / "a.jsonl"] if words else []
    assert arxonomy("harvest", *words, *output).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "a.csv"], "expected a name that ends in .jsonl or .parquet, found a.csv"),
        (
            ["-o", "a.jsonl", "--category", "cs.ZZ"],
            "expected a category or an archive of arXiv's, found `cs.ZZ`",
        ),
        (["-o", "a.jsonl", "--from", "1999-01-01"], "expected days from 2005-09-16"),
        (["-o", "a.jsonl", "--ids", "x,2610.00001"], "--ids: expected an id or an address of arXiv's"),
    ],
)
def test_errors_are_one_line_and_nothing_is_asked(server, arxonomy, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = arxonomy("harvest", *words)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_what_the_server_says_cannot_control_the_terminal(server, arxonomy, tmp_path):
    server.faults += [
        Fault(
            path="/oai",
            body="<OAI-PMH><error code='badArgument'>\u009b31m\u202e</error></OAI-PMH>".encode(),
        )
    ]
    done = arxonomy("harvest", "--from", "2026-10-01", "-o", tmp_path / "a.jsonl")
    assert done.exit_code == 1
    assert "\u009b" not in done.stderr
    assert "\u202e" not in done.stderr


def test_one_paper_is_classified_by_its_id(server, arxonomy, bundle, tmp_path):
    done = arxonomy("classify", "https://arxiv.org/abs/2610.00001", "--model", bundle)
    assert (done.exit_code, done.stderr) == (0, "")
    arxonomy("harvest", "--ids", "2610.00001", "-o", tmp_path / "a.jsonl")
    assert done.stdout == arxonomy("classify", tmp_path / "a.jsonl", "--model", bundle).stdout
    assert json.loads(done.stdout)["id"] == "2610.00001"


def test_one_paper_is_explained_by_its_id_and_written_in_every_form(server, arxonomy, bundle, tmp_path):
    assert arxonomy("explain", "2610.00001", "--model", bundle).exit_code == 0
    for name in ("a.ris", "a.csv", "a.bib", "a.parquet"):
        done = arxonomy("classify", "arXiv:2610.00001", "--model", bundle, "-o", tmp_path / name)
        assert done.exit_code == 0, done.output
    ris = (tmp_path / "a.ris").read_text()
    assert server.papers["2610.00001"].title in ris
    assert "AU  - Bo Li Jr" in ris


def test_a_paper_that_arxiv_does_not_have_is_an_error(server, arxonomy, bundle):
    done = arxonomy("classify", "2501.99999", "--model", bundle)
    assert (done.exit_code, done.stderr) == (1, "error: arXiv has no paper 2501.99999; is the id right?\n")


def test_a_file_with_the_name_of_an_id_comes_first(server, arxonomy, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("2610.00001").write_text('{"id": "mine", "title": "A parser of sentences"}\n')
    done = arxonomy("classify", "2610.00001", "--model", bundle)
    assert json.loads(done.stdout)["id"] == "mine"
    assert server.requests == []


def test_a_file_that_is_missing_is_still_said_to_be(server, arxonomy, bundle):
    done = arxonomy("classify", "2610.00001.csv", "--model", bundle)
    assert done.exit_code == 1
    assert "2610.00001.csv" in done.stderr
    assert server.requests == []


@pytest.mark.slow
@pytest.mark.parametrize("words", [["classify", "2610.00001"], ["harvest", "-o"]], ids=lambda words: words[0])
def test_without_the_extra_it_is_named(words, tmp_path):
    command = [sys.executable, "-c", WITHOUT, *words]
    if words[-1] == "-o":
        command.append(str(tmp_path / "a.jsonl"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: asking arXiv needs `httpx2`, which is not installed; install it with "
        "`pip install 'arxonomy[harvest]'`\n"
    )
