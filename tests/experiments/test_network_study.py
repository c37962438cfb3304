"""What the study does that the product does not: losses, changes of the network, samples, resuming."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ideas
import numpy as np
import pytest
import torch
from network import objectives, training
from network.changes import add_hidden_layer, add_triples, hash_triples
from network.clock import Clock
from network.pools import Pool, draw_sample
from network.records import read_record
from network.systems import SYSTEMS, System

from arxonomy.config import TrainingSettings
from arxonomy.models.arxonomy import ArxonomyNetwork
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper
from arxonomy.text.augment import Augmenter
from arxonomy.training.data import Examples, TrainingData

WORDS, CLASSES, PAPERS = 30, 3, 8


def encode(rng: np.random.Generator, papers: int) -> list[EncodedPaper]:
    return [
        EncodedPaper(rng.integers(2, WORDS, 4), rng.integers(2, WORDS, 9), unknown_words=0.0)
        for _ in range(papers)
    ]


def make_objective(kind: type[Any], dropout: float = 0.0, **settings: Any) -> Any:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = ArxonomyNetwork(
        WORDS, 8, 6, (3,), 4, CLASSES, dropout=dropout, word_dropout=0.0, pair_dim=4, pair_buckets=64
    ).train()
    labels = np.arange(PAPERS) % CLASSES
    examples = Examples(
        encode(rng, PAPERS),
        labels,
        np.ones(PAPERS, dtype=np.float32),
        listed=np.eye(CLASSES, dtype=np.bool_)[labels],
    )
    chosen = TrainingSettings(label_smoothing=0.0, **settings)
    data = TrainingData(examples, examples, ("a", "b", "c"), Augmenter(chosen.augment, None, []))
    return kind(network, chosen, data, torch.ones(CLASSES))


def compute(objective: Any) -> torch.Tensor:
    torch.manual_seed(1)
    # As the training loop calls it.
    loss: torch.Tensor = objective.compute(np.arange(PAPERS), np.random.default_rng(0), None)
    return loss


def test_r_drop_adds_nothing_where_nothing_is_dropped() -> None:
    plain, twice = (compute(make_objective(kind)) for kind in (objectives.Objective, objectives.RDrop))
    torch.testing.assert_close(twice, plain, rtol=0.01, atol=0)  # the attention has a dropout of its own
    assert compute(make_objective(objectives.RDrop, 0.5)) > compute(make_objective(objectives.Objective, 0.5))


def test_the_worst_move_changes_answers_more_than_a_random_one() -> None:
    objective = objectives.give_unlabeled(
        encode(np.random.default_rng(5), 6), make_objective(objectives.Adversarial)
    )
    objective.model.eval()
    inputs = objective.make_inputs(objective.unlabeled)
    goal, state = objective.model(**inputs)[0].detach(), torch.get_rng_state()
    worst = objective.find_worst_moves(inputs, goal, state)
    vectors = objective.model.embedding.weight.detach()
    texts = [vectors[inputs[name]] for name in ("title_ids", "abstract_ids")]
    chance = [objectives.scale_move(torch.randn_like(text), text, objectives.RADIUS) for text in texts]
    for move, text in zip(worst, texts, strict=True):
        shares = move.flatten(1).norm(dim=1) / text.flatten(1).norm(dim=1)
        torch.testing.assert_close(shares, torch.full((6,), objectives.RADIUS))

    def measure(moves: list[torch.Tensor]) -> float:
        with objectives.moved_vectors(objective.model, moves):
            return objectives.compute_divergence(objective.model(**inputs)[0], goal).item()

    assert measure(worst) > measure(chance) > 0
    assert objectives.compute_divergence(objective.model(**inputs)[0], goal).item() < 1e-6
    assert all(parameter.grad is None for parameter in objective.model.parameters())
    compute(objective).backward()
    assert objective.model.lstm_attention.layer_norm.weight.grad is not None


def test_joint_heads_teach_the_whole_network() -> None:
    gradients = []
    for weight in (0.0, 0.5):
        objective = make_objective(objectives.JointHeads, listed_loss=weight)
        torch.nn.init.normal_(objective.model.listed.weight)  # which begins with zeros
        compute(objective).backward()
        gradients.append(objective.model.classifier.weight.grad.clone())
        gates = objective.model.fusion.gates[0].weight.grad.clone()
        gradients.append(gates)
    torch.testing.assert_close(gradients[0], gradients[2])
    assert not torch.allclose(gradients[1], gradients[3])


def test_contrastive_pretraining_finds_the_own_abstract() -> None:
    objective = make_objective(objectives.Contrastive)
    optimizer = torch.optim.Adam([one for one in objective.model.parameters() if one.dim() != 2], lr=0.02)
    first = compute(objective).item()
    for _ in range(6):
        optimizer.zero_grad()
        compute(objective).backward()
        optimizer.step()
    assert compute(objective).item() < first


def test_changes_are_made_in_place() -> None:
    network: Any = make_objective(objectives.Objective).model
    inputs = (torch.tensor([[2, 3, 4]]), torch.tensor([[5, 6, 7, 8]]))
    before = network.eval()(*inputs)[0]
    add_triples(network)
    add_hidden_layer(network)
    assert network.eval()(*inputs)[0].shape == before.shape
    assert isinstance(network.bag.triples, torch.nn.Embedding)
    assert network.classifier[0].weight.shape == (network.classifier[3].in_features,) * 2


def test_a_triple_is_of_three_known_neighbors_in_their_order() -> None:
    rows = hash_triples(torch.tensor([[2, 3, 4, 1, 5, 6, 7]]), 1000)
    assert (rows > 0).tolist() == [[True, False, False, False, True]]
    assert hash_triples(torch.tensor([[2, 4, 3]]), 1000)[0, 0] != rows[0, 0]
    assert hash_triples(torch.tensor([[2, 3]]), 1000).tolist() == [[0]]


def test_a_sample_has_a_training_paper_of_each_label() -> None:
    papers = [
        Paper(str(row), f"Title {row}", "An abstract", category="rare" if row == 70 else f"c{row % 2}")
        for row in range(100)
    ]
    parts = np.array(["train"] * 80 + ["validation"] * 20)
    pool = draw_sample(Pool("x", Dataset.from_papers(papers), parts, {}), 10, 5)
    assert pool.describe()["papers"] == {"train": 10, "validation": 5, "test": 0}
    assert {paper.category for paper in pool.dataset.papers[:10]} == {"c0", "c1", "rare"}
    assert [paper.row for paper in pool.dataset.papers] == list(range(15))


def test_a_clock_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run.seconds"
    path.write_text("7.5")
    with Clock(path) as clock:
        sum(range(10_000))
    assert 7.5 <= clock.seconds < 9 and Clock(path).seconds == pytest.approx(clock.seconds, abs=0.01)


def test_the_study_goes_on_after_a_failure_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained: list[tuple[str, int]] = []

    def train(system: System, seed: int, command: list[str]) -> dict[str, Any]:
        if system.name == "r-drop":
            raise RuntimeError("out of memory")
        trained.append((system.name, seed))
        return {"processor_seconds": {"training": 1.0}, "papers_per_processor_second": {"training": 5.0}}

    labels = np.zeros(4, dtype=np.uint8)
    scored = SimpleNamespace(
        scores={"accuracy": 0.5, "log_loss": 1.0}, answers=labels, truth=labels, speed=9.0, seconds=0.1
    )
    trainer: Any = SimpleNamespace(train=train, load=lambda *_: None, pool=SimpleNamespace(name="few"))
    monkeypatch.setattr(ideas, "describe", lambda *_: {})
    monkeypatch.setattr(ideas, "score_part", lambda *_: scored)
    systems = [SYSTEMS[name] for name in ("control", "r-drop", "linear-svm")]
    for seeds, parts in (
        ((1, 2), ("validation",)),
        ((1, 2, 3), ("validation",)),
        ((1,), ("validation", "test")),
    ):
        failed = ideas.run_all(trainer, systems, seeds, parts, tmp_path, "python x")
        assert failed == 1
    assert trained == [("control", 1), ("control", 2), ("linear-svm", 42), ("control", 3)]
    record = read_record(tmp_path / "control.json")
    assert record is not None and record.seeds == [1, 2, 3]
    assert ["test" in run for run in record.runs] == [True, False, False]
    assert "r-drop failed; going on" in capsys.readouterr().out


@pytest.mark.slow
def test_teachers_answer_once_for_all_seeds(
    dataset: Dataset,
    parts: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(training.TEACHERS, "few", ("majority",))
    monkeypatch.setattr(training, "UNLABELED", "more.jsonl")
    papers = [{"title": f"{paper.title} again", "abstract": paper.abstract} for paper in dataset.papers[:9]]
    (tmp_path / "more.jsonl").write_text("\n".join(map(json.dumps, papers)))
    tiny = ("training.epochs=1", "model.pair_buckets=64", "model.embed_dim=8", "training.teacher_share=0.5")
    system = System("taught", "taught", tiny, steps=("teachers",))
    trainer = training.Trainer(Pool("few", dataset, parts, {}), training.Place(tmp_path, tmp_path / "runs"))
    facts = [trainer.train(system, seed, ["x"]) for seed in (1, 2)]
    answers = [tmp_path / "runs" / "few" / f"taught-{seed}" / training.FILE for seed in (1, 2)]
    assert answers[0].read_bytes() == answers[1].read_bytes()
    assert facts[0]["processor_seconds"]["preparation"] >= facts[1]["processor_seconds"]["preparation"] - 1
    scored = training.score_part(trainer.load(system, 2), trainer.pool, "validation")
    assert len(scored.answers) == 15 and {"accuracy", "log_loss"} <= scored.scores.keys()
