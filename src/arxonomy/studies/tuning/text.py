"""What a search found, as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

from arxonomy.evaluation.text_report import format_table
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.studies.tuning.results import TunedTrial, Tuning

SHOWN = 5
"""Trials in the table: as many as fit beside each other."""


def format_tuning(tuning: Tuning) -> str:
    """A table with a column for each of the best trials, and what mattered.

    Returns:
        Lines of text without a newline at the end.
    """
    best, shown = tuning.best, tuning.ranking[:SHOWN]
    rows = [
        ["trial", *(str(trial.number) for trial in shown)],
        [tuning.monitor.replace("_", " "), *map(_format_score, shown)],
        ["seeds", *(str(len(trial.seeds) or "-") for trial in shown)],
        ["epochs", *map(_format_epochs, shown)],
        ["seconds", *(f"{trial.seconds:,.1f}" for trial in shown)],
        *([key, *(format_value(trial.settings[key]) for trial in shown)] for key in tuning.space.ranges),
    ]
    if tuning.importance:
        rows = [
            [*row, f"{tuning.importance[row[0]]:.0%}" if row[0] in tuning.importance else ""] for row in rows
        ]
        rows[0][-1] = "mattered"
    seeds = ", ".join(map(str, best.seeds))
    return "\n".join(
        [
            f"{clean_for_terminal(tuning.space.recipe.name)}: {describe_trials(tuning)} in "
            f"{tuning.seconds:,.0f} seconds; scores of the validation papers, test papers are not read",
            f"the best trials: means ± standard deviations over the seeds {seeds}"
            if len(best.seeds) > 1
            else f"one seed, {seeds}, so the variance between seeds is unknown",
            "",
            *format_table(rows),
            "",
            "mattered: share of the variance of the scores of all complete trials (fANOVA)"
            if tuning.importance
            else "what mattered: too few complete trials with different scores to say",
        ]
    )


def describe_trials(tuning: Tuning) -> str:
    """Count the trials by how they ended."""
    states = [trial.state for trial in tuning.trials]
    others = [
        f"{states.count(state)} {state}" for state in ("pruned", "stopped", "failed") if state in states
    ]
    count = f"{len(states):,} trial{'s' if len(states) > 1 else ''}"
    return f"{count} ({', '.join(others)})" if others else count


def _format_score(trial: TunedTrial) -> str:
    if trial.score is None:
        return "-"
    return f"{trial.score:.2%}" + ("" if trial.deviation is None else f" ± {100 * trial.deviation:.2f}")


def _format_epochs(trial: TunedTrial) -> str:
    count = str(len(trial.epochs) or "-")
    return count if trial.state == "complete" else f"{count}, {trial.state}"


def format_value(value: JsonValue) -> str:
    """Format the value of a setting; numbers with three digits at most."""
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return clean_for_terminal(text)
