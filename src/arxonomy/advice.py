"""How to name a column or set an option, in the words of the door through which the papers came.

A command has the option `--column`, a function of Python an argument for it; the service, the page and papers
that are Python objects have neither, and there a key must be renamed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


class Door(Enum):
    """What a user can change about the reading of papers."""

    COMMAND_LINE = "command line"
    """The option `--column`."""
    PYTHON = "python"
    """The argument `columns`."""
    KEYS = "keys"
    """Only the names in the papers themselves."""


_DOOR: ContextVar[Door] = ContextVar("door", default=Door.PYTHON)


def get_door() -> Door:
    """Get the door of what is read now; that of Python's functions unless `open_door` says another."""
    return _DOOR.get()


@contextmanager
def open_door(door: Door) -> Iterator[None]:
    """Give advice in the words of a door while the block runs, in its thread."""
    token = _DOOR.set(door)
    try:
        yield
    finally:
        _DOOR.reset(token)


def name_option(option: str) -> str:
    """Name an option in the words of the present door: `--min-papers`, or the argument `min_papers`.

    >>> name_option("--min-papers")
    '`min_papers`'
    """
    return option if get_door() is Door.COMMAND_LINE else f"`{option.lstrip('-').replace('-', '_')}`"


def advise_option(option: str, value: str | int) -> str:
    """Say how to set an option, in the words of the present door.

    >>> advise_option("--min-papers", 3), advise_option("--among", "x=a+b,*")
    ('min_papers=3', "among='x=a+b,*'")
    """
    if get_door() is Door.COMMAND_LINE:
        return f"{option} {shlex.quote(str(value))}"
    return f"{option.lstrip('-').replace('-', '_')}={value!r}"


def advise_column(door: Door, field: str, name: str, target: str = "") -> str:
    """Say how to have a column read as a field of a paper.

    Args:
        door: Where the advice is shown.
        field: The field.
        name: The column's name; `NAME` stands for any.
        target: The name that the column should have, if it is another one than the field's.

    >>> advise_column(Door.COMMAND_LINE, "title", "Der Titel")
    "--column 'title=Der Titel'"
    >>> advise_column(Door.PYTHON, "title", "Titel")
    'columns={"title": "Titel"}'
    >>> advise_column(Door.KEYS, "title", "Titel")
    'call it `title`'
    """
    name = name[:80]
    if door is Door.COMMAND_LINE:
        return f"--column {shlex.quote(f'{field}={name}')}"
    if door is Door.PYTHON:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'columns={{"{field}": "{quoted}"}}'
    return f"call it `{target or field}`"
