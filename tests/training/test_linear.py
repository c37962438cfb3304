"""Fitting the linear branch: what it learns, how much of it is added, and runs that are resumed."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import arxonomy.training.network as network_training
from arxonomy.artifacts.bundle import find_synonyms
from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.artifacts.validation import read_validation
from arxonomy.artifacts.weights import TABLES, pack, unpack
from arxonomy.config import TrainingSettings, load_recipe
from arxonomy.models.arxonomy import ArxonomyNetwork
from arxonomy.models.linear import LinearBranch
from arxonomy.models.ngram_rows import hash_words
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper, Vocabulary
from arxonomy.text.augment import Augmenter
from arxonomy.training.data import Examples, TrainingData
from arxonomy.training.job import TrainingJob
from arxonomy.training.linear import CURVATURES, choose_share, copy_linear_branch, fit_linear_branch
from arxonomy.training.train import train

WORDS, LABELS = 40, ("a", "b", "c")
KEYS = hash_words(["<PAD>", "<UNK>", *(f"w{number}" for number in range(2, WORDS))])
SMALL = [
    "model.embed_dim=8",
    "model.num_filters=4",
    "model.lstm_hidden=4",
    "model.pair_dim=4",
    "model.pair_buckets=64",
    "model.linear_rows=150",
    "training.epochs=1",
    "training.batch_size=8",
    'training.precision="32"',
]


def make_data(weight: float = 1.0) -> TrainingData:
    """300 papers of three labels: a word in five is of the label's own ten words."""
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    papers = []
    for label in labels:
        own, common = rng.integers(2 + 10 * label, 12 + 10 * label, 4), rng.integers(32, WORDS, 16)
        ids = rng.permutation(np.concatenate([own, common]))
        papers.append(EncodedPaper(ids[:5], ids[5:], 0.0))
    weights = np.where(labels == 2, weight, 1.0).astype(np.float32)
    train = Examples(papers[:200], labels[:200], weights[:200])
    validation = Examples(papers[200:], labels[200:], weights[200:])
    settings = load_recipe("arxonomy").training.augment
    return TrainingData(train, validation, LABELS, Augmenter(settings, None, ()))


def fit(data: TrainingData, settings: TrainingSettings | None = None) -> tuple[LinearBranch, torch.Tensor]:
    linear = LinearBranch(WORDS, 150, 3)
    rows = np.arange(len(data.train.papers))
    fit_linear_branch(linear, KEYS, data, settings or TrainingSettings(), rows)
    papers = data.validation.papers
    titles, abstracts = (
        torch.from_numpy(np.stack([getattr(paper, part) for paper in papers]))
        for part in ("title", "abstract")
    )
    return linear, linear(titles, abstracts, KEYS)


def test_it_learns_the_words_of_each_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arxonomy.training.linear.BATCH", 20)
    data = make_data()
    linear, logits = fit(data)
    assert (logits.argmax(dim=1).numpy() == data.validation.labels).mean() > 0.9
    assert (
        linear.table[2:32, :3].argmax(dim=1) == torch.arange(3).repeat_interleave(10)
    ).float().mean() > 0.9
    assert not linear.table[:2].any() and not linear.table[:, 3:].any() and linear.idf[0] == 0
    assert linear.idf[2:32].mean() > linear.idf[32:WORDS].mean() >= 1
    again, _ = fit(data)
    assert torch.equal(again.table, linear.table)


def test_weights_of_papers_and_of_classes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arxonomy.training.linear.BATCH", 20)
    shares = [
        fit(make_data(weight), TrainingSettings.model_validate({"class_weights": of_class}))[1]
        .softmax(dim=1)[:, 2]
        .mean()
        for weight, of_class in ((1.0, {}), (0.0, {}), (1.0, {"c": 4.0}), (4.0, {}))
    ]
    assert shares[1] < shares[0] < shares[2] and shares[2] == shares[3]


@pytest.mark.parametrize(
    ("losses", "share"),
    [
        ([1.0, 0.95, 0.9, 0.905, 0.908], 1.0),  # within a hundredth of the least
        ([1.0, 0.95, 0.9, 0.905, 0.92], 0.75),
        ([1.0, 0.9, 0.95, 1.0, 1.1], 0.25),
        ([1.0, 0.999, 1.0, 1.001, 1.002], 0.25),  # no more than lowers the loss of the network alone
        ([1.0, 1.0, 1.01, 1.02, 1.03], 0.0),
    ],
)
def test_the_largest_share_is_taken_that_does_not_raise_the_loss(losses: list[float], share: float) -> None:
    assert choose_share(losses) == share


@pytest.fixture
def papers(invented_papers: list[Paper]) -> Dataset:
    return Dataset(tuple(invented_papers), ("cs.CL", "cs.CV", "cs.LG"), "0" * 64, "/somewhere/p.csv", 0)


def run(papers: Dataset, folder: Path, *settings: str, resume: bool = False) -> Run:
    recipe = load_recipe("arxonomy", [*SMALL, *settings]).with_labels("cs.AI-LG=cs.AI+cs.LG,*")
    parts = np.array(["train", "train", "train", "validation", "test"])[np.arange(90) % 5]
    return train(TrainingJob(papers, parts, recipe, folder), resume=resume)


def test_a_run_has_the_branch_and_scores_with_it(
    papers: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "arxonomy")
    whole = run(papers, tmp_path / "whole")
    lines = [record.getMessage() for record in caplog.records if "linear branch" in record.getMessage()]
    assert "fitted on 54 papers" in lines[0] and "without it" in lines[1] and " of it" in lines[1]
    tensors, _ = read_tensors(whole.weights)
    assert tensors["linear.table"].any()
    curvature = tensors["linear.curvature"].item()
    assert f"with a curvature of {curvature:g}" in lines[1]
    assert curvature in torch.tensor(CURVATURES)
    network = load_network(whole)
    assert isinstance(network, ArxonomyNetwork) and network.linear is not None
    plain = run(papers, tmp_path / "plain", "model.linear_rows=0")
    same, _ = read_tensors(plain.weights)
    assert all(torch.equal(value, tensors[name]) for name, value in same.items())
    losses = [read_validation(one).papers.given for one in (whole, plain)]
    assert not np.array_equal(*losses)


def test_a_run_that_was_stopped_before_the_branch_was_fitted_gets_it(
    papers: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    whole = run(papers, tmp_path / "whole")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("arxonomy.training.linear.write_atomic", stop)
        run(papers, tmp_path / "stopped")
    stopped = Run(tmp_path / "stopped")
    assert stopped.metrics() is None and "linear.table" not in read_tensors(stopped.weights)[0]
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("arxonomy.training.network.write_results", stop)
        run(papers, tmp_path / "stopped", resume=True)
    fitted = stopped.weights.read_bytes()
    run(papers, tmp_path / "stopped", resume=True)
    assert stopped.weights.read_bytes() == fitted == whole.weights.read_bytes()
    assert stopped.metrics() == whole.metrics()


def test_old_papers_are_left_to_the_network(
    papers: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = sorted({paper.published for paper in papers.papers})
    fitted: list[list[int]] = []
    fit_branch = network_training.fit_linear_branch

    def watch(*arguments: Any) -> None:
        fitted.append(arguments[-1].tolist())
        fit_branch(*arguments)

    monkeypatch.setattr(network_training, "fit_linear_branch", watch)
    undated = replace(papers, papers=tuple(replace(paper, published="") for paper in papers.papers))
    run(papers, tmp_path / "all")
    run(papers, tmp_path / "some", f"training.linear_since={months[1]}")
    run(undated, tmp_path / "undated", f"training.linear_since={months[1]}")
    run(papers, tmp_path / "none", "training.linear_since=2999-01")
    every, some, without_date, none = fitted
    train_papers = [paper for row, paper in enumerate(papers.papers) if row % 5 < 3]
    assert every == without_date == list(range(len(train_papers)))
    assert some == [row for row, paper in enumerate(train_papers) if paper.published >= months[1]]
    assert 0 < len(some) < len(every) and none == []


def test_a_branch_that_does_not_help_is_left_out(
    papers: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "arxonomy")

    monkeypatch.setattr("arxonomy.training.linear.LEARNING_RATE", 0.0)
    tensors, _ = read_tensors(run(papers, tmp_path / "run").weights)
    assert not tensors["linear.table"].any() and tensors["linear.curvature"] == 0
    assert "left out" in caplog.text


def test_rounded_tables_lose_nothing_in_a_compact_bundle(papers: Dataset, tmp_path: Path) -> None:
    rounded = run(papers, tmp_path / "run", "training.round_tables=true")
    state = read_tensors(rounded.weights)[0]
    packed = pack(state, "compact")
    for name in TABLES:
        assert packed[name].dtype == torch.uint8
        assert torch.equal(unpack(packed)[name], state[name])
    plain_file, packed_file = tmp_path / "plain.safetensors", tmp_path / "packed.safetensors"
    plain_file.write_bytes(tensors_to_bytes(state))
    packed_file.write_bytes(tensors_to_bytes(packed))
    assert np.array_equal(find_synonyms(packed_file), find_synonyms(plain_file))
    before = rounded.weights.read_bytes()
    network_training.round_tables(rounded)
    assert rounded.weights.read_bytes() == before
    plain = read_tensors(run(papers, tmp_path / "plain").weights)[0]
    assert pack(plain, "compact")["embedding.weight"].dtype == torch.int8


def test_a_run_that_starts_from_another_keeps_its_branch(papers: Dataset, tmp_path: Path) -> None:
    first = run(papers, tmp_path / "first")
    old = read_tensors(first.weights)[0]
    for other, kept in ((papers, True), (replace(papers, labels=papers.labels[::-1]), False)):
        vocabulary = Vocabulary([*first.vocabulary().words[:2], "brandnew", *first.vocabulary().words[2:]])
        linear = LinearBranch(len(vocabulary), 150, 3)
        assert copy_linear_branch(linear, vocabulary, other.labels, first) is kept
        assert linear.table.any() == kept
    labels = first.info().labels
    linear = LinearBranch(len(vocabulary), 150, 3)
    assert copy_linear_branch(linear, vocabulary, labels, first)
    assert not linear.table[2].any() and linear.idf[2] == 0  # a word that it does not know
    assert torch.equal(linear.table[3 : linear.own], old["linear.table"][2 : linear.own - 1])
    assert torch.equal(linear.table[linear.own :], old["linear.table"][linear.own :])
    assert not copy_linear_branch(LinearBranch(len(vocabulary), 90, 3), vocabulary, labels, first)
