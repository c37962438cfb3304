"""`seen.safetensors` of a run: which papers it has seen, so that a leak is found however papers are named.

    trained    int64 (N,), sorted: papers that weights were fitted to, also those of the runs before it (that
               it started from, and its teachers) and the unlabeled ones
    chosen_by  int64 (M,), sorted: papers that chose among its weights, its validation papers
    ids        int64 (K,), sorted: what the bundles before it have seen, as these say it (`bundle.hash_ids`)

A paper has two digests of 8 bytes: of its words, in the form in which a model reads them, and of its arXiv
id, the version apart. So a copy under another id is found, and so is another version under the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import load_file, save

from arxonomy.artifacts.bundle import unpack_hashes
from arxonomy.artifacts.run import Run
from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.records import Paper
from arxonomy.text import tokenize

Digests = npt.NDArray[np.int64]

NONE = 0
"""In the place of a digest: a text too short to be of one paper alone, or an id that is not arXiv's."""

_FEWEST_WORDS = 5  # "Editorial", "Introduction to the issue"


@dataclass(frozen=True)
class Seen:
    """What a model has seen."""

    trained: Digests
    """(N,) sorted digests of the papers that its weights were fitted to."""
    chosen_by: Digests
    """(M,) sorted digests of the papers that chose among its weights."""
    ids: Digests = field(default_factory=lambda: _join([]))
    """(K,) sorted hashes of the ids of the papers that the bundles before it have seen; mostly empty."""

    @classmethod
    def of(
        cls, trained: Iterable[Digests], chosen_by: Iterable[Digests], ids: Iterable[Digests] = ()
    ) -> Seen:
        """Join digests, as `digest_papers` makes them, and hashes of ids."""
        return cls(_join(trained), _join(chosen_by), _join(ids))

    def join(self) -> Digests:
        """All digests, sorted."""
        return _join([self.trained, self.chosen_by])


def digest_papers(papers: Sequence[Paper]) -> Digests:
    """(N, 2) the digests of each paper's words and arXiv id, `NONE` where it has none."""
    digests = np.full((len(papers), 2), NONE, dtype=np.int64)
    for row, paper in enumerate(papers):
        words = [*tokenize(paper.title), *tokenize(paper.abstract)]
        if len(words) >= _FEWEST_WORDS:
            digests[row, 0] = _digest(" ".join(words))
        if name := parse_arxiv_id(paper.id):
            digests[row, 1] = _digest(f"arXiv:{name}")  # no token has a colon
    return digests


def find_seen(digests: Digests, seen: Digests) -> npt.NDArray[np.bool_]:
    """Find the papers, out of those with the digests (N, 2), that were seen, by text or id: (N,)."""
    return np.asarray((np.isin(digests, seen) & (digests != NONE)).any(axis=1))


def write_seen(run: Run, seen: Seen) -> None:
    """Write a run's `seen.safetensors`."""
    arrays = {"trained": seen.trained, "chosen_by": seen.chosen_by, "ids": seen.ids}
    write_atomic(_path(run), save({name: own for name, own in arrays.items() if len(own) or name != "ids"}))


def read_seen(run: Run) -> Seen | None:
    """Read what a run has seen; None for a run from before this was kept.

    Raises:
        RunError: The file is damaged.
    """
    path = _path(run)
    if not path.is_file():
        return None
    try:
        stored = load_file(path)
        return Seen(**stored | {name: unpack_hashes(own) for name, own in stored.items() if name == "ids"})
    except (OSError, TypeError, safetensors.SafetensorError) as error:
        raise RunError(f"{path}: expected a complete safetensors file: {error}") from error


def _path(run: Run) -> Path:
    return run.folder / "seen.safetensors"


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _join(digests: Iterable[Digests]) -> Digests:
    every = [np.zeros(0, dtype=np.int64), *(part.ravel() for part in digests)]
    unique = np.unique(np.concatenate(every))
    return np.asarray(unique[unique != NONE])
