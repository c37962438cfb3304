"""The model card of a bundle, from a template: every number in it comes out of the run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from arxonomy.artifacts.calibration_facts import CalibrationEffect
from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.validation import describe_few_papers
from arxonomy.evaluation import Interval, Read, Scores
from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.text_report import name_parts
from arxonomy.inference.card_metadata import format_metadata, make_metadata
from arxonomy.models.baselines import NEEDED_PACKAGES
from arxonomy.records import ATYPICAL_BELOW, PARTS
from arxonomy.rendering import make_environment
from arxonomy.sanitize import replace_controls
from arxonomy.taxonomy import find_taxonomy

if TYPE_CHECKING:
    from jinja2 import Template

MOST_MISTAKES = 5
"""Pairs of categories that are shown as confused most often; with many categories four times as many."""


def render_card(
    manifest: Manifest, extra: str = "", *, license: str = "unknown", packed_scores: bool = False
) -> str:
    """Render the card as Markdown, with its metadata at the top.

    Args:
        manifest: The contents of `bundle.json`.
        extra: Markdown to add at the end.
        license: See `make_metadata`.
        packed_scores: Whether the scores in `manifest` are those of packed weights, as a bundle has them that
            was evaluated, and not those of the run.
    """
    from markupsafe import Markup

    effect = manifest.calibration
    unseen = effect.cross_fitted if effect else None
    by_part = {part: manifest.metrics.get_scores(part) for part in ("validation", "test")}
    scores = {part: part_scores for part, part_scores in by_part.items() if part_scores}
    answers = {"validation": unseen.answers} if unseen else {}
    if "test" in scores and scores["test"].answers:
        answers["test"] = scores["test"].answers
    failing_part = "test" if "test" in scores else "validation"
    failing = scores.get(failing_part)
    is_large = len(manifest.labels) > MANY
    taxonomy = find_taxonomy(manifest.labels)
    merged = "; ".join(f"{new} = {' + '.join(old)}" for new, old in manifest.merge.items()) or "none"
    text = _get_template().render(
        manifest=manifest,
        many=MANY,
        atypical_below=ATYPICAL_BELOW,
        merged=merged,
        scores=scores,
        effect=effect,
        unseen=unseen,
        given=_list_given(manifest),
        few=effect and describe_few_papers(effect.papers - effect.held_out, effect.held_out),
        answers=answers,
        answer_rows=list(zip(*answers.values(), strict=True)),
        failing_part=failing_part,
        failing=failing,
        names=taxonomy.get_names(manifest.labels) if taxonomy and is_large else {},
        mistakes=_find_mistakes(failing)[: MOST_MISTAKES * (4 if is_large else 1)] if failing else [],
        networks=[member for member in manifest.get_members() if not member.baseline],
        counting=any(
            member.baseline not in (None, "majority", "minilm", "network-head")
            for member in manifest.get_members()
        ),
        needed=[
            package
            for member in manifest.get_members()
            for package in NEEDED_PACKAGES.get(member.baseline or "", {}).values()
            if member.baseline != "fasttext"
        ],
        packed_scores=packed_scores,
        extra=Markup(extra.strip()),
    )
    return format_metadata(make_metadata(manifest, license)) + text


def _list_given(manifest: Manifest) -> list[tuple[str, CalibrationEffect]]:
    """What may be given of a paper, and how good the model is then; empty without parts."""
    effects: dict[Read, CalibrationEffect | None] = {PARTS: manifest.calibration}
    effects |= {(part,): manifest.parts[part].calibration for part in PARTS if part in manifest.parts}
    if len(effects) == 1:
        return []
    return [(name_parts(given), effect) for given, effect in effects.items() if effect]


def _find_mistakes(scores: Scores) -> list[tuple[int, str, str]]:
    """Count, true and predicted category of each pair that is confused, most often first."""
    labels = list(scores.per_class)
    mistakes = [
        (count, labels[truth], labels[predicted])
        for truth, row in enumerate(scores.confusion)
        for predicted, count in enumerate(row)
        if truth != predicted and count
    ]
    return sorted(mistakes, reverse=True)


@cache
def _get_template() -> Template:
    """The template; what it prints has no control characters."""
    # Markdown, not HTML.
    environment = make_environment(["arxonomy.inference"], _clean, autoescape=False)
    environment.globals |= {"interval": _format_interval, "percent": _format_percent}
    return environment.get_template("card.md.jinja")


def _clean(value: object) -> object:
    """Replace control characters in what the template prints; Markdown that was given stays as it is."""
    return replace_controls(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _format_interval(interval: Interval) -> str:
    return f"{interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"


def _format_percent(interval: Interval | None) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})" if interval else "none"
