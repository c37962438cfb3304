"""Batches of papers of different lengths, with little padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.text.characters import spell
from arxonomy.text.vocabulary import PAD, EncodedPaper


def pad(rows: Sequence[npt.NDArray[np.integer[Any]]]) -> npt.NDArray[np.int64]:
    """Stack (L_i,) ids into (B, max L_i), `<PAD>` on the right; at least one column wide."""
    batch = np.full((len(rows), max(1, max((len(row) for row in rows), default=1))), PAD, dtype=np.int64)
    for line, row in zip(batch, rows, strict=True):
        line[: len(row)] = row
    return batch


def collate(papers: Sequence[EncodedPaper]) -> dict[str, npt.NDArray[np.int64]]:
    """Make the inputs of a network for one batch, by name.

    Returns:
        `title_ids` (B, T) and `abstract_ids` (B, L). For papers encoded with their words also
        `spellings` (U, M), the character ids of the batch's distinct words, the first of which is empty
        and stands for padding, and `title_words` (B, T) and `abstract_words` (B, L), the row of
        `spellings` for each word. Zeros are padding everywhere.
    """
    batch = {
        "title_ids": pad([paper.title for paper in papers]),
        "abstract_ids": pad([paper.abstract for paper in papers]),
    }
    texts = [paper.title_words for paper in papers] + [paper.abstract_words for paper in papers]
    if words := [text for text in texts if text is not None]:
        empty = np.zeros(1, dtype=words[0].dtype)
        distinct, rows = np.unique(np.concatenate([empty, *words]), return_inverse=True)
        parts = np.split(rows[1:], np.cumsum([len(text) for text in words])[:-1])
        batch["spellings"] = spell(distinct)
        batch["title_words"] = pad(parts[: len(papers)])
        batch["abstract_words"] = pad(parts[len(papers) :])
    return batch


def make_length_batches(papers: Sequence[EncodedPaper], batch_size: int) -> list[npt.NDArray[np.int64]]:
    """Make batches of similar length, longest first, of the papers' positions.

    Longest first makes the first batch the one that needs the most memory.
    """
    lengths = np.array([len(paper.abstract) * 64 + len(paper.title) for paper in papers], dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def restore_order(
    parts: Sequence[npt.NDArray[np.float32]], batches: Sequence[npt.NDArray[np.int64]]
) -> npt.NDArray[np.float32]:
    """Put the results of batches back into the papers' order.

    Args:
        parts: (B, ...) results of each batch.
        batches: The positions of each batch's papers, as `make_length_batches` makes them.

    Returns:
        (N, ...) results.
    """
    results = np.concatenate(parts)
    ordered = np.empty_like(results)
    ordered[np.concatenate(batches)] = results
    return ordered


def make_shuffled_batches(
    papers: Sequence[EncodedPaper],
    batch_size: int,
    rng: np.random.Generator,
    window: int = 50,
    smallest: int = 2,
) -> list[npt.NDArray[np.int64]]:
    """Make random batches, each of similar length, of the papers' positions.

    Papers are shuffled; each run of `window` batches is sorted by length and cut into batches; then
    the batches are shuffled. Fewer left-over papers than `smallest` join another batch: batch
    normalization has no statistics for one paper, and each of several processes needs one.
    """
    lengths = np.array([len(paper.abstract) for paper in papers], dtype=np.int64)
    order = rng.permutation(len(papers))
    batches: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(order), window * batch_size):
        part = order[start : start + window * batch_size]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    if len(batches) > 1 and len(batches[-1]) < smallest:
        last = batches.pop()
        batches[-1] = np.concatenate([batches[-1], last])
    return [batches[i] for i in rng.permutation(len(batches))]
