"""Members are ordinary runs; the ensemble adds their vote, and goes on from wherever it was stopped."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_training import TINY

from arxonomy.artifacts.run import Run
from arxonomy.config import Recipe, load_recipe, make_recipe
from arxonomy.errors import RunError, SettingsError
from arxonomy.evaluation import Calibration, softmax
from arxonomy.papers import Dataset
from arxonomy.training.ensemble import resolve_members
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import Reporter, SilentReporter
from arxonomy.training.train import train

PAIR = {
    "name": "pair",
    "model": TINY["model"],
    "training": {**TINY["training"], "epochs": 1},
    "ensemble": {"members": ["v1", "baseline"], "seeds": [1, 2]},
}

TrainPair = Callable[..., Run]


@pytest.fixture
def train_pair(dataset: Dataset, parts: np.ndarray, tmp_path: Path) -> TrainPair:
    """`train_pair("name", "training.epochs=2", resume=True)`: train the pair into that folder."""

    def make(
        name: str, *overrides: str, resume: bool = False, reporter: Reporter | None = None, **options: Any
    ) -> Run:
        job = TrainingJob(dataset, parts, make_recipe(PAIR, overrides), tmp_path / name, **options)
        return train(job, resume=resume, reporter=reporter)

    return make


def contents(run: Run) -> dict[str, Any]:
    """All that a run folder holds, without the time it took."""
    found: dict[str, Any] = {}
    for path in sorted(run.folder.rglob("*")):
        name = path.relative_to(run.folder).as_posix()
        if path.name == "epochs.jsonl":
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            found[name] = [{key: line[key] for key in line if key != "seconds"} for line in lines]
        elif path.is_file() and path.name != "last.safetensors":  # which keeps the seconds too
            found[name] = path.read_bytes()
    return found


def test_what_an_ensemble_states_reaches_its_members() -> None:
    stated = [
        "training.epochs=3",
        "training.augment.alpha=0.3",
        "training.class_weights={}",
        "text.min_count=5",
        "model.lstm_hidden=7",
        'data.among={"cs.X" = ["cs.CL", "cs.CV"], "cs.LG" = ["cs.LG"]}',
        "data.test_share=0.2",
    ]
    recipe = load_recipe(
        "ensemble", [*stated, 'ensemble.members=["v1", "baseline"]', "ensemble.seeds=[7, 8]"]
    )
    for own, name, seed in zip(resolve_members(recipe), ("v1", "baseline"), (7, 8), strict=True):
        expected = load_recipe(name, [*stated, f"training.seed={seed}"])
        assert own == expected
    first, second = resolve_members(load_recipe("ensemble"))[1:]
    assert first == load_recipe("v1", ["training.seed=123"])
    assert second == load_recipe("v1", ["training.seed=456"])


def test_a_stated_seed_draws_the_members_seeds() -> None:
    drawn = [
        [own.training.seed for own in resolve_members(load_recipe("ensemble", overrides))]
        for overrides in (["training.seed=1"], ["training.seed=1"], ["training.seed=2"], [])
    ]
    assert drawn[0] == drawn[1]
    assert drawn[3] == [42, 123, 456]
    assert len({*drawn[0], *drawn[2], *drawn[3]}) == 9


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["v1", "ensemble"], "found the ensemble `ensemble`; name its members instead"),
        (["v1", "v11"], "no recipe is called `v11`: did you mean `v1`"),
    ],
)
def test_members_that_cannot_be(
    train_pair: TrainPair, members: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=message):
        train_pair("run", f"ensemble.members={json.dumps(members)}")
    assert not (tmp_path / "run").exists()


def test_members_are_ordinary_runs_and_the_vote_is_theirs(
    train_pair: TrainPair, dataset: Dataset, parts: np.ndarray, tmp_path: Path, notes: Callable[[], list[str]]
) -> None:
    lines: list[dict[str, Any]] = []

    class Lines(SilentReporter):
        def epoch_done(self, line: dict[str, Any]) -> None:
            lines.append(line)

    run = train_pair("run", command=["arxonomy", "train"], reporter=Lines())
    assert [line["member"] for line in lines] == [1, 2]
    assert [line for line in notes() if "member" in line] == [
        "member 1 of 2: v1, seed 1",
        "member 2 of 2: baseline, seed 2",
    ]
    names = "run.json recipe.json split.csv seen.safetensors validation.safetensors "
    names += "metrics.json member-1 member-2"
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(names.split())
    assert [member.folder.name for member in run.members()] == ["member-1", "member-2"]
    alone = train(
        TrainingJob(
            dataset,
            parts,
            resolve_members(run.recipe())[1],
            tmp_path / "alone",
            command=["arxonomy", "train"],
        )
    )
    assert contents(alone) == contents(run.members()[1])
    assert alone.members() == [alone]

    votes, truth = [], dataset.get_label_ids()[parts == "validation"]
    for member in run.members():
        logits = load_file(member.validation)["logits"]
        votes.append(Calibration.fit(logits, truth).apply(logits))
    kept = load_file(run.validation)
    np.testing.assert_array_equal(kept["labels"], truth)
    np.testing.assert_allclose(softmax(kept["logits"]), np.mean(votes, axis=0), atol=1e-6)
    metrics, info = run.metrics(), run.info()
    answers = Calibration.fit(kept["logits"], truth).apply(kept["logits"]).argmax(axis=1)
    assert metrics.validation["accuracy"] == pytest.approx((answers == truth).mean())
    assert metrics.members[1].to_dict() == {"recipe": "baseline", "seed": 2, "best_epoch": 1}
    right = [(vote.argmax(axis=1) == truth).mean() for vote in votes]
    assert metrics.diversity.member_accuracies == pytest.approx(right)
    assert (info.recipe, info.seed, info.labels) == ("pair", (1, 2), dataset.labels)
    assert (info.command, info.vectors.path) == (("arxonomy", "train"), None)


@pytest.mark.slow
def test_copies_change_the_vote_of_the_same_members(train_pair: TrainPair) -> None:
    plain, changed = train_pair("plain"), train_pair("copies", "ensemble.copies=2", "ensemble.alpha=0.4")
    for one, other in zip(plain.members(), changed.members(), strict=True):
        assert one.weights.read_bytes() == other.weights.read_bytes()
    difference = load_file(plain.validation)["logits"] - load_file(changed.validation)["logits"]
    assert 1e-3 < np.abs(difference).max() < 1


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_a_stopped_ensemble_ends_as_if_it_had_not_been(
    train_pair: TrainPair, vector_file: Path, epoch: int
) -> None:
    """Stopped at the first member's first epoch and its last, and at the end of the second member."""

    class Stopping(SilentReporter):
        done = 0

        def epoch_done(self, line: dict[str, Any]) -> None:
            self.done += 1
            if self.done == epoch:
                raise KeyboardInterrupt

    settings: dict[str, Any] = {"command": ["arxonomy"]}
    whole = train_pair("whole", "training.epochs=2", vectors=vector_file, **settings)
    with pytest.raises(KeyboardInterrupt):
        train_pair("run", "training.epochs=2", vectors=vector_file, reporter=Stopping(), **settings)
    with pytest.raises(RunError, match=r"already holds a run; resume it with resume=True"):
        train_pair("run", "training.epochs=2", vectors=vector_file, **settings)
    # The vectors are remembered, for members too that had not begun.
    run = train_pair("run", "training.epochs=2", resume=True, **settings)
    assert contents(run) == contents(whole)


def test_finished_members_are_not_trained_again(
    train_pair: TrainPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_pair("run")
    before = contents(run)
    for name in ("metrics.json", "validation.safetensors"):
        (run.folder / name).unlink()
    for name in ("train_network", "train_baseline"):
        monkeypatch.setattr(f"arxonomy.training.ensemble.{name}", lambda *_: pytest.fail("trained again"))
    assert contents(train_pair("run", resume=True)) == before


def test_another_ensemble_is_refused(
    train_pair: TrainPair, dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    run = train_pair("run")
    for override, difference in (
        ("training.epochs=2", r"training\.epochs was 1, is 2"),
        ("ensemble.seeds=[1, 3]", r"ensemble\.seeds was \[1, 2\], is \[1, 3\]"),
        ("ensemble.copies=1", r"ensemble\.copies was 0, is 1"),
    ):
        with pytest.raises(RunError, match=rf"other settings \({difference}\)"):
            train_pair("run", override, resume=True)
    with pytest.raises(RunError, match="another split"):
        train(TrainingJob(dataset, np.roll(parts, 3), make_recipe(PAIR), run.folder), resume=True)
    other = dataclasses.replace(dataset, sha256="0" * 64)
    with pytest.raises(RunError, match="was trained on"):
        train(TrainingJob(other, parts, make_recipe(PAIR), run.folder), resume=True)
    member = run.members()[0]
    recipe = member.recipe()
    changed = recipe.model_copy(update={"text": recipe.text.model_copy(update={"min_count": 9})})
    (member.folder / "recipe.json").write_text(changed.model_dump_json())
    with pytest.raises(RunError, match=r"member-1 was started with other settings \(text\.min_count was 9"):
        train_pair("run", resume=True)


def test_a_saved_recipe_still_says_only_what_the_ensemble_stated(train_pair: TrainPair) -> None:
    run = train_pair("run", "training.label_smoothing=0.0")
    saved: Recipe = run.recipe()
    assert saved.training.model_fields_set == {*PAIR["training"], "label_smoothing"}
    # No run keeps the ranges to tune.
    members = [member.model_copy(update={"tune": {}}) for member in resolve_members(saved)]
    assert members == [member.recipe() for member in run.members()]
