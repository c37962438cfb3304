"""How good a model was on papers that it had not seen, out of what its bundle says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def measured(info: Mapping[str, Any]) -> dict[str, Any] | None:
    """The scores of the test papers, or else of the validation papers; None where neither is known.

    Args:
        info: What the model says of itself, see `Classifier.info`.

    Returns:
        As `schemas.MeasuredAnswer` has it.
    """
    parts = info.get("metrics", {})
    for part in ("test", "validation"):
        if scores := parts.get(part):
            return {
                "part": part,
                "papers": scores["papers"],
                "accuracy": scores["accuracy"],
                "answers": [
                    {name: row[name] for name in ("at_least", "papers", "accuracy")}
                    for row in scores.get("answers", ())
                ],
            }
    return None
