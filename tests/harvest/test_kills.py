"""A harvest that is killed, as a whole process: the same command loses nothing and repeats nothing."""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from pathlib import Path

import pytest
from arxiv_papers import invent_papers
from arxiv_server import ArxivServer
from killed_harvest import main

pytestmark = pytest.mark.slow

KILLS = 20
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["arxonomy.harvest"])


def start(server: ArxivServer, path: Path) -> multiprocessing.process.BaseProcess:
    run = FORKS.Process(target=main, args=(server.base, str(path)))
    run.start()
    return run


def wait(run: multiprocessing.process.BaseProcess) -> int:
    run.join()
    status = run.exitcode
    run.close()
    return status


def test_kills_at_any_moment_lose_nothing_and_repeat_nothing(tmp_path):
    draw, path = random.Random(42), tmp_path / "killed" / "papers.jsonl"
    path.parent.mkdir()
    with ArxivServer(invent_papers(160, a_day=8), page=7, id_page=40) as server:
        assert wait(start(server, tmp_path / "whole.jsonl")) == 0
        kills = 0
        while kills < KILLS:
            run, goal = start(server, path), len(server.requests) + draw.randint(1, 12)
            while run.is_alive() and len(server.requests) < goal:
                time.sleep(0.001)
            time.sleep(draw.uniform(0, 0.01))
            if run.is_alive():
                run.kill()
                kills += 1
            else:  # it was done: what is killed next begins at the start
                run.join()
                for file in path.parent.glob("papers.jsonl*"):
                    file.unlink()
            assert wait(run) in (0, -9)
        assert wait(start(server, path)) == 0
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    ids = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert len(set(ids)) == len(ids) == 160
