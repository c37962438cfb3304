from __future__ import annotations

import json
import os
import signal

import pytest
from cli.conftest import TINY


def test_what_training_prints_and_leaves(arxonomy, papers_csv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = arxonomy("train", papers_csv, *TINY, "--seed", 7, "--threads", 1, "--device", "cpu")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    run = tmp_path / "runs" / "v1-seed7"
    assert (run / "metrics.json").is_file()
    assert "run: runs/v1-seed7\nbest epoch: " in done.stderr
    assert f"hint: evaluate it with `arxonomy evaluate runs/v1-seed7 {papers_csv}`\n" in done.stderr
    validation = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["validation"]["papers"]
    assert f"calibrated on {validation} papers: few, so its probabilities are rough\n" in done.stderr
    assert "AMP" not in done.stderr
    assert json.loads((run / "recipe.json").read_text(encoding="utf-8"))["training"]["seed"] == 7


def test_a_run_is_not_overwritten_but_resumed(arxonomy, papers_csv, tmp_path, run_folder):
    done = arxonomy("train", papers_csv, *TINY, "--out", run_folder)
    assert done.exit_code == 1
    assert "--resume" in done.stderr and done.stdout == ""
    before = (run_folder / "metrics.json").read_bytes()
    assert arxonomy("train", papers_csv, *TINY, "--out", run_folder, "--resume").exit_code == 0
    assert (run_folder / "metrics.json").read_bytes() == before


def test_resume_keeps_the_runs_own_split(arxonomy, papers_csv, tmp_path, invented_papers):
    # A split that no seed would draw: in the order of the file.
    split = tmp_path / "split.csv"
    parts = ["train"] * 60 + ["validation"] * 15 + ["test"] * 15
    rows = [f"{paper.id},{part}\n" for paper, part in zip(invented_papers, parts, strict=True)]
    split.write_text("id,split\n" + "".join(rows), encoding="utf-8")
    run = tmp_path / "run"
    options = ["train", papers_csv, *TINY, "--out", run, "--resume"]
    assert arxonomy(*options, "--split-file", split).exit_code == 0
    again = arxonomy(*options)
    assert again.exit_code == 0, again.output
    other = tmp_path / "other.csv"
    other.write_text(split.read_text(encoding="utf-8").replace("test", "train"), encoding="utf-8")
    refused = arxonomy(*options, "--split-file", other)
    assert refused.exit_code == 1
    assert "another split" in refused.stderr


def test_resume_refuses_another_file(arxonomy, papers_csv, tmp_path, run_folder):
    other = tmp_path / "other.csv"
    lines = papers_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    other.write_text("".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
    done = arxonomy("train", other, *TINY, "--out", run_folder, "--resume")
    assert done.exit_code == 1
    assert "was trained on papers.csv" in done.stderr


@pytest.mark.slow
def test_copies_of_test_papers_in_training_are_reported(arxonomy, papers_csv, tmp_path, invented_papers):
    doubled = tmp_path / "doubled.csv"
    text = papers_csv.read_text(encoding="utf-8")
    header, body = text.split("\n", 1)
    doubled.write_text(header + "\n" + body + body.replace("invented-", "copy-"), encoding="utf-8")
    options = ["train", doubled, *TINY, "--set", "training.epochs=1"]
    random = arxonomy(*options, "--set", "data.split=random", "--out", tmp_path / "random")
    assert random.exit_code == 0, random.output
    assert "test papers have a copy among the training papers" in random.stderr
    silent = arxonomy(*options, "--out", tmp_path / "grouped")
    assert "have a copy" not in silent.stderr


def test_bad_records(arxonomy, papers_csv, tmp_path):
    damaged = tmp_path / "damaged.csv"
    damaged.write_text(papers_csv.read_text(encoding="utf-8") + "x,,,cs.CL\n", encoding="utf-8")
    strict = arxonomy("train", damaged, *TINY, "--out", tmp_path / "strict", "--strict")
    assert strict.exit_code == 1
    assert strict.stderr.startswith("error: ") and strict.stderr.count("\n") == 1
    assert not (tmp_path / "strict").exists()
    done = arxonomy("train", damaged, *TINY, "--set", "training.epochs=1", "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert f"1 bad record was left out of {damaged}" in done.stderr
    assert (tmp_path / "run" / "metrics.json").is_file()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--recipe", "v2000"], 1, "no recipe is called `v2000`"),
        (["--recipe", "v1", "--set", "training.epoch=1"], 1, "did you mean `epochs`?"),
        (["--recipe", "v1", "--set", "training.epochs"], 1, "expected key=value"),
        ([], 2, "--recipe"),
    ],
)
def test_errors(arxonomy, papers_csv, words, status, message):
    done = arxonomy("train", papers_csv, *words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert message in done.stderr


@pytest.mark.slow
def test_ctrl_c_and_resume(warm, papers_csv, tmp_path, arxonomy):
    run, epochs = tmp_path / "run", 30
    words = ["train", str(papers_csv), *TINY, "--set", f"training.epochs={epochs}", "--out", str(run)]
    words += ["--set", f"training.stop_patience={epochs}"]
    streams = [os.pipe() for _ in range(2)]
    with open(os.devnull, "rb") as nothing:
        (_, stdout), (_, stderr) = streams
        child = warm.start(
            "warm_process:run_command", *words, stdin=nothing.fileno(), stdout=stdout, stderr=stderr
        )
    for _, writer in streams:
        os.close(writer)
    with open(streams[0][0]) as out, open(streams[1][0]) as err:
        assert json.loads(out.readline())["epoch"] == 1
        os.kill(child.pid, signal.SIGINT)
        rest, talk = out.read(), err.read()
    assert child.wait() == 130
    assert talk.endswith("stopped\nhint: resume with the same command and `--resume`\n")
    assert len(rest.splitlines()) < epochs - 1
    done = arxonomy(*words, "--resume")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["epoch"] == epochs
    assert json.loads(done.stdout.splitlines()[0])["epoch"] == len(rest.splitlines()) + 2


@pytest.mark.slow
def test_teachers_are_trained_and_asked_by_one_command(arxonomy, papers_csv, tmp_path, run_folder):
    more = tmp_path / "more.csv"
    lines = papers_csv.read_text(encoding="utf-8").splitlines()
    texts = [f"x{row},Of {line.split(',')[1]},{line.split(',')[2]}" for row, line in enumerate(lines[1:])]
    more.write_text("\n".join(["id,title,abstract", *texts, "y,,", lines[1].rpartition(",")[0]]) + "\n")
    options = ["train", papers_csv, *TINY, "--init", run_folder, "--out", tmp_path / "run"]
    options += ["--teacher", "majority", "--teacher", run_folder, "--unlabeled", more, "--cross-fit", 2]
    done = arxonomy(*options, "--set", "training.teacher_share=0.5")
    assert done.exit_code == 1  # one record was bad
    assert f"warning: {more}:{len(lines) + 1}: " in done.stderr
    assert [json.loads(line)["epoch"] for line in done.stdout.splitlines()] == [1, 2]
    assert "unlabeled: 90 papers; left out: 1 " in done.stderr
    assert f"tensors are those of {run_folder}; new: none" in done.stderr
    info = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))
    assert [teacher["name"] for teacher in info["teachers"]] == ["tiny", "majority"]
    refused = arxonomy("train", papers_csv, *TINY, "--out", tmp_path / "new", "--unlabeled", more)
    assert refused.exit_code == 1 and "found none; give --teacher" in refused.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--on-packaged"], "network-head: expected one process, since only a network is trained"),
        (["train", "--recipe", "ensemble-diverse"], "ensemble-diverse: expected one process"),
        (
            ["train", "--recipe", "v1", "--teacher", "v1"],
            "--teacher: expected one process, found 2 processes",
        ),
        (["classify"], "classify: expected one process, since several only train, found 2"),
    ],
)
@pytest.mark.parametrize("rank", [0, 1])
def test_what_torchrun_cannot_start_is_refused(arxonomy, papers_csv, monkeypatch, words, message, rank):
    names = {"WORLD_SIZE": 2, "RANK": rank, "LOCAL_RANK": rank, "MASTER_ADDR": "localhost", "MASTER_PORT": 1}
    for name, value in names.items():
        monkeypatch.setenv(name, str(value))
    done = arxonomy(*words, papers_csv)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {'rank 1: ' if rank else ''}{message}")
    assert done.stderr.count("\n") == 1
