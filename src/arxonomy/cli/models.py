"""`arxonomy models`: the models that can be put in use, and which one is."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.options import JsonOption
from arxonomy.messages import say
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.artifacts.installed import InstalledModel

EXAMPLES = """
Example: arxonomy models
Example: arxonomy models use my-bundle
Example: arxonomy models use packaged
Example: arxonomy models roll-back
"""


class Action(StrEnum):
    """What is done."""

    list = "list"
    use = "use"
    roll_back = "roll-back"


def command(
    action: Annotated[
        Action,
        typer.Argument(
            help="List the models, put one in use, or go back to the one that was in use before.",
        ),
    ] = Action.list,
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|BUNDLE",
            show_default=False,
            help="The model to use: a name in the list, or a bundle, which is copied and checked.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the models, put one in use, or go back to the one before.

    Where no --model is named, all commands, Python and the service take the one that the environment variable
    ARXONOMY_MODEL names, else the one in use here, else the one in the package.

    A bundle that is put in use is copied into your data folder, so that its own folder may go. What was in
    use before is kept, and roll-back goes back to it. Both take effect at once or not at all; what already
    runs keeps the model that it has loaded.
    """
    from arxonomy.artifacts.hub import find_folder
    from arxonomy.artifacts.installed import VARIABLE, list_models, roll_back, use_model
    from arxonomy.inference import load

    if (action is Action.use) != (model is not None):
        raise typer.BadParameter(
            "expected a model with use, as in `arxonomy models use my-bundle`, and none without"
        )
    if action is Action.use and model is not None:
        folder = {own.name: own.folder for own in list_models()}.get(model) or find_folder(model)
        if folder.exists():
            load(folder, threads=1)  # whether this machine has all that it needs
        say(f"in use: {use_model(model)}")
    elif action is Action.roll_back:
        say(f"in use: {roll_back()}")
    models = list_models()
    print(json.dumps([_to_dict(own) for own in models], indent=2) if as_json else _format(models))
    if named := os.environ.get(VARIABLE):
        say(f"note: {VARIABLE} is set, and comes first: {named}")


def _to_dict(model: InstalledModel) -> dict[str, object]:
    return {
        "name": model.name,
        "in_use": model.in_use,
        "recipe": model.recipe,
        "last_month": model.last_month,
        "accuracy": model.accuracy and model.accuracy.value,
        "part": model.part,
        "folder": str(model.folder),
        "fault": model.fault,
    }


def _format(models: list[InstalledModel]) -> str:
    """A table as plain text: it is also read by programs."""
    rows = [["in use", "name", "recipe", "papers until", "accuracy", "folder"]]
    for own in models:
        score = f"{own.accuracy.value:.1%} ({own.part})" if own.accuracy else "unknown"
        facts = [own.recipe, own.last_month or "unknown", score] if own.fault is None else [own.fault, "", ""]
        rows.append(["yes" if own.in_use else "", own.name, *facts, str(own.folder)])
    cells = [[clean_for_terminal(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
    return "\n".join(lines)
