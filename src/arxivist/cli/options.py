"""Options that several commands share, and what their texts mean."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer


class Backend(StrEnum):
    """What computes a prediction."""

    auto = "auto"
    onnx = "onnx"
    torch = "torch"


class Device(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Which column a field of a paper (id, title, abstract, category, categories, published) is "
        "found in, as in title=Titel; can be given several times.",
    ),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Stop at the first bad record.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, metavar="N", help="Threads to compute with.")
]
DeviceOption = Annotated[
    Device,
    typer.Option("--device", help="Where to compute; a GPU needs PyTorch, and auto takes it to train."),
]
BackendOption = Annotated[
    Backend, typer.Option("--backend", help="ONNX Runtime or PyTorch; both give the same answers.")
]


def column_mapping(options: Sequence[str] | None) -> dict[str, str]:
    """Field -> column name.

    >>> column_mapping(["title=Titel"])
    {'title': 'Titel'}
    """
    pairs = [option.partition("=") for option in options or ()]
    for field, equals, name in pairs:
        if not (field and equals and name):
            raise typer.BadParameter(
                f"expected FIELD=NAME, as in title=Titel; found {field}{equals}{name}", param_hint="--column"
            )
    return {field.strip(): name for field, _, name in pairs}


def column_words(options: Sequence[str] | None) -> str:
    """The options again, as the end of a command line.

    >>> column_words(["title=Der Titel"])
    " --column 'title=Der Titel'"
    """
    return "".join(f" --column {shlex.quote(option)}" for option in options or ())
