"""Several models that vote: each member's run in turn, then the calibration of their votes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from arxonomy.advice import name_option
from arxonomy.artifacts.facts import MemberMetrics, RunMetrics
from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run, list_member_runs
from arxonomy.artifacts.validation import Validation, read_validation
from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import PartScores, measure_diversity, vote_by_part, vote_listed
from arxonomy.models import check_recipe
from arxonomy.models.predict import predict_heads
from arxonomy.runtime import choose_device
from arxonomy.text import EncodedPaper, Encoder
from arxonomy.text.copier import Copier, find_near_words
from arxonomy.training.baselines import train_baseline
from arxonomy.training.callbacks import end_callbacks, start_callbacks
from arxonomy.training.creation import create_run
from arxonomy.training.job import TrainingJob
from arxonomy.training.network import train_network
from arxonomy.training.provenance import check_same, describe
from arxonomy.training.reporter import MemberReporter, Reporter
from arxonomy.training.results import score_heads, write_results
from arxonomy.training.targets import find_listed

_LOG = logging.getLogger(__name__)

Settings = TypeVar("Settings", bound=BaseModel)


def resolve_members(recipe: Recipe) -> list[Recipe]:
    """The recipes of an ensemble's members, with what the ensemble itself says about all of them.

    All members get the ensemble's `[data]` as it is, and each setting that it states in `[text]`,
    `[model]` or `[training]`; of these a baseline takes only the score that chooses. Their seeds are
    `ensemble.seeds`, unless it states `training.seed`: then they are drawn from that.

    Raises:
        SettingsError: A member's recipe cannot be read, is an ensemble itself, or cannot classify copies.
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
        member = load_recipe(name)
        if member.ensemble.members:
            raise SettingsError(
                "setting `ensemble.members`: expected recipes of single models, found the ensemble "
                f"`{name}`; name its members instead"
            )
        if member.baseline and recipe.ensemble.copies:
            raise SettingsError(
                f"setting `ensemble.copies`: the baseline `{name}` has no word vectors to make copies of "
                f"papers by; expected 0, found {recipe.ensemble.copies}"
            )
        training = _merge_stated(member.training, recipe.training, {"monitor"} if member.baseline else None)
        changes: dict[str, BaseModel] = {"data": recipe.data}
        changes["training"] = training.model_copy(update={"seed": seed})
        if not member.baseline:
            changes["text"] = _merge_stated(member.text, recipe.text)
            changes["model"] = _merge_stated(member.model, recipe.model)
        members.append(member.model_copy(update=changes))
        check_recipe(members[-1])
    return members


def _merge_stated(base: Settings, changed: Settings, names: set[str] | None = None) -> Settings:
    """`base` with the settings that `changed` states, out of `names` if given; its defaults do not count."""
    stated = changed.model_fields_set if names is None else changed.model_fields_set & names
    changes = {name: getattr(changed, name) for name in stated}
    for name, value in changes.items():
        if isinstance(value, BaseModel):
            changes[name] = _merge_stated(getattr(base, name), value)
    return base.model_copy(update=changes)


def train_ensemble(job: TrainingJob, reporter: Reporter) -> Run:
    """Train an ensemble's members into `member-1`, `member-2`, ...; see `train`, which calls this.

    Finished members are not trained again, and one that was stopped is resumed. The ensemble's own
    scores come last, with the calibration of its votes and the diversity of the members.

    Raises:
        SettingsError: Word vectors are given, and all members are baselines.
    """
    run, recipes = job.run, resolve_members(job.recipe)
    if job.vectors is not None and all(recipe.baseline for recipe in recipes):
        raise SettingsError(
            f"baselines start from no word vectors, found {job.vectors}; leave out {name_option('--vectors')}"
        )
    if run.exists():
        run.clear_partial()
        job = replace(job, vectors=job.vectors or run.info().vectors.path)
        check_same(run, job)
    else:
        seeds = tuple(recipe.training.seed for recipe in recipes)
        create_run(job, describe(job).model_copy(update={"seed": seeds}))
    members = list_member_runs(run.folder, len(recipes))
    for number, (member, recipe) in enumerate(zip(members, recipes, strict=True), 1):
        vectors = None if recipe.baseline else job.vectors
        member_job = replace(job, recipe=recipe, out=member.folder, vectors=vectors)
        if member.metrics():
            check_same(member, member_job)
            continue
        _LOG.info("member %d of %d: %s, seed %d", number, len(members), recipe.name, recipe.training.seed)
        train_member = train_baseline if recipe.baseline else train_network
        train_member(member_job, MemberReporter(reporter, number))
    start_callbacks(job.callbacks, run)
    if not run.metrics():
        votes = [_compute_votes(member, job) for member in members]
        metrics = RunMetrics(
            members=tuple(map(_describe_member, members)),
            diversity=measure_diversity(job.labels("validation"), [member.given for member, _ in votes]),
        )
        held_out = Validation.vote([read_validation(member) for member in members]).held_out
        papers, listed = [first for first, _ in votes], [second for _, second in votes if second is not None]
        validation = Validation(
            vote_by_part(papers), held_out, vote_by_part(listed, vote_listed) if listed else None
        )
        write_results(job, validation, metrics)
    end_callbacks(job.callbacks, run)
    return run


def _describe_member(member: Run) -> MemberMetrics:
    recipe, metrics = member.recipe(), member.metrics() or RunMetrics()
    chosen = metrics.model_dump(include={"best_epoch", "chosen"}, exclude_unset=True)
    return MemberMetrics(recipe=recipe.name, seed=recipe.training.seed, **chosen)


def _compute_votes(member: Run, job: TrainingJob) -> tuple[PartScores, PartScores | None]:
    """Calibrated probabilities of a member for the validation papers, or for their copies.

    Returns:
        Those of the categories, and, where the member has learned lists, those of being listed.
    """
    validation, settings = read_validation(member), job.recipe.ensemble
    calibrations, listed = validation.fit(), validation.fit_listed()
    if not settings.copies:
        own = None if validation.listed is None or listed is None else validation.listed.calibrate(listed)
        return validation.papers.calibrate(calibrations), own
    network, vocabulary = load_network(member).to(choose_device(job.device)), member.vocabulary()
    table = network.get_parameter("embedding.weight").detach().cpu().numpy()
    copier = Copier(find_near_words(table), vocabulary.words, settings.copies, settings.alpha)
    encoder = Encoder(vocabulary, member.recipe().text)

    heads = [calibrations] if listed is None else [calibrations, listed]

    def compute(papers: Sequence[EncodedPaper]) -> list[npt.NDArray[np.float64]]:
        logits = predict_heads(network, [copy for paper in papers for copy in copier(paper)])
        reads = [paper.read for paper in papers for _ in range(settings.copies)]
        shares = [head.apply(own, reads) for head, own in zip(heads, logits, strict=False)]
        return [own.reshape(len(papers), settings.copies, -1).mean(axis=1) for own in shares]

    papers, examples = job.papers("validation"), [encoder.encode(paper) for paper in job.papers("validation")]
    truth, reads = [job.labels("validation")], [paper.read for paper in examples]
    if listed is not None and (lists := find_listed(papers, job.dataset.labels)) is not None:
        truth.append(lists.astype(np.int64))
    scored, *others = score_heads(examples, truth, reads, EncodedPaper.keep_part, compute)
    return scored, others[0].keep(np.flatnonzero(others[0].labels.any(axis=1))) if others else None
