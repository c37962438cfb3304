"""Papers of different lengths, put into padded batches with little padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxivist.text.characters import Spelling
from arxivist.text.vocabulary import PAD, EncodedPaper, Ids


def pad(rows: Sequence[Ids]) -> npt.NDArray[np.int64]:
    """Stack (L_i,) ids into (B, max L_i), `<PAD>` on the right; at least one column wide."""
    batch = np.full((len(rows), max(1, max((len(row) for row in rows), default=1))), PAD, dtype=np.int64)
    for line, row in zip(batch, rows, strict=True):
        line[: len(row)] = row
    return batch


def collate(papers: Sequence[EncodedPaper]) -> dict[str, npt.NDArray[np.int64]]:
    """The inputs of a network for one batch, by name.

    Returns:
        `title_ids` (B, T) and `abstract_ids` (B, L); for papers encoded with characters, `title_chars`
        (B, T, M) and `abstract_chars` (B, L, M) too. Zeros are padding.
    """
    batch = {
        "title_ids": pad([paper.title for paper in papers]),
        "abstract_ids": pad([paper.abstract for paper in papers]),
    }
    if papers and papers[0].title_chars is not None:
        batch["title_chars"] = _pad_chars([paper.title_chars for paper in papers])
        batch["abstract_chars"] = _pad_chars([paper.abstract_chars for paper in papers])
    return batch


def _pad_chars(rows: Sequence[Spelling | None]) -> npt.NDArray[np.int64]:
    given = [row for row in rows if row is not None]
    longest = max(1, max(len(row) for row in given))
    batch = np.zeros((len(given), longest, given[0].shape[1]), dtype=np.int64)
    for page, row in zip(batch, given, strict=True):
        page[: len(row)] = row
    return batch


def length_batches(papers: Sequence[EncodedPaper], batch_size: int) -> list[npt.NDArray[np.int64]]:
    """Positions of the papers in batches of similar length, longest first.

    Longest first makes the first batch the one that needs the most memory.
    """
    lengths = np.array([len(paper.abstract) * 64 + len(paper.title) for paper in papers], dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def shuffled_batches(
    papers: Sequence[EncodedPaper], batch_size: int, rng: np.random.Generator, window: int = 50
) -> list[npt.NDArray[np.int64]]:
    """Positions of the papers in random batches, each of similar length.

    Papers are shuffled; each run of `window` batches is sorted by length and cut into batches; then
    the batches are shuffled. A single left-over paper joins another batch, because batch
    normalization has no statistics for one paper.
    """
    lengths = np.array([len(paper.abstract) for paper in papers], dtype=np.int64)
    order = rng.permutation(len(papers))
    batches: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(order), window * batch_size):
        part = order[start : start + window * batch_size]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        last = batches.pop()
        batches[-1] = np.concatenate([batches[-1], last])
    return [batches[i] for i in rng.permutation(len(batches))]
