from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from arxonomy.artifacts.checkpoint import Progress, ScheduleState
from arxonomy.artifacts.run import Run
from arxonomy.config import TrainingSettings
from arxonomy.models import build_model
from arxonomy.training.data import compute_class_weights, compute_source_weights
from arxonomy.training.loop import end_epoch
from arxonomy.training.optimizer import Schedule, make_optimizer
from arxonomy.training.precision import choose_precision

LABELS = np.array([0] * 6 + [1] * 3 + [2] * 1)


def schedule_of(**settings: Any) -> Schedule:
    model = nn.Linear(2, 2)
    return Schedule(torch.optim.SGD(model.parameters(), lr=1.0), TrainingSettings(**settings), Progress())


def test_class_weights_by_name() -> None:
    settings = TrainingSettings(class_weights={"b": 2.5, "unknown": 9.0})
    assert compute_class_weights(settings, LABELS, ["a", "b", "c"]).tolist() == [1.0, 2.5, 1.0]
    assert compute_class_weights(TrainingSettings(), LABELS, ["a", "b", "c"]).tolist() == [1.0, 1.0, 1.0]


def test_balanced_class_weights_give_every_class_the_same_total() -> None:
    weights = compute_class_weights(TrainingSettings(class_weights="balanced"), LABELS, ["a", "b", "c"])
    totals = weights.numpy() * np.bincount(LABELS)
    np.testing.assert_allclose(totals, len(LABELS) / 3, rtol=1e-6)


def test_balanced_sources_give_every_label_before_merging_the_same_total() -> None:
    sources = ["cs.AI"] * 6 + ["cs.LG"] * 2 + ["cs.CV"] * 4
    settings = TrainingSettings(class_weights="balanced-sources")
    weights = compute_source_weights(settings, sources)
    assert [float(weights[:6].sum()), float(weights[6:8].sum()), float(weights[8:].sum())] == [4.0] * 3
    assert compute_class_weights(settings, LABELS, ["a", "b", "c"]).tolist() == [1.0] * 3
    assert compute_source_weights(TrainingSettings(), sources).tolist() == [1.0] * 12


def test_a_plateau_lowers_the_rate_after_its_patience() -> None:
    schedule = schedule_of(plateau_factor=0.5, plateau_patience=2)
    rates = []
    for score in (0.5, 0.6, 0.6, 0.6, 0.6, 0.7, 0.6):
        schedule.before_batch(1.0)
        schedule.after_epoch(score)
        rates.append(schedule.rate())
    assert rates == [1, 1, 1, 1, 0.5, 0.5, 0.5]


def test_a_cosine_rises_and_goes_down_to_zero() -> None:
    schedule = schedule_of(schedule="cosine", warmup_epochs=2, epochs=10)

    def rate(epochs_done: float) -> float:
        schedule.before_batch(epochs_done)
        schedule.after_epoch(0.5)
        return schedule.rate()

    assert 0 < rate(0.0) < 1e-3
    assert rate(1.0) == pytest.approx(0.5, abs=1e-3)
    assert rate(2.0) == 1.0
    assert rate(6.0) == pytest.approx(0.5)
    assert rate(10.0) == pytest.approx(0.0)
    assert all(rate(time) >= 0 for time in np.linspace(0, 10, 100))


@pytest.mark.parametrize("kind", ["plateau", "cosine"])
def test_a_schedule_goes_on_where_it_was(kind: Any) -> None:
    scores = [0.5, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5]

    def rates(schedule: Schedule, first: int, last: int) -> list[float]:
        rates_so_far = []
        for epoch in range(first, last):
            schedule.before_batch(epoch)
            schedule.after_epoch(scores[epoch])
            rates_so_far.append(schedule.rate())
        return rates_so_far

    settings: dict[str, Any] = {"schedule": kind, "plateau_patience": 1, "epochs": 9}
    whole = rates(schedule_of(**settings), 0, len(scores))
    for cut in range(1, len(scores)):
        before = schedule_of(**settings)
        rates(before, 0, cut)
        progress = Progress(schedule=ScheduleState(**json.loads(json.dumps(asdict(before.state())))))
        after = Schedule(
            torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=1.0), TrainingSettings(**settings), progress
        )
        assert rates(after, cut, len(scores)) == whole[cut:]


def run_epochs(scores: list[float], **settings: Any) -> Progress:
    """Epochs whose validation accuracy is each score, of 10 papers of each of two classes."""
    chosen, progress, truth = TrainingSettings(**settings), Progress(), np.repeat([0, 1], 10)
    schedule = schedule_of(**settings)
    for score in scores:
        if progress.finished:
            break
        right = np.arange(20) % 10 < round(score * 10)
        logits = np.eye(2, dtype=np.float32)[np.where(right, truth, 1 - truth)]
        progress.loss_sum = 40.0
        end_epoch(progress, logits, truth, chosen, schedule, train_papers=20)
    return progress


def test_training_stops_after_its_patience() -> None:
    scores = [0.5, 0.7, 0.7, 0.6, 0.6, 0.9]
    stopped = run_epochs(scores, stop_patience=3)
    assert (stopped.epoch, stopped.best_epoch, stopped.best_score, stopped.finished) == (5, 2, 0.7, True)
    assert stopped.history[0].train_loss == 2.0
    patient = run_epochs(scores, stop_patience=None, epochs=6)
    assert (patient.epoch, patient.best_epoch, patient.finished) == (6, 6, True)
    assert not run_epochs(scores, stop_patience=4).finished


def test_averaging_has_a_rate_of_its_own() -> None:
    schedule = schedule_of(
        schedule="cosine", epochs=4, average_from=3, learning_rate=1.0, average_learning_rate=0.2
    )
    rates = []
    for time in (0.0, 1.9, 2.0, 3.9):
        schedule.before_batch(time)
        rates.append(schedule.rate())
    assert rates[0] == 1.0
    assert 0.2 < rates[1] < 1.0
    assert rates[2:] == [0.2, 0.2]


@pytest.mark.slow
def test_the_average_is_what_is_kept(run_of: Callable[..., Run]) -> None:
    plain = run_of("plain")
    smooth = run_of("smooth", "training.weight_average=0.9")
    kept, last = load_file(smooth.weights), load_file(smooth.checkpoint)
    assert plain.weights.read_bytes() != smooth.weights.read_bytes()
    if smooth.metrics().best_epoch == 3:
        assert all(torch.equal(value, last[f"average.{name}"]) for name, value in kept.items())
    # The average changes nothing about the weights that are trained.
    trained = load_file(plain.checkpoint)
    assert all(torch.equal(value, last[name]) for name, value in trained.items() if name.startswith("model."))


@pytest.mark.parametrize("architecture", ["v1", "baseline"])
def test_word_vectors_may_have_a_rate_of_their_own(architecture: str, tiny: Callable[..., Any]) -> None:
    network = build_model(tiny(f"model.architecture={architecture}").model, 10, 3)
    groups = make_optimizer(network, TrainingSettings(learning_rate=0.1), True).param_groups
    assert [group["lr"] for group in groups] == [0.1, 0.1]
    slow = TrainingSettings(learning_rate=0.1, embedding_learning_rate=0.01)
    at_random = make_optimizer(network, slow, pretrained=False).param_groups
    assert [group["lr"] for group in at_random] == [0.1, 0.1]
    groups = make_optimizer(network, slow, pretrained=True).param_groups
    assert [(group["lr"], len(group["params"]) == 1) for group in groups] == [(0.1, False), (0.01, True)]
    counted = sum(len(group["params"]) for group in groups)
    assert counted == len(list(network.parameters()))


def test_a_rate_of_zero_freezes_the_word_vectors(run_of: Callable[..., Run]) -> None:
    run = run_of("run", "training.embedding_learning_rate=0")
    again = run_of("again", "training.embedding_learning_rate=0", "training.epochs=1")
    one, other = load_file(run.checkpoint), load_file(again.checkpoint)
    assert torch.equal(one["model.embedding.weight"], other["model.embedding.weight"])
    assert not torch.equal(one["model.classifier.6.weight"], other["model.classifier.6.weight"])


def test_precision_follows_the_wish_and_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert choose_precision("32") == "32-true"
    assert choose_precision("bf16") == "bf16-mixed"
    assert choose_precision("auto", cpu_has=lambda: True) == "bf16-mixed"
    assert choose_precision("auto", cpu_has=lambda: False) == "32-true"
    # A GPU that is not computed on says nothing of the processor.
    assert choose_precision("auto", "cuda", lambda: False) == "bf16-mixed"


@pytest.mark.parametrize(("tiles", "precision"), [(True, "bf16-mixed"), (False, "32-true")])
def test_vectors_of_bfloat16_alone_are_no_reason_to_take_it(
    tiles: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    assert choose_precision("auto") == precision


def test_a_reporter_hears_everything(run_of: Callable[..., Run]) -> None:
    heard: list[Any] = []

    class Listener:
        def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
            heard.append((epoch, epochs, batches, done))

        def batch_done(self, loss: float) -> None:
            assert math.isfinite(loss)
            heard.append("batch")

        def epoch_done(self, line: dict[str, Any]) -> None:
            heard.append(line["epoch"])

    run_of("run", "training.epochs=2", reporter=Listener())
    assert heard == [(1, 2, 8, 0), *["batch"] * 8, 1, (2, 2, 8, 0), *["batch"] * 8, 2]


def test_an_epoch_is_scored_by_its_calibrated_answers() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1], 200)
    logits = rng.normal(size=(400, 2)).astype(np.float32) + 2 * np.eye(2, dtype=np.float32)[truth]
    progresses = []
    for shift in (0.0, 3.0):  # the same epoch, answering the second class too often
        progress = Progress()
        end_epoch(
            progress,
            logits + np.float32([0, shift]),
            truth,
            TrainingSettings(),
            schedule_of(),
            train_papers=1,
        )
        progresses.append(progress)
    straight, distorted = (progress.history[0] for progress in progresses)
    assert distorted.validation_accuracy == pytest.approx(straight.validation_accuracy, abs=0.01)
    assert distorted.validation_loss == pytest.approx(straight.validation_loss, abs=0.01)


def test_a_second_loss_trains_titles_and_takes_no_paper_away(run_of: Callable[..., Run]) -> None:
    """Its random numbers come last, so that the papers' own are drawn as without it."""
    plain = run_of("plain", "training.epochs=1")
    both = run_of("both", "training.epochs=1", "training.title_loss=1.0")
    history = [run.history()[0].train_loss for run in (plain, both)]
    assert history[0] != history[1]
    logits = [load_file(run.validation) for run in (plain, both)]
    truth = logits[0]["labels"]

    def loss_of_titles(tensors: dict[str, Any]) -> float:
        return float(nn.functional.cross_entropy(tensors["title_logits"], truth))

    assert loss_of_titles(logits[1]) < loss_of_titles(logits[0])
