"""`arxonomy drift`: a model on the papers of the months after its training."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    ColumnOption,
    EncodingOption,
    JsonOption,
    ModelOption,
    NumbersOption,
    ResamplesOption,
    StrictOption,
    parse_columns,
)
from arxonomy.cli.shared import get_command_line, publish
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy drift newest.csv
Example: arxonomy drift newest.parquet --model my-bundle --after 2026-01
Example: arxonomy drift newest.csv --unlabeled -o drift.json
"""


def command(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="Papers with a date or an arXiv id, labeled; several files are read as one, in this order.",
        ),
    ],
    model: ModelOption = None,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="MONTH",
            help="Measure the papers of the months after this one, as in 2026-01 (default: the last month of "
            "the model's training; for a model that does not say, all papers that it has not seen).",
        ),
    ] = None,
    unlabeled: Annotated[
        bool, typer.Option("--unlabeled", help="Measure what can be measured without labels.")
    ] = False,
    threshold: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Least drop in accuracy that is worth a new training."),
    ] = 0.01,
    resamples: ResamplesOption = 2000,
    report: Annotated[Path | None, typer.Option(metavar="OUT.html", help="Also write a report.")] = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
) -> None:
    """Measure a model on papers of the months after its training, and say when to train again.

    Month by month: accuracy and how far it is below the model's own score, the part of that which another
    class prior explains, calibration, words that the model does not know, papers that are atypical of its
    field, and the categories that have changed. Papers that the model has seen are left out.

    Train again where the newest month with 500 papers is below the model's own accuracy by --threshold or
    more, and by more than chance: the 95% interval of the drop is above 0. Or where as many papers have
    categories that the model does not know. Intervals are of resampled days, since papers of one day are
    alike.

    Without labels (--unlabeled) there is the accuracy that is to be expected by the model's own
    probabilities, and an estimate of the class prior; errors that the model is sure of are not seen.
    """
    from arxonomy.atomic import write_atomic
    from arxonomy.studies.drift import drift
    from arxonomy.studies.source import LabeledFiles

    bad = BadRecords(data)
    source = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    found = drift(model, source, labeled=not unlabeled, after=after, threshold=threshold, resamples=resamples)
    basis = found.basis.model_copy(update={"command": shlex.join(get_command_line())})
    found = replace(found, basis=basis)
    if report is not None:
        write_atomic(report, found.to_html())
        say(f"report: {report}")
    publish(found.to_dict(), found.to_text, as_json=as_json, output=output, bad=bad)
