"""The search on disk: an Optuna study in a journal of JSON lines, which one process at a time writes.

A trial that was cut off is still running in the journal, and is resumed first. Each trial's values are drawn
by a sampler with a seed of its own, so a search that was stopped draws what an unbroken one does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from filelock import lock_descriptor
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock, JournalStorage
from optuna.trial import TrialState

from arxonomy.advice import name_option
from arxonomy.config.overrides import Tree
from arxonomy.errors import RunError
from arxonomy.training.provenance import find_first_difference

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

FILE = "study.jsonl"
"""The journal's name."""
LOCK = "lock"
"""Name of the file that is locked by the process that searches; always empty."""
UNPRUNED = 4
"""Trials that are trained to the end before others are compared with them."""
FIRST_PRUNED = 2
"""Epochs of a trial before it may be pruned."""

_MADE_OF, _SECONDS, _SEEDS, _DROPPED = "made of", "seconds", "seeds", "dropped"
_STUDY = "tune"


class _HeldLock(JournalFileSymlinkLock):
    """No lock for a line, since the whole journal is locked; Optuna's own would outlive a killed process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


class Journal:
    """The trials of a search; made by `open_journal`.

    Args:
        study: Optuna's study.
        seed: Fixes what is drawn.
    """

    def __init__(self, study: optuna.Study, seed: int) -> None:
        self._study = study
        self._seed = seed

    def list_trials(self) -> list[FrozenTrial]:
        """The trials that have begun, in their order, but for those that were dropped."""
        return [trial for trial in self._list_all() if _DROPPED not in trial.user_attrs]

    def _list_all(self) -> list[FrozenTrial]:
        begun = [state for state in TrialState if state != TrialState.WAITING]
        return self._study.get_trials(deepcopy=False, states=begun)

    def enqueue(self, values: Mapping[str, Any]) -> None:
        """Have the first trial take these values; later calls change nothing."""
        if not self._study.get_trials(deepcopy=False):
            self._study.enqueue_trial(dict(values))

    def open_trial(self) -> Trial:
        """The trial that was cut off, or else a new one."""
        trials = self._list_all()
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        number = running[0].number if running else len(trials)
        draws = np.random.SeedSequence(self._seed, spawn_key=(number,)).generate_state(1)
        self._study.sampler = optuna.samplers.TPESampler(seed=int(draws[0]))
        return optuna.Trial(self._study, running[0]._trial_id) if running else self._study.ask()

    def finish(self, trial: Trial, score: float | None, state: TrialState) -> None:
        """Write how a trial ended; it is never run again."""
        self._study.tell(trial, score, state)

    def drop(self, trial: Trial) -> None:
        """Drop a trial that is not worth a run."""
        trial.set_user_attr(_DROPPED, True)
        self._study.tell(trial, state=TrialState.FAIL)

    @property
    def seconds(self) -> float:
        """Time that was spent on the search so far, those of earlier commands included."""
        return float(self._study.user_attrs.get(_SECONDS, 0.0))

    def write_seconds(self, seconds: float) -> None:
        """Write the time that was spent."""
        self._study.set_user_attr(_SECONDS, round(seconds, 1))

    def read_seeds(self, number: int) -> dict[int, float]:
        """The scores of a trial's settings with further seeds, by seed."""
        scores = self._study.user_attrs.get(_SEEDS, {}).get(str(number), {})
        return {int(seed): score for seed, score in scores.items()}

    def write_seed(self, number: int, seed: int, score: float) -> None:
        """Write the score of a trial's settings with a further seed."""
        scores = self._study.user_attrs.get(_SEEDS, {})
        of_trial = {**scores.get(str(number), {}), str(seed): score}
        self._study.set_user_attr(_SEEDS, {**scores, str(number): of_trial})

    def measure_importance(self) -> dict[str, float]:
        """Each setting's share of the variance of the scores, by fANOVA (Hutter et al. 2014).

        Returns:
            Shares with the sum 1, the largest first; empty where fewer than four trials were trained to the
            end, or all have one score.
        """
        done = [trial.value for trial in self.list_trials() if trial.state == TrialState.COMPLETE]
        if len(done) < 4 or len(set(done)) < 2:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        shares = optuna.importance.get_param_importances(self._study, evaluator=evaluator)
        return {name: float(share) for name, share in shares.items()}


@contextmanager
def open_journal(folder: Path, made_of: Tree, seed: int) -> Iterator[Journal]:
    """Open the search in a folder, or begin one; no other process can open it meanwhile.

    Args:
        folder: Made if it is not there.
        made_of: What the search depends on, as JSON; compared with that of the search in the folder.
        seed: Fixes what is drawn.

    Raises:
        RunError: Another process searches there, the search there depends on something else, or is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.WARNING)  # it would log what the caller reports in its own words
    try:
        # A file of its own: on Windows nobody could read the journal while it is locked, not even Optuna.
        with (folder / LOCK).open("ab") as held:
            if not lock_descriptor(held.fileno(), blocking=False):
                raise RunError(
                    f"{folder}: another process tunes there; wait for it, or choose another "
                    f"{name_option('--out')}"
                )
            with path.open("ab+") as file:
                file.seek(0)
                whole = file.read()
                file.truncate(whole.rfind(b"\n") + 1)  # a line that was cut off
            yield Journal(_load_study(path, made_of), seed)
    finally:
        optuna.logging.set_verbosity(verbosity)


def _load_study(path: Path, made_of: Tree) -> optuna.Study:
    try:
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(path), _HeldLock(str(path)))),
            study_name=_STUDY,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(UNPRUNED, FIRST_PRUNED - 1),
        )
    except (ValueError, KeyError) as error:
        raise RunError(f"{path}: damaged: {error}; choose another {name_option('--out')}") from None
    made_of = json.loads(json.dumps(made_of))
    started = study.user_attrs.get(_MADE_OF)
    if started is None:
        study.set_user_attr(_MADE_OF, made_of)
    elif started != made_of:
        raise RunError(
            f"{path.parent} was started with something else "
            f"({find_first_difference(started, made_of)}); give the same, or choose another "
            f"{name_option('--out')}"
        )
    return study
