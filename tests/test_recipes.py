from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from arxonomy.config import Recipe, format_toml, list_recipes, load_recipe, make_recipe
from arxonomy.config.baselines import BASELINE_KINDS
from arxonomy.errors import SettingsError
from arxonomy.models import check_recipe


@pytest.mark.parametrize("name", list_recipes())
def test_every_recipe_loads_under_its_name_and_says_what_it_is(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description


@pytest.mark.parametrize("name", list_recipes())
def test_saved_settings_read_back_the_same(name: str) -> None:
    recipe = load_recipe(name, ["training.clip_norm=none", "training.seed=7"])
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize("name", list_recipes())
def test_a_recipe_that_is_printed_in_full_can_be_trained(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    if recipe.baseline is None and not recipe.ensemble.members:
        (tmp_path / "mine.toml").write_text("\n".join(format_toml(recipe)), encoding="utf-8")
        check_recipe(load_recipe(tmp_path / "mine.toml"))


def test_the_systems_of_the_reference_are_there() -> None:
    systems = {"baseline", "v1", "v2", "v3", "v4-deep", "ensemble", "ensemble-tta"}
    assert systems <= set(list_recipes())
    for name in ("v2", "v3", "v4-deep"):
        own = load_recipe(name)
        assert own.data == load_recipe("v1").data
        assert (own.training != load_recipe("v1").training) == (name != "v3")  # whose class weights differ
    focal = load_recipe("v2").training
    assert (focal.focal_gamma, focal.from_scratch) == (2.5, True)


@pytest.mark.parametrize("name", list_recipes())
def test_no_recipe_names_a_label(name: str) -> None:
    recipe = load_recipe(name)
    assert (recipe.data.among, recipe.data.min_papers) == ({}, 1)
    assert recipe.training.class_weights in ({}, "balanced-sources")


def test_v1_is_the_document_s_final_model() -> None:
    """All but its plateau over 30 epochs, for which docs/decisions.md gives the reason."""
    recipe = load_recipe("v1")
    model, training = recipe.model, recipe.training
    assert (model.embed_dim, model.num_filters, model.lstm_hidden, model.dropout) == (300, 128, 128, 0.6)
    assert model.kernel_sizes == [3, 4, 5]
    assert (training.learning_rate, training.weight_decay, training.batch_size) == (1e-3, 1e-3, 64)
    assert (training.clip_norm, training.label_smoothing) == (1.0, 0.1)
    assert (training.augment.share, training.augment.alpha) == (0.3, 0.1)


def test_the_ensembles_of_the_reference_are_three_v1_with_its_seeds() -> None:
    for name, copies in (("ensemble", 0), ("ensemble-tta", 3)):
        recipe = load_recipe(name)
        assert recipe.ensemble.members == ["v1", "v1", "v1"]
        assert recipe.ensemble.seeds == [42, 123, 456]
        assert (recipe.ensemble.copies, recipe.ensemble.alpha) == (copies, 0.1)
        assert recipe.data == load_recipe("v1").data
        assert recipe.model_fields_set == {"name", "description", "ensemble"}  # members stay as they are


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["ensemble.members=[]"], "two members or more, and a seed for each"),
        (['ensemble.members=["v1"]', "ensemble.seeds=[1]"], "two members or more"),
        (["ensemble.seeds=[1, 2]"], "a seed for each"),
        (["ensemble.members=[]", "ensemble.seeds=[]", "ensemble.copies=1"], "members to classify the copies"),
        (["ensemble.copies=-1"], "setting `ensemble.copies`: .*, found -1"),
        (["ensemble.member=[]"], "did you mean `members`"),
    ],
)
def test_an_ensemble_that_cannot_be_is_explained(overrides: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_recipe("ensemble", overrides)


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("training.epochs=3", "training.epochs", 3),
        ("training.learning_rate=5e-4", "training.learning_rate", 5e-4),
        ("training.epochs = 3", "training.epochs", 3),
        ("training.clip_norm=none", "training.clip_norm", None),
        ("training.class_weights=balanced", "training.class_weights", "balanced"),
        ('training.class_weights="balanced"', "training.class_weights", "balanced"),
        ('training.class_weights={"cs.CL" = 3}', "training.class_weights", {"cs.CL": 3.0}),
        ("training.augment.share=0.5", "training.augment.share", 0.5),
        ('training.class_weights="cs.CL"=3,a=.5', "training.class_weights", {"cs.CL": 3.0, "a": 0.5}),
        ('data.among={"cs.X" = ["cs.CL", "cs.CV"]}', "data.among", {"cs.X": ["cs.CL", "cs.CV"]}),
        ("data.among=cs.X=cs.CL+cs.CV,*", "data.among", {"cs.X": ["cs.CL", "cs.CV"], "*": []}),
        ("data.min_papers=3", "data.min_papers", 3),
        ("model.kernel_sizes=[2, 3]", "model.kernel_sizes", [2, 3]),
        ("name=mine", "name", "mine"),
    ],
)
def test_overrides(override: str, path: str, value: Any) -> None:
    found: Any = load_recipe("v1", [override])
    for key in path.split("."):
        found = getattr(found, key)
    assert found == value


def test_an_override_leaves_the_rest_alone() -> None:
    plain, changed = load_recipe("v1"), load_recipe("v1", ["training.augment.share=0.5"])
    assert changed.training.augment.alpha == plain.training.augment.alpha
    assert changed.training.class_weights == plain.training.class_weights
    assert changed.model == plain.model


def test_the_last_override_wins_and_the_given_tree_is_not_touched() -> None:
    tree = {"name": "mine", "training": {"augment": {"share": 0.1}}}
    recipe = make_recipe(tree, ["training.augment.share=0.2", "training.augment.share=0.3"])
    assert recipe.training.augment.share == 0.3
    assert tree == {"name": "mine", "training": {"augment": {"share": 0.1}}}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.epoch=3", "unknown setting `training.epoch`: did you mean `epochs`?"),
        ("trainnig.epochs=3", "unknown setting `trainnig`: did you mean `training`?"),
        ("training.augment.shares=1", "unknown setting `training.augment.shares`: did you mean `share`?"),
        ("training.epochs=many", "setting `training.epochs`: .*, found 'many'"),
        ("training.epochs=0", "setting `training.epochs`: .*, found 0"),
        ("model.dropout=1.0", "setting `model.dropout`: .*, found 1.0"),
        ("training.schedule=cosin", "setting `training.schedule`: .*, found 'cosin'"),
        ("training.epochs", "expected key=value, as in training.epochs=3; found `training.epochs`"),
        (
            "training.class_weights=a=b",
            "setting `training.class_weights`: .* at character 3 found `b` in place",
        ),
        ("data.among=a,,b", "setting `data.among`: .* at character 3 expected a name"),
        ('data.among={"x" = ["a"], "y" = ["a"]}', "setting `data.among`: `a` is merged into `x` and `y`"),
        ('data.merge={"x" = ["a"]}', "unknown setting `data.merge`"),
        ("training.class_weights=equal", "setting `training.class_weights`: .*, found 'equal'"),
        ("training.drop_abstract=1.5", "setting `training.drop_abstract`: .*, found 1.5"),
        ("=3", "expected key=value"),
    ],
)
def test_a_bad_override_is_explained(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message.replace("?", r"\?")):
        load_recipe("v1", [override])


def test_at_most_all_papers_lose_a_part() -> None:
    assert load_recipe("v1", ["training.drop_title=0.5", "training.drop_abstract=0.5"])
    with pytest.raises(SettingsError, match="a sum of at most 1"):
        load_recipe("v1", ["training.drop_title=0.5", "training.drop_abstract=0.6"])


def test_the_packaged_model_alone_learns_from_parts_of_papers() -> None:
    dropping = {
        name
        for name in list_recipes()
        if (training := load_recipe(name).training).drop_title
        or training.drop_abstract
        or training.title_loss
    }
    assert dropping == {"bundled"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "baseline.alpha=[1]",
            r"unknown setting `baseline\.alpha`: known: `balanced`, `c`, `kind`, `min_papers`",
        ),
        ("baseline.balancd=[true]", r"unknown setting `baseline\.balancd`: did you mean `balanced`\?"),
        ("baseline.c=[]", r"setting `baseline\.c`: .*, found \[\]"),
        ("baseline.c=[1, 0]", r"setting `baseline\.c\.1`: .*, found 0"),
        ("baseline.c=1", r"setting `baseline\.c`: .*, found 1"),
        (
            "baseline.kind=svm",
            r"setting `baseline\.kind`: no baseline is called `svm`: did you mean `nb-svm`\?",
        ),
        (
            "baseline={}",
            r"setting `baseline\.kind`: expected a kind of baseline, found none; known: `complement-nb`",
        ),
        ("baseline=3", r"setting `baseline`: .*, found 3"),
    ],
)
def test_a_bad_setting_of_a_baseline_is_explained(override: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_recipe("linear-svm", [override])


def test_each_kind_of_baseline_has_a_recipe_of_its_name() -> None:
    for kind in BASELINE_KINDS:
        baseline = load_recipe(kind).baseline
        assert baseline is not None
        assert baseline.kind == kind
        assert load_recipe(kind).data == load_recipe("v1").data
    assert load_recipe("linear-svm", ["baseline=none"]).baseline is None


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_recipe("v1", ["training.epoch=3", "model.dropout=2"])
    assert len(str(caught.value).splitlines()) == 2


def test_a_recipe_of_one_s_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[training]\nepochs = 2\n", encoding="utf-8")
    recipe = load_recipe(file)
    assert (recipe.name, recipe.training.epochs) == ("mine", 2)
    file.write_text('name = "given"\n', encoding="utf-8")
    assert load_recipe(str(file)).name == "given"


def test_a_file_can_say_none(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[training]\nclip_norm = "none"\nstop_patience = "none"\n', encoding="utf-8")
    training = load_recipe(file).training
    assert (training.clip_norm, training.stop_patience) == (None, None)
    assert '\nclip_norm = "none"\n' in "\n".join(format_toml(load_recipe(file)))


def test_a_recipe_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no recipe is called `v11`: did you mean `v1`\?"):
        load_recipe("v11")
    with pytest.raises(SettingsError, match=r"cannot read the recipe .*missing\.toml"):
        load_recipe(tmp_path / "missing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[training\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"broken\.toml is not valid TOML: .*line 1"):
        load_recipe(broken)


def test_the_reference_s_labels_and_weights_are_said_once() -> None:
    """`make folds` takes them from a file, the experiments in Python from a module."""
    folder = Path(__file__).parent.parent / "experiments"
    reference = runpy.run_path(str(folder / "reference.py"))
    load, weights = reference["load_reference_recipe"], reference["CLASS_WEIGHTS"]
    assert load_recipe(folder / "v1.toml").with_labels(reference["AMONG"]) == load("v1")
    assert load("v1").training.class_weights == {"cs.AI-LG": 1.0, "cs.CL": 2.0, "cs.CV": 1.8}
    assert load("bundled").data.among == {
        "cs.AI-LG": ["cs.AI", "cs.LG"],
        "cs.CL": ["cs.CL"],
        "cs.CV": ["cs.CV"],
    }
    assert f"AMONG := {reference['AMONG']}\n" in (folder.parent / "Makefile").read_text(encoding="utf-8")
    trained = {name for name in list_recipes() if load_recipe(name).model_fields_set & {"model", "training"}}
    assert set(weights) <= trained
