"""`arxonomy recipes`: the recipes that come with the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

EXAMPLES = """
Example: arxonomy recipes
Example: arxonomy recipes v1 > my.toml
"""


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", show_default=False, help="Print all settings of this recipe."),
    ] = None,
) -> None:
    """List the recipes, or print one as a commented TOML file.

    Change what you like and give the file to `arxonomy train --recipe`.
    """
    from arxonomy.config import load_recipe, recipe_names

    if name is not None:
        recipe = load_recipe(name)
        print("\n".join(format_toml(recipe, stated=bool(recipe.ensemble.members or recipe.baseline))))
        return
    names = recipe_names()
    width = max(map(len, names))
    for each in names:
        print(f"{each:<{width}}  {load_recipe(each).description}".rstrip())


def format_toml(settings: BaseModel, table: str = "", stated: bool = False) -> Iterator[str]:
    """The lines of a TOML file, with each setting's explanation above it.

    With `stated` settings that are left at their defaults are left out, since whatever an ensemble states
    changes its members, and a baseline refuses what is for networks.
    """
    from pydantic import BaseModel

    fields = type(settings).model_fields
    names = [name for name in fields if not stated or name in settings.model_fields_set]
    values = {name: getattr(settings, name) for name in names}
    for name, value in values.items():
        if not isinstance(value, BaseModel):
            yield from (f"# {line}" for line in str(fields[name].description).splitlines())
            yield f"{name} = {_toml('none' if value is None else value)}"
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield ""
            yield f"[{table}{name}]"
            yield from format_toml(value, f"{table}{name}.", stated)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    # Text, numbers, truth values and lists of them are written in TOML as they are in JSON.
    return json.dumps(value, ensure_ascii=False)
