"""A choice of labels on both sides of a measurement: what a model answers, and how the papers are labeled.

The labels in `--among` may be the model's, the papers', or both: each entry is found on either side by the
labels that it is made of, or, where a side has none of these, by its own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arxonomy.label_names import REST, format_among, normalize_label, settle_among
from arxonomy.studies.results import ViewScores

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference.view import View
    from arxonomy.label_names import Among
    from arxonomy.papers import Dataset
    from arxonomy.studies.answers import Answers
    from arxonomy.studies.source import Source


@dataclass(frozen=True)
class Scored:
    """What is scored, and under which labels."""

    model: SavedModel | None
    """The run or bundle; None where it is not known."""
    among: Among | None
    """Which labels of the papers are kept and merged; None: as the model was trained."""
    view: View | None
    """What the model answers; None: its labels as they are."""

    @property
    def known(self) -> Sequence[str]:
        """The model's labels, as far as they are known."""
        if self.view is not None:
            return self.view.model_labels
        return self.model.labels if self.model is not None else ()

    @property
    def answers(self) -> Sequence[str]:
        """The categories of its answers."""
        return self.known if self.view is None else self.view.labels

    def read(self, source: Source) -> Dataset:
        """Read papers with these labels: what the model was trained with is merged, and other labels stay."""
        from arxonomy.config import DataSettings

        if self.among is not None:
            return source.read(DataSettings(among=self.among), any_labels=True, known=self.known)
        learned = {} if self.model is None else self.model.recipe.data.among
        if learned:
            learned = {**learned, REST: []}
        return source.read(DataSettings(among=learned), any_labels=True, ignore_absent=True)


def choose_view(among: Among | None, labels: Sequence[str]) -> View | None:
    """Choose what a model answers.

    Args:
        among: The choice of labels; None: all.
        labels: The model's labels.

    Returns:
        None where it answers among all its labels as they are, or has none of those that are named.

    Raises:
        SettingsError: See `make_view`.
    """
    from arxonomy.inference.view import make_view, replace_aliases
    from arxonomy.taxonomy import find_taxonomy

    if among is None:
        return None
    known = set(map(normalize_label, labels))
    settled = settle_among(replace_aliases(among, labels, find_taxonomy(labels)), known)
    view = make_view(settled, labels) if settled else None
    return None if view is None or view.is_whole else view


def choose_paper_labels(among: Among | None, learned: Mapping[str, Sequence[str]]) -> Among | None:
    """Choose how papers are labeled: with what a model was trained to merge, where its labels are named.

    Args:
        among: The choice of labels; None: what the model was trained with.
        learned: What the model was trained to merge, as `cs.AI-LG` of `cs.AI` and `cs.LG`.

    Returns:
        The choice with the labels that those of the model were made of.
    """
    if among is None:
        return None
    named = {old for olds in among.values() for old in olds}
    chosen: Among = {}
    for new, olds in among.items():
        parts = [part for old in olds for part in learned.get(old, ()) if part not in named]
        chosen[new] = [*olds, *parts]
    if REST in among:
        kept = {new: list(olds) for new, olds in learned.items() if olds and named.isdisjoint((new, *olds))}
        chosen = {**kept, **chosen}
    return chosen


def score_view(view: View, answers: Answers) -> ViewScores:
    """Score how much of the answers is outside of a view."""
    from arxonomy.records import NONE_ABOVE

    assert answers.outside is not None
    return ViewScores(
        among=format_among(view.to_among()),
        none_of_these=float((answers.outside > NONE_ABOVE).mean()),
        outside=float(answers.outside.mean()),
    )
