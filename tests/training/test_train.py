from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run
from arxonomy.atomic import PARTIAL
from arxonomy.config import Recipe, make_recipe
from arxonomy.errors import ArxonomyError, DataError, RunError, SettingsError
from arxonomy.evaluation import softmax
from arxonomy.models.predict import predict_logits
from arxonomy.papers import Dataset, read_split
from arxonomy.runtime import ALONE, Processes
from arxonomy.text import Encoder
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import check_together, train

Notes = Callable[[], list[str]]
RunOf = Callable[..., Run]


def history(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.folder / "epochs.jsonl").read_text().splitlines()]


def same(one: Run, other: Run) -> bool:
    """Whether two runs have the same weights, bit for bit, and the same history."""

    def read_lines(run: Run) -> list[dict[str, Any]]:
        return [{key: value for key, value in line.items() if key != "seconds"} for line in history(run)]

    return one.weights.read_bytes() == other.weights.read_bytes() and read_lines(one) == read_lines(other)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["v1", "baseline"])
def test_a_network_learns(run_of: RunOf, dataset: Dataset, parts: np.ndarray, architecture: str) -> None:
    run = run_of(
        "run", "training.epochs=8", f"model.architecture={architecture}", "training.monitor=macro_f1"
    )
    encoder = Encoder(run.vocabulary(), run.recipe().text)
    for part in ("train", "validation", "test"):
        papers = [encoder.encode(dataset.papers[i]) for i in np.flatnonzero(parts == part)]
        predicted = predict_logits(load_network(run), papers).argmax(axis=1)
        assert (predicted == dataset.get_label_ids()[parts == part]).mean() > 0.7  # chance is 1/3
    losses = [line["train_loss"] for line in history(run)]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.slow
def test_the_network_arxonomy_learns_without_its_bag(run_of: RunOf) -> None:
    own = ["model.architecture=arxonomy", "model.kernel_sizes=[3]", 'model.without=["bag"]']
    run = run_of("bagless", "training.epochs=1", *own)
    assert run.metrics() is not None and not any("bag" in name for name in load_file(run.weights))


@pytest.mark.slow
def test_a_run_folder_holds_what_it_says(
    run_of: RunOf, dataset: Dataset, parts: np.ndarray, vector_file: Path, notes: Notes
) -> None:
    run = run_of("run", vectors=vector_file, command=["arxonomy", "train"])
    names = "run.json recipe.json vocabulary.json split.csv last.safetensors model.safetensors "
    names += "kept_papers.safetensors "
    names += "validation.safetensors seen.safetensors epochs.jsonl metrics.json"
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(names.split())
    assert "word vectors cover" in notes()[0]

    info = run.info()
    assert info.labels == ("cs.CL", "cs.CV", "cs.LG")
    assert info.data.to_dict() == {
        "name": "invented.jsonl",
        "sha256": dataset.sha256,
        "papers": 90,
        "bad_records": 0,
        "columns": {},
        "last_month": max(dataset.papers[row].published for row in np.flatnonzero(parts != "test")),
    }
    assert info.vectors.path == str(vector_file) and len(info.vectors.sha256) == 64
    assert info.vectors.coverage > 0.9
    assert info.command == ("arxonomy", "train")
    assert (info.seed, info.device, info.precision, info.format) == (42, "cpu", "32-true", 1)
    assert info.words == len(run.vocabulary())
    assert run.recipe().model.embed_dim == 16
    assert (read_split(run.split, dataset.papers) == parts).all()

    kept = load_file(run.validation)
    truth = dataset.get_label_ids()[parts == "validation"]
    assert kept["labels"].tolist() == truth.tolist()
    metrics, lines = run.metrics(), history(run)
    accuracy = (softmax(kept["logits"].numpy()).argmax(axis=1) == truth).mean()
    assert metrics.validation["accuracy"] == pytest.approx(accuracy)
    assert metrics.validation["accuracy"] == pytest.approx(
        lines[metrics.best_epoch - 1]["validation_accuracy"], abs=1e-5
    )
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert set(lines[0]) == {
        "epoch",
        "train_loss",
        "validation_loss",
        "validation_accuracy",
        "validation_macro_f1",
        "learning_rate",
        "seconds",
    }


@pytest.mark.slow
def test_the_vocabulary_is_of_the_training_papers_alone(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    papers = tuple(
        paper if part == "train" else dataclasses.replace(paper, abstract=paper.abstract + " leak leak leak")
        for paper, part in zip(dataset.papers, parts, strict=True)
    )
    leaky = dataclasses.replace(dataset, papers=papers)
    run = train(TrainingJob(leaky, parts, tiny("training.epochs=1"), tmp_path / "run"))
    assert "leak" not in run.vocabulary().ids


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run_and_leaves_the_caller_s_random_numbers(run_of: RunOf) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    np.random.seed(1)  # noqa: NPY002
    numpy_before = np.random.get_state()[1]  # noqa: NPY002
    first = run_of("first")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002
    torch.manual_seed(2)
    assert same(first, run_of("second"))
    assert not same(first, run_of("third", "training.seed=43"))


def test_a_large_seed_is_a_seed(run_of: RunOf) -> None:
    assert run_of("run", "training.epochs=1", f"training.seed={2**64 + 5}").metrics()


def test_a_finished_run_resumes_to_itself(run_of: RunOf) -> None:
    run = run_of("run")
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    run_of("run", resume=True)
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


def test_resume_without_a_run_starts_one(run_of: RunOf) -> None:
    assert run_of("run", "training.epochs=1", resume=True).metrics()


def test_files_lost_before_the_end_are_written_again(run_of: RunOf) -> None:
    run = run_of("run", "training.epochs=1")
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    for name in ("metrics.json", "validation.safetensors"):
        (run.folder / name).unlink()
    leftover = run.folder / f".last.safetensors.abc{PARTIAL}"
    leftover.mkdir()
    (leftover / "last.safetensors").write_bytes(b"half")
    run_of("run", "training.epochs=1", resume=True)
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


def test_a_part_or_label_without_papers_is_reported(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path
) -> None:
    none = np.where(dataset.get_label_ids() == 1, "test", parts)
    with pytest.raises(DataError, match=r"no training paper has the label cs\.CV; add papers, .*`among`"):
        train(TrainingJob(dataset, none, tiny(), tmp_path / "run"))
    for part in ("train", "validation"):
        with pytest.raises(DataError, match=f"the split has no {part} papers"):
            train(TrainingJob(dataset, np.where(parts == part, "test", parts), tiny(), tmp_path / "run"))
    with pytest.raises(SettingsError, match="device: expected auto, cpu or cuda, found `tpu`"):
        train(TrainingJob(dataset, parts, tiny(), tmp_path / "run", device="tpu"))
    assert not (tmp_path / "run").exists()


def test_a_file_in_the_way_is_reported(run_of: RunOf, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for name in ("file", "file/below"):
        with pytest.raises(ArxonomyError, match=r"cannot write .*file"):
            run_of(name)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_change_of_machine_is_logged(run_of: RunOf, notes: Notes) -> None:
    run = run_of("run", "training.epochs=1")
    (run.folder / "metrics.json").unlink()
    info = run.info()
    (run.folder / "run.json").write_text(json.dumps({**info.to_dict(), "threads": info.threads + 1}))
    run_of("run", "training.epochs=1", resume=True)
    assert f"threads was {info.threads + 1}, is {info.threads}: the weights will not be" in notes()[0]


def test_unused_settings_are_logged(run_of: RunOf, notes: Notes) -> None:
    run_of(
        "run",
        "training.epochs=1",
        "training.augment.share=0.5",
        'training.class_weights={"cs.CV" = 2, "math.AG" = 3}',
    )
    first, second = notes()
    assert "there are no word vectors, so augmentation uses no synonyms" in first
    assert "labels that the data lacks are not used: math.AG" in second


def test_the_source_of_synonyms_is_logged(run_of: RunOf, vector_file: Path, notes: Notes) -> None:
    run_of("run", "training.epochs=1", "training.augment.share=0.5", vectors=vector_file)
    assert "augmentation takes its synonyms from the word vectors" in notes()


def test_a_missing_wordnet_is_reported_before_there_is_a_run(
    run_of: RunOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nltk.corpus", None)
    with pytest.raises(SettingsError, match="WordNet is missing"):
        run_of("run", "training.augment.synonyms=wordnet", "training.augment.share=0.5")
    assert not (tmp_path / "run").exists()


def test_divergence_is_reported(run_of: RunOf) -> None:
    with pytest.raises(RunError, match=r"the loss became (nan|inf) in epoch \d; .*training\.learning_rate"):
        run_of("run", "training.learning_rate=1e38", "training.clip_norm=none")


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bf16", "auto"])
def test_mixed_precision_learns_too(run_of: RunOf, precision: str) -> None:
    run = run_of("run", f"training.precision={precision}", "training.epochs=6")
    assert history(run)[-1]["validation_accuracy"] > 0.6
    assert {value.dtype for value in load_file(run.weights).values()} == {torch.float32, torch.int64}


def test_a_run_that_is_none_or_damaged_is_reported(run_of: RunOf, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"expected a run folder, which has a file run\.json"):
        Run(tmp_path / "none").info()
    run = run_of("run", "training.epochs=1")
    weights = run.weights.read_bytes()
    for damaged in (weights[:-100], b"", b"hello"):
        run.weights.write_bytes(damaged)
        with pytest.raises(RunError, match=r"model\.safetensors: expected a complete safetensors file"):
            load_network(run)
    run.weights.unlink()
    with pytest.raises(RunError, match="no epoch is finished yet; resume it with `arxonomy train --resume`"):
        load_network(run)
    (run.folder / "metrics.json").write_text("{")
    with pytest.raises(RunError, match=r"metrics\.json: cannot be read"):
        run.metrics()
    (run.folder / "metrics.json").write_text('{"best_epoch": "last"}')
    with pytest.raises(RunError, match=r"metrics\.json: expected what training writes"):
        run.metrics()
    (run.folder / "run.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match="expected a run of format 1, found 99"):
        run.info()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["training.title_loss=0.5"],
            "`training.title_loss`: expected 0 on several processes, found 2 processes",
        ),
        (
            ['ensemble.members=["v1", "v1"]', "ensemble.seeds=[1, 2]"],
            "only a network is trained by several and this is",
        ),
    ],
)
def test_several_processes_refuse_what_they_cannot_train(
    run_of: RunOf, overrides: list[str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        run_of("run", *overrides, processes=Processes(count=2))


def test_several_processes_refuse_teachers() -> None:
    with pytest.raises(
        SettingsError, match="expected one process, found 3 processes; run the command without"
    ):
        check_together(make_recipe({"name": "tiny"}), Processes(count=3), taught=True)
    check_together(make_recipe({"name": "tiny"}), ALONE, taught=True)


def test_each_process_needs_a_paper(run_of: RunOf) -> None:
    with pytest.raises(DataError, match="a training paper for each of 61 processes at least, found 60"):
        run_of("run", processes=Processes(count=61))
