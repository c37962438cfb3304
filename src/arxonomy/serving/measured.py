"""How good a model was on papers that it had not seen, out of what its bundle says."""

from __future__ import annotations

from typing import Any

from arxonomy.artifacts.facts import Manifest


def measured(manifest: Manifest | None) -> dict[str, Any] | None:
    """The scores of the test papers, or else of the validation papers; None where neither is known.

    Args:
        manifest: What the bundle says of itself; None for a run, or for several models.

    Returns:
        As `schemas.MeasuredAnswer` has it.
    """
    parts = manifest.metrics if manifest else {}
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
