"""`arxonomy export`: runs in, a self-contained bundle out."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.errors import InputError
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy export runs/v1-seed42 --out my-bundle
Example: arxonomy export runs/v1-seed42 --out small --weights compact
Example: arxonomy export runs/v1-seed42 --out my-bundle --license cc-by-4.0
Example: arxonomy export runs/v1-seed42 runs/v1-seed7 runs/baseline-seed42 --out ensemble
"""


class Weights(StrEnum):
    """Storage formats of the weights."""

    float32 = "float32"
    compact = "compact"


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN", show_default=False, help="Run folder; several become an ensemble, a soft vote."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="BUNDLE", help="Folder to write.")],
    weights: Annotated[
        Weights, typer.Option(help="float32 keeps the weights exactly; compact makes a smaller bundle.")
    ] = Weights.float32,
    copies: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Average over N augmented copies of each paper (default: as in the run).",
        ),
    ] = None,
    license: Annotated[
        str,
        typer.Option(
            metavar="ID", help="The license for the model card, as the Hub spells it: apache-2.0, cc-by-4.0."
        ),
    ] = "unknown",
    notes: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Markdown to append to the model card."),
    ] = None,
) -> None:
    """Export runs as a self-contained bundle (ONNX, no PyTorch).

    The bundle holds all that is needed to classify: a network as an ONNX graph, a baseline as its words and
    their weights. Several runs with the same labels make one bundle, which
    predicts the mean of their probabilities. Prints the bundle's folder.
    """
    from arxonomy.artifacts.bundle import read_manifest
    from arxonomy.inference import export_bundle

    try:
        extra = "" if notes is None else notes.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{notes} cannot be read as text: {error}") from None
    bundle = export_bundle(runs, out, weights=weights.value, copies=copies, license=license, card_extra=extra)
    if read_manifest(bundle).calibration is None:
        say(
            "note: these runs have no validation papers in common (other data or another split), so their "
            "mean stays as it is: temperature 1, biases 0"
        )
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    print(bundle)
    say(f"size: {size / 1e6:.1f} MB")
    say(f"hint: try it with `arxonomy classify FILE --model {shlex.quote(str(bundle))}`")
