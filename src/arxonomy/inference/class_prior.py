"""The class prior that a model's probabilities assume, and the one that a user states instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.facts import Manifest
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.label_names import parse_numbers
from arxonomy.taxonomy import Taxonomy, find_category, get_arxiv, get_arxiv_papers

Prior = Mapping[str, float] | Literal["uniform", "arxiv"]
"""Shares of some or all categories; `uniform` for equal ones; `arxiv` for those among arXiv's papers."""

_TOLERANCE = 1e-3
"""By how much stated shares may miss 1, since 0.333 is a fair third."""


def compute_class_prior(counts: npt.ArrayLike) -> list[float]:
    """Compute shares > 0 with sum 1 of the classes from their numbers of papers (C,).

    A class without papers counts as half a paper: the model knows it, and a user's papers may have it.
    """
    papers = np.maximum(np.asarray(counts, dtype=np.float64), 0.5)
    return [float(share) for share in papers / papers.sum()]


def average_class_priors(priors: Sequence[Sequence[float] | None]) -> list[float] | None:
    """Average the class priors (C,) of several models; None if one of them is not known."""
    known = [prior for prior in priors if prior is not None]
    return np.mean(known, axis=0).tolist() if known and len(known) == len(priors) else None


def get_training_prior(manifest: Manifest) -> list[float] | None:
    """Get the class prior of the papers that a bundle was calibrated on.

    Returns:
        (C,) shares > 0 with sum 1: `priors`, or, for a bundle from before there were any, the shares of its
        validation papers. None if it has neither.
    """
    if manifest.priors is not None:
        return list(manifest.priors)
    scores = (manifest.metrics.validation or {}).get("per_class", {})
    if set(scores) != set(manifest.labels):
        return None
    return compute_class_prior([scores[label]["support"] for label in manifest.labels])


def require_prior(training_prior: Sequence[float] | None) -> Sequence[float]:
    """Get the class prior (C,) that a model was calibrated on.

    Raises:
        SettingsError: It is not known.
    """
    if training_prior is None:
        raise SettingsError(
            "prior: this model does not state the class prior of the papers that it was calibrated on; "
            "export its run again with this version"
        )
    return training_prior


def parse_class_prior(text: str, labels: Sequence[str] = ()) -> Prior:
    """Parse a class prior such as `cs.CL=0.7,"Vision, Images & Video"=0.2`, `uniform` or `arxiv`.

    Args:
        text: The text.
        labels: The model's categories, which are recognized without quotes too.

    Raises:
        SettingsError: It is none of them; the message names the place.
    """
    if text == "uniform":
        return "uniform"
    if text == "arxiv":
        return "arxiv"
    return parse_numbers(text, "cs.CL=0.7,cs.CV=0.2 (or uniform, or arxiv)", labels)


def resolve_class_prior(
    prior: Prior, labels: Sequence[str], training_prior: Sequence[float], taxonomy: Taxonomy | None = None
) -> tuple[float, ...]:
    """Compute the share of every category that a user's statement implies.

    Args:
        prior: Shares of all categories, which sum to 1; or of some, which leave a rest: the others divide it
            in proportion to `training_prior`. Or `uniform`, or `arxiv`.
        labels: The C categories.
        training_prior: (C,) shares among the papers that the model was calibrated on.
        taxonomy: Knows the aliases and retired names that may stand for categories; None: there are none.

    Returns:
        (C,) shares in 0..1 with sum 1, in the order of `labels`.

    Raises:
        SettingsError: A category is unknown, a share is not in 0..1, or the sum is not possible.
    """
    if prior == "uniform":
        return (1 / len(labels),) * len(labels)
    if prior == "arxiv":
        return _find_arxiv_prior(labels, training_prior)
    if not isinstance(prior, Mapping) or not prior:
        raise SettingsError(
            f"prior: expected categories with their shares, as in {{'{labels[0]}': 0.7}}, or `uniform`, or "
            f"`arxiv`; found {prior!r}"
        )
    stated: dict[str, float] = {}
    for name, share in prior.items():
        label = find_category(str(name), labels, taxonomy)
        if label in stated:
            raise SettingsError(f"prior: found `{label}` a second time; name it once")
        if label is None:
            raise SettingsError(
                f"prior: the model has no category `{name}`: {suggest_name(str(name), labels)}"
            )
        if not (math.isfinite(share) and 0 <= share <= 1):
            raise SettingsError(f"prior: expected a share in 0..1 for {label}, found {share}; 70% is 0.7")
        stated[label] = share
    total = math.fsum(stated.values())
    others = [label for label in labels if label not in stated]
    if total > 1 + _TOLERANCE or (not others and total < 1 - _TOLERANCE):
        wanted = f"at most 1, the rest being for {', '.join(others[:5])}" if others else "1"
        raise SettingsError(f"prior: expected shares with the sum {wanted}; found the sum {total:.6g}")
    rest = max(0.0, 1 - total)
    known = dict(zip(labels, training_prior, strict=True))
    rest_known = math.fsum(known[label] for label in others)
    shares = [
        stated[label] if label in stated else rest * share / rest_known for label, share in known.items()
    ]
    total = math.fsum(shares)
    return tuple(share / total for share in shares)


def _find_arxiv_prior(labels: Sequence[str], training_prior: Sequence[float]) -> tuple[float, ...]:
    """(C,) shares among arXiv's papers; a category whose number is not known keeps its own."""
    nodes, papers = get_arxiv().nodes, get_arxiv_papers()
    for label in labels:
        if label not in nodes:
            raise SettingsError(
                f"prior: `arxiv` is for a model of arXiv's categories, and `{label}` is none; state shares"
            )
    counts = [papers.get(label, 0) for label in labels]
    known = math.fsum(share for share, count in zip(training_prior, counts, strict=True) if count)
    if not known:
        return tuple(training_prior)
    return tuple(
        known * count / sum(counts) if count else share
        for share, count in zip(training_prior, counts, strict=True)
    )
