"""Ranges of settings: in a recipe's file, on the command line, and never in a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from arxonomy.artifacts.run import read_recipe, write_recipe
from arxonomy.config import Range, format_toml, load_recipe
from arxonomy.config.ranges import parse_range
from arxonomy.errors import SettingsError


@pytest.mark.parametrize(
    "table",
    [
        '[tune]\n"training.augment.share" = { low = 0, high = 0.5 }\n"text.min_count" = { choices = [1, 2] }',
        "[tune]\ntraining.augment.share = { low = 0, high = 0.5 }\ntext.min_count = { choices = [1, 2] }",
        "[tune.training.augment]\nshare = { low = 0, high = 0.5 }\n"
        "[tune.text]\nmin_count = { choices = [1, 2] }",
    ],
)
def test_names_are_dotted_however_they_are_written(tmp_path: Path, table: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(table, encoding="utf-8")
    recipe = load_recipe(file)
    assert recipe.tune == {
        "training.augment.share": Range(low=0, high=0.5),
        "text.min_count": Range(choices=[1, 2]),
    }
    file.write_text("\n".join(format_toml(recipe)), encoding="utf-8")
    assert load_recipe(file) == recipe


def test_a_range_replaces_that_of_the_base(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "v1"\n[tune]\nmodel.dropout = { low = 0.1, high = 0.2 }\n', encoding="utf-8")
    ranges = load_recipe(file).tune
    assert ranges["model.dropout"].ends == (0.1, 0.2)
    assert ranges.keys() == load_recipe("v1").tune.keys()


@pytest.mark.parametrize("name", ["v1", "linear-svm"])
def test_runs_keep_no_ranges(tmp_path: Path, name: str) -> None:
    recipe = load_recipe(name, ["tune.training.seed={low=1, high=2}"])
    assert recipe.tune
    write_recipe(tmp_path, recipe)
    assert read_recipe(tmp_path) == recipe.model_copy(update={"tune": {}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model.dropout=0.2..0.7", Range(low=0.2, high=0.7)),
        ("training.learning_rate = 1e-4..1e-2 log", Range(low=1e-4, high=1e-2, log=True)),
        ("training.weight_decay=.1..1.", Range(low=0.1, high=1)),
        ("a.b=-1..1", Range(low=-1, high=1)),
        ("training.batch_size=[64, 128]", Range(choices=[64, 128])),
        ('training.schedule=["plateau", "cosine"]', Range(choices=["plateau", "cosine"])),
        ("model.kernel_sizes=[[3], [3, 5]]", Range(choices=[[3], [3, 5]])),
        ("model.dropout", None),
    ],
)
def test_a_range_as_text(text: str, expected: Range | None) -> None:
    assert parse_range(text) == (text.partition("=")[0].strip(), expected)


@pytest.mark.parametrize(
    "text",
    [
        "=1..2",
        "a=",
        "a=1",
        "a=1..",
        "a=2..1",
        "a=1..2 lin",
        "a=0..1 log",
        "a=nan..1",
        "a=[1]",
        "a=[1, 2",
        "a=b..c",
    ],
)
def test_a_text_that_is_no_range_is_explained(text: str) -> None:
    with pytest.raises(SettingsError, match="expected KEY=LOW"):
        parse_range(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{low=1}", r"setting `tune\.a\.b`: expected low and a greater high"),
        ("{low=2, high=1}", "expected low and a greater high"),
        ("{low=0, high=1, log=true}", "expected a low above 0"),
        ("{low=1, choices=[1, 2]}", "expected two choices or more"),
        ("{choices=[1]}", "expected two choices or more"),
        ("{low=1, high=2, step=3}", r"unknown setting `tune\.a\.b\.step`"),
        ("3", r"setting `tune\.a\.b`: .*, found 3"),
    ],
)
def test_a_bad_range_in_a_recipe_is_explained(value: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_recipe("majority", [f"tune.a.b={value}"])
