"""`arxivist vocab`: the categories as a vocabulary that Annif loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxivist.cli.options import ModelOption

EXAMPLES = """
Example: arxivist vocab -o arxivist.csv && annif load-vocab arxivist arxivist.csv
"""


def command(
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Write here instead of stdout, whole or not at all."
        ),
    ] = None,
) -> None:
    """Write the categories, each with its stable URI, as a CSV vocabulary for `annif load-vocab`.

    `arxivist serve` suggests these URIs through Annif's interface.
    """
    from arxivist.cli.output import csv_line, destination
    from arxivist.inference import load
    from arxivist.serving.subjects import vocabulary

    lines = [csv_line(row) for row in vocabulary(load(model).labels)]
    with destination(output) as stream:
        stream.write(b"".join(lines))
