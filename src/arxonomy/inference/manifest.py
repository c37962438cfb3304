"""What a bundle says of the runs that it was made of."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arxonomy.artifacts.run import Run
from arxonomy.atomic import sha256_file
from arxonomy.config import EnsembleSettings, Recipe
from arxonomy.evaluation import Calibration, score
from arxonomy.inference.calibration import calibrate, expectations, validation_logits, validation_votes
from arxonomy.inference.class_prior import average_class_priors, compute_class_prior
from arxonomy.inference.classifier import UNKNOWN_WORDS_LIMIT
from arxonomy.version import __version__


def describe_run(run: Run, weights: str) -> dict[str, Any]:
    """What `bundle.json` says of one model; paths of the machine that trained it stay behind."""
    info, recipe = run.info(), run.recipe()
    logits, truth = validation_logits(run)
    calibration, effect = calibrate(logits, truth)
    vectors = info["vectors"]
    return {
        "arxonomy": __version__,
        "recipe": recipe.name,
        "seed": info["seed"],
        "labels": info["labels"],
        "merge": recipe.data.merge,
        "temperature": calibration.temperature,
        "biases": list(calibration.biases),
        "unknown_words_limit": UNKNOWN_WORDS_LIMIT,
        "weights": weights,
        "words": info["words"],
        "text": recipe.text.model_dump(),
        "model": recipe.model.model_dump(),
        "data": info["data"],
        "split": {
            "sha256": sha256_file(run.split),
            "setting": recipe.data.split,
            "seed": recipe.data.split_seed,
        },
        "vectors": vectors | {"path": Path(vectors["path"]).name} if vectors["path"] else None,
        "metrics": run.metrics(),
        "calibration": effect | {"cross_fitted": expectations(logits, truth)},
        "priors": compute_class_prior(np.bincount(truth, minlength=len(info["labels"]))),
    }


def ensemble_recipe(runs: Sequence[Run], members: Sequence[Run], settings: EnsembleSettings) -> Recipe:
    """The recipe of an ensemble's run; of several runs, one that names theirs."""
    if len(runs) == 1:
        return runs[0].recipe().model_copy(update={"ensemble": settings})
    recipes = [member.recipe() for member in members]
    names = [recipe.name for recipe in recipes]
    seeds = [recipe.training.seed for recipe in recipes]
    # Papers are merged in the ways of all: their labels are the same, but perhaps not their files'.
    merge = {new: old for recipe in recipes for new, old in recipe.data.merge.items()}
    return Recipe(
        name=" + ".join(names),
        data=recipes[0].data.model_copy(update={"merge": merge}),
        ensemble=settings.model_copy(update={"members": names, "seeds": seeds}),
    )


def describe_ensemble(
    runs: Sequence[Run], members: Sequence[Run], infos: Sequence[Mapping[str, Any]], recipe: Recipe
) -> dict[str, Any]:
    """What `bundle.json` says of models that vote.

    Args:
        runs: An ensemble's run, or several runs.
        members: The members' runs.
        infos: What the members' own `bundle.json` say.
        recipe: As `ensemble_recipe` makes it.
    """
    labels, metrics = list(infos[0]["labels"]), {}
    votes = validation_logits(runs[0]) if len(runs) == 1 else validation_votes(members)
    calibration, effect = Calibration.identity(len(labels)), None
    priors = average_class_priors([info["priors"] for info in infos])
    if votes is not None:
        logits, truth = votes
        calibration, effect = calibrate(logits, truth)
        effect["cross_fitted"] = expectations(logits, truth)
        priors = compute_class_prior(np.bincount(truth, minlength=len(labels)))
        metrics = {"validation": score(truth, calibration.apply(logits), labels).to_dict()}
    told = ("recipe", "seed", "words", "text", "model", "data", "split", "vectors")
    return {
        "arxonomy": __version__,
        "recipe": recipe.name,
        "seed": [info["seed"] for info in infos],
        "labels": labels,
        "merge": recipe.data.merge,
        "temperature": calibration.temperature,
        "biases": list(calibration.biases),
        "unknown_words_limit": UNKNOWN_WORDS_LIMIT,
        "weights": infos[0]["weights"],
        "members": [{key: info[key] for key in told} for info in infos],
        "metrics": runs[0].metrics() if len(runs) == 1 else metrics,
        "calibration": effect,
        "priors": priors,
        "backends_differ_by": max(info["backends_differ_by"] for info in infos),
    }


def split_rows(run: Run) -> dict[str, list[dict[str, str]]]:
    """The rows of a run's `split.csv` by part."""
    with run.split.open(encoding="utf-8", newline="") as file:
        next(file)  # the comment
        rows = list(csv.DictReader(file))
    return {name: [row for row in rows if row["split"] == name] for name in ("train", "validation", "test")}
