"""Runs -> the manifest of their bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from arxonomy.artifacts.calibration_facts import (
    CalibrationEffect,
    ListedParameters,
    Parameters,
    PartCalibration,
)
from arxonomy.artifacts.facts import (
    Manifest,
    MemberInfo,
    RunMetrics,
    SplitInfo,
)
from arxonomy.artifacts.origin_facts import Origins
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import read_split_rows
from arxonomy.artifacts.validation import Validation, read_validation
from arxonomy.artifacts.weights import Weights
from arxonomy.atomic import hash_file
from arxonomy.config import DataSettings, EnsembleSettings, ModelSettings, Recipe, TextSettings
from arxonomy.evaluation import ALONE, Calibrations, CheckThresholds, Read, Typicality, score
from arxonomy.inference.calibration import compute_validation_votes, measure_calibrations
from arxonomy.inference.class_prior import average_class_priors
from arxonomy.inference.voting import UNKNOWN_WORDS_LIMIT
from arxonomy.label_names import REST
from arxonomy.records import PARTS
from arxonomy.version import __version__


def describe_run(run: Run, weights: Weights) -> Manifest:
    """Describe one model for its `bundle.json`; paths of the machine that trained it stay behind."""
    info, recipe = run.info(), run.recipe()
    validation = read_validation(run)
    calibrations, listed = validation.fit(), validation.fit_listed()
    effects = measure_calibrations(calibrations, validation)
    parts = read_split_rows(run)
    vectors = None
    if info.vectors.path:
        vectors = info.vectors.model_copy(update={"path": Path(info.vectors.path).name})
    manifest = Manifest(
        **{name: getattr(info, name) for name in Origins.model_fields if name in info.model_fields_set},
        arxonomy=__version__,
        recipe=recipe.name,
        seed=info.seed,
        labels=info.labels,
        merge=list_merges(recipe.data),
        temperature=calibrations.whole.temperature,
        biases=calibrations.whole.biases,
        parts=_describe_parts(calibrations, effects),
        **_describe_listed(validation, listed),
        **_describe_typicality(validation),
        **_describe_check(validation, calibrations, listed),
        unknown_words_limit=UNKNOWN_WORDS_LIMIT,
        weights=weights,
        words=info.words,
        text=TextSettings.model_validate(recipe.text.model_dump()),  # stored with all its defaults
        model=ModelSettings.model_validate(recipe.model.model_dump()),
        data=info.data,
        split=SplitInfo(
            sha256=hash_file(run.split),
            setting=recipe.data.split,
            seed=recipe.data.split_seed,
            train=len(parts["train"]),
            validation=len(parts["validation"]),
            test=len(parts["test"]),
        ),
        vectors=vectors,
        metrics=run.metrics() or RunMetrics(),
        calibration=effects[PARTS],
        priors=tuple(validation.compute_prior(calibrations)),
    )
    return manifest.model_copy(update={"baseline": recipe.baseline.kind}) if recipe.baseline else manifest


def _describe_parts(
    calibrations: Calibrations, effects: Mapping[Read, CalibrationEffect]
) -> dict[str, PartCalibration]:
    """Describe the calibrations of papers with one part alone, where there were any to fit them to."""
    described = {}
    for read, effect in effects.items():
        if read in ALONE:
            own = calibrations.choose(read)
            described[read[0]] = PartCalibration(
                temperature=own.temperature, biases=own.biases, calibration=effect
            )
    return described


def _describe_listed(validation: Validation | None, own: Calibrations | None) -> dict[str, ListedParameters]:
    """Describe the calibrations of the second head as a field of the manifest; empty where there are none."""
    if validation is None or own is None:
        return {}
    alone = {read[0]: own.choose(read) for read in ALONE}
    parts = {
        part: Parameters(temperature=fitted.temperature, biases=fitted.biases)
        for part, fitted in alone.items()
        if fitted != own.whole
    }
    return {
        "listed": ListedParameters(
            temperature=own.whole.temperature,
            biases=own.whole.biases,
            threshold=validation.choose_listed_threshold(own),
            parts=parts,
        )
    }


def _describe_typicality(validation: Validation) -> dict[str, Typicality]:
    """Describe what tells texts of another field as a field of the manifest; empty for too few papers."""
    fitted = validation.fit_typicality()
    return {"typicality": fitted} if fitted else {}


def _describe_check(
    validation: Validation | None, calibrations: Calibrations, listed: Calibrations | None
) -> dict[str, CheckThresholds]:
    """Describe where authors' categories are doubted as a field of the manifest; empty for too few papers."""
    fitted = None if validation is None else validation.fit_check(calibrations, listed)
    return {"check": fitted} if fitted else {}


def list_merges(settings: DataSettings) -> dict[str, tuple[str, ...]]:
    """List the labels that were merged: new label -> those that it is made of."""
    return {new: tuple(olds) for new, olds in settings.among.items() if olds and olds != [new]}


def make_ensemble_recipe(runs: Sequence[Run], members: Sequence[Run], settings: EnsembleSettings) -> Recipe:
    """Make the recipe of a bundle: that of the one run, or one that names the recipes of several."""
    if len(runs) == 1:
        return runs[0].recipe().model_copy(update={"ensemble": settings})
    recipes = [member.recipe() for member in members]
    names = [recipe.name for recipe in recipes]
    seeds = [recipe.training.seed for recipe in recipes]
    # Papers are merged in the ways of all: their labels are the same, but perhaps not their files'.
    merges = {new: list(olds) for recipe in recipes for new, olds in list_merges(recipe.data).items()}
    same = all(recipe.data.among == recipes[0].data.among for recipe in recipes)
    among = recipes[0].data.among if same else merges and {**merges, REST: []}
    return Recipe(
        name=" + ".join(names),
        data=recipes[0].data.model_copy(update={"among": among}),
        ensemble=settings.model_copy(update={"members": names, "seeds": seeds}),
    )


def describe_ensemble(
    runs: Sequence[Run], members: Sequence[Run], manifests: Sequence[Manifest], recipe: Recipe
) -> Manifest:
    """Describe models that vote for their `bundle.json`.

    Args:
        runs: An ensemble's run, or several runs.
        members: The members' runs.
        manifests: The members' own `bundle.json`.
        recipe: As `make_ensemble_recipe` makes it.
    """
    labels, metrics = manifests[0].labels, RunMetrics()
    votes = read_validation(runs[0]) if len(runs) == 1 else compute_validation_votes(members)
    calibrations, effects, listed = Calibrations.identity(len(labels)), {}, None
    priors = average_class_priors([manifest.priors for manifest in manifests])
    if votes is not None:
        calibrations, listed = votes.fit(), votes.fit_listed()
        effects = measure_calibrations(calibrations, votes)
        priors = votes.compute_prior(calibrations)
        probabilities = votes.papers.calibrate(calibrations).given
        metrics = RunMetrics(validation=score(votes.papers.labels, probabilities, labels).to_dict())
    return Manifest(
        arxonomy=__version__,
        recipe=recipe.name,
        seed=tuple(member.recipe().training.seed for member in members),
        labels=labels,
        merge=list_merges(recipe.data),
        temperature=calibrations.whole.temperature,
        biases=calibrations.whole.biases,
        parts=_describe_parts(calibrations, effects),
        **_describe_listed(votes, listed),
        **_describe_check(votes, calibrations, listed),
        unknown_words_limit=UNKNOWN_WORDS_LIMIT,
        weights=manifests[0].weights,
        members=tuple(map(_describe_member, manifests)),
        metrics=(runs[0].metrics() if len(runs) == 1 else None) or metrics,
        calibration=effects.get(PARTS),
        priors=None if priors is None else tuple(priors),
        backends_differ_by=max(manifest.backends_differ_by for manifest in manifests),
    )


def _describe_member(manifest: Manifest) -> MemberInfo:
    return MemberInfo.model_validate(
        manifest.model_dump(include=set(MemberInfo.model_fields), exclude_unset=True)
    )
