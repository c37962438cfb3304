"""The words of a corpus as numbers, read once; near-duplicates, outliers and the noise model use them."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arxonomy.markup import clean_markup
from arxonomy.records import Paper

# In scripts that are written without spaces each sign counts as a word.
_SIGNS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_SIGNS}]+|[{_SIGNS}]")


@dataclass(frozen=True)
class WordSets:
    """The different words of each of N papers."""

    ids: npt.NDArray[np.int32]
    """The word numbers of all papers in order, each once per paper."""
    starts: npt.NDArray[np.int64]
    """(N + 1,) where each paper's words begin in `ids`, and the end."""
    lengths: npt.NDArray[np.int64]
    """(N,) words of each paper, repeats counted."""
    papers_with: npt.NDArray[np.int64]
    """(V,) how many papers have each word."""

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(N,) different words of each paper."""
        return np.diff(self.starts)

    def count(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Count how many of each paper's different words are chosen.

        Args:
            chosen: (V,) whether a word counts.

        Returns:
            (N,) numbers of words.
        """
        total = np.concatenate([[0], np.cumsum(chosen[self.ids])])
        counts: npt.NDArray[np.int64] = total[self.starts[1:]] - total[self.starts[:-1]]
        return counts


def split_words(paper: Paper) -> list[str]:
    """Split title and abstract into lower-case words: runs of letters and digits of any script.

    >>> split_words(Paper("1", "Pre-training", "for 图像"))
    ['pre', 'training', 'for', '图', '像']
    """
    return _WORD.findall(f"{clean_markup(paper.title)} {clean_markup(paper.abstract)}".lower())


def build_word_sets(papers: Sequence[Paper]) -> WordSets:
    """Number the words of papers in the order of their first occurrence.

    Args:
        papers: Any papers.
    """
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__
    flat, starts, lengths = array("i"), array("q", [0]), array("q")
    for paper in papers:
        words = split_words(paper)
        # A dict, unlike a set, has the same order in each run.
        flat.extend(map(number.__getitem__, dict.fromkeys(words)))
        starts.append(len(flat))
        lengths.append(len(words))
    ids = np.array(flat, dtype=np.int32)
    return WordSets(
        ids,
        np.array(starts, dtype=np.int64),
        np.array(lengths, dtype=np.int64),
        np.bincount(ids, minlength=len(number)),
    )
