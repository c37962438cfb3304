"""Shards on a real Ray cluster of this machine, of which processes are killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bulk_files import hash_answers, make_records, write_json_lines
from counting_model import make_classifier

from arxonomy.bulk import BulkSummary, ModelSource, Options, OutputFolder, Shard, classify_files, make_plan
from arxonomy.bulk import ray as bulk_ray
from arxonomy.bulk.ray import run_on_ray, work_on_ray
from arxonomy.errors import MissingExtraError

pytestmark = pytest.mark.slow
Run = Callable[..., BulkSummary]


def count_words(shard: Shard, source: ModelSource, options: Options, out: Path) -> Any:
    """`work_on_ray` with the counting model, in a process of the cluster."""
    from arxonomy import inference

    inference.load = lambda *arguments, **options: make_classifier()
    return work_on_ray(shard, source, options, out)


def die_once(shard: Shard, source: ModelSource, options: Options, out: Path) -> Any:
    """The second shard kills its process the first time."""
    trace = out / "_arxonomy" / "died"
    if shard.name == "shard-00001" and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return count_words(shard, source, options, out)


def die_always(shard: Shard, *arguments: Any) -> Any:
    """The second shard kills its process each time."""
    if shard.name == "shard-00001":
        os.kill(os.getpid(), signal.SIGKILL)
    return count_words(shard, *arguments)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    import ray

    with pytest.MonkeyPatch.context() as patch:  # its processes import this module, and what it imports
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        ray.init(address="local", num_cpus=3, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def run(cluster: None, tmp_path: Path) -> Run:
    """`run("out", function)`: a run over 20 papers in shards of 3."""
    file = tmp_path / "papers.jsonl"
    write_json_lines(file, make_records(20))

    def run(out: str, function: Callable[..., Any] = count_words, engine: Any = run_on_ray) -> BulkSummary:
        plan, folder = make_plan([str(file)], make_classifier(), Options(shard_size=3)), tmp_path / out
        opened = OutputFolder(folder)
        try:
            return classify_files(
                plan, ModelSource(None), opened, workers=2, engine=engine, function=function
            )
        finally:
            opened.close()

    return run


def test_a_cluster_writes_the_same_bytes_as_one_process(run: Run, tmp_path: Path) -> None:
    from bulk_workers import count_words as count_words_here

    summary = run("cluster")
    assert (summary.papers, summary.shards, summary.missing) == (20, 7, 0)
    run("here", count_words_here, None)
    assert hash_answers(tmp_path / "cluster") == hash_answers(tmp_path / "here")


def test_a_task_whose_process_is_killed_is_done_again(run: Run, tmp_path: Path) -> None:
    summary = run("killed", die_once)
    assert (tmp_path / "killed" / "_arxonomy" / "died").exists()
    assert summary.papers == 20 and not summary.failed
    (tmp_path / "killed" / "_arxonomy" / "died").unlink()
    run("whole")
    assert hash_answers(tmp_path / "killed") == hash_answers(tmp_path / "whole")


def test_a_shard_that_kills_each_process_fails_alone(run: Run, tmp_path: Path) -> None:
    summary = run("out", die_always)
    assert [failed.shard for failed in summary.failed] == ["shard-00001"]
    assert "its task failed 2 times" in summary.failed[0].reason and summary.papers == 17
    again = run("out")
    assert (again.resumed, again.new_papers, again.missing) == (6, 3, 0)


def test_a_machine_of_another_kind_does_nothing(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    run("out")
    folder = OutputFolder(tmp_path / "out")
    plan = make_plan([str(tmp_path / "papers.jsonl")], make_classifier(), Options(shard_size=3))
    monkeypatch.setattr(bulk_ray, "find_instructions", lambda: ("another", "processor"))
    event = work_on_ray(plan.shards[0], ModelSource(None), plan.options, folder.path)
    assert event.stops and "expected machines of one kind" in event.reason


def test_a_machine_of_another_kind_works_where_any_will_do(tmp_path: Path, monkeypatch: Any) -> None:
    plan = make_plan(
        [str(write_json_lines(tmp_path / "papers.jsonl", make_records(3)))],
        make_classifier(),
        Options(any_processor=True),
    )
    folder = OutputFolder(tmp_path / "any")
    folder.settle_plan(plan)
    monkeypatch.setattr(bulk_ray, "find_instructions", lambda: ("another", "processor"))
    folder.close()
    event = work_on_ray(plan.shards[0], ModelSource(None), plan.options, folder.path)
    assert event.marker.papers == 3


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"arxonomy\[ray\]"):
        next(run_on_ray([], 1, count_words, ()))
