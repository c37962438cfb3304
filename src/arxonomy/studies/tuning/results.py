"""What a search found: its trials, what mattered, and the best settings as a recipe."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

from arxonomy.config import Recipe, format_toml
from arxonomy.studies.provenance import DataSource
from arxonomy.studies.tuning.space import SearchSpace
from arxonomy.version import __version__

TOP = 3
"""Trials whose settings are trained with further seeds."""

State = Literal["complete", "pruned", "stopped", "failed"]
"""How a trial ended. A stopped one is resumed when there is time."""


@dataclass(frozen=True)
class TunedTrial:
    """The settings of a trial, and how good they were on the validation papers."""

    number: int
    """From 1, in their order."""
    settings: Mapping[str, JsonValue]
    """Name of each tuned setting -> its value."""
    state: State
    """How it ended."""
    epochs: Sequence[float]
    """The score in 0..1 after each epoch; none for a baseline."""
    seeds: Mapping[int, float]
    """Seed -> score in 0..1 of the best epoch; more than one seed for the best trials, none where the trial
    was not trained to the end."""
    seconds: float
    """Time of the run with the first seed."""
    problem: str | None = None
    """Why it failed."""

    def mean(self, seeds: int) -> float:
        """The mean score of a complete trial over its first seeds."""
        return statistics.fmean([*self.seeds.values()][:seeds])

    @property
    def score(self) -> float | None:
        """The mean over the seeds; of a trial that was not trained to the end, its best epoch."""
        if self.seeds:
            return self.mean(len(self.seeds))
        return max(self.epochs, default=None)

    @property
    def deviation(self) -> float | None:
        """The standard deviation over the seeds; None for one."""
        return statistics.stdev(self.seeds.values()) if len(self.seeds) > 1 else None

    def to_dict(self) -> dict[str, Any]:
        """All that is known, as JSON has it."""
        seeds = {str(seed): score for seed, score in self.seeds.items()}
        return {**asdict(self), "seeds": seeds, "score": self.score, "deviation": self.deviation}


@dataclass(frozen=True)
class Tuning:
    """A search of the ranges of a recipe."""

    space: SearchSpace
    """What was searched."""
    trials: Sequence[TunedTrial]
    """All trials, in their order; at least one is complete."""
    importance: Mapping[str, float]
    """Name of a setting -> its share of the variance of the scores, the largest first; empty where there
    are too few trials to say."""
    seconds: float
    """Time of the whole search."""
    folder: Path
    """Where it is."""
    data: DataSource
    """The labeled papers."""
    command: str | None = None
    """The command line."""

    @property
    def monitor(self) -> str:
        """The validation score that chose."""
        return self.space.recipe.training.monitor

    @property
    def top(self) -> list[TunedTrial]:
        """The best `TOP` trials by the first seed, in the order of the means over the seeds that all have."""
        done = [trial for trial in self.trials if trial.state == "complete"]
        top = sorted(done, key=lambda trial: -trial.mean(1))[:TOP]
        common = min(len(trial.seeds) for trial in top)
        return sorted(top, key=lambda trial: -trial.mean(common))

    @property
    def best(self) -> TunedTrial:
        """The trial that was chosen."""
        return self.top[0]

    @property
    def ranking(self) -> list[TunedTrial]:
        """All trials, the best first, those that were not trained to the end last."""
        top = self.top
        others = [trial for trial in self.trials if trial not in top]
        others.sort(key=lambda trial: (trial.state != "complete", -(trial.score or 0.0)))
        return [*top, *others]

    @property
    def best_recipe(self) -> Recipe:
        """The recipe with the best settings, under the name `RECIPE-tuned`."""
        recipe = self.space.make_recipe(self.best.settings)
        return recipe.model_copy(update={"name": f"{recipe.name.removesuffix('-tuned')}-tuned"})

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as JSON has them."""
        return {
            "recipe": self.space.recipe.name,
            "monitor": self.monitor,
            "ranges": {key: one.model_dump(exclude_none=True) for key, one in self.space.ranges.items()},
            "best": self.best.number,
            "importance": dict(self.importance),
            "trials": [trial.to_dict() for trial in self.trials],
            "seconds": self.seconds,
            "data": self.data.to_dict(),
            "arxonomy": __version__,
            "command": self.command,
        }

    def to_text(self) -> str:
        """A table of the best trials, and what mattered."""
        from arxonomy.studies.tuning.text import format_tuning

        return format_tuning(self)

    def to_html(self) -> str:
        """A report with the pictures: one HTML page that stands alone."""
        from arxonomy.studies.report import render_tuning

        return render_tuning(self)

    def to_toml(self) -> str:
        """The best settings as a recipe's file, complete and commented, for `train`."""
        best, deviation = self.best, self.best.deviation
        spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
        changed = "\n".join(f"#   {key} = {json.dumps(value)}" for key, value in best.settings.items())
        header = (
            f"# {self.space.recipe.name}, tuned: trial {best.number} of {len(self.trials)}, with a "
            f"validation {self.monitor} of {best.score:.2%}{spread}\n# What was tuned:\n{changed}\n\n"
        )
        recipe = self.best_recipe
        return header + "\n".join(format_toml(recipe, stated=recipe.baseline is not None)) + "\n"

    def to_jsonl(self) -> str:
        """One line of JSON per trial."""
        return "".join(json.dumps(trial.to_dict(), ensure_ascii=False) + "\n" for trial in self.trials)
