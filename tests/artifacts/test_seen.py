"""Papers are recognized by their words and their arXiv ids, and not by what many papers have in common."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import find_ids
from arxonomy.artifacts.seen import NONE, Seen, digest_papers, find_seen, read_seen, write_seen
from arxonomy.errors import RunError
from arxonomy.records import Paper

TEXT = "A parser of old letters", "We read letters by machine."
SEEN = digest_papers(
    [Paper("2501.00001v1", *TEXT), Paper("7", "Editorial", ""), Paper("8", "", "Graphs " * 9)]
)


@pytest.mark.parametrize(
    ("paper", "seen"),
    [
        (Paper("another-id", *TEXT), True),
        (Paper("x", "A <i>parser</i> of OLD letters!", "We read letters -- by machine"), False),  # `--` stays
        (Paper("x", "A <i>parser</i> of OLD letters!", "We read letters  by machine"), True),
        (Paper("x", "", " ".join(TEXT)), True),
        (
            Paper("https://arxiv.org/abs/2501.00001v3", "A new title", "Rewritten from the first word on."),
            True,
        ),
        (Paper("x", "A parser of old letters", "We read letters by hand."), False),
        (Paper("9", "Editorial", ""), False),
        (Paper("8", "Other words under a number", "that any file may give to a paper"), False),
    ],
)
def test_a_paper_is_recognized_by_its_words_or_its_arxiv_id(paper: Paper, seen: bool) -> None:
    assert find_seen(digest_papers([paper]), SEEN.ravel()).tolist() == [seen]


def test_a_run_keeps_what_it_has_seen(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert read_seen(run) is None  # of a run from before this was kept
    seen = Seen.of([SEEN, SEEN[:1]], [SEEN[2:]])
    write_seen(run, seen)
    stored = read_seen(run)
    assert stored is not None
    for one, other in zip((stored.trained, stored.chosen_by), (seen.trained, seen.chosen_by), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(stored.trained) == 3 and NONE not in stored.trained  # two texts and one id
    assert np.isin(stored.chosen_by, stored.trained).all() and len(stored.join()) == 3
    (tmp_path / "seen.safetensors").write_bytes(b"{")
    with pytest.raises(RunError, match="expected a complete safetensors file"):
        read_seen(run)


def test_ids_of_a_run_from_before_hashes_were_short_are_the_same_papers(tmp_path: Path) -> None:
    paper = Paper("2501.00001", *TEXT)
    run, eight = Run(tmp_path), hashlib.sha256(paper.id.encode()).digest()[:8]
    write_seen(run, Seen.of([], [], [np.frombuffer(eight, dtype="<i8").astype(np.int64)]))
    stored = read_seen(run)
    assert stored is not None
    assert find_ids([paper, Paper("2501.00002", *TEXT)], stored.ids).tolist() == [True, False]
