"""`arxonomy export`: run folders in, a bundle to ship out."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.messages import say
from arxonomy.errors import InputError

EXAMPLES = """
Example: arxonomy export runs/v1-seed42 --out my-bundle
Example: arxonomy export runs/v1-seed42 --out small --weights compact
Example: arxonomy export runs/v1-seed42 runs/v1-seed7 runs/baseline-seed42 --out three-that-vote
"""


class Weights(StrEnum):
    """How the weights are stored."""

    float32 = "float32"
    compact = "compact"


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", show_default=False, help="Run folder; several become an ensemble, which votes."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="BUNDLE", help="Folder to write.")],
    weights: Annotated[
        Weights, typer.Option(help="float32 keeps the weights as they are; compact makes a smaller bundle.")
    ] = Weights.float32,
    copies: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Sort N augmented copies in a paper's place and average; if not said: as the run does.",
        ),
    ] = None,
    notes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Markdown to add at the end of the model card.")
    ] = None,
) -> None:
    """Export runs as a self-contained bundle (ONNX, no PyTorch).

    Several runs with the same labels make one bundle whose answer is the mean of theirs. Prints the
    bundle's folder.
    """
    from arxonomy.artifacts.bundle import read_manifest
    from arxonomy.inference import export_bundle

    try:
        extra = "" if notes is None else notes.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{notes} cannot be read as text: {error}") from None
    bundle = export_bundle(runs, out, weights=weights.value, copies=copies, card_extra=extra)
    if read_manifest(bundle)["calibration"] is None:
        say(
            "note: these runs have no validation papers in common (other data or another split), so their "
            "mean stays as it is: temperature 1, biases 0"
        )
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    print(bundle)
    say(f"{size / 1e6:.1f} MB; try it: arxonomy classify FILE --model {shlex.quote(str(bundle))}")
