"""What all results have in common: numbers with an interval, and how they are written as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95% interval."""

    value: float
    """The estimate."""
    low: float = math.nan
    """Lower end of the interval; nan where an older file does not have it."""
    high: float = math.nan
    """Upper end of the interval; nan where an older file does not have it."""

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end."""
        return self.low, self.high


class Result(BaseModel):
    """Numbers that JSON can hold.

    In JSON a field `name` that holds an `Interval` is two keys, `name` and `name_interval` with [low, high].
    A field that has its default, that is, a score that was not measured, is left out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned; keys that belong to something else are ignored.

        Raises:
            pydantic.ValidationError: A key is missing, or a value is of another type.
        """
        return cls.model_validate(data)

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON has them."""
        return self.model_dump(mode="json")

    @model_validator(mode="before")
    @classmethod
    def _join_intervals(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        joined = dict(data)
        for name in _list_intervals(cls):
            if isinstance(joined.get(name), int | float):
                joined[name] = Interval(joined[name], *joined.get(f"{name}_interval", ()))
        return joined

    @model_serializer(mode="wrap")
    def _split_intervals(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        intervals, whole = _list_intervals(type(self)), serialize(self)
        split: dict[str, object] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if not field.is_required() and value == field.get_default(call_default_factory=True):
                continue
            split[name] = whole[name] if name not in intervals or value is None else value.value
            if name in intervals and not (value and math.isnan(value.low)):
                split[f"{name}_interval"] = list(value.ends) if value else None
        return split


def _list_intervals(result: type[Result]) -> list[str]:
    """The names of the fields that hold an interval."""
    fields = result.model_fields.items()
    return [name for name, field in fields if Interval in (field.annotation, *get_args(field.annotation))]
