"""What is searched: the settings of a recipe that have a range, and how values become a recipe again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from arxonomy.advice import name_option
from arxonomy.config import Range, Recipe, make_recipe
from arxonomy.config.overrides import Tree, assign_value
from arxonomy.config.ranges import parse_range
from arxonomy.errors import SettingsError

if TYPE_CHECKING:
    from optuna.trial import Trial

Values = Mapping[str, JsonValue]
"""Dotted name of a setting -> its value."""

_TABLES = ("text", "model", "training", "baseline")
# With another score that chooses, or other seeds, trials cannot be compared.
_FIXED = ("training.seed", "training.monitor", "baseline.kind")
# Trials have neither teachers nor unlabeled papers, so that these would fail or change nothing.
_TAUGHT = ("training.teacher_share", "training.unlabeled_ratio", "training.unlabeled_weight")


@dataclass(frozen=True)
class SearchSpace:
    """A recipe, and what some of its settings are drawn from."""

    recipe: Recipe
    """All other settings are as it has them."""
    ranges: Mapping[str, Range]
    """Dotted name of a setting -> its range."""

    @cached_property
    def integers(self) -> frozenset[str]:
        """The settings with a range of whole numbers, as the recipe reads its ends."""
        numbers = {key: one.low for key, one in self.ranges.items() if one.choices is None}
        found = {key: _get_setting(self.make_recipe({key: low}), key) for key, low in numbers.items()}
        return frozenset(key for key, value in found.items() if isinstance(value, int))

    def make_recipe(self, values: Values) -> Recipe:
        """The recipe with these values; where a setting is a list of values to try, of this one alone.

        Raises:
            SettingsError: The recipe has no such setting, or refuses the value.
        """
        tree: Tree = self.recipe.model_dump(exclude_unset=True)
        for key, value in values.items():
            listed = isinstance(_get_setting(self.recipe, key, whole=True), list)
            assign_value(tree, key, [value] if listed and not isinstance(value, list) else value)
        return make_recipe(tree)

    def draw(self, trial: Trial) -> dict[str, JsonValue]:
        """Draw a value for each setting; numbers have three digits, as a reader would write them."""
        values: dict[str, JsonValue] = {}
        for key, one in self.ranges.items():
            if one.choices is not None:
                values[key] = json.loads(trial.suggest_categorical(key, [*map(json.dumps, one.choices)]))
                continue
            low, high = one.ends
            if key in self.integers:
                values[key] = trial.suggest_int(key, int(low), int(high), log=one.log)
            else:
                drawn = trial.suggest_float(key, low, high, log=one.log)
                values[key] = min(max(float(f"{drawn:.3g}"), low), high)
        return values

    def find_own(self) -> dict[str, Any] | None:
        """The recipe's own values, as Optuna keeps them; None if one lies outside its range."""
        own: dict[str, Any] = {}
        for key, one in self.ranges.items():
            value = _get_setting(self.recipe, key)
            if one.choices is not None:
                fits = [choice for choice in one.choices if self._reads_as(key, choice, value)]
                if not fits:
                    return None
                own[key] = json.dumps(fits[0])
            elif isinstance(value, int | float) and one.ends[0] <= value <= one.ends[1]:
                own[key] = value
            else:
                return None
        return own

    def _reads_as(self, key: str, choice: JsonValue, value: object) -> bool:
        return bool(_get_setting(self.make_recipe({key: choice}), key) == value)


def _ask_for_ranges(recipe: Recipe) -> str:
    tries, example = "", "model.dropout=0.2..0.7"
    if recipe.baseline is not None:
        lists = {name: value for name, value in recipe.baseline if isinstance(value, list)}
        numbers = [name for name, value in lists.items() if isinstance(value[0], float)]
        if not numbers:
            return f"the recipe {recipe.name} has no settings to tune"
        tries = "tries the lists of its table `baseline` whenever it is trained, and "
        example = f"baseline.{numbers[0]}=0.01..10 log"
    return (
        f"the recipe {recipe.name} {tries}declares no ranges to tune; give one with "
        f"{name_option('--range')}, as in `{example}`, or in the table `tune` of a recipe of your own"
    )


def open_space(recipe: Recipe, ranges: Sequence[str], settings: Sequence[str]) -> SearchSpace:
    """Choose and check the ranges to search.

    Args:
        recipe: Its own ranges are searched where no others are given, but for settings that `settings` state.
        ranges: As `parse_range` reads them.
        settings: The `key=value` settings that were stated with the recipe.

    Raises:
        SettingsError: There is no range, one cannot be parsed, its setting cannot be tuned or does not exist,
            or the recipe refuses an end or a choice.
    """
    if recipe.ensemble.members:
        raise SettingsError(
            f"the recipe {recipe.name} is an ensemble, whose members are tuned by themselves; name the "
            f"recipe of a member, such as {recipe.ensemble.members[0]}"
        )
    if isinstance(ranges, str):
        raise SettingsError(f"expected a list of ranges, found the text `{ranges}`; put it in a list")
    stated = {setting.partition("=")[0].strip() for setting in settings}
    chosen = {key: one for key, one in recipe.tune.items() if key not in stated}
    if ranges:
        chosen = dict(_read_ranges(recipe, ranges, stated))
    if not chosen:
        raise SettingsError(_ask_for_ranges(recipe))
    space = SearchSpace(recipe, chosen)
    for key, one in chosen.items():
        if key in _TAUGHT:
            raise SettingsError(f"range of `{key}`: it cannot be tuned, since trials have no teachers")
        if key in _FIXED or key.split(".")[0] not in _TABLES:
            raise SettingsError(
                f"range of `{key}`: it cannot be tuned, since trials would not be compared alike; expected a "
                f"setting of {', '.join(_TABLES)}, but not {', '.join(_FIXED)}"
            )
        for value in one.choices or one.ends:
            try:
                read = _get_setting(space.make_recipe({key: value}), key)
            except SettingsError as error:
                raise SettingsError(f"range of `{key}`: {error}") from None
            if one.choices is None and (isinstance(read, bool) or not isinstance(read, int | float)):
                raise SettingsError(f"range of `{key}`: expected choices, found numbers; write [A, B]")
    return space


def _read_ranges(recipe: Recipe, texts: Sequence[str], stated: set[str]) -> Iterator[tuple[str, Range]]:
    for text in texts:
        key, one = parse_range(text)
        if key in stated:
            raise SettingsError(f"`{key}` has both a value and a range; leave out one of them")
        if one is None and key not in recipe.tune:
            declared = ", ".join(f"`{name}`" for name in recipe.tune) or "none"
            raise SettingsError(
                f"the recipe {recipe.name} declares no range of `{key}`; write one, as in {key}=1..2; "
                f"declared: {declared}"
            )
        yield key, one or recipe.tune[key]


def _get_setting(recipe: Recipe, key: str, whole: bool = False) -> Any:
    """The value of a setting, None where there is none; of a list with one value, that value."""
    value: Any = recipe
    for name in key.split("."):
        value = getattr(value, name, None)
    return value[0] if isinstance(value, list) and len(value) == 1 and not whole else value
