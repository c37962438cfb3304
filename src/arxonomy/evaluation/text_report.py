"""Scores as plain text, for a terminal or a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from arxonomy.evaluation.comparison import LEVEL

MONTHS = 12
"""Months of the table by month, the newest; `--json` has all of them."""
DRIFT_MONTHS = 6
"""Months with papers from which on a trend may be called a drift."""

_LINE = 110
"""Columns of text up to which the confusion matrix is headed by names instead of numbers."""


def format_scores(scores: dict[str, Any]) -> str:
    """A readable report: headlines, what abstaining gains, lines per class and month, the confusion matrix.

    Args:
        scores: What `score` returned, and perhaps `before_calibration`, as `calibration_scores` returned
            it, `slices`, and a `baseline`. Scores that it lacks are left out.

    Returns:
        Lines of text without a newline at the end. In the matrix a dot stands for no paper.
    """
    names = [shown(name) for name in scores["per_class"]]
    head = ["category", "precision", "recall", "F1", "papers"]
    rows = [
        [name, f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", f"{c['support']:,}"]
        for name, c in zip(names, scores["per_class"].values(), strict=True)
    ]
    blocks = [
        _headlines(scores),
        *([_answers(scores["answers"])] if "answers" in scores else []),
        table([head, *rows]),
        *([_months(scores["slices"])] if scores.get("slices", {}).get("by_month") else []),
        _confusion(names, scores["confusion"]),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def shown(name: str) -> str:
    r"""A label as it is, or with escapes where it would move a terminal's cursor: `\x1b`."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _headlines(scores: dict[str, Any]) -> list[str]:
    low, high = scores["accuracy_interval"]
    lines = [
        f"{scores['papers']:,} papers: accuracy {scores['accuracy']:.2%} "
        f"(95% interval {low:.2%} to {high:.2%})",
        "answers right: " + _three_numbers(scores),
    ]
    if "several_categories" in scores:
        several = scores["several_categories"]
        lines.append(
            f"of the {several['papers']:,} papers with several categories: " + _three_numbers(several)
        )
    others = {
        "macro_f1": "macro F1 {:.4f}",
        "balanced_accuracy": "balanced accuracy {:.2%}",
        "log_loss": "log loss {:.4f}",
        "aurc": "area under the risk-coverage curve {:.4f}",
    }
    lines += [_joined(scores, others), _calibration(scores)]
    if before := _calibration(scores.get("before_calibration", {})):
        lines.append(f"before calibration: {before}")
    if "baseline" in scores:
        lines.append(_baseline(scores["baseline"]))
    return [line for line in lines if line]


def _three_numbers(scores: dict[str, Any]) -> str:
    """The exact category, any that the paper lists, and the exact one among the two most probable."""
    listed = scores.get("any_listed_accuracy")
    return (
        f"exact {scores['accuracy']:.2%}, "
        f"any listed category {'not told' if listed is None else f'{listed:.2%}'}, "
        f"top-2 {scores['top2_accuracy']:.2%}"
    )


def _calibration(scores: dict[str, Any]) -> str:
    parts = []
    for key, text in (
        ("expected_calibration_error", "calibration error {:.2%} (95% interval {:.2%} to {:.2%})"),
        ("brier", "Brier score {:.4f} ({:.4f} to {:.4f})"),
    ):
        if key in scores:
            parts.append(text.format(scores[key], *scores[f"{key}_interval"]))
    return ", ".join(parts)


def _baseline(baseline: dict[str, Any]) -> str:
    low, high = baseline["accuracy_interval"]
    words = (
        f"baseline {shown(baseline['name'])}: accuracy {baseline['accuracy']:.2%} ({low:.2%} to {high:.2%})"
    )
    if versus := baseline["comparison"]:
        low, high = versus["accuracy_interval"]
        words += (
            f"; model minus baseline {100 * versus['accuracy']:+.2f} points ({100 * low:+.2f} to "
            f"{100 * high:+.2f}, p = {versus['p_value']:.2g})"
        )
    return words


def _answers(rows: Sequence[dict[str, Any]]) -> list[str]:
    def share(row: dict[str, Any], key: str) -> str:
        if row[key] is None:
            return "-"
        low, high = row[f"{key}_interval"]
        return f"{row[key]:.1%} ({low:.1%} to {high:.1%})"

    head = ["sure at least", "papers", "share of all", "accuracy of these"]
    cells = [
        [f"{row['at_least']:.0%}", f"{row['papers']:,}", share(row, "coverage"), share(row, "accuracy")]
        for row in rows
    ]
    title = "What answering only when sure gives (classify --min-confidence), with 95% intervals"
    return [title, *table([head, *cells])]


def _months(slices: dict[str, Any]) -> list[str]:
    months = slices["by_month"]
    rows = []
    for row in months[-MONTHS:]:
        low, high = row["accuracy_interval"]
        from_, to = row["expected_calibration_error_interval"]
        rows.append(
            [
                row["month"],
                f"{row['papers']:,}" + (" (few)" if row["few"] else ""),
                f"{row['accuracy']:.1%} ({low:.1%} to {high:.1%})",
                f"{row['expected_calibration_error']:.1%} ({from_:.1%} to {to:.1%})",
            ]
        )
    title = "By month of publication, with 95% intervals"
    if len(months) > MONTHS:
        title += f"; {len(months) - MONTHS:,} earlier months in --json"
    if slices["undated"]:
        title += f"; {slices['undated']:,} papers without a readable date"
    drift = trend_words(slices["trend"]) if slices["trend"] else []
    return [title, *table([["month", "papers", "accuracy", "calibration error"], *rows]), *drift]


def trend_words(trend: dict[str, Any]) -> list[str]:
    """The trend of accuracy over time, and whether it shows a drift: a sentence, or two.

    Args:
        trend: What `slices.trend` returned.

    Returns:
        The trend as it is, and that with the mix of categories held fixed, where it is known. Changes are
        told by the year where the papers span one, else by the month. Below `DRIFT_MONTHS` nothing is called
        a drift; and where something is, it is said what the interval leaves out.
    """
    years = [int(trend[end][:4]) + int(trend[end][5:]) / 12 for end in ("first", "last")]
    unit, share = ("a year", 1.0) if years[1] - years[0] > 0.9 else ("a month", 1 / 12)

    def words(slope: dict[str, Any]) -> str:
        change, low, high = (100 * share * value for value in (slope["change_per_year"], *slope["interval"]))
        verdict = "no drift shown"
        if trend["months"] < DRIFT_MONTHS:
            verdict = "too few months to tell a drift from the luck of each"
        elif slope["p_value"] < LEVEL:
            verdict = f"accuracy drifts {'lower' if change < 0 else 'higher'}"
        return (
            f"{verdict}: {change:+.1f} points {unit} (95% interval {low:+.1f} to {high:+.1f}, "
            f"p = {slope['p_value']:.2g})"
        )

    within = trend["within_classes"]
    fixed = [f"with the mix of categories held fixed, {words(within)}"] if within else []
    told = [f"from {trend['first']} to {trend['last']}, {words(trend)}", *fixed]
    if any("drifts" in line for line in told):
        told.append(
            "papers count as independent there: luck that those of a month share, such as one of its topics, "
            "is in neither interval nor p"
        )
    return told


def _joined(scores: dict[str, Any], formats: dict[str, str]) -> str:
    return ", ".join(text.format(scores[key]) for key, text in formats.items() if key in scores)


def _confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    cells = [[f"{count:,}" if count else "." for count in row] for row in counts]
    lines = table(
        [["true \\ predicted", *names], *([name, *row] for name, row in zip(names, cells, strict=True))]
    )
    if len(lines[0]) > _LINE:
        numbers = [f"[{i}]" for i in range(1, len(names) + 1)]
        numbered = [f"{number} {name}" for number, name in zip(numbers, names, strict=True)]
        lines = table(
            [
                ["true \\ predicted", *numbers],
                *([name, *row] for name, row in zip(numbered, cells, strict=True)),
            ]
        )
    return ["Confusion matrix: a row is a true category, a column a predicted one", *lines]


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of columns: the first stands left, the others right."""
    lines = list(rows)
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return [
        "  ".join(
            [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
        )
        for row in lines
    ]
