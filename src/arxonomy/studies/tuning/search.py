"""The search: trials until time or number is used up, then the best of them with further seeds.

A trial is a run like any other, in `trials/N` while it is trained. What it leaves is its line in the
journal; the run folder is deleted, since the weights of many trials would fill a disk.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from optuna.trial import FrozenTrial, Trial, TrialState

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.studies.tuning.budget import Budget
from arxonomy.studies.tuning.journal import Journal
from arxonomy.studies.tuning.results import TOP, State
from arxonomy.studies.tuning.space import SearchSpace, Values
from arxonomy.studies.tuning.watch import SECONDS, TimeIsOver, TrialPruned, TrialWatch, Watch
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import Reporter
from arxonomy.training.train import train

_LOG = logging.getLogger(__name__)

FAILURES = 5
"""Trials that fail one after the other before the search does."""
REPEATS = 30
"""Draws of settings that were tried before, one after the other, that end the search."""

SETTINGS, PROBLEM = "settings", "problem"
"""What a trial has in the journal besides its scores and seconds."""

STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.RUNNING: "stopped",
    TrialState.FAIL: "failed",
}
"""Optuna's states of a trial -> ours."""


@dataclass(frozen=True)
class Search:
    """What trials are trained with; `run` does the search."""

    space: SearchSpace
    """What is searched."""
    journal: Journal
    """Where it is written."""
    job: TrainingJob
    """A trial's training, but for its recipe and folder. Its parts must not name test papers."""
    folder: Path
    """Where the runs go while they are trained."""
    budget: Budget
    """The time."""
    seeds: int
    """Runs of each of the best settings, >= 1."""
    reporter: Reporter
    """Progress callbacks."""

    def run(self, trials: int | None) -> None:
        """Search until there are as many trials, or the time is over.

        Raises:
            ArxonomyError: See `train`; or trial after trial fails.
        """
        own = self.space.find_own()
        if own is None:
            _LOG.info(
                "note: %s has a setting outside its range, so no trial is the recipe as it is", self._name
            )
        else:
            self.journal.enqueue(own)
        while not self.budget.is_over(self._reserve()):
            began = self.journal.list_trials()
            for trial in began:
                if trial.state.is_finished():
                    shutil.rmtree(self._locate(trial.number), ignore_errors=True)
            resumes = any(not trial.state.is_finished() for trial in began)
            if not resumes and trials is not None and len(began) >= trials:
                break
            if (opened := self._open_trial()) is None:
                _LOG.info("note: the ranges seem to hold no settings that were not tried")
                break
            if not self._run_trial(*opened):
                break
        self._train_top()
        self.journal.write_seconds(self.budget.measure())

    def _open_trial(self) -> tuple[Trial, Values] | None:
        """Open the trial that was cut off or a new one, with its settings; none were tried before."""
        for _ in range(REPEATS):
            trial = self.journal.open_trial()
            values = self.space.draw(trial)
            if SETTINGS in trial.user_attrs:
                return trial, values
            if all(other.user_attrs.get(SETTINGS) != values for other in self.journal.list_trials()):
                # What lies there is of a search that was deleted.
                shutil.rmtree(self._locate(trial.number), ignore_errors=True)
                trial.set_user_attr(SETTINGS, values)
                return trial, values
            self.journal.drop(trial)
        return None

    def _run_trial(self, trial: Trial, values: Values) -> bool:
        """Run a trial, or resume it; false if the time was over before it was."""
        title, run = f"trial {trial.number + 1}", Run(self._locate(trial.number))
        _LOG.info("%s: %s", title, format_values(values))
        watch = TrialWatch(
            trial, self._epoch_score, self.journal, self.reporter, self.budget, self._reserve()
        )
        state, score, result = TrialState.COMPLETE, None, ""
        try:
            recipe = self.space.make_recipe(values)
            watch.catch_up(run.history(), recipe.training.epochs)
            score = self._train(recipe, run.folder, watch)
            result = f"{score:.2%}"
        except TimeIsOver:
            watch.write_seconds()
            _LOG.info("%s: stopped, since the time is over", title)
            return False
        except TrialPruned:
            state, result = TrialState.PRUNED, "pruned: below the median of the others"
        except (RunError, SettingsError) as error:
            state, result = TrialState.FAIL, str(error)
            trial.set_user_attr(PROBLEM, result)
        watch.write_seconds()
        self.journal.finish(trial, score, state)
        _LOG.info("%s: %s", title, result)
        shutil.rmtree(run.folder, ignore_errors=True)
        last = self.journal.list_trials()[-FAILURES:]
        if len(last) == FAILURES and all(one.state == TrialState.FAIL for one in last):
            raise RunError(f"{FAILURES} trials failed one after the other, the last with: {result}")
        return True

    def _train_top(self) -> None:
        """Train the best trials with further seeds, one seed for all before the next, while there is time."""
        for trial, seed in self._list_untrained():
            title = f"trial {trial.number + 1}, seed {seed}"
            if self.budget.is_over():
                _LOG.info("note: no time was left for further seeds of the best trials")
                return
            _LOG.info("%s", title)
            recipe = self.space.make_recipe({**trial.user_attrs[SETTINGS], "training.seed": seed})
            folder = self._locate(trial.number, seed)
            try:
                score = self._train(recipe, folder, Watch(self.reporter, self.budget))
            except TimeIsOver:
                _LOG.info("%s: stopped, since the time is over", title)
                return
            except RunError as error:
                score = 0.0  # settings that diverge with another seed are not to be chosen
                _LOG.warning("%s: failed, which counts as a score of 0: %s", title, error)
            self.journal.write_seed(trial.number, seed, score)
            self.journal.write_seconds(self.budget.measure())
            _LOG.info("%s: %s", title, f"{score:.2%}")
            shutil.rmtree(folder, ignore_errors=True)

    def _list_untrained(self) -> list[tuple[FrozenTrial, int]]:
        """The best trials with each further seed that they were not trained with."""
        first = self.space.recipe.training.seed
        return [
            (trial, seed)
            for seed in range(first + 1, first + self.seeds)
            for trial in list_top(self.journal)
            if seed not in self.journal.read_seeds(trial.number)
        ]

    def _train(self, recipe: Recipe, folder: Path, reporter: Reporter) -> float:
        """Train a recipe, or resume its run, and return the validation score of its best epoch."""
        job = replace(self.job, recipe=recipe, out=folder)
        metrics = train(job, resume=True, reporter=reporter).metrics()
        scores = None if metrics is None else metrics.get_scores("validation")
        assert scores is not None  # training has ended
        value = getattr(scores, recipe.training.monitor)
        return round(float(getattr(value, "value", value)), 5)

    def _locate(self, number: int, seed: int | None = None) -> Path:
        return self.folder / (f"{number + 1}" if seed is None else f"{number + 1}-seed-{seed}")

    def _reserve(self) -> float:
        """Seconds that further seeds of the best trials will take."""
        return sum(float(trial.user_attrs[SECONDS]) for trial, _ in self._list_untrained())

    @property
    def _name(self) -> str:
        return self.space.recipe.name

    @property
    def _epoch_score(self) -> str:
        """What of an epoch is compared; `epochs.jsonl` has no balanced accuracy, which macro F1 is near."""
        return f"validation_{'accuracy' if self.space.recipe.training.monitor == 'accuracy' else 'macro_f1'}"


def list_top(journal: Journal) -> list[FrozenTrial]:
    """The trials with the best scores, of those that were trained to the end; of equals the first."""
    done = [trial for trial in journal.list_trials() if trial.state == TrialState.COMPLETE]
    return sorted(done, key=lambda trial: -(trial.value or 0.0))[:TOP]


def format_values(values: Values) -> str:
    """Format settings and their values in a line."""
    return ", ".join(f"{name}={value}" for name, value in values.items())
