"""`arxonomy feed` by the packaged model, on invented papers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from arxiv_papers import invent_papers, render_atom
from arxiv_server import ArxivServer, Fault

from arxonomy.harvest.services import VARIABLE

TOPICS = {
    "parsing": "Parsing sentences with a grammar of syntax trees for dependency treebanks",
    "speech": "Recognition of speech from audio with acoustic phonemes and speaker noise",
}


def write(path: Path, topic: str, count: int, first: int = 1, **fields) -> Path:
    lines = [
        {
            "id": f"2610.{number:05}",
            "title": f"{TOPICS[topic]}, part {number}",
            "abstract": f"We study {topic} again, in part {number}.",
            "categories": ["cs.CL"],
            **fields,
        }
        for number in range(first, first + count)
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return path


@pytest.fixture
def papers(tmp_path):
    file = write(tmp_path / "day.jsonl", "speech", 6)
    return write(file, "parsing", 6, first=7)


@pytest.fixture
def likes(tmp_path):
    return write(tmp_path / "liked.jsonl", "parsing", 10, first=101)


@pytest.fixture
def history(tmp_path):
    return tmp_path / "history.txt"


@pytest.mark.slow
def test_a_feed_ranks_by_likes_and_shows_each_paper_once(arxonomy, papers, likes, history, tmp_path):
    words = ["feed", papers, "--category", "cs.CL", "--like", likes, "--history", history, "--top", 4]
    done = arxonomy(*words, "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert {paper["id"] for paper in found["papers"]} <= {f"2610.{number:05}" for number in range(7, 13)}
    assert found["precision_at_10"]["held_out"] == 5
    (known,) = json.loads(
        "["
        + arxonomy("classify", papers, "--top-k", 10).stdout.splitlines()[
            int(found["papers"][0]["id"][-2:]) - 1
        ]
        + "]"
    )
    assert found["papers"][0]["prediction"] == known
    assert len(history.read_text().splitlines()) == 4
    later = json.loads(arxonomy(*words, "--format", "json").stdout)
    assert not {paper["id"] for paper in later["papers"]} & {paper["id"] for paper in found["papers"]}
    assert later["left_out"]["shown before"] == 4
    assert json.loads(arxonomy(*words, "--format", "json", "--again").stdout)["papers"] == found["papers"]


@pytest.mark.slow
def test_when_all_was_shown_a_note_says_so(arxonomy, papers, history):
    words = ["feed", papers, "--category", "cs.CL", "--history", history]
    assert arxonomy(*words).stdout.count("\n## ") == 12
    done = arxonomy(*words)
    assert done.exit_code == 0 and "\n## " not in done.stdout
    assert done.stderr == (
        f"note: nothing new: all 12 were shown before, as {history} says; --again shows them\n"
    )


def test_the_usual_history_is_in_the_folder_for_data(arxonomy, papers):
    assert arxonomy("feed", papers, "--category", "cs.CL", "--top", 1).exit_code == 0
    file = Path(os.environ["XDG_DATA_HOME"], "arxonomy", "feed-history.txt")
    assert len(file.read_text().splitlines()) == 1
    file.unlink()


@pytest.mark.parametrize(
    ("name", "start"), [("a.md", "# cs.CL"), ("a.html", "<!doctype"), ("a.json", "{"), ("a.atom", "<?xml")]
)
def test_the_name_of_the_output_says_the_form(arxonomy, papers, history, tmp_path, name, start):
    out = tmp_path / name
    done = arxonomy("feed", papers, "--category", "cs.CL", "--top", 1, "--history", history, "-o", out)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"{out}\n")
    assert out.read_text().startswith(start)


def test_an_output_that_cannot_be_written_leaves_the_history_alone(arxonomy, papers, history, tmp_path):
    (tmp_path / "file").touch()
    done = arxonomy("feed", papers, "--category", "cs.CL", "--history", history, "-o", tmp_path / "file/a.md")
    assert done.exit_code == 1 and "cannot write" in done.stderr
    assert not history.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected --category or --like"),
        (["--category", "cs.CL", "-o", "a.txt"], "expected a name that ends in .md"),
        (["--category", "cs.CL", "--days", "2"], "expected it without FILES"),
        (["--like", "x.bib", "--min-confidence", "0.5"], "expected it with --category"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(arxonomy, papers, words, message):
    done = arxonomy("feed", papers, *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_a_wrong_category_is_an_error(arxonomy, papers):
    done = arxonomy("feed", papers, "--category", "cs.CL", "--not", "cs.A")
    assert done.exit_code == 1
    assert "found `cs.A`: did you mean `cs." in done.stderr


def test_bad_records_are_stated_and_the_rest_is_ranked(arxonomy, papers, history):
    with papers.open("a") as file:
        file.write("{}\n")
    done = arxonomy("feed", papers, "--category", "cs.CL", "--history", history)
    assert done.exit_code == 1 and "1 bad record was left out" in done.stderr
    assert done.stdout.count("\n## ") == 12


@pytest.fixture
def server(monkeypatch):
    with ArxivServer(invent_papers(8, a_day=8)) as server:
        server.day = next(iter(server.papers.values())).changed
        monkeypatch.setenv(VARIABLE, server.base)
        yield server


def test_the_newest_announcement_is_harvested_and_its_completeness_stated(arxonomy, server, history):
    done = arxonomy("feed", "--category", "cs.CL", "--history", history)
    assert done.exit_code == 0, done.output
    assert "arXiv lists 8 of 2026-10-01" in done.stderr and "all of them are there" in done.stderr
    assert done.stdout.count("\n## ") == 7  # one is a replacement
    assert "Harvested 8 papers; arXiv lists 8 of 2026-10-01" in done.stdout


def test_a_harvest_that_is_not_complete_is_shown_with_exit_status_1(arxonomy, server, history):
    lost = next(iter(server.papers))
    server.feed_lacks = {lost}
    server.faults = [Fault("/api/query", body=render_atom("", 0)) for _ in range(9)]
    done = arxonomy("feed", "--category", "cs.CL", "--history", history)
    assert done.exit_code == 1
    assert f"1 paper missing: {lost}" in done.stderr and f"1 paper missing: {lost}" in done.stdout


WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None
from arxonomy.cli import main
main()
"""


@pytest.mark.slow
def test_a_missing_package_names_the_extra(papers):
    words = [sys.executable, "-c", WITHOUT, "sklearn", "feed", str(papers), "--category", "cs.CL"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "pip install 'arxonomy[feed]'" in done.stderr


def test_a_plain_installation_is_told_of_the_extra_that_has_all_it_needs(tmp_path):
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('httpx2', 'lxml', 'tenacity', 'sklearn'))); "
        "from arxonomy.cli import main; main()"
    )
    file = write(tmp_path / "a.jsonl", "parsing", 3)
    words = ["feed", str(file), "--category", "cs.CL"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'arxonomy[feed]'" in done.stderr
