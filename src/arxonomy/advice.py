"""How to name a column or set an option, in the words of the interface through which the papers came.

A command has the option `--column`, a function of Python an argument for it; the service, the page and papers
that are Python objects have neither, and there a key must be renamed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


class Interface(Enum):
    """What a user can change about the reading of papers."""

    COMMAND_LINE = "command line"
    """The option `--column`."""
    PYTHON = "python"
    """The argument `columns`."""
    KEYS = "keys"
    """Only the names in the papers themselves."""


_PLURALS = {"--column": "columns", "--range": "ranges", "--set": "settings", "--teacher": "teachers"}
"""Options that are given several times -> the argument of Python."""

_INTERFACE: ContextVar[Interface] = ContextVar("interface", default=Interface.PYTHON)


def get_interface() -> Interface:
    """Get the interface of what is read now; by default that of Python."""
    return _INTERFACE.get()


@contextmanager
def use_interface(interface: Interface) -> Iterator[None]:
    """Give advice in the words of an interface while the block runs, in its thread."""
    token = _INTERFACE.set(interface)
    try:
        yield
    finally:
        _INTERFACE.reset(token)


def name_option(option: str) -> str:
    """Name an option in the words of the present interface: `--min-papers`, or the argument `min_papers`.

    >>> name_option("--min-papers")
    '`min_papers`'
    """
    return option if get_interface() is Interface.COMMAND_LINE else f"`{_name_argument(option)}`"


def advise_option(option: str, value: str | int | bool) -> str:
    """Say how to set an option, in the words of the present interface.

    Args:
        option: The option.
        value: Its value; True for an option without one.

    >>> advise_option("--min-papers", 3), advise_option("--among", "x=a+b,*"), advise_option("--resume", True)
    ('min_papers=3', "among='x=a+b,*'", 'resume=True')
    """
    if value is True and get_interface() is Interface.COMMAND_LINE:
        return option
    if get_interface() is Interface.COMMAND_LINE:
        return f"{option} {shlex.quote(str(value))}"
    return f"{_name_argument(option)}={value!r}"


def _name_argument(option: str) -> str:
    return _PLURALS.get(option) or option.lstrip("-").replace("-", "_")


def advise_extra(extra: str) -> str:
    """Say how to install an optional part.

    >>> advise_extra("serve")
    "pip install 'arxonomy[serve]'"
    """
    return f"pip install 'arxonomy[{extra}]'"


def advise_reinstall(requirement: str = "arxonomy") -> str:
    """Say how to install a package again whose files are gone, or whose version does not fit.

    >>> advise_reinstall("numpy>=1.26")
    "pip install --force-reinstall --no-deps 'numpy>=1.26'"
    """
    return f"pip install --force-reinstall --no-deps {shlex.quote(requirement)}"


def advise_column(interface: Interface, field: str, name: str, target: str = "") -> str:
    """Say how to have a column read as a field of a paper.

    Args:
        interface: Where the advice is shown.
        field: The field.
        name: The column's name; `NAME` stands for any.
        target: The name that the column should have, if it is another one than the field's.

    >>> advise_column(Interface.COMMAND_LINE, "title", "Der Titel")
    "--column 'title=Der Titel'"
    >>> advise_column(Interface.PYTHON, "title", "Titel")
    'columns={"title": "Titel"}'
    >>> advise_column(Interface.KEYS, "title", "Titel")
    'call it `title`'
    """
    name = name[:80]
    if interface is Interface.COMMAND_LINE:
        return f"--column {shlex.quote(f'{field}={name}')}"
    if interface is Interface.PYTHON:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'columns={{"{field}": "{quoted}"}}'
    return f"call it `{target or field}`"
