"""Which settings can be tuned, what is drawn for them, and how it becomes a recipe."""

from __future__ import annotations

import optuna
import pytest

from arxonomy.config import Range, load_recipe
from arxonomy.errors import SettingsError
from arxonomy.models import check_recipe
from arxonomy.studies.tuning.space import SearchSpace, open_space


def draw(space: SearchSpace, count: int = 30) -> list[dict[str, object]]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [space.draw(study.ask()) for _ in range(count)]


def test_the_recipes_of_the_package_declare_ranges_that_hold_their_own_settings() -> None:
    for name in ("v1", "bundled", "arxonomy"):
        recipe = load_recipe(name)
        space = open_space(recipe, (), ())
        assert space.ranges == recipe.tune and len(space.ranges) >= 5
        assert space.find_own() is not None
        for values in draw(space, 5):
            check_recipe(space.make_recipe(values))


def test_ranges_of_one_s_own_are_searched_alone_and_stated_settings_are_not_tuned() -> None:
    recipe = load_recipe("v1")
    given = open_space(recipe, ["training.focal_gamma=0..3", "model.dropout"], ())
    assert given.ranges == {
        "training.focal_gamma": Range(low=0, high=3),
        "model.dropout": recipe.tune["model.dropout"],
    }
    stated = open_space(recipe, (), ["model.dropout=0.3", "training.epochs = 2"])
    assert stated.ranges.keys() == recipe.tune.keys() - {"model.dropout"}


def test_numbers_are_whole_where_the_setting_is() -> None:
    space = open_space(
        load_recipe("v1"),
        ["training.epochs=2..9", "model.lstm_hidden=8..256 log", "training.label_smoothing=0..1"],
        (),
    )
    assert space.integers == {"training.epochs", "model.lstm_hidden"}
    drawn = draw(space)
    assert {type(values["training.label_smoothing"]) for values in drawn} == {float}
    assert {type(values["model.lstm_hidden"]) for values in drawn} == {int}
    assert all(len(f"{values['training.label_smoothing']:.9g}".strip("0.")) <= 3 for values in drawn)
    recipe = space.make_recipe(drawn[0])
    assert recipe.training.epochs == drawn[0]["training.epochs"]
    assert recipe.model.embed_dim == load_recipe("v1").model.embed_dim


def test_rounding_stays_in_the_range() -> None:
    space = open_space(load_recipe("v1"), ["model.dropout=0.99951..0.99959"], ())
    assert all(0.99951 <= values["model.dropout"] <= 0.99959 for values in draw(space))


def test_choices_are_any_values() -> None:
    ranges = [
        "model.kernel_sizes=[[3], [3, 5]]",
        'training.schedule=["plateau", "cosine"]',
        'training.clip_norm=["none", 1.0]',
        "model.variational=[true, false]",
    ]
    space = open_space(load_recipe("v1"), ranges, ())
    drawn = draw(space)
    assert {str(values["model.kernel_sizes"]) for values in drawn} == {"[3]", "[3, 5]"}
    recipes = [space.make_recipe(values) for values in drawn]
    assert {recipe.training.clip_norm for recipe in recipes} == {None, 1.0}
    assert space.find_own() is None  # v1 has three kernel sizes
    own = open_space(load_recipe("v1"), ranges[1:], ()).find_own()
    assert own == {
        "training.schedule": '"cosine"',
        "training.clip_norm": "1.0",
        "model.variational": "false",
    }


def test_a_baseline_is_tuned_where_a_range_is_given() -> None:
    recipe = load_recipe("linear-svm")
    with pytest.raises(SettingsError, match="tries the lists of its table `baseline` whenever it is trained"):
        open_space(recipe, (), ())
    space = open_space(recipe, ["baseline.c=0.01..10 log", "baseline.min_papers=1..3"], ())
    values = draw(space, 1)[0]
    tuned = space.make_recipe(values)
    check_recipe(tuned)
    assert tuned.baseline.c == [values["baseline.c"]] and tuned.baseline.balanced == [False, True]
    assert space.integers == {"baseline.min_papers"}


@pytest.mark.parametrize(
    ("recipe", "ranges", "settings", "message"),
    [
        ("v1", ["training.learning_rat=1..2"], [], "unknown setting `training.learning_rat`: did you mean"),
        ("v1", ["model.dropout=0.5..1.5"], [], r"range of `model.dropout`: .*, found 1\.5"),
        ("v1", ["training.epochs=1.5..3"], [], r"range of `training.epochs`: .*, found 1\.5"),
        ("v1", ['training.schedule=["cosine", "linear"]'], [], "range of `training.schedule`: .*'linear'"),
        ("v1", ["model.variational=0..1"], [], "range of `model.variational`: expected choices"),
        ("v1", ["training.teacher_share=0..0.5"], [], "cannot be tuned, since trials have no teachers"),
        ("v1", ["training.seed=1..5"], [], "range of `training.seed`: it cannot be tuned"),
        ("v1", ["data.min_papers=1..5"], [], "range of `data.min_papers`: it cannot be tuned"),
        ("v1", ["training.monitor=['a', 'b']"], [], "range of `training.monitor`: it cannot be tuned"),
        ("v1", ["training.epochs"], [], "v1 declares no range of `training.epochs`; .*declared: `training.l"),
        ("v1", ["model.dropout=0.1..0.2"], ["model.dropout=0.3"], "both a value and a range"),
        ("v1", ["model.dropout=high"], [], "expected KEY=LOW"),
        ("ensemble", [], [], "is an ensemble, .*such as v1"),
        ("majority", [], [], "majority has no settings to tune"),
        ("complement-nb", [], [], "give one with `ranges`, as in `baseline.alpha=0.01..10 log`"),
    ],
)
def test_what_cannot_be_tuned(recipe: str, ranges: list[str], settings: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        open_space(load_recipe(recipe, settings), ranges, settings)


def test_one_text_in_place_of_a_list_is_explained() -> None:
    with pytest.raises(SettingsError, match=r"expected a list of ranges, found the text `model.dropout`"):
        open_space(load_recipe("v1"), "model.dropout", ())
    with pytest.raises(SettingsError, match="expected a list of settings, found the text `a=1`"):
        load_recipe("v1", "a=1")
