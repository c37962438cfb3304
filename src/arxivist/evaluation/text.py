"""Scores as plain text, for a terminal or a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_LINE = 110
"""Columns of text up to which the confusion matrix is headed by names instead of numbers."""


def format_scores(scores: dict[str, Any]) -> str:
    """A readable report: headlines, one line per class, and the confusion matrix.

    Args:
        scores: What `score` returned. Scores that it lacks are left out of the headlines.

    Returns:
        Lines of text without a newline at the end. In the matrix a dot stands for no paper.
    """
    low, high = scores["accuracy_interval"]
    headlines = [
        f"{scores['papers']:,} papers: accuracy {scores['accuracy']:.2%} "
        f"(95% interval {low:.2%} to {high:.2%})",
        _joined(
            scores,
            {
                "macro_f1": "macro F1 {:.4f}",
                "balanced_accuracy": "balanced accuracy {:.2%}",
                "top2_accuracy": "top-2 accuracy {:.2%}",
                "any_listed_accuracy": "any listed category {:.2%}",
            },
        ),
        _joined(
            scores, {"log_loss": "log loss {:.4f}", "expected_calibration_error": "calibration error {:.2%}"}
        ),
    ]
    names = [_shown(name) for name in scores["per_class"]]
    head = ["category", "precision", "recall", "F1", "papers"]
    rows = [
        [name, f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", f"{c['support']:,}"]
        for name, c in zip(names, scores["per_class"].values(), strict=True)
    ]
    blocks = [
        [line for line in headlines if line],
        _table([head, *rows]),
        _confusion(names, scores["confusion"]),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def _shown(name: str) -> str:
    r"""A label as it is, or with escapes where it would move a terminal's cursor: `\x1b`."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _joined(scores: dict[str, Any], formats: dict[str, str]) -> str:
    return ", ".join(text.format(scores[key]) for key, text in formats.items() if key in scores)


def _confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    cells = [[f"{count:,}" if count else "." for count in row] for row in counts]
    table = _table(
        [["true \\ predicted", *names], *([name, *row] for name, row in zip(names, cells, strict=True))]
    )
    if len(table[0]) > _LINE:
        numbers = [f"[{i}]" for i in range(1, len(names) + 1)]
        numbered = [f"{number} {name}" for number, name in zip(numbers, names, strict=True)]
        table = _table(
            [
                ["true \\ predicted", *numbers],
                *([name, *row] for name, row in zip(numbered, cells, strict=True)),
            ]
        )
    return ["Confusion matrix: a row is a true category, a column a predicted one", *table]


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    lines = list(rows)
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    return [
        "  ".join(
            [row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))]
        )
        for row in lines
    ]
