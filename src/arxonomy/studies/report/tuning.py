"""A search of settings as an HTML page: what mattered, and each setting against the score."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from arxonomy.rendering import render
from arxonomy.studies.report.charts import (
    Axis,
    Kind,
    Series,
    draw_chart,
    make_names_axis,
    make_numbers_axis,
    make_shares_axis,
)
from arxonomy.studies.report.figures import Figure
from arxonomy.studies.tuning.text import describe_trials, format_value

if TYPE_CHECKING:
    from arxonomy.config import Range
    from arxonomy.studies.tuning.results import TunedTrial, Tuning

_DECADES = 5
"""Names on a logarithmic axis."""


def render_tuning(tuning: Tuning) -> str:
    """Render a search as a page that stands alone."""
    scored = [trial for trial in tuning.trials if trial.score is not None]
    keys = [*tuning.importance, *(key for key in tuning.space.ranges if key not in tuning.importance)]
    charts = [_draw_setting(tuning, key, number, scored) for number, key in enumerate(keys)]
    return render(
        "arxonomy.studies.report",
        "tuning.html.jinja",
        numbers=tuning.to_dict(),
        tuning=tuning,
        trials=describe_trials(tuning),
        keys=keys,
        format_value=format_value,
        history=_draw_history(tuning, scored),
        charts=charts,
    )


def _draw_history(tuning: Tuning, scored: Sequence[TunedTrial]) -> Figure:
    """The score of each trial, and the best so far."""
    best: list[tuple[float, float]] = []
    for trial in scored:
        if trial.state == "complete":
            highest = max(trial.score or 0.0, best[-1][1] if best else 0.0)
            best.append((trial.number - 1, highest))
    names = [str(trial.number) for trial in tuning.trials]
    svg = draw_chart(
        "history",
        "Score by trial",
        f"the best so far: {best[0][1]:.1%} after trial {best[0][0] + 1:.0f}, {best[-1][1]:.1%} at the end",
        make_names_axis("trial", names, most=10),
        _make_score_axis(tuning, scored),
        [Series("best so far", best, "guide", dots=False), *_split(scored, lambda trial: trial.number - 1)],
    )
    return Figure("Score by trial", svg)


def _draw_setting(tuning: Tuning, key: str, number: int, scored: Sequence[TunedTrial]) -> Figure:
    """The score of each trial by its value of a setting."""
    axis, place = _make_setting_axis(key, tuning.space.ranges[key])
    share = tuning.importance.get(key)
    svg = draw_chart(
        f"setting-{number}",
        f"Score by {key}",
        ", ".join(f"{format_value(trial.settings[key])}: {trial.score:.1%}" for trial in scored),
        axis,
        _make_score_axis(tuning, scored),
        _split(scored, lambda trial: place(trial.settings[key])),
    )
    return Figure(key if share is None else f"{key}: {share:.0%} of the variance", svg)


def _split(scored: Sequence[TunedTrial], place: Callable[[TunedTrial], float]) -> list[Series]:
    """The trials that were trained to the end, and before them all others, if there are any."""
    done = [trial for trial in scored if trial.state == "complete"]
    others = [trial for trial in scored if trial.state != "complete"]
    groups: list[tuple[str, Kind, list[TunedTrial]]] = [
        ("pruned or stopped", "second", others),
        ("complete", "first", done),
    ]
    return [
        Series(name, [(place(trial), trial.score or 0.0) for trial in group], kind, line=False)
        for name, kind, group in groups
        if group
    ]


def _make_score_axis(tuning: Tuning, scored: Sequence[TunedTrial]) -> Axis:
    scores = [trial.score or 0.0 for trial in scored]
    return make_shares_axis(f"validation {tuning.monitor.replace('_', ' ')}", min(scores), max(scores))


def _make_setting_axis(key: str, one: Range) -> tuple[Axis, Callable[[object], float]]:
    """The axis of a setting, and where a value lies on it."""
    if one.choices is not None:
        texts = [json.dumps(choice) for choice in one.choices]
        axis = make_names_axis(key, [format_value(choice) for choice in one.choices], most=len(texts))
        return axis, lambda value: texts.index(json.dumps(value))
    low, high = one.ends
    if not one.log:
        return make_numbers_axis(key, low, high), lambda value: float(str(value))
    begin, end = math.log10(low), math.log10(high)
    places = [begin + (end - begin) * step / (_DECADES - 1) for step in range(_DECADES)]
    axis = Axis(f"{key}, logarithmic", [(place, f"{10**place:.2g}") for place in places], begin, end)
    return axis, lambda value: math.log10(float(str(value)))
