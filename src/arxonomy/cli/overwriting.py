"""Refuses an output file that is one of the files which the command reads.

A bibliography may get its keywords in place: `classify` writes all of its entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

OUTPUTS = (
    "output",
    "out",
    "report",
    "html",
    "png",
    "queue",
    "suspects_file",
    "disagreements",
    "prior_output",
)
"""Parameters of commands that name a file or a folder to write; others that name a file name one to read."""


class SafeCommand(TyperCommand):
    """A command that is not started where an output would overwrite one of its inputs."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        check_outputs(ctx.params)
        return super().invoke(ctx)


def check_outputs(values: Mapping[str, Any]) -> None:
    """Make sure that no output is a file that is read.

    Args:
        values: The parameters of a command by name.

    Raises:
        typer.BadParameter: One is.
    """
    read = [path for name, value in values.items() if name not in OUTPUTS for path in _list_files(value)]
    for name in OUTPUTS:
        for path in _list_files(values.get(name)):
            if name == "output" and "keyword" in values and _is_bibliography(path, values.get("format")):
                continue
            if any(path.samefile(other) for other in read):
                raise typer.BadParameter(
                    f"expected another file than those that are read, found {path}, which it would overwrite",
                    param_hint=f"--{name.removesuffix('_file').replace('_', '-')}",
                )


def _list_files(value: Any) -> Iterator[Path]:
    """The files that exist among the paths of a parameter."""
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, str | Path) and str(one) != "-":
            try:
                if Path(one).is_file():
                    yield Path(one)
            except (OSError, ValueError):  # a title or a name, too long or too strange for a path
                continue


def _is_bibliography(path: Path, form: Any) -> bool:
    """Whether an output is a bibliography, by `--format` or its name."""
    from arxonomy.writing.forms import BIBLIOGRAPHIES, guess_form

    return (guess_form(path.name) if form is None else form) in BIBLIOGRAPHIES
