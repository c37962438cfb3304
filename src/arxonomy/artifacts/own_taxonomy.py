"""A user's own hierarchy of the categories, kept as `taxonomy.json` in a run and in a bundle."""

from __future__ import annotations

from pathlib import Path

from arxonomy.atomic import write_atomic
from arxonomy.errors import RunError
from arxonomy.taxonomy import Taxonomy, format_taxonomy, parse_taxonomy

_NAME = "taxonomy.json"


def write_own_taxonomy(folder: Path, taxonomy: Taxonomy | None) -> None:
    """Write the taxonomy that training was given, if it was given one."""
    if taxonomy is not None:
        write_atomic(folder / _NAME, format_taxonomy(taxonomy))


def read_own_taxonomy(folder: Path) -> Taxonomy | None:
    """Read the taxonomy of a run or a bundle; None if training was given none.

    Raises:
        RunError: It is damaged.
    """
    path = folder / _NAME
    if not path.is_file():
        return None
    try:
        return parse_taxonomy(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected a taxonomy as training writes it: {error}") from None
