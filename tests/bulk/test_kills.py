"""Runs that are killed, as whole processes: what is left is resumed to the same bytes."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bulk_files import hash_answers, make_records, read_ids, write_json_lines

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes as Linux lists them"),
]

PAPERS, KILLS = 240, 20
TESTS = Path(__file__).resolve().parent.parent


def make_command(file: Path, out: Path, *options: object) -> list[str]:
    """The command, with the packaged model."""
    words = ["bulk", file, out, "--shard-size", 6, *options]
    return [sys.executable, "-m", "arxonomy", *map(str, words)]


def make_counting_command(file: Path, out: Path, workers: int) -> list[str]:
    """The same with a model that counts words, which starts in a fraction of the time."""
    code = f"import sys; sys.path.insert(0, {str(TESTS)!r}); from bulk_workers import main; main()"
    return [sys.executable, "-c", code, str(file), str(out), str(workers)]


def list_workers(parent: int) -> list[int]:
    """The worker processes of a run, without the helper process of multiprocessing."""
    found = []
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


def wait_until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 120
    while not is_so() and time.monotonic() < end:
        time.sleep(0.002)
    return is_so()


def count_done(out: Path) -> int:
    return len(list(out.glob("_arxonomy/shard-*[0-9].json")))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_json_lines(tmp_path_factory.mktemp("papers") / "a.jsonl", make_records(PAPERS))


def test_kills_at_any_moment_change_nothing(file, tmp_path):
    subprocess.run(make_counting_command(file, tmp_path / "undisturbed", 3), check=True)
    draw, out = random.Random(42), tmp_path / "out"
    command = make_counting_command(file, out, 2)
    kills = {"parent": 0, "worker": 0}
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while sum(kills.values()) < KILLS:
        goal = count_done(out) + draw.randint(0, 2)
        wait_until(lambda goal=goal, run=run: count_done(out) >= goal or run.poll() is not None)
        time.sleep(draw.uniform(0, 0.05))
        workers = list_workers(run.pid)
        if run.poll() is not None:  # it was done: damage some of it, so that there is more to kill
            for answers in draw.sample(sorted(out.glob("*.parquet")), 20):
                answers.unlink()
        elif kills["parent"] > kills["worker"] and workers:
            os.kill(draw.choice(workers), signal.SIGKILL)
            kills["worker"] += 1
            continue
        else:
            run.kill()
            kills["parent"] += 1
        run.wait()
        assert wait_until(lambda workers=workers: not any(map(is_alive, workers)))  # workers end themselves
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    run.wait()
    assert min(kills.values()) >= KILLS // 4
    subprocess.run(command, check=True)
    assert hash_answers(out) == hash_answers(tmp_path / "undisturbed")
    assert read_ids(out) == [f"p{row}" for row in range(PAPERS)]
    assert not list(out.rglob("*.partial"))


def test_ctrl_c_ends_all_processes_and_keeps_what_is_done(file, tmp_path):
    out = tmp_path / "out"
    run = subprocess.Popen(
        make_command(file, out, "--workers", 2),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert wait_until(lambda: count_done(out) > 0)
    workers = list_workers(run.pid)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does, which sends it to the workers too
    _, err = run.communicate()
    assert run.returncode == 130
    assert err.splitlines()[-1] == "stopped; finished shards stay, and the same command resumes"
    assert "Traceback" not in err
    assert not any(map(is_alive, workers))
    assert not list(out.rglob("*.partial"))
    subprocess.run(make_command(file, out), check=True, capture_output=True)
    assert read_ids(out) == [f"p{row}" for row in range(PAPERS)]


def test_a_second_run_of_the_same_shards_is_refused_and_of_others_is_not(file, tmp_path):
    out = tmp_path / "out"
    first = subprocess.Popen(
        make_command(file, out, "--workers", 1, "--shard", "1/2"), stderr=subprocess.DEVNULL
    )
    assert wait_until(lambda: count_done(out) > 0)
    os.kill(first.pid, signal.SIGSTOP)  # it is at work for as long as the others need
    try:
        same = subprocess.run(make_command(file, out), capture_output=True, text=True, check=False)
        other = subprocess.run(
            make_command(file, out, "--shard", "40/40"), capture_output=True, text=True, check=False
        )
    finally:
        os.kill(first.pid, signal.SIGCONT)
    first.wait()
    assert (same.returncode, same.stderr.count("another run is at work")) == (1, 1)
    assert other.returncode == 0, other.stderr


def test_a_disk_that_takes_no_more_is_reported_and_leaves_nothing_half_written(tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(400))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "arxonomy", "bulk", str(file), str(out), "--workers", "1"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    full = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert full.returncode == 1
    assert f"cannot write {out / 'shard-00000.parquet'}: File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert sorted(path.name for path in out.rglob("*")) == ["_arxonomy", "lock", "manifest.json"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert len(read_ids(out)) == 400
