"""A baseline's run folder: what it holds, what it depends on, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.validation import read_validation
from arxonomy.config import Recipe, load_recipe, make_recipe
from arxonomy.errors import DataError, RunError, SettingsError
from arxonomy.evaluation import monitor_score, score, softmax
from arxonomy.models.baselines import minilm
from arxonomy.papers import Dataset
from arxonomy.training.baselines import tune_baseline
from arxonomy.training.ensemble import resolve_members
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

SVM = {"name": "svm", "baseline": {"kind": "linear-svm", "c": [0.001, 0.3, 1.0], "balanced": [False, True]}}


def contents(run: Run) -> dict[str, bytes]:
    """All files, but for the seconds and for the command, which is that of these tests."""
    found = {path.name: path.read_bytes() for path in sorted(run.folder.iterdir())}
    metrics = json.loads(found.pop("metrics.json"))
    assert metrics.pop("cpu_seconds") >= 0
    return found | {"metrics": json.dumps(metrics).encode()}


def test_what_a_run_holds(dataset: Dataset, parts: np.ndarray, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []

    class Reporter:
        def epoch_done(self, line: dict[str, Any]) -> None:
            lines.append(line)

    run = train(
        TrainingJob(dataset, parts, make_recipe(SVM), tmp_path / "run", command=["me"]), reporter=Reporter()
    )
    files = sorted(path.name for path in run.folder.iterdir())
    assert files == [
        *("baseline.json", "metrics.json", "model.safetensors", "recipe.json", "run.json"),
        *("seen.safetensors", "split.csv", "validation.safetensors"),
    ]
    info, metrics = run.info(), run.metrics()
    assert (info.seed, info.command, info.vectors.path) == (42, ("me",), None)
    assert "scikit-learn" in info.versions
    assert lines == list(metrics.tried)
    assert [(line["c"], line["balanced"]) for line in lines] == [
        (c, balanced) for c in (0.001, 0.3, 1.0) for balanced in (False, True)
    ]
    best = max(lines, key=lambda line: line["accuracy"])  # the first of equals
    assert metrics.chosen == {"c": best["c"], "balanced": best["balanced"]}
    kept, truth = load_file(run.validation), dataset.get_label_ids()[parts == "validation"]
    np.testing.assert_array_equal(kept["labels"], truth)
    assert monitor_score("macro_f1", truth, kept["logits"].argmax(axis=1)) == best["macro_f1"]
    papers = [dataset.papers[i] for i in np.flatnonzero(parts == "validation")]
    np.testing.assert_array_equal(
        load_baseline(run).decision_function(papers).astype(np.float32), kept["logits"]
    )
    calibrated = read_validation(run).fit().whole.apply(kept["logits"])
    assert metrics.validation == score(truth, calibrated, dataset.labels).to_dict()


@pytest.mark.slow
def test_test_papers_cannot_influence_a_run(dataset: Dataset, parts: np.ndarray, tmp_path: Path) -> None:
    """Neither their labels nor their words: with others, and with those of no part, each byte is the same."""
    other = dataset.labels[0]
    changed = tuple(
        dataclasses.replace(paper, category=other, title="zebra zebra", abstract="zebra quagga")
        if part == "test"
        else paper
        for paper, part in zip(dataset.papers, parts, strict=True)
    )
    for name in ("linear-svm", "nb-svm", "complement-nb"):
        recipe = load_recipe(name)
        one = train(TrainingJob(dataset, parts, recipe, tmp_path / f"{name}-1", command=["me"]))
        two = train(
            TrainingJob(
                dataclasses.replace(dataset, papers=changed),
                parts,
                recipe,
                tmp_path / f"{name}-2",
                command=["me"],
            )
        )
        assert contents(one) == contents(two)
        assert "zebra" not in (two.folder / "baseline.json").read_text()


def test_validation_papers_choose_but_are_not_learned_from(dataset: Dataset, parts: np.ndarray) -> None:
    turned = dataclasses.replace(
        dataset,
        papers=tuple(
            dataclasses.replace(
                paper, category=dataset.labels[(dataset.labels.index(paper.category) + 1) % 3]
            )
            if part == "validation"
            else paper
            for paper, part in zip(dataset.papers, parts, strict=True)
        ),
    )
    recipe = make_recipe({"name": "one", "baseline": {"kind": "linear-svm"}})
    one, two = tune_baseline(dataset, parts, recipe), tune_baseline(turned, parts, recipe)
    np.testing.assert_array_equal(one.baseline.weights, two.baseline.weights)
    assert one.tried[0].scores["accuracy"] > 0.9 > 0.1 > two.tried[0].scores["accuracy"]


@pytest.mark.parametrize("monitor", ["accuracy", "balanced_accuracy"])
def test_the_monitor_chooses(dataset: Dataset, parts: np.ndarray, monitor: str) -> None:
    """Few papers of one label: at this C only weights that count labels alike find it."""
    numbers, some = dataset.get_label_ids(), parts.copy()
    some[np.flatnonzero((parts == "train") & (numbers == 1))[2:]] = ""
    some[np.flatnonzero((parts == "validation") & (numbers == 1))[2:]] = ""
    some[np.flatnonzero((parts == "validation") & (numbers == 0))[:]] = ""
    settings = {"kind": "linear-svm", "c": [1e-3, 1e-2, 0.1], "balanced": [False, True]}
    recipe = make_recipe({"name": "x", "training": {"monitor": monitor}, "baseline": settings})
    tuned = tune_baseline(dataset, some, recipe)
    scores = [settings.scores[monitor] for settings in tuned.tried]
    assert len(set(scores)) > 1
    entry = tuned.tried[scores.index(max(scores))].entry
    assert tuned.chosen == {"c": entry["c"], "balanced": entry["balanced"]}


def test_a_finished_run_is_not_fitted_again(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(SVM)
    run = train(TrainingJob(dataset, parts, recipe, tmp_path / "run", command=["me"]))
    before = contents(run)
    (run.folder / "metrics.json").unlink()  # as if stopped just before the end: it is fitted again
    train(TrainingJob(dataset, parts, recipe, run.folder), resume=True)
    assert contents(run) == before
    monkeypatch.setattr(
        "arxonomy.training.baselines.tune_baseline", lambda *_, **__: pytest.fail("fitted again")
    )
    train(TrainingJob(dataset, parts, recipe, run.folder), resume=True)
    with pytest.raises(RunError, match="already holds a run; resume it with resume=True"):
        train(TrainingJob(dataset, parts, recipe, run.folder))
    other = make_recipe(SVM, ["baseline.c=[2.0]"])
    with pytest.raises(RunError, match=r"baseline\.c was \[0\.001, 0\.3, 1\.0\], is \[2\.0\]"):
        train(TrainingJob(dataset, parts, other, run.folder), resume=True)
    with pytest.raises(RunError, match="another split"):
        train(TrainingJob(dataset, np.roll(parts, 3), recipe, run.folder), resume=True)


def test_what_a_baseline_does_not_take(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, vector_file: Path
) -> None:
    cases: list[tuple[list[str], dict[str, Any], str]] = [
        ([], {"vectors": vector_file}, "no word vectors, found .*; leave out `vectors`"),
        ([], {"device": "cuda"}, "computed on the CPU, found the device cuda"),
        (["training.epochs=3"], {}, "setting `training.epochs`: it is for networks"),
        (["training.class_weights=balanced"], {}, "`training.class_weights`: it is for networks"),
        (
            ["model.dropout=0.1"],
            {},
            "`model.dropout`: it is for networks, and the recipe svm trains a baseline",
        ),
        (["text.min_count=3"], {}, "`text.min_count`: it is for networks"),
        (['ensemble.members=["v1", "v1"]', "ensemble.seeds=[1, 2]"], {}, "an ensemble has members"),
    ]
    for overrides, options, message in cases:
        with pytest.raises(SettingsError, match=message):
            train(TrainingJob(dataset, parts, make_recipe(SVM, overrides), tmp_path / "run", **options))
    assert not (tmp_path / "run").exists()
    with pytest.raises(DataError, match="no validation papers"):
        train(
            TrainingJob(dataset, np.where(parts == "train", "train", ""), make_recipe(SVM), tmp_path / "run")
        )


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("baseline.json", b"{"),
        ("baseline.json", b"{}"),
        ("model.safetensors", b"\x80\x04pickle"),
        ("baseline.json", None),
        ("model.safetensors", None),
    ],
)
def test_a_damaged_run_is_refused(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, file: str, damage: bytes | None
) -> None:
    run = train(
        TrainingJob(dataset, parts, make_recipe({**SVM, "baseline": {"kind": "logistic"}}), tmp_path / "run")
    )
    if damage is None:
        (run.folder / file).unlink()
    else:
        (run.folder / file).write_bytes(damage)
    with pytest.raises(RunError, match=r"expected a baseline|do not fit together"):
        load_baseline(run)


class Transformer:
    """Stands for MiniLM: two numbers of each text, and a note of how many texts were read."""

    unk_token_id = 1

    def __init__(self) -> None:
        self.read = 0
        self.tokenizer = self

    def encode(self, texts: list[str], **_: Any) -> torch.Tensor:
        self.read += len(texts)
        return torch.tensor([[text.count("image"), text.count("token"), 1.0] for text in texts])

    def __call__(self, texts: list[str], **_: Any) -> dict[str, list[list[int]]]:
        return {"input_ids": [[7, 1] for _ in texts]}


def test_sentence_vectors_are_computed_once(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformer = Transformer()
    for module in ("arxonomy.models.baselines", "arxonomy.models"):
        monkeypatch.setattr(f"{module}.check_installed", lambda kind: None, raising=False)
    monkeypatch.setattr(minilm, "_load_transformer", lambda: transformer)
    monkeypatch.setattr(minilm, "_hash_weights", lambda: "a" * 64)
    recipe = load_recipe("minilm")
    run = train(TrainingJob(dataset, parts, recipe, tmp_path / "run", command=["me"]))
    once = int(np.isin(parts, ("train", "validation")).sum())
    assert transformer.read == 3 * once  # as they are, their titles, their abstracts
    before = contents(run)
    (run.folder / "metrics.json").unlink()
    train(TrainingJob(dataset, parts, recipe, run.folder), resume=True)
    assert transformer.read == 5 * once
    assert contents(run) == before
    for damage in (b"", b"\x80"):
        (run.folder / "features.safetensors").write_bytes(damage)
        (run.folder / "metrics.json").unlink()
        train(TrainingJob(dataset, parts, recipe, run.folder), resume=True)
        assert contents(run) == before
    baseline = load_baseline(run)
    assert baseline.compute_unknown_shares(dataset.papers[:2]) == [0.5, 0.5]
    assert json.loads((run.folder / "baseline.json").read_text()) == {"sha256": "a" * 64}


PAIR = {
    "name": "pair",
    "training": {"epochs": 1, "batch_size": 8, "precision": "32"},
    "model": {"embed_dim": 16, "num_filters": 8, "lstm_hidden": 8},
    "ensemble": {"members": ["v1", "linear-svm"], "seeds": [1, 2]},
}


def test_a_baseline_can_vote_with_a_network(
    dataset: Dataset, parts: np.ndarray, tmp_path: Path, vector_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(TrainingJob(dataset, parts, make_recipe(PAIR), tmp_path / "run", vectors=vector_file))
    network, baseline = run.members()
    assert network.info().vectors.path == str(vector_file)
    assert baseline.info().vectors.path is None
    alone = train(TrainingJob(dataset, parts, baseline.recipe(), tmp_path / "alone"))
    assert alone.weights.read_bytes() == baseline.weights.read_bytes()
    members = run.metrics().members
    assert members[0].to_dict() == {"recipe": "v1", "seed": 1, "best_epoch": 1}
    assert members[1].to_dict() == {"recipe": "linear-svm", "seed": 2, "chosen": baseline.metrics().chosen}
    votes = []
    for member in (network, baseline):
        kept = read_validation(member)
        votes.append(kept.fit().whole.apply(kept.papers.given))
    together = softmax(load_file(run.validation)["logits"])
    np.testing.assert_allclose(together, np.mean(votes, axis=0), atol=1e-6)
    assert (
        train(TrainingJob(dataset, parts, make_recipe(PAIR), run.folder), resume=True).metrics().members
        == members
    )


def test_what_an_ensemble_says_of_networks_is_not_for_its_baselines(
    dataset: Dataset, parts: np.ndarray, vector_file: Path, tmp_path: Path
) -> None:
    network, baseline = resolve_members(make_recipe(PAIR, ["training.monitor=macro_f1", "text.min_count=3"]))
    assert (network.training.epochs, network.text.min_count, network.training.monitor) == (1, 3, "macro_f1")
    assert baseline == load_recipe("linear-svm", ["training.monitor=macro_f1", "training.seed=2"])
    with pytest.raises(SettingsError, match=r"ensemble\.copies.*`linear-svm` has no word vectors"):
        resolve_members(make_recipe(PAIR, ["ensemble.copies=2"]))
    baselines: Recipe = make_recipe(PAIR, ['ensemble.members=["majority", "linear-svm"]'])
    with pytest.raises(SettingsError, match="baselines start from no word vectors"):
        train(TrainingJob(dataset, parts, baselines, tmp_path / "run", vectors=vector_file))
    assert not (tmp_path / "run").exists()
