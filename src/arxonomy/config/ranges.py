"""The table `[tune]`: ranges of settings, out of which `arxonomy tune` draws values.

    [tune]
    "training.learning_rate" = { low = 3e-4, high = 3e-3, log = true }
    "training.batch_size" = { choices = [32, 64, 128] }

On the command line the same is `training.learning_rate=3e-4..3e-3 log` and
`training.batch_size=[32, 64, 128]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import FiniteFloat, JsonValue, model_validator

from arxonomy.config.overrides import parse_value
from arxonomy.config.tables import Settings
from arxonomy.errors import SettingsError


class Range(Settings):
    """What a setting is drawn from: all numbers from `low` to `high`, or some values."""

    low: FiniteFloat | None = None
    """The lowest number."""
    high: FiniteFloat | None = None
    """The highest number."""
    log: bool = False
    """Draw the logarithm evenly: for numbers whose order of magnitude matters."""
    choices: list[JsonValue] | None = None
    """The values, in place of numbers."""

    @model_validator(mode="after")
    def _check(self) -> Range:
        stated = self.low is not None, self.high is not None
        if self.choices is not None:
            if any(stated) or self.log or len(self.choices) < 2:
                raise ValueError("expected two choices or more and nothing else, as in choices = [32, 64]")
        elif self.low is None or self.high is None or self.low >= self.high:
            raise ValueError("expected low and a greater high, or choices, as in low = 0.2, high = 0.7")
        elif self.log and self.low <= 0:
            raise ValueError("expected a low above 0 where log = true")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number; of a range without choices."""
        assert self.low is not None and self.high is not None  # checked
        return self.low, self.high

    def format(self) -> str:
        """The range as TOML.

        >>> Range(low=1e-4, high=0.01, log=True).format()
        '{ low = 0.0001, high = 0.01, log = true }'
        """
        if self.choices is not None:
            # Texts, numbers, truth values and lists of them are written in TOML as they are in JSON.
            return f"{{ choices = {json.dumps(self.choices, ensure_ascii=False)} }}"
        low, high = self.ends
        return f"{{ low = {low:.12g}, high = {high:.12g}{', log = true' if self.log else ''} }}"


def flatten_ranges(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the ranges of the table `[tune]` by dotted names, whether these are quoted in the file or not.

    >>> dict(flatten_ranges({"model": {"dropout": {"low": 0, "high": 1}}}))
    {'model.dropout': {'low': 0, 'high': 1}}
    """
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and not value.keys() & Range.model_fields.keys():
            yield from flatten_ranges(value, f"{name}.")
        else:
            yield name, value


def parse_range(text: str) -> tuple[str, Range | None]:
    """Parse `KEY=LOW..HIGH`, `KEY=LOW..HIGH log`, `KEY=[A, B, C]`, or `KEY` for the recipe's own range.

    Raises:
        SettingsError: It cannot be parsed, or is no range.

    >>> parse_range("model.dropout=0.2..0.7")[1].ends
    (0.2, 0.7)
    """
    key, equals, rest = (part.strip() for part in text.partition("="))
    if not key or (equals and not rest):
        raise SettingsError(_expect(text))
    if not equals:
        return key, None
    if rest.startswith("["):
        values: dict[str, Any] = {"choices": parse_value(rest)}
    else:
        numbers, _, scale = rest.partition(" ")
        low, dots, high = numbers.partition("..")
        if not dots or scale.strip() not in ("", "log"):
            raise SettingsError(_expect(text))
        values = {"low": low, "high": high, "log": bool(scale)}
    try:
        return key, Range.model_validate(values)
    except ValueError:
        raise SettingsError(_expect(text)) from None


def _expect(text: str) -> str:
    return (
        "expected KEY=LOW..HIGH with a HIGH above LOW, KEY=LOW..HIGH log with a LOW above 0, or KEY=[A, B]; "
        f"found `{text}`"
    )
