"""What can be taken out of a recipe, and what is then left of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from arxonomy.config import Recipe, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.studies.ablation import count_parameters, plan_ablation
from arxonomy.studies.components import (
    COMPONENTS,
    check_ablatable,
    check_components,
    list_components,
    remove_component,
)


def differences(recipe: Recipe, component: str) -> dict[str, tuple[object, object]]:
    whole, rest = recipe.model_dump(), remove_component(recipe, component).model_dump()
    changes = {}
    for table in ("data", "text", "model", "training", "ensemble"):
        for key, value in whole[table].items():
            if rest[table][key] != value:
                changes[f"{table}.{key}"] = (value, rest[table][key])
    return changes


def test_one_component_is_taken_out_and_nothing_else() -> None:
    v1 = load_recipe("v1", ["training.seed=7", "training.class_weights=balanced"])
    expected = {
        "title": {"model.without": ([], ["title"])},
        "attention": {"model.without": ([], ["title-attention", "abstract-attention"])},
        "gate": {"model.without": ([], ["gate"])},
        "vectors": {"training.from_scratch": (False, True)},
        "fine-tuning": {"training.embedding_learning_rate": (2e-4, 0.0)},
        "class-weights": {"training.class_weights": (v1.training.class_weights, {})},
        "label-smoothing": {"training.label_smoothing": (0.1, 0.0)},
        "weight-average": {"training.weight_average": (0.995, None)},
    }
    for component, changes in expected.items():
        assert differences(v1, component) == changes
    (changed,) = differences(v1, "augmentation").values()
    assert changed == (v1.training.augment.model_dump(), {**v1.training.augment.model_dump(), "share": 0.0})
    rest = remove_component(v1, "gate")
    assert (rest.name, rest.training.seed) == ("v1-without-gate", 7)
    also = remove_component(load_recipe("v1", ['model.without=["residual", "gate"]']), "title")
    assert also.model.without == ["residual", "gate", "title"]


def test_components_of_a_recipe() -> None:
    everywhere = ["vectors", "fine-tuning"]
    parts = ["title", "abstract", "attention", "title-attention", "abstract-attention", "gate", "residual"]
    tuned = ["augmentation", "label-smoothing"]
    assert list_components(load_recipe("v1"), True) == [*parts, *everywhere, *tuned, "weight-average"]
    assert list_components(load_recipe("v1"), False) == [*parts, *tuned, "weight-average"]
    assert list_components(load_recipe("baseline"), True) == everywhere
    weighted = load_recipe("baseline", ["training.class_weights=balanced"])
    assert list_components(weighted, True) == [*everywhere, "class-weights"]
    assert list_components(load_recipe("v2"), True) == [*parts, *tuned, "focal-loss", "weight-average"]
    assert list_components(load_recipe("v4-deep"), True) == [
        *parts,
        *everywhere,
        *tuned,
        "mixup",
        "weight-average",
    ]
    less = load_recipe("v1", ['model.without=["title", "gate"]', "training.label_smoothing=0"])
    assert not {"title", "abstract", "gate", "label-smoothing"} & set(list_components(less, True))
    assert {name for name in COMPONENTS if COMPONENTS[name].pretrained} == set(everywhere)


@pytest.mark.parametrize(
    ("recipe", "components", "message"),
    [
        ("v1", ["gates"], "no component is called `gates`: did you mean `gate`"),
        ("v1", ["gate", "gate"], "found `gate` twice"),
        ("v1", ["mixup"], "cannot take out `mixup` of v1: it has none; expected any of `title`"),
        ("v1", ["vectors"], "start at random, since no file is given"),
        ("baseline", ["gate"], "v1, v4-deep and arxonomy alone"),
    ],
)
def test_components_that_it_lacks(recipe: str, components: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check_components(load_recipe(recipe), components, pretrained=False)


def test_what_is_no_single_network() -> None:
    check_ablatable(load_recipe("v4-deep"))
    with pytest.raises(SettingsError, match="a baseline, which has nothing to take out; name a network"):
        check_ablatable(load_recipe("linear-svm"))
    with pytest.raises(SettingsError, match="ensemble, an ensemble; name the recipe of a member, such as v1"):
        check_ablatable(load_recipe("ensemble"))


def test_the_runs_of_an_ablation() -> None:
    parts = np.array(["train", "validation", "test"])
    plan = plan_ablation(load_recipe("v1", ["training.seed=5"]), ["gate", "mixup"], 2, parts, Path("out"))
    assert {system: [job.folder for job in jobs] for system, jobs in plan.items()} == {
        system: [Path("out") / system / f"seed-{seed}" for seed in (5, 6)]
        for system in ("v1", "v1-without-gate", "v1-without-mixup")
    }
    assert [job.recipe.training.seed for job in plan["v1-without-gate"]] == [5, 6]
    assert all(job.recipe.model.without == ["gate"] for job in plan["v1-without-gate"])


def test_parameters_are_counted(run_of) -> None:
    run = run_of("v1")
    weights = sum(value.numel() for name, value in _tensors(run).items() if "running" not in name)
    batch_norms = sum(name.endswith("num_batches_tracked") for name in _tensors(run))
    assert count_parameters(run) == weights - batch_norms


def _tensors(run):
    from arxonomy.artifacts.tensors import read_tensors

    return read_tensors(run.weights)[0]
