"""`arxonomy embed`, end to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from arxonomy.text import Vocabulary
from arxonomy.text.vectors import read_vectors

TINY = ["--dim", 6, "--epochs", 1, "--min-count", 2, "--threads", 1]


def read_words(path: Path) -> set[str]:
    return {line.split()[0] for line in path.read_text().splitlines()}


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_papers_in_vectors_out(arxonomy, papers_csv, tmp_path, method):
    out = tmp_path / "v.txt"
    done = arxonomy("embed", papers_csv, papers_csv, "--out", out, "--method", method, *TINY)
    assert (done.exit_code, done.stdout) == (0, f"{out}\n"), done.output
    assert f"{papers_csv}: 90 papers" in done.stderr
    assert "90 papers with" in done.stderr and "left out: 0 as asked, 90 repeated" in done.stderr
    assert "epoch 1 of 1: " in done.stderr
    vectors = read_vectors(out, Vocabulary(["<PAD>", "<UNK>", "token", "tokenlike"]), 6)
    assert vectors.in_file.tolist() == [False, False, True, False]
    assert (vectors.filled is not None) == (method == "fasttext")


def test_the_vectors_can_be_trained_with(arxonomy, papers_csv, tmp_path):
    out = tmp_path / "v.txt.gz"
    assert arxonomy("embed", papers_csv, "--out", out, "--method", "fasttext", *TINY).exit_code == 0
    small = ["model.embed_dim=6", "model.num_filters=8", "model.lstm_hidden=8"]
    words = [word for text in [*small, "training.epochs=1"] for word in ("--set", text)]
    done = arxonomy(
        "train", papers_csv, "--recipe", "v1", "--vectors", out, "--out", tmp_path / "run", *words
    )
    assert done.exit_code == 0, done.output
    assert "(100.0%)" in done.stderr


def test_papers_are_left_out(arxonomy, papers_csv, tmp_path, invented_papers):
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(f"{paper.id}\n" for paper in invented_papers if paper.category == "cs.CL"))
    split = tmp_path / "split.csv"
    lines = [f"{paper.id},{'test' if paper.category == 'cs.CV' else 'train'}\n" for paper in invented_papers]
    split.write_text("id,split\n" + "".join(lines))
    out = tmp_path / "v.txt"
    done = arxonomy("embed", papers_csv, "--out", out, "--exclude", ids, "--exclude", split, *TINY)
    assert done.exit_code == 0, done.output
    assert "left out: 60 as asked" in done.stderr
    assert "gradient" in read_words(out) and not {"token", "image"} & read_words(out)
    again = arxonomy("embed", papers_csv, "--out", out, "--exclude", papers_csv, *TINY)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "found none: 90 were left out as asked; give others, or leave out fewer" in again.stderr
    assert "gradient" in read_words(out)


def test_bad_records_are_reported_and_counted(arxonomy, tmp_path):
    data = tmp_path / "papers.jsonl"
    data.write_text('{"Titel": "deep nets"}\n{"Titel": \n{"Titel": "deep swamp nets"}\n')
    out = tmp_path / "v.txt"
    words = ["embed", data, "--out", out, "--column", "title=Titel", *TINY]
    done = arxonomy(*words)
    assert (done.exit_code, done.stdout) == (1, f"{out}\n")
    assert f"warning: {data}:2: not valid JSON" in done.stderr
    assert f"1 bad record was left out of {data}" in done.stderr
    assert read_words(out) == {"deep", "nets"}
    out.unlink()
    strict = arxonomy(*words, "--strict")
    assert (strict.exit_code, strict.stdout, out.exists()) == (1, "", False)
    bad = tmp_path / "left-out.csv"
    bad.write_text("id,title\na,one\nb\n")
    good = tmp_path / "good.csv"
    good.write_text("title\ndeep deep\n")
    done = arxonomy("embed", good, "--out", out, "--exclude", bad, *TINY)
    assert (done.exit_code, out.exists()) == (1, True)
    assert f"1 bad record was left out of {bad}" in done.stderr


def test_stdin(arxonomy, tmp_path):
    done = arxonomy("embed", "-", "--out", tmp_path / "v.txt", *TINY, input=b"title\ndeep deep\n")
    assert done.exit_code == 0, done.output
    assert "stdin: 1 paper" in done.stderr
    assert read_words(tmp_path / "v.txt") == {"deep"}


def test_wrong_usage(arxonomy, papers_csv, tmp_path):
    assert arxonomy("embed", "--out", tmp_path / "v.txt").exit_code == 2
    assert arxonomy("embed", papers_csv).exit_code == 2
    assert arxonomy("embed", papers_csv, "--out", tmp_path / "v.txt", "--method", "glove").exit_code == 2
    assert arxonomy("embed", papers_csv, "--out", tmp_path / "v.txt", "--seed", 2**32).exit_code == 2


@pytest.mark.slow
def test_ctrl_c_leaves_nothing(papers_csv, tmp_path):
    """Training that would take hours is stopped once it has begun."""
    for name in ("out", "temporary"):
        (tmp_path / name).mkdir()
    command = [
        "embed",
        papers_csv,
        "--out",
        tmp_path / "out" / "v.txt",
        "--epochs",
        "1000000",
        "--threads",
        "2",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "arxonomy", *map(str, command)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
    ) as process:
        assert process.stderr is not None
        late = threading.Timer(300, process.kill)  # a busy machine is slow to begin
        late.start()
        started = next((line for line in process.stderr if line.startswith("epoch 2 of")), "")
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
        late.cancel()
        assert (started != "", process.wait()) == (True, 130), errors
    assert errors.endswith("stopped\n") and "Traceback" not in errors
    assert os.listdir(tmp_path / "out") == os.listdir(tmp_path / "temporary") == []
