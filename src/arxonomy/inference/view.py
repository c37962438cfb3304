"""A view: which of a model's labels its answers are among, and which of them count as one.

View             what becomes of a model's probabilities
replace_aliases  aliases and retired names in a choice of labels -> the model's
make_view        a choice of labels -> a view of a model; names that the model lacks are errors
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from arxonomy.errors import SettingsError, suggest_name
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.label_names import REST, Among, check_among, find_label, normalize_label
from arxonomy.taxonomy import Taxonomy


@dataclass(frozen=True)
class View:
    """C categories made of some of a model's K labels; the other O labels are outside.

    What is inside is renormalized, so that the C probabilities have the sum 1; what was outside before that
    is kept beside them. A class prior, and what unknown words take away, are applied to all K labels before.
    """

    model_labels: tuple[str, ...]
    """The K labels of the model."""
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    """The C categories in the order in which they were named, each with the labels that it is made of."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The C categories."""
        return tuple(name for name, _ in self.parts)

    @cached_property
    def columns(self) -> dict[str, tuple[int, ...]]:
        """The places in 0..K-1 of the labels that a category is made of."""
        return {name: tuple(map(self.model_labels.index, olds)) for name, olds in self.parts}

    @cached_property
    def outside(self) -> tuple[int, ...]:
        """The places in 0..K-1 of the O labels outside."""
        inside = {column for columns in self.columns.values() for column in columns}
        return tuple(place for place in range(len(self.model_labels)) if place not in inside)

    @property
    def outside_labels(self) -> tuple[str, ...]:
        """The O labels outside."""
        return tuple(self.model_labels[place] for place in self.outside)

    @property
    def is_whole(self) -> bool:
        """Whether all labels are there as they are, perhaps in another order."""
        return not self.outside and all(olds == (name,) for name, olds in self.parts)

    def to_among(self) -> dict[str, list[str]]:
        """The choice of labels that gives this view, without a `*`."""
        return {name: list(olds) for name, olds in self.parts}

    def apply(self, answers: Answers) -> Answers:
        """Answers among K labels -> those among C categories, with what is outside beside them."""
        probabilities, listed = answers.probabilities, answers.listed
        return answers._replace(
            probabilities=self.narrow(probabilities),
            listed=None if listed is None else self.merge_lists(listed),
            outside=probabilities[:, list(self.outside)],
        )

    def narrow(self, probabilities: Probabilities) -> Probabilities:
        """Renormalize what is inside.

        Args:
            probabilities: (N, K), rows in 0..1 with sum 1; of papers, or one row with a class prior.

        Returns:
            (N, C) sums of the merged labels, divided by the whole inside; equal shares where that is 0.
        """
        merged = np.add.reduceat(probabilities[:, self._order], self._starts, axis=1)
        inside = merged.sum(axis=1, keepdims=True)
        equal = np.full_like(merged, 1 / len(self.parts))
        return np.asarray(np.divide(merged, inside, out=equal, where=inside > 0))

    def merge_lists(self, listed: Probabilities) -> Probabilities:
        """Merge the probabilities of being listed; nothing is renormalized, since they have no sum.

        A merged category is listed where any of its labels is. Each label's probability was learned and
        calibrated by itself, so that nothing is known of how they depend on each other in one paper, and they
        count as independent: 1 - (1 - p) (1 - q) ... The largest of them, the other simple choice, is a lower
        bound: it would say that a category of forty labels is listed no more often than one of them.

        Args:
            listed: (N, K), each in 0..1.

        Returns:
            (N, C), each in 0..1 and at least as large as that of any of its labels.
        """
        return np.asarray(1.0 - np.multiply.reduceat(1.0 - listed[:, self._order], self._starts, axis=1))

    def lift_prior(self, prior: Sequence[float], training_prior: Sequence[float]) -> tuple[float, ...]:
        """Compute the class prior of the model's labels that a class prior inside of the view implies.

        It says nothing of what is outside, nor of the labels within a category: the whole share of the view,
        and the proportions within each category, stay those of `training_prior`.

        Args:
            prior: (C,) shares with sum 1 among the papers of the view.
            training_prior: (K,) shares > 0 with sum 1.

        Returns:
            (K,) shares with sum 1.
        """
        shares = np.array(training_prior, dtype=np.float64)
        inside = 1.0 if not self.outside else shares[self._order].sum()
        for share, columns in zip(prior, map(list, self.columns.values()), strict=True):
            shares[columns] *= inside * share / shares[columns].sum()
        return tuple((shares / shares.sum()).tolist())

    @cached_property
    def _order(self) -> npt.NDArray[np.intp]:
        """The places of all labels inside, category by category."""
        return np.array([column for columns in self.columns.values() for column in columns], dtype=np.intp)

    @cached_property
    def _starts(self) -> npt.NDArray[np.intp]:
        """Where each category begins in `_order`."""
        sizes = [len(olds) for _, olds in self.parts]
        return np.cumsum([0, *sizes[:-1]], dtype=np.intp)


def make_view(among: Mapping[str, Sequence[str]], labels: Sequence[str]) -> View:
    """Make a view of a model.

    Args:
        among: Category -> the labels of the model that it is made of, as `label_names.read_among` reads them;
            `*` stands for all labels that are not named, as they are.
        labels: The model's K labels.

    Raises:
        SettingsError: The model has no such label, one is named twice, a category has the name of another
            label of the model, or nothing is left to decide.
    """
    named: dict[str, str] = {}  # label -> category
    parts: dict[str, tuple[str, ...]] = {}
    for new, olds in among.items():
        found = []
        for old in olds:
            label = find_label(old, labels)
            if label is None:
                raise SettingsError(f"among: the model has no category `{old}`: {suggest_name(old, labels)}")
            found.append(label)
        named.update(dict.fromkeys(found, new))
        parts[found[0] if list(olds) == [new] else new] = tuple(found)
    for new, olds in among.items():
        taken = find_label(new, labels) if olds else None
        if taken is not None and named.get(taken) != new:
            raise SettingsError(
                f"among: `{new}` is another category of the model; merge it too, as in "
                f"`{new}={new}+{olds[0]}`, or take another name"
            )
    if REST in among and not among[REST]:
        rest = {label: (label,) for label in labels if label not in named}
        parts = _replace_rest(parts, rest)
    view = View(tuple(labels), tuple(parts.items()))
    if len(view.parts) == 1 and not view.outside:
        raise SettingsError(f"among: nothing is left to decide: `{view.labels[0]}` is all that the model has")
    return view


def replace_aliases(
    among: Mapping[str, Sequence[str]], labels: Sequence[str], taxonomy: Taxonomy | None
) -> Among:
    """Replace names that a model lacks by the categories that stand for them in its taxonomy.

    Raises:
        SettingsError: Two names stand for one category.
    """
    known = set(map(normalize_label, labels))
    find = taxonomy.find_canonical if taxonomy else lambda name: None
    return check_among(
        {new: [old if old in known else find(old) or old for old in olds] for new, olds in among.items()}
    )


def _replace_rest(
    parts: Mapping[str, tuple[str, ...]], rest: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """The categories with those that `*` stands for in its place."""
    replaced: dict[str, tuple[str, ...]] = {}
    for name, olds in parts.items():
        replaced |= {name: olds} if olds else rest
    return replaced
