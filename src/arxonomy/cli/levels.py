"""`--level` and `--back-off`: answers at a broader level of the categories' hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.options import convert_to_usage_error

if TYPE_CHECKING:
    from arxonomy.inference import Classifier
    from arxonomy.taxonomy import Levels

LevelOption = Annotated[
    str | None,
    typer.Option(
        "--level",
        metavar="LEVEL",
        help="Answer at this level of the hierarchy, such as archive: the sum of the categories below.",
    ),
]
BackOffOption = Annotated[
    float | None,
    typer.Option(
        "--back-off",
        min=0,
        max=1,
        metavar="P",
        help="Answer at the deepest level, down to --level, whose best node is at least this probable.",
    ),
]


def check_back_off(back_off: float | None, min_confidence: float | None) -> None:
    """Make sure that only one option says how sure an answer must be.

    Raises:
        typer.BadParameter: Both do.
    """
    if back_off is not None and min_confidence is not None:
        raise typer.BadParameter(
            "expected it without --min-confidence, since either says how sure an answer must be: below it, "
            "--min-confidence gives no category and --back-off a broader one",
            param_hint="--back-off",
        )


def find_asked_levels(classifier: Classifier, level: str | None, back_off: float | None) -> Levels:
    """Find the levels that answers may have; empty where none were asked for.

    Raises:
        typer.BadParameter: The model has no such level, or none at all.
    """
    from arxonomy.taxonomy import choose_levels

    if level is None and back_off is None:
        return {}
    with convert_to_usage_error("--back-off" if level is None else "--level"):
        return choose_levels(classifier.levels, level)


def format_answered(answered: Mapping[str | None, int], levels: Levels) -> str:
    """Say how many papers were answered at each level, the deepest first; None counts those without."""
    parts = [f"{answered.get(level, 0):,} at {level}" for level in reversed(list(levels))]
    return f"answers by level: {', '.join(parts)}, {answered.get(None, 0):,} at none"
