"""The search on disk: one process at a time, whole after a cut, and quiet."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from arxonomy.errors import RunError
from arxonomy.studies.tuning.journal import Journal, open_journal

MADE_OF = {"papers": "ab", "recipe": {"name": "v1", "training": {"epochs": 3}}}


def run_trial(journal: Journal, score: float | None = None) -> float:
    trial = journal.open_trial()
    value = trial.suggest_float("x", 0, 1)
    if score is not None:
        journal.finish(trial, score, TrialState.COMPLETE)
    return value


def test_a_trial_that_was_cut_off_is_opened_again_and_draws_are_those_of_the_seed(tmp_path: Path) -> None:
    with open_journal(tmp_path / "whole", MADE_OF, 7) as journal:
        whole = [run_trial(journal, value) for value in (0.1, 0.3, 0.2)]
    assert len(set(whole)) == 3
    drawn = []
    for score in (0.1, None, 0.3, 0.2):
        with open_journal(tmp_path / "cut", MADE_OF, 7) as journal:
            drawn.append(run_trial(journal, score))
            states = [trial.state for trial in journal.list_trials()]
            assert states.count(TrialState.RUNNING) == (score is None)
    assert drawn == [whole[0], whole[1], whole[1], whole[2]]
    with open_journal(tmp_path / "other", MADE_OF, 8) as journal:
        assert run_trial(journal) != whole[0]


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    with open_journal(tmp_path, MADE_OF, 1) as journal:
        run_trial(journal, 0.5)
    file = tmp_path / "study.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"op_code":4,"worker')
    with open_journal(tmp_path, MADE_OF, 1) as journal:
        run_trial(journal, 0.6)
        assert [trial.value for trial in journal.list_trials()] == [0.5, 0.6]
    assert file.read_bytes().startswith(whole)
    file.write_bytes(whole[:200] + b"\n" + whole[200:])
    with pytest.raises(RunError, match=r"study\.jsonl: damaged: .*; choose another `out`"):
        open_journal(tmp_path, MADE_OF, 1).__enter__()


def test_another_process_waits_for_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path, MADE_OF, 1) as journal:
        run_trial(journal)
        with pytest.raises(RunError, match="another process tunes there"):
            open_journal(tmp_path, MADE_OF, 1).__enter__()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "study.jsonl"]  # none of Optuna's


def test_a_search_of_something_else_is_named(tmp_path: Path) -> None:
    with open_journal(tmp_path, MADE_OF, 1):
        pass
    other = {"papers": "ab", "recipe": {"name": "v1", "training": {"epochs": 4}}}
    with pytest.raises(RunError, match=r"\(recipe\.training\.epochs was 3, is 4\); give the same, or choose"):
        open_journal(tmp_path, other, 1).__enter__()


def test_it_is_quiet_and_leaves_optuna_as_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.DEBUG)
    try:
        with open_journal(tmp_path, MADE_OF, 1) as journal:
            run_trial(journal, 0.5)
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
    assert capfd.readouterr() == ("", "")


def test_further_seeds_and_the_time_are_kept(tmp_path: Path) -> None:
    with open_journal(tmp_path, MADE_OF, 1) as journal:
        for seed, number in ((43, 0), (43, 1), (44, 0)):
            journal.write_seed(number, seed, seed / 100 + number)
        journal.write_seconds(12.3)
    with open_journal(tmp_path, MADE_OF, 1) as journal:
        assert journal.read_seeds(0) == {43: 0.43, 44: 0.44} and journal.read_seeds(1) == {43: 1.43}
        assert journal.read_seeds(2) == {} and journal.seconds == 12.3
