"""`arxivist export`: a run folder in, a bundle to ship out."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arxivist.cli.talk import say

EXAMPLES = """
Example: arxivist export runs/v1-seed42 --out my-bundle
Example: arxivist export runs/v1-seed42 --out small --weights compact
"""


class Weights(StrEnum):
    """How the weights are stored."""

    float32 = "float32"
    compact = "compact"


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", show_default=False, help="Run folder.")],
    out: Annotated[Path, typer.Option(metavar="BUNDLE", help="Folder to write.")],
    weights: Annotated[
        Weights, typer.Option(help="float32 keeps the weights as they are; compact makes a smaller bundle.")
    ] = Weights.float32,
) -> None:
    """Turn a run into a bundle: all that is needed to classify, without PyTorch.

    Prints the bundle's folder.
    """
    from arxivist.inference import export_bundle

    bundle = export_bundle(run, out, weights=weights.value)
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    print(bundle)
    say(f"{size / 1e6:.1f} MB; try it: arxivist classify FILE --model {shlex.quote(str(bundle))}")
