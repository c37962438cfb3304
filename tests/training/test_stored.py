from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from arxonomy.artifacts.run import Run
from arxonomy.text import EncodedPaper, collate
from arxonomy.training import loop
from arxonomy.training.stored import StoredPapers

CPU = torch.device("cpu")


def encode(title: int, abstract: int) -> EncodedPaper:
    random = np.random.default_rng(title + 100 * abstract)
    return EncodedPaper(*(random.integers(1, 50, size, dtype=np.int32) for size in (title, abstract)), 0.0)


PAPERS = [encode(3, 8), encode(0, 5), encode(2, 0), encode(0, 0), encode(7, 1), encode(1, 9)]


def assert_as_collated(inputs: dict[str, torch.Tensor], papers: list[EncodedPaper]) -> None:
    expected = collate(papers)
    assert inputs.keys() == expected.keys()
    for name, ids in expected.items():
        width = ids.shape[1]
        assert inputs[name].dtype == torch.int64
        np.testing.assert_array_equal(inputs[name][:, :width].numpy(), ids)
        assert not inputs[name][:, width:].any()


@pytest.mark.parametrize("rows", [[0], [3], [5, 0, 4], [2, 1], [1, 1, 5], list(range(6))])
def test_stored_papers_are_collated_as_others_are(rows: list[int]) -> None:
    papers = [PAPERS[row] for row in rows]
    inputs = StoredPapers(PAPERS, CPU).collate(papers, np.array(rows))
    assert_as_collated(inputs, papers)
    assert {name: ids.shape for name, ids in inputs.items()} == {
        name: ids.shape for name, ids in collate(papers).items()
    }


def test_what_was_changed_is_read_as_it_was_changed() -> None:
    rows = np.array([0, 5, 4, 1])
    longer = np.arange(1, 13, dtype=np.int32)
    papers = [
        replace(PAPERS[0], abstract=longer),
        PAPERS[5].keep_part("title"),
        PAPERS[4].keep_part("abstract"),
        PAPERS[1],
    ]
    assert_as_collated(StoredPapers(PAPERS, CPU).collate(papers, rows), papers)


def test_widths_are_multiples() -> None:
    papers, rows = PAPERS[:2], np.arange(2)
    inputs = StoredPapers(PAPERS, CPU, {"title": 4, "abstract": 16}).collate(papers, rows)
    assert_as_collated(inputs, papers)
    assert [inputs[f"{part}_ids"].shape[1] for part in ("title", "abstract")] == [4, 16]


def test_papers_without_a_word_can_be_stored() -> None:
    papers = [encode(0, 0), encode(0, 0)]
    assert_as_collated(StoredPapers(papers, CPU).collate(papers, np.arange(2)), papers)


@pytest.mark.parametrize(
    "overrides",
    [
        ("training.augment.share=0.6", "training.drop_abstract=0.2"),
        ("model.architecture=arxonomy", "model.pair_buckets=64", "training.title_loss=0.5"),
        ("training.average_from=1",),
    ],
)
def test_a_network_trains_the_same_on_stored_papers(
    run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, overrides: tuple[str, ...]
) -> None:
    plain = run_of("plain", "training.epochs=2", *overrides)
    stored: list[Counted] = []

    class Counted(StoredPapers):
        collated = 0

        def collate(self, papers: Sequence[EncodedPaper], rows: np.ndarray) -> dict[str, torch.Tensor]:
            self.collated += 1
            return super().collate(papers, rows)

    def store(papers: list[EncodedPaper], device: torch.device, multiples: Mapping[str, int]) -> StoredPapers:
        stored.append(Counted(papers, device, multiples))
        return stored[-1]

    monkeypatch.setattr(loop, "store_papers", store)
    again = run_of("stored", "training.epochs=2", *overrides)
    assert len(stored) == 1 and stored[0].collated
    assert again.weights.read_bytes() == plain.weights.read_bytes()


def test_papers_are_stored_on_a_gpu_alone_and_not_where_words_are_read() -> None:
    gpu = torch.device("meta")  # any device that is no CPU, and there
    spelled = [replace(PAPERS[0], title_words=np.array([b"a"] * 3), abstract_words=np.array([b"a"] * 8))]
    assert loop.store_papers(PAPERS, CPU, {}) is None
    assert loop.store_papers(spelled, gpu, {}) is None
    assert isinstance(loop.store_papers(PAPERS, gpu, {}), StoredPapers)
