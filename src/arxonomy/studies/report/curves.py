"""The report's curves: what confidence is worth, months, lengths, and how training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arxonomy.evaluation.slices import FEW_PAPERS, Trend
from arxonomy.evaluation.text_report import format_trend
from arxonomy.html import safe
from arxonomy.studies.report.charts import Series, chart, names_axis, numbers_axis, shares_axis
from arxonomy.studies.report.pieces import (
    figures,
    named,
    papers,
    paragraphs,
    percent,
    table,
    with_interval,
)

Scores = Mapping[str, Any]


def confidence(scores: Scores) -> str:
    """Calibration before and after, reliability, risk against coverage, and what abstaining gives."""
    if "expected_calibration_error" not in scores:
        return ""
    before = scores.get("before_calibration")
    rows = [
        [
            words,
            with_interval(own["expected_calibration_error"], own["expected_calibration_error_interval"]),
            "{:.4f}<small>{:.4f} to {:.4f}</small>".format(own["brier"], *own["brier_interval"]),
        ]
        for words, own in (("before calibration", before), ("as the model answers", scores))
        if own
    ]
    drawn = []
    if scores.get("reliability"):
        drawn.append(("How often answers are right, by how sure they are", _reliability(scores, before)))
    if scores.get("risk_coverage"):
        drawn.append(("Wrong answers, if only the surest papers are answered", _risk(scores)))
    sure = [
        [
            f"<code>{row['at_least']:g}</code>",
            f"{row['papers']:,}",
            with_interval(row["coverage"], row["coverage_interval"]),
            with_interval(row["accuracy"], row["accuracy_interval"]),
        ]
        for row in scores.get("answers", ())
    ]
    return (
        paragraphs(
            "Each answer comes with a probability. It is honest when of the answers given with 80% some 80% "
            "are right; the calibration error is the mean gap between the two. The Brier score counts all "
            "that is wrong with probabilities, from 0 (nothing) to 2."
        )
        + table(
            "Calibration, with 95% intervals", ["probabilities", "calibration error", "Brier score"], rows
        )
        + figures(*drawn)
        + (
            paragraphs(
                "A model may also keep silent where it is not sure: <code>arxonomy classify --min-confidence "
                "0.9</code> answers only the papers below, and the others are left to a person."
            )
            + table(
                "Answering only when sure, with 95% intervals",
                ["--min-confidence", "papers answered", "share of all", "right, of these"],
                sure,
            )
            if sure
            else ""
        )
    )


def _reliability(scores: Scores, before: Scores | None) -> str:
    def series(rows: Sequence[Mapping[str, Any]], name: str, kind: Any) -> Series:
        points = [(row["confidence"], row["accuracy"]) for row in rows]
        return Series(name, points, kind, whiskers=[row["accuracy_interval"] for row in rows])

    lines = [series(scores["reliability"], "as the model answers", "first")]
    if before and before.get("reliability"):
        lines.insert(0, series(before["reliability"], "before calibration", "second"))
    ends = [end for line in lines for pair in (*line.points, *line.whiskers) for end in pair]
    axes = [
        shares_axis(words, min(ends), 1.0) for words in ("probability of the answer", "share that is right")
    ]
    low = axes[0].low
    return chart(
        "reliability",
        "Reliability diagram",
        "The share of right answers against their probability, in bins of nearly equal numbers of papers, "
        "with 95% intervals; honest probabilities lie on the diagonal. As the model answers: "
        + ", ".join(
            f"{percent(row['confidence'], 0)} sure, {percent(row['accuracy'], 0)} right"
            for row in scores["reliability"]
        ),
        axes[0],
        axes[1],
        [Series("as sure as right", [(low, low), (1, 1)], "guide", dots=False), *lines],
    )


def _risk(scores: Scores) -> str:
    curve = scores["risk_coverage"]
    rows = [row for row in scores["answers"] if row["papers"]]
    whiskers = [[1 - end for end in row["accuracy_interval"]] for row in rows]
    highest = max(*curve["risk"], *(end for pair in whiskers for end in pair), 0.01)
    sure = Series(
        "those at least this sure",
        [(row["coverage"], 1 - row["accuracy"]) for row in rows],
        "second",
        line=False,
        whiskers=whiskers,
        notes=[percent(row["at_least"], 0) for row in rows],
    )
    every = Series(
        "the surest papers", list(zip(curve["coverage"], curve["risk"], strict=True)), "first", dots=False
    )
    return chart(
        "risk",
        "Risk-coverage curve",
        "The share of wrong answers against the share of papers that are answered, the surest first; the "
        f"area below is {scores['aurc']:.4f}. "
        + ", ".join(f"{percent(x, 0)} answered: {percent(y)} wrong" for x, y in sure.points),
        shares_axis("share of the papers that are answered", 0.0, 1.0),
        shares_axis("share of wrong answers", 0.0, highest),
        [every, sure],
    )


def months(scores: Scores) -> str:
    """Accuracy and calibration by month of publication, and the trend."""
    slices = scores.get("slices", {})
    rows = slices.get("by_month")
    if not rows:
        return ""
    undated = f"{papers(slices['undated'])} without a readable date left out." if slices["undated"] else None
    trend = slices["trend"]
    words = format_trend(Trend.from_dict(trend)) if trend else ["too few papers, or months, to tell a trend"]
    told = []
    for part in words:
        verdict, colon, numbers = safe(part[0].upper() + part[1:]).partition(":")
        told.append(f"<strong>{verdict}</strong>{colon}{numbers}.")
    names = [row["month"] for row in rows]
    whiskers = [row["accuracy_interval"] for row in rows]
    values = [scores["accuracy"], *(end for pair in whiskers for end in pair)]
    whole = Series(
        "all papers", [(-0.5, scores["accuracy"]), (len(rows) - 0.5, scores["accuracy"])], "guide", dots=False
    )
    own = Series(
        "month, with 95% interval",
        [(i, row["accuracy"]) for i, row in enumerate(rows)],
        "first",
        whiskers=whiskers,
    )
    drawn = chart(
        "months",
        "Accuracy by month",
        ", ".join(f"{row['month']}: {percent(row['accuracy'])}" for row in rows),
        names_axis("month of publication", names),
        shares_axis("share of right answers", min(values), max(values)),
        [whole, own],
    )
    return (
        paragraphs(*told, undated, _few(rows))
        + figures(("Accuracy by month of publication", drawn))
        + table(
            "Scores by month", ["month", *_COLUMNS], [[row["month"], *_slice(row)] for row in rows], "slices"
        )
    )


def lengths(scores: Scores) -> str:
    """Accuracy and calibration by the number of words."""
    rows = scores.get("slices", {}).get("by_length")
    if not rows:
        return ""
    lines = [[f"{row['words'][0]:,} to {row['words'][1]:,}", *_slice(row)] for row in rows]
    return paragraphs("Words of title and abstract together.", _few(rows)) + table(
        "Scores by length", ["words", *_COLUMNS], lines, "slices"
    )


_COLUMNS = ["papers", "right", "calibration error", "mean probability"]


def _slice(row: Scores) -> list[str]:
    return [
        f"{row['papers']:,}" + ("<small>few</small>" if row["few"] else ""),
        with_interval(row["accuracy"], row["accuracy_interval"]),
        with_interval(row["expected_calibration_error"], row["expected_calibration_error_interval"]),
        percent(row["confidence"]),
    ]


def _few(rows: Sequence[Scores]) -> str | None:
    return (
        f"Rows marked <em>few</em> have fewer than {FEW_PAPERS} papers: look at the interval, not at the "
        "number. The calibration error of few papers is large by chance alone."
        if any(row["few"] for row in rows)
        else None
    )


def trainings(runs: Sequence[Mapping[str, Any]]) -> str:
    """Curves of each model that was trained by epochs, and the settings that were tried of each baseline."""
    return "".join(
        _epochs(run["name"], run["epochs"], number) if run.get("epochs") else _tried(run)
        for number, run in enumerate(runs)
        if run.get("epochs") or run.get("tried")
    )


def _epochs(name: str, epochs: Sequence[Mapping[str, Any]], number: int) -> str:
    def series(key: str, words: str, kind: Any) -> Series:
        points = [(place, line[key]) for place, line in enumerate(epochs)]
        return Series(words, points, kind, dots=len(epochs) < 20)

    losses = [
        series("train_loss", "training", "second"),
        series("validation_loss", "validation", "first"),
    ]
    right = [series("validation_accuracy", "validation", "first")]
    drawn = []
    for key, title, lines, axis in (
        ("loss", "Loss", losses, numbers_axis),
        ("accuracy", "Share of right answers", right, shares_axis),
    ):
        values = [y for line in lines for _, y in line.points]
        drawn.append(
            (
                title,
                chart(
                    f"training-{number}-{key}",
                    f"{title} by epoch: {name}",
                    "; ".join(
                        f"{line.name} from {line.points[0][1]:.4g} to {line.points[-1][1]:.4g}"
                        for line in lines
                    )
                    + f", over {len(epochs)} epochs",
                    names_axis("epoch", [str(line["epoch"]) for line in epochs], most=10),
                    axis(title.lower(), min(values), max(values)),
                    lines,
                ),
            )
        )
    best = max(epochs, key=lambda line: line["validation_accuracy"])
    return (
        f"<h3>{named(name)}</h3>\n"
        + paragraphs(
            f"{len(epochs)} epochs; the validation papers were sorted best, "
            f"{percent(best['validation_accuracy'])} right, after epoch {best['epoch']}."
        )
        + figures(*drawn)
    )


def _tried(run: Mapping[str, Any]) -> str:
    settings = list(run["tried"][0])
    scored = [name for name in settings if name in ("accuracy", "macro_f1", "balanced_accuracy")]
    values = [name for name in settings if name not in scored]
    rows = [
        [
            ", ".join(f"{name} = {entry[name]}" for name in values) or "the only one",
            *(percent(entry[name], 2) for name in scored),
        ]
        for entry in run["tried"]
    ]
    chosen = ", ".join(f"{name} = {value}" for name, value in run["chosen"].items())
    words = f", {safe(chosen)}, was chosen by its {safe(run['chosen_by'])}" if chosen else ""
    return (
        f"<h3>{named(run['name'])}</h3>\n"
        + paragraphs(
            f"Each setting was fitted on the training papers and scored on the validation papers{words}."
        )
        + table(
            "Validation scores of each setting",
            ["setting", *(safe(name.replace("_", " ")) for name in scored)],
            [[safe(row[0]), *row[1:]] for row in rows],
        )
    )
