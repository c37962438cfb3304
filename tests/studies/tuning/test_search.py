"""A search within its bounds of time and number, stopped at any moment, that never looks at test papers."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from html_reader import Reader
from studies.tuning.fake_training import EPOCHS, SECONDS, FakeTraining, tune_fake
from warm_process import Warm

import arxonomy as package
from arxonomy.config import load_recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.records import Paper
from arxonomy.studies.source import PapersInMemory
from arxonomy.studies.tuning import search
from arxonomy.studies.tuning.results import Tuning

KILLS = 6

Tune = Callable[..., Tuning]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    monkeypatch.setattr(search, "train", search.train)  # restored in the end
    monkeypatch.setattr(os, "fsync", lambda file: None)  # nearly all of the time
    return FakeTraining()


@pytest.fixture
def tune(fake: FakeTraining, invented_papers: list[Paper], tmp_path: Path) -> Tune:
    """`tune(trials=3)`: the fake search in one folder."""
    papers = PapersInMemory(invented_papers)
    return lambda *ranges, out="out", **bounds: tune_fake(fake, papers, tmp_path / out, *ranges, **bounds)


def describe(tuning: Tuning) -> list[dict[str, Any]]:
    """The trials, without the time that they took."""
    return [{**trial.to_dict(), "seconds": None} for trial in tuning.trials]


def test_it_finds_the_best_and_says_what_mattered(tune: Tune, tmp_path: Path) -> None:
    tuning = tune(trials=25)
    first = tuning.trials[0]
    assert first.settings == {"training.learning_rate": 1e-3, "training.batch_size": 64}  # the recipe's own
    assert first.score == pytest.approx(0.8)
    assert len(tuning.trials) == 25 and tuning.best.score > 0.88
    assert {"complete", "pruned"} == {trial.state for trial in tuning.trials}
    name, share = next(iter(tuning.importance.items()))
    assert name == "training.learning_rate" and share > 0.8
    assert sum(tuning.importance.values()) == pytest.approx(1)
    lines = [json.loads(line) for line in (tmp_path / "out" / "trials.jsonl").read_text().splitlines()]
    assert lines == json.loads(json.dumps([trial.to_dict() for trial in tuning.trials]))
    assert not list((tmp_path / "out" / "trials").iterdir())  # the runs are deleted
    best = load_recipe(tmp_path / "out" / "best.toml")
    assert best.training.learning_rate == tuning.best.settings["training.learning_rate"]
    assert best == tuning.best_recipe and best.name == "fake-tuned"


def test_hopeless_trials_are_pruned(tune: Tune, fake: FakeTraining) -> None:
    tuning = tune(trials=12)
    pruned = [trial for trial in tuning.trials if trial.state == "pruned"]
    done = [trial for trial in tuning.trials if trial.state == "complete"]
    assert pruned and min(trial.number for trial in pruned) > 4
    assert all(2 <= len(trial.epochs) < EPOCHS and not trial.seeds for trial in pruned)
    assert fake.epochs == sum(len(trial.epochs) for trial in tuning.trials) < 12 * EPOCHS
    assert max(trial.score for trial in pruned) < tuning.best.score
    assert tuning.ranking[: len(done)] == sorted(done, key=lambda trial: -trial.score)


def test_the_same_call_repeats_nothing_and_more_trials_are_added(tune: Tune, fake: FakeTraining) -> None:
    five = tune(trials=5)
    epochs = fake.epochs
    again = tune(trials=5)
    assert fake.epochs == epochs and describe(again) == describe(five)
    seven = tune(trials=7)
    assert describe(seven)[:5] == describe(five)
    assert describe(seven) == describe(tune(trials=7, out="unbroken"))


@pytest.mark.parametrize("every", [1, 6])
def test_stopped_again_and_again_it_ends_like_an_unbroken_search(
    tune: Tune, fake: FakeTraining, every: int
) -> None:
    whole = tune(trials=8, seeds=2, out="whole")
    trained = fake.epochs

    def stop(epochs: int) -> None:
        if epochs % every == 0:
            raise KeyboardInterrupt  # after the epoch is saved, before it is reported

    fake.epochs, fake.cut_off = 0, stop
    for _ in range(100):
        try:
            stopped = tune(trials=8, seeds=2, out="stopped")
            break
        except KeyboardInterrupt:
            pass
    assert describe(stopped) == describe(whole)
    assert fake.epochs == trained  # and no epoch was trained twice


@pytest.mark.slow
def test_killed_again_and_again_it_ends_like_an_unbroken_search(
    warm: Warm, tune: Tune, papers_csv: Path, tmp_path: Path
) -> None:
    draw, within, out = random.Random(0), 0, tmp_path / "killed"
    with open(os.devnull, "r+b") as nothing:
        streams = {"stdin": nothing.fileno(), "stdout": nothing.fileno(), "stderr": 2}

        def start(folder: Path) -> Any:
            return warm.start("studies.tuning.fake_training:main", str(papers_csv), str(folder), 8, **streams)

        assert start(tmp_path / "whole").wait() == 0
        for _ in range(KILLS):
            child, before = start(out), read_size(out)
            while read_size(out) == before and child_lives(child.pid):
                time.sleep(0.01)
            time.sleep(draw.uniform(0, 0.1))
            within += child_lives(child.pid) and bool(list(out.glob("trials/*/epochs.jsonl")))
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        assert within >= KILLS // 4  # many of the kills left a trial half done
        assert start(out).wait() == 0
    lines = [
        [{**json.loads(line), "seconds": None} for line in (folder / "trials.jsonl").read_text().splitlines()]
        for folder in (out, tmp_path / "whole")
    ]
    assert lines[0] == lines[1]


def read_size(folder: Path) -> int:
    path = folder / "study.jsonl"
    return path.stat().st_size if path.exists() else 0


def child_lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("minutes", [1, 2, 5, 10])
def test_the_time_is_kept_to_an_epoch(tune: Tune, fake: FakeTraining, minutes: int) -> None:
    tuning = tune(minutes=minutes, seeds=3)
    assert 60 * minutes - SECONDS <= fake.now <= 60 * minutes + SECONDS
    assert tuning.seconds == fake.now
    if minutes >= 5:  # at most half of the time is for further seeds, and all of the best have the same
        assert [len(trial.seeds) for trial in tuning.top] == [3 if minutes == 10 else 2] * 3
        assert len(tuning.trials) > 3


def test_a_trial_that_time_stops_is_resumed_with_more_time(tune: Tune, fake: FakeTraining) -> None:
    one = tune(minutes=1)
    assert [trial.state for trial in one.trials] == ["complete", "stopped"]
    assert len(one.trials[1].epochs) == 2 and one.best.number == 1
    two = tune(minutes=2)
    assert [trial.state for trial in two.trials] == ["complete", "complete", "complete"]
    assert two.trials[1].seconds == EPOCHS * SECONDS  # of both commands
    assert fake.now == 120 == two.seconds  # the first minute counts
    assert describe(two)[1:] == describe(tune(trials=3, out="unbroken"))[1:]


def test_too_little_time_is_an_error_that_more_time_resumes(tune: Tune) -> None:
    with pytest.raises(RunError, match="no trial was trained to the end; the same command with more time"):
        tune(minutes=0.5)
    assert tune(minutes=1).trials[0].state == "complete"
    with pytest.raises(SettingsError, match="give `minutes` or `trials`"):
        tune()


def test_the_best_of_several_seeds_is_chosen(tune: Tune, fake: FakeTraining) -> None:
    tuning = tune("training.learning_rate", trials=6, seeds=3)
    top = tuning.top
    assert [len(trial.seeds) for trial in tuning.trials].count(3) == 3 == len(top)
    assert [[*trial.seeds] for trial in top] == [[42, 43, 44]] * 3
    assert top[0].deviation == pytest.approx(0.001 / 3**0.5, rel=0.01)  # the odd seed has 0.001 more
    further = [job for job in fake.jobs if job.recipe.training.seed != 42]
    assert [job.recipe.training.seed for job in further] == [43, 43, 43, 44, 44, 44]  # fair if stopped
    assert tuning.best.score == max(trial.score for trial in top)


def test_settings_that_fail_with_another_seed_are_not_chosen(tune: Tune, fake: FakeTraining) -> None:
    best = tune(trials=6, out="before").best
    fake.fails = lambda job: (
        job.recipe.training.seed == 43
        and job.recipe.training.learning_rate == best.settings["training.learning_rate"]
    )
    tuning = tune(trials=6, seeds=2)
    assert tuning.trials[best.number - 1].seeds[43] == 0 and tuning.best.number != best.number


def test_a_failed_trial_is_written_and_many_end_the_search(tune: Tune, fake: FakeTraining) -> None:
    fake.fails = lambda job: job.recipe.training.batch_size == 32
    tuning = tune(trials=12)
    failed = [trial for trial in tuning.trials if trial.state == "failed"]
    assert failed and all(trial.problem == "the loss became nan" for trial in failed)
    assert len(tuning.trials) == 12 and tuning.best.settings["training.batch_size"] != 32
    assert "failed" in tuning.to_text() and "failed" in tuning.to_html()
    fake.fails = lambda job: True
    with pytest.raises(
        RunError, match="5 trials failed one after the other, the last with: the loss became nan"
    ):
        tune(trials=12, out="failing")
    with pytest.raises(RunError, match="no trial was trained to the end: the loss became nan"):
        tune(trials=2, out="two")


def test_no_settings_are_tried_twice(tune: Tune, fake: FakeTraining) -> None:
    tuning = tune("training.batch_size=[32, 64, 128]", minutes=60, seeds=2)
    assert sorted(trial.settings["training.batch_size"] for trial in tuning.trials) == [32, 64, 128]
    assert len(fake.jobs) == 6 and [len(trial.seeds) for trial in tuning.trials] == [2, 2, 2]
    assert describe(tune("training.batch_size=[32, 64, 128]", trials=9, seeds=2)) == describe(tuning)


def test_another_search_in_the_folder_is_refused(tune: Tune) -> None:
    tune(trials=2)
    with pytest.raises(RunError, match=r"\(ranges\.training\.learning_rate was \{.*\}, is absent\)"):
        tune("training.batch_size", trials=2)
    with pytest.raises(RunError, match=r"recipe.training.seed was 42, is 7"):
        tune(trials=2, settings=["training.seed=7"])


def test_trials_do_not_know_which_papers_are_for_the_test(tune: Tune, fake: FakeTraining) -> None:
    tune(trials=2, seeds=2)
    assert all(set(job.parts) == {"train", "validation", ""} for job in fake.jobs)


@pytest.mark.slow
def test_no_word_and_no_label_of_a_test_paper_changes_a_score(
    invented_papers: list[Paper], parts: Any, tmp_path: Path
) -> None:
    split = tmp_path / "split.csv"
    rows = [f"{paper.id},{part}" for paper, part in zip(invented_papers, parts, strict=True)]
    split.write_text("\n".join(["id,split", *rows]), encoding="utf-8")
    labels = sorted({paper.category for paper in invented_papers})
    own = [  # half of the training papers have a wrong label, so that not all settings are as good
        replace(paper, category=labels[number // 2 % 3], categories=())
        if part == "train" and number % 2
        else paper
        for number, (paper, part) in enumerate(zip(invented_papers, parts, strict=True))
    ]
    other = [
        paper if part != "test" else Paper(paper.id, "Gradient", "Pixels and grammar.", category="cs.CV")
        for paper, part in zip(own, parts, strict=True)
    ]
    tunings = [
        package.tune(
            papers,
            "linear-svm",
            trials=3,
            seeds=1,
            ranges=["baseline.c=0.0001..1 log", "baseline.min_papers=1..25"],
            split_file=split,
            out=tmp_path / name,
        )
        for name, papers in (("own", own), ("other", other))
    ]
    assert tunings[0].data != tunings[1].data
    assert describe(tunings[0]) == describe(tunings[1])
    assert len({trial.score for trial in tunings[0].trials}) > 1


def test_the_pages_say_the_same(tune: Tune) -> None:
    tuning = tune(trials=10, seeds=2)
    text, page = tuning.to_text(), Reader(tuning.to_html())
    assert page.of("h1")[0][1] == "The settings of , tuned" and page.of("bdi")[0][1] == "fake"
    charts = [text for _, text in page.of("title") if text.startswith("Score by")]
    assert charts == [f"Score by {key}" for key in tuning.importance] + ["Score by trial"]
    score = f"{tuning.best.score:.2%} ± {100 * tuning.best.deviation:.2f}"
    assert score in text and text.startswith("fake: 10 trials")
    few = tune(trials=2, out="few")
    assert "too few complete trials" in few.to_text() and few.importance == {}
    assert "too few complete trials" in few.to_html()
    assert isinstance(few.to_dict()["trials"], list)
