"""Commands with some or all of their standard streams on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys

import pytest
from cli.conftest import TINY
from warm_process import Warm


def on_terminal(streams: list[str], *words: object) -> tuple[int, bytes, bytes]:
    """Exit status, stdout when it is none of the `streams`, and what the terminal shows."""
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "arxonomy", *map(str, words)]
    places = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | dict.fromkeys(streams, end)
    with subprocess.Popen(command, env=os.environ | {"COLUMNS": "110"}, **places) as process:
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # Linux: nobody holds the other end any more
            while chunk := os.read(terminal, 4096):
                shown += chunk
        os.close(terminal)
        out = process.stdout.read() if process.stdout else b""
        return process.wait(timeout=60), out, shown


def train_on_terminal(warm: Warm, streams: list[str], *words: object) -> tuple[int, bytes, bytes]:
    """The same of `arxonomy train`, in a process that need not import PyTorch."""
    terminal, end = pty.openpty()
    reader, writer = os.pipe()
    with open(os.devnull, "rb") as nothing:
        places = {"stdin": nothing.fileno(), "stdout": writer} | dict.fromkeys(streams, end)
        words = ("train", *words)
        child = warm.start("warm_process:run_command", *map(str, words), **places, env={"COLUMNS": "110"})
    os.close(end)
    os.close(writer)
    shown = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(terminal, 4096):
            shown += chunk
    os.close(terminal)
    with open(reader, "rb") as pipe:
        out = pipe.read()
    return child.wait(), out, shown


def test_a_table_on_a_terminal(bundle, papers_csv):
    status, _, shown = on_terminal(["stdout"], "classify", papers_csv, "--model", bundle)
    assert status == 0
    assert shown.decode().splitlines()[-2].startswith("invented-89")  # its name is below


def test_nobody_is_left_waiting_for_input(bundle):
    status, out, shown = on_terminal(["stdin", "stderr"], "classify", "--model", bundle)
    assert (status, out) == (2, b"")
    assert b"give a FILE" in shown


@pytest.mark.slow
@pytest.mark.slow
def test_the_bar_leaves_stdout_alone(warm, papers_csv, tmp_path):
    status, out, shown = train_on_terminal(warm, ["stderr"], papers_csv, *TINY, "--out", tmp_path / "run")
    assert status == 0
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == [1, 2]
    assert b"epoch 2 of 2" in shown and b"validation_loss" not in shown


@pytest.mark.slow
def test_epochs_are_whole_lines_above_the_bar(warm, papers_csv, tmp_path):
    words = [papers_csv, *TINY, "--out", tmp_path / "run"]
    status, _, shown = train_on_terminal(warm, ["stdout", "stderr"], *words)
    assert status == 0
    lines = [line[line.index("{") :] for line in shown.decode().splitlines() if "validation_loss" in line]
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
