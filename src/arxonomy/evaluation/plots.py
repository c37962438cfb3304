"""Pictures of a run as PNG files: confusion matrix, training curves, and what its confidence is worth.

Drawn with matplotlib's objects, without pyplot: no global state, no window, safe in any thread.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from arxonomy.atomic import replace_file
from arxonomy.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_BLUE, _ORANGE, _GREEN, _GRAY = "#2f6db3", "#d9702b", "#3a8a4d", "#8a8f98"
_COLORS = (_BLUE, _ORANGE, _GREEN, "#8a5aa8", "#b0413e", "#4f9da6")
_DPI = 150


def save_confusion(scores: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw the confusion matrix: counts and row percent in the cells, color by row percent.

    Args:
        scores: What `score` returned; `per_class` names the classes and `confusion` counts papers.
            Past 60 classes the cells carry color alone.
        path: The PNG file; replaced as a whole, never half written.
    """
    from matplotlib.figure import Figure

    names = list(scores["per_class"])
    counts = np.asarray(scores["confusion"])
    totals = counts.sum(axis=1)
    # A class without papers has an empty row, not a division by zero.
    shares = counts / np.maximum(totals, 1)[:, None]
    classes = len(names)
    cell = float(np.clip(8.0 / classes, 0.5 if classes <= 60 else 24 / classes, 1.2))  # inches
    letters = float(np.clip(14 * cell, 6.5, 11))  # points
    headings = max(10.0, 0.75 * cell * classes)  # points, so that they grow with the picture
    margin = 0.08 * max(map(len, names)) + 1.2
    figure = Figure(figsize=(cell * classes + margin + 1.2, cell * classes + margin), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if classes <= 60:
        for (row, column), count in np.ndenumerate(counts):
            if count:  # the many empty cells of a large matrix would only hide the others
                text = f"{count:,}\n{shares[row, column]:.1%}"
                color = "white" if shares[row, column] > 0.55 else "#1c2733"
                axes.text(column, row, text, ha="center", va="center", color=color, fontsize=letters)
    steep = classes > 12 or max(map(len, names)) * 0.1 > cell
    names_size = min(max(letters, 0.65 * headings), 60 * cell)  # at most the height of a row
    style: dict[str, Any] = {"fontsize": names_size, "parse_math": False}  # a `$` in a label is a dollar
    axes.set_xticks(range(classes), names, rotation=90 if steep else 0, **style)
    axes.set_yticks(range(classes), names, **style)
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted category", fontsize=headings)
    axes.set_ylabel("true category", fontsize=headings)
    title = f"{scores['papers']:,} papers, {scores['accuracy']:.1%} right"
    axes.set_title(title, fontsize=headings + 1, fontweight="bold")
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    bar.set_label("share of the true category", fontsize=headings)
    bar.ax.tick_params(labelsize=headings, length=0)
    bar.outline.set_visible(False)
    _save(figure, path)


def save_curves(epochs: Sequence[Mapping[str, Any]], path: str | os.PathLike[str]) -> None:
    """Draw the training curves: losses on the left, validation scores and learning rate on the right.

    Args:
        epochs: One mapping per epoch, in order, with `epoch` (from 1), `train_loss`,
            `validation_loss`, `validation_accuracy` and `validation_macro_f1` (in 0..1) and
            `learning_rate`; other keys are passed over.
        path: The PNG file; replaced as a whole, never half written.

    Raises:
        DataError: There is no epoch.
    """
    from matplotlib.figure import Figure

    if not epochs:
        raise DataError("expected at least one epoch to draw, found none: train at least one epoch first")
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    rate = right.twinx()
    number = [entry["epoch"] for entry in epochs]

    def draw(axes: Axes, key: str, label: str, **style: Any) -> list[float]:
        values = [float(entry[key]) for entry in epochs]
        axes.plot(number, values, label=label, **style)
        return values

    dots = {"marker": "o", "markersize": 3.5}
    draw(left, "train_loss", "training", color=_BLUE, **dots)
    draw(left, "validation_loss", "validation", color=_ORANGE, **dots)
    left.set_xlim(number[0] - 0.5, number[-1] + 0.5)
    left.set_title("Loss", loc="left", fontweight="bold")

    draw(rate, "learning_rate", "learning rate (right)", color=_GRAY, linestyle="--", drawstyle="steps-mid")
    rate.set_ylim(bottom=0)
    rate.tick_params(axis="y", colors=_GRAY, length=0)
    rate.spines[:].set_visible(False)
    # matplotlib would put the twin's line above the scores.
    right.set_zorder(rate.get_zorder() + 1)
    right.patch.set_visible(False)

    accuracy = draw(right, "validation_accuracy", "accuracy", color=_ORANGE, **dots)
    draw(right, "validation_macro_f1", "macro F1", color=_GREEN, **dots)
    best = int(np.argmax(accuracy))
    right.plot(number[best], accuracy[best], "o", color=_ORANGE, markersize=9, markerfacecolor="none")
    title = f"Validation: accuracy {accuracy[best]:.2%} at best, epoch {number[best]}"
    right.set_title(title, loc="left", fontweight="bold")
    right.yaxis.set_major_formatter(lambda share, _: f"{share:.1%}")
    from matplotlib.ticker import MaxNLocator

    for axes, lines in ((left, left.lines), (right, [*right.lines[:2], *rate.lines])):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        _finish(axes, lines)
    _save(figure, path)


def save_reliability(scores: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw the reliability diagram: how often answers are right, by how sure they are.

    Args:
        scores: `papers`, `expected_calibration_error`, and `reliability` as `confidence_curves` gives it;
            where `before_calibration` has a `reliability` of its own, that is drawn too.
        path: The PNG file; replaced as a whole, never half written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 5.6), layout="constrained")
    axes = figure.add_subplot()
    lowest = 1.0
    lines = axes.plot([0, 1], [0, 1], color=_GRAY, linestyle="--", label="as sure as right")
    before = scores.get("before_calibration", {}).get("reliability")
    for rows, name, color in (
        (before, "before calibration", _ORANGE),
        (scores["reliability"], "after calibration" if before else "answers", _BLUE),
    ):
        if not rows:
            continue
        confidence, accuracy = ([row[key] for row in rows] for key in ("confidence", "accuracy"))
        edges = np.transpose([row["accuracy_interval"] for row in rows])
        lines += axes.plot(confidence, accuracy, marker="o", markersize=5, color=color, label=name)
        axes.vlines(confidence, *edges, color=color, linewidth=1.2, alpha=0.6)
        lowest = min(lowest, *confidence, *edges[0])
    start = np.floor(max(0.0, lowest - 0.02) * 10) / 10
    axes.set_xlim(start, 1.005)
    axes.set_ylim(start, 1.005)
    axes.set_aspect("equal")
    axes.set_xlabel("probability of the answer (mean of a bin)")
    axes.set_ylabel("share of right answers, with 95% interval")
    error = scores["expected_calibration_error"]
    title = f"{scores['papers']:,} papers: calibration error {error:.1%}"
    axes.set_title(title, loc="left", fontweight="bold")
    _in_percent(axes)
    _finish(axes, lines)
    _save(figure, path)


def save_risk_coverage(scores: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw the risk-coverage curve: the share of wrong answers when only the surest papers are answered.

    Args:
        scores: `aurc` and `answers` as `score` gives them, and `risk_coverage` as `confidence_curves` does.
        path: The PNG file; replaced as a whole, never half written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axes = figure.add_subplot()
    curve = scores["risk_coverage"]
    lines = axes.plot(curve["coverage"], curve["risk"], color=_BLUE, label="the surest papers")
    rows = [row for row in scores["answers"] if row["papers"]]
    coverage, risk = [row["coverage"] for row in rows], [1 - row["accuracy"] for row in rows]
    lines += axes.plot(coverage, risk, "o", color=_ORANGE, label="those at least this sure")
    for row, x, y in zip(rows, coverage, risk, strict=True):
        axes.annotate(
            f"{row['at_least']:.0%}", (x, y), (-6, 5), textcoords="offset points", ha="right", color=_ORANGE
        )
    if rows:
        edges = np.array([row["accuracy_interval"] for row in rows])
        axes.vlines(coverage, 1 - edges[:, 1], 1 - edges[:, 0], color=_ORANGE, linewidth=1.2, alpha=0.6)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("share of the papers that are answered")
    axes.set_ylabel("share of wrong answers among them")
    title = f"Area under the risk-coverage curve {scores['aurc']:.4f}"
    axes.set_title(title, loc="left", fontweight="bold")
    _in_percent(axes)
    _finish(axes, lines)
    _save(figure, path)


def save_learning_curves(curves: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Draw errors against the number of training papers, both in logarithms, with the fitted laws.

    A law is dashed and shaded (95% interval) as far as it reaches; a power law without a floor is straight.

    Args:
        curves: What `learning_curves` returned.
        path: The PNG file; replaced as a whole, never half written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", autoscaley_on=False)
    least = 0.5 / curves["papers"]  # a system that is always right has no logarithm
    lines, told = [], []
    for place, (name, own) in enumerate(curves["systems"].items()):
        color = _COLORS[place % len(_COLORS)]
        sizes = [point["training_papers"] for point in own["points"]]
        errors = np.maximum([1 - point["accuracy"] for point in own["points"]], least)
        ends = np.maximum(1 - np.array([point["accuracy_interval"] for point in own["points"]]), least)
        label = name.replace("$", r"\$")  # a dollar, not the beginning of a formula
        lines += axes.plot(sizes, errors, "o", markersize=5, color=color, label=label)
        axes.vlines(sizes, *ends.T, color=color, linewidth=1.2, alpha=0.6)
        told.append(ends)
        if fitted := own.get("fitted"):
            places = [each["training_papers"] for each in fitted]
            axes.plot(places, [each["error"] for each in fitted], "--", color=color, linewidth=1.2)
            told.append(np.maximum([each["error_interval"] for each in fitted], least))
            axes.fill_between(places, *told[-1].T, color=color, alpha=0.12, linewidth=0)
    low, high = 0.95 * np.concatenate(told).min(), 1.05 * np.concatenate(told).max()
    axes.axvline(curves["sizes"][-1], color=_GRAY, linewidth=0.8, linestyle=":")
    ticks = [*curves["sizes"], curves["asked"]]
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    percents = (1, 2, 3, 5, 7, 10, 12, 14, 16, 18, 20, 22, 25, 30, 40, 50, 60, 80, 100)
    axes.set_ylim(low, high)
    within = [percent / 100 for percent in percents if low <= percent / 100 <= high]
    axes.set_yticks(within, [f"{share:.0%}" for share in within])
    axes.minorticks_off()
    axes.set_xlabel("training papers; right of the dotted line by the law alone")
    axes.set_ylabel("share of wrong answers, with 95% interval")
    title = f"{curves['papers']:,} test papers, the same for all"
    axes.set_title(title, loc="left", fontweight="bold")
    _finish(axes, lines)
    _save(figure, path)


def _in_percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda share, _: f"{100 * share:.3g}%")


def _finish(axes: Axes, lines: Sequence[Line2D]) -> None:
    axes.grid(axis="y", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    # Below the curves, where it can hide none of them.
    axes.legend(handles=list(lines), loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, frameon=False)


def _save(figure: Figure, path: str | os.PathLike[str]) -> None:
    with replace_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=_DPI)
