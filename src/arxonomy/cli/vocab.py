"""`arxonomy vocab`: the categories as a vocabulary that Annif loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.options import ModelOption

EXAMPLES = """
Example: arxonomy vocab -o arxonomy.csv && annif load-vocab arxonomy arxonomy.csv
"""


def command(
    model: ModelOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Output file, written atomically (default: stdout)."
        ),
    ] = None,
) -> None:
    """Export the categories as an Annif vocabulary.

    The CSV file gives each category with its stable URI and its name, for `annif load-vocab`. `arxonomy
    serve` suggests these URIs through Annif's interface.
    """
    from arxonomy.inference import load
    from arxonomy.sanitize import format_csv_line
    from arxonomy.serving.subjects import make_vocabulary
    from arxonomy.writing import open_output

    classifier = load(model)
    lines = [format_csv_line(row) for row in make_vocabulary(classifier.labels, classifier.taxonomy)]
    with open_output(output) as stream:
        stream.write(b"".join(lines))
