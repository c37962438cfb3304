"""Several models that vote: each member's run in turn, then the calibration of their votes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel

from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run, member_runs
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.atomic import write_atomic
from arxonomy.config import EnsembleSettings, Recipe, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibration, diversity, score, vote_logits
from arxonomy.models import check_recipe
from arxonomy.models.predict import predict_logits
from arxonomy.papers import Dataset, Parts, write_split
from arxonomy.records import Paper
from arxonomy.runtime import choose_device
from arxonomy.text import Encoder
from arxonomy.text.copier import Copier, near_words
from arxonomy.training.loop import Reporter, Silent
from arxonomy.training.provenance import check_same, describe
from arxonomy.training.train import train

Settings = TypeVar("Settings", bound=BaseModel)


def member_recipes(recipe: Recipe) -> list[Recipe]:
    """The recipes of an ensemble's members, with what the ensemble itself says about all of them.

    All members get the ensemble's `[data]` as it is, and each setting that it states in `[text]`,
    `[model]` or `[training]`; of these a baseline takes only the score that chooses. Their seeds are
    `ensemble.seeds`, unless it states `training.seed`: then they are drawn from that.

    Raises:
        SettingsError: A member's recipe cannot be read, is an ensemble itself, or cannot sort copies.
    """
    if recipe.baseline:
        raise SettingsError(
            "setting `baseline`: an ensemble has members; name a baseline's recipe among these"
        )
    seeds = recipe.ensemble.seeds
    if "seed" in recipe.training.model_fields_set:
        seeds = np.random.default_rng(recipe.training.seed).integers(2**31, size=len(seeds)).tolist()
    members = []
    for name, seed in zip(recipe.ensemble.members, seeds, strict=True):
        own = load_recipe(name)
        if own.ensemble.members:
            raise SettingsError(
                "setting `ensemble.members`: expected recipes of single models, found the ensemble "
                f"`{name}`; name its members instead"
            )
        if own.baseline and recipe.ensemble.copies:
            raise SettingsError(
                f"setting `ensemble.copies`: the baseline `{name}` has no word vectors to make copies of papers "
                f"by; expected 0, found {recipe.ensemble.copies}"
            )
        training = _changed(own.training, recipe.training, {"monitor"} if own.baseline else None)
        changes: dict[str, BaseModel] = {"data": recipe.data}
        changes["training"] = training.model_copy(update={"seed": seed})
        if not own.baseline:
            changes["text"] = _changed(own.text, recipe.text)
            changes["model"] = _changed(own.model, recipe.model)
        members.append(own.model_copy(update=changes))
        check_recipe(members[-1])
    return members


def _changed(own: Settings, said: Settings, names: set[str] | None = None) -> Settings:
    """`own` with the settings that `said` states, out of `names` if given, and not with its defaults."""
    stated = said.model_fields_set if names is None else said.model_fields_set & names
    changes = {name: getattr(said, name) for name in stated}
    for name, value in changes.items():
        if isinstance(value, BaseModel):
            changes[name] = _changed(getattr(own, name), value)
    return own.model_copy(update=changes)


def train_ensemble(
    dataset: Dataset,
    parts: Parts,
    recipe: Recipe,
    run: Run,
    *,
    vectors: str | os.PathLike[str] | None,
    device: str,
    command: Sequence[str],
    reporter: Reporter | None,
    say: Callable[[str], None],
) -> Run:
    """Train an ensemble's members into `member-1`, `member-2`, ...; see `train`, which calls this.

    Members that are finished are not trained again, and one that was stopped goes on. The ensemble's own
    scores come last, with the calibration of its votes, and say how much the members differ.
    """
    recipes = member_recipes(recipe)
    if vectors is not None and all(own.baseline for own in recipes):
        raise SettingsError(f"baselines start from no word vectors, found {vectors}; leave out --vectors")
    if run.exists():
        run.clear_partial()
        vectors = vectors or run.info()["vectors"]["path"]
        check_same(run, dataset, parts, recipe, vectors)
    else:
        info = describe(dataset, recipe, vectors, command)
        write_split(run.split, dataset.papers, parts, dataset.sha256)
        run.create(info | {"seed": [member.training.seed for member in recipes]}, recipe, None)
    members = member_runs(run.folder, len(recipes))
    for number, (member, own) in enumerate(zip(members, recipes, strict=True), 1):
        needed = None if own.baseline else vectors
        if member.metrics():
            check_same(member, dataset, parts, own, needed)
            continue
        say(f"member {number} of {len(members)}: {own.name}, seed {own.training.seed}")
        train(
            dataset,
            parts,
            own,
            member.folder,
            vectors=needed,
            resume=True,
            device=device,
            command=command,
            reporter=_OfMember(reporter or Silent(), number),
            say=say,
        )
    if not run.metrics():
        papers = [dataset.papers[row] for row in np.flatnonzero(parts == "validation")]
        truth = dataset.label_ids()[parts == "validation"]
        votes = [_votes(member, papers, recipe.ensemble, device) for member in members]
        logits = vote_logits(votes).astype(np.float32)
        kept = {"logits": torch.from_numpy(logits), "labels": torch.from_numpy(truth)}
        write_atomic(run.validation, tensors_to_bytes(kept))
        probabilities = Calibration.fit(logits, truth).apply(logits)
        metrics = {
            "members": [
                {"recipe": own.name, "seed": own.training.seed}
                | {key: value for key, value in member.metrics().items() if key in ("best_epoch", "chosen")}
                for member, own in zip(members, recipes, strict=True)
            ],
            "diversity": diversity(truth, votes),
            "validation": score(truth, probabilities, dataset.labels),
        }
        run.write_metrics(metrics)  # the last of all files
    return run


def _votes(
    member: Run, papers: Sequence[Paper], settings: EnsembleSettings, device: str
) -> npt.NDArray[np.float64]:
    """(N, C) calibrated probabilities of a member for the validation papers, or for their copies."""
    tensors, _ = read_tensors(member.validation)
    logits = tensors["logits"].numpy()
    calibration = Calibration.fit(logits, tensors["labels"].numpy())
    if settings.copies:
        network, vocabulary = load_network(member).to(choose_device(device)), member.vocabulary()
        table = network.get_parameter("embedding.weight").detach().cpu().numpy()
        copier = Copier(near_words(table), vocabulary.words, settings.copies, settings.alpha)
        encoder = Encoder(vocabulary, member.recipe().text)
        logits = predict_logits(network, [copy for paper in papers for copy in copier(encoder.encode(paper))])
    shares = calibration.apply(logits).reshape(len(papers), -1, logits.shape[1])
    return np.asarray(shares.mean(axis=1))


class _OfMember:
    """Reports a member's training as a part of the ensemble's."""

    def __init__(self, reporter: Reporter, number: int) -> None:
        self._reporter = reporter
        self._number = number

    def epoch_started(self, epoch: int, epochs: int, batches: int, done: int) -> None:
        self._reporter.epoch_started(epoch, epochs, batches, done)

    def batch_done(self, loss: float) -> None:
        self._reporter.batch_done(loss)

    def epoch_done(self, line: dict[str, Any]) -> None:
        self._reporter.epoch_done({"member": self._number, **line})
