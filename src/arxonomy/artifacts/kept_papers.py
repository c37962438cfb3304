"""`kept_papers.safetensors` of a network's run: validation papers as it reads them.

    rows                       (N,) their rows among the logits of `validation.safetensors`
    title_ids, abstract_ids    (N, T) and (N, L), padding (0) on the right

Packed weights are compared with the trained ones on them, where the data itself may be gone. They are ids of
the run's vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import load_file, save

from arxonomy.artifacts.run import Run
from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.text import EncodedPaper, collate

MOST = 4000
"""Papers that are kept at most, some 5 MB."""


@dataclass(frozen=True)
class KeptPapers:
    """Some of a run's validation papers."""

    rows: npt.NDArray[np.int64]
    """(N,) their rows among the validation papers."""
    papers: Sequence[EncodedPaper]
    """N papers."""


def write_kept_papers(run: Run, papers: Sequence[EncodedPaper], most: int = MOST) -> None:
    """Keep some of a run's validation papers, evenly spread; none for a network that reads characters.

    Args:
        run: The run.
        papers: Its validation papers, in the order of their logits.
        most: How many are kept at most.
    """
    rows = np.unique(np.linspace(0, len(papers) - 1, num=min(most, len(papers))).round().astype(np.int64))
    chosen = [papers[row] for row in rows]
    if not chosen or any(paper.title_words is not None for paper in chosen):
        return
    tensors = {name: ids.astype(np.int32) for name, ids in collate(chosen).items()}
    write_atomic(run.kept_papers, save({"rows": rows, **tensors}))


def read_kept_papers(run: Run) -> KeptPapers | None:
    """Read what `write_kept_papers` wrote; None where it wrote nothing, as in older runs.

    Raises:
        RunError: The file is damaged.
    """
    if not run.kept_papers.is_file():
        return None
    try:
        tensors = load_file(run.kept_papers)
        texts = zip(tensors["title_ids"], tensors["abstract_ids"], strict=True)
        papers = [
            EncodedPaper(title[title > 0], abstract[abstract > 0], unknown_words=0.0)
            for title, abstract in texts
        ]
        return KeptPapers(tensors["rows"], papers)
    except (OSError, KeyError, ValueError, safetensors.SafetensorError) as error:
        raise RunError(f"{run.kept_papers}: expected a complete safetensors file: {error}") from error
