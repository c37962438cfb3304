"""Settings as the lines of a commented TOML file, which `load_recipe` reads again."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from arxonomy.config.ranges import Range


def format_toml(settings: BaseModel, table: str = "", stated: bool = False) -> Iterator[str]:
    """Format settings as the lines of a TOML file, with each one's explanation above it.

    Args:
        settings: A recipe, or one of its tables.
        table: Its name, with a dot at the end; empty for the recipe.
        stated: Leave out settings at their defaults: those that an ensemble states change its members, and a
            baseline rejects those of networks.
    """
    texts = _read_docstrings(type(settings))
    names = [name for name in type(settings).model_fields if not stated or name in settings.model_fields_set]
    values = {name: getattr(settings, name) for name in names}
    for name, value in values.items():
        if not isinstance(value, BaseModel) and not _holds_ranges(value):
            yield from (f"# {line}" for line in texts[name].splitlines())
            yield f"{name} = {_format_value('none' if value is None else value)}"
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield ""
            yield f"[{table}{name}]"
            yield from format_toml(value, f"{table}{name}.", stated)
        elif _holds_ranges(value):
            yield ""
            yield from (f"# {line}" for line in texts[name].splitlines())
            yield f"[{table}{name}]"
            yield from (f"{json.dumps(key)} = {chosen.format()}" for key, chosen in value.items())


def _read_docstrings(settings: type[BaseModel]) -> dict[str, str]:
    """Read the text below each field: here, since pydantic's own reading costs every start of the program."""
    texts = {}
    for kind in reversed(settings.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            (body,) = ast.parse(inspect.getsource(kind)).body
            assert isinstance(body, ast.ClassDef)
            for field, text in pairwise(body.body):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(value))):
                        texts[name] = inspect.cleandoc(value)
    return texts


def _holds_ranges(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(one, Range) for one in value.values())


def _format_value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {_format_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    # Text, numbers, truth values and lists of them are written in TOML as they are in JSON.
    return json.dumps(value, ensure_ascii=False)
