"""`arxonomy recipes`: the recipes in the package."""

from __future__ import annotations

from typing import Annotated

import typer

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
    from arxonomy.config import format_toml, list_recipes, load_recipe

    if name is not None:
        recipe = load_recipe(name)
        print("\n".join(format_toml(recipe, stated=bool(recipe.ensemble.members or recipe.baseline))))
        return
    names = list_recipes()
    width = max(map(len, names))
    for recipe_name in names:
        print(f"{recipe_name:<{width}}  {load_recipe(recipe_name).description}".rstrip())
