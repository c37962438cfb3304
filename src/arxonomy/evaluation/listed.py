"""How the categories that papers list count, beside the one that each is labeled with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt


def complete_lists(
    truth: Iterable[int], labels: Sequence[str], listed: Sequence[Collection[str]]
) -> list[frozenset[str]]:
    """Add each paper's own label to the categories that it lists.

    A label counts as listed even where its file does not list it, and a paper without a list has its label
    alone, so that an answer that is right is among the listed ones too. Where no paper lists any, the lists
    stay empty.

    Args:
        truth: The class of each paper, in 0..C-1.
        labels: The C class names.
        listed: For each paper the categories that it lists, in the words of `labels`.

    >>> complete_lists([0, 1], ["a", "b"], [["c"], []]) == [{"a", "c"}, {"b"}]
    True
    """
    if not any(listed):
        return [frozenset()] * len(listed)
    return [frozenset(names) | {labels[number]} for number, names in zip(truth, listed, strict=True)]


def mark_listed(listed: Sequence[Collection[str]], labels: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Mark which of the C labels each of N papers lists, (N, C); other categories are passed over."""
    ids = {name: number for number, name in enumerate(labels)}
    marked = np.zeros((len(listed), len(labels)), dtype=np.bool_)
    for row, names in enumerate(listed):
        marked[row, [ids[name] for name in names if name in ids]] = True
    return marked


def mark_complete(
    truth: npt.ArrayLike, labels: Sequence[str], listed: Sequence[Collection[str]]
) -> npt.NDArray[np.bool_]:
    """Mark which labels each paper lists (N, C), its own included as `complete_lists` does."""
    marked = mark_listed(listed, labels)
    if any(listed):
        marked[np.arange(len(marked)), np.asarray(truth)] = True
    return marked


def find_several(listed: Sequence[Collection[str]]) -> npt.NDArray[np.bool_]:
    """Find the papers that list two different categories or more, (N,)."""
    return np.array([len(set(names)) > 1 for names in listed], dtype=np.bool_)


def count_unlisted(truth: Iterable[int], labels: Sequence[str], listed: Sequence[Collection[str]]) -> int:
    """Count the papers that list categories, and not the one that they are labeled with."""
    return sum(
        bool(names) and labels[number] not in names for number, names in zip(truth, listed, strict=True)
    )
