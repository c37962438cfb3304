"""`arxonomy recipes`: the recipes in the package."""

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
        typer.Argument(
            metavar="NAME",
            show_default=False,
            help="Print all settings of this recipe (default: list the recipes).",
        ),
    ] = None,
) -> None:
    """List the recipes, or print one as a commented TOML file.

    Every setting is explained in the file. Edit it, and pass it to `arxonomy train --recipe`.
    """
    from arxonomy.config import list_recipes, load_recipe

    if name is not None:
        recipe = load_recipe(name)
        print("\n".join(format_toml(recipe, stated=bool(recipe.ensemble.members or recipe.baseline))))
        return
    names = list_recipes()
    width = max(map(len, names))
    for recipe_name in names:
        print(f"{recipe_name:<{width}}  {load_recipe(recipe_name).description}".rstrip())


def format_toml(settings: BaseModel, table: str = "", stated: bool = False) -> Iterator[str]:
    """Format settings as the lines of a TOML file, with each one's explanation above it.

    Args:
        settings: A recipe, or one of its tables.
        table: Its name, with a dot at the end; empty for the recipe.
        stated: Leave out settings at their defaults: those that an ensemble states change its members, and a
            baseline rejects those of networks.
    """
    from pydantic import BaseModel

    fields = type(settings).model_fields
    names = [name for name in fields if not stated or name in settings.model_fields_set]
    values = {name: getattr(settings, name) for name in names}
    for name, value in values.items():
        if not isinstance(value, BaseModel):
            yield from (f"# {line}" for line in str(fields[name].description).splitlines())
            yield f"{name} = {_format_value('none' if value is None else value)}"
    for name, value in values.items():
        if isinstance(value, BaseModel):
            yield ""
            yield f"[{table}{name}]"
            yield from format_toml(value, f"{table}{name}.", stated)


def _format_value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {_format_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    # Text, numbers, truth values and lists of them are written in TOML as they are in JSON.
    return json.dumps(value, ensure_ascii=False)
