"""`arxonomy refresh`: the model in use, trained further on new papers, and replaced if it is better."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    ColumnOption,
    ContactOption,
    Device,
    DeviceOption,
    EncodingOption,
    JsonOption,
    NumbersOption,
    ResamplesOption,
    SettingsOption,
    StrictOption,
    ThreadsOption,
    parse_columns,
)
from arxonomy.cli.shared import get_command_line, publish
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy refresh
Example: arxonomy refresh newest.csv
Example: arxonomy refresh march.parquet april.parquet --held-out-days 28
Example: arxonomy refresh newest.csv && arxonomy models roll-back
"""


def command(
    data: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DATA]...",
            show_default=False,
            help="Labeled papers; none: those of arXiv since the last month that the model has learned from.",
        ),
    ] = None,
    held_out_days: Annotated[
        int,
        typer.Option(
            "--held-out-days",
            min=1,
            metavar="N",
            help="Compare the old and the new model on the papers of the newest N days.",
        ),
    ] = 14,
    out: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Run folder (default: runs/refresh-DAY, of the newest day)."),
    ] = None,
    settings: SettingsOption = None,
    resamples: ResamplesOption = 10_000,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
    contact: ContactOption = None,
) -> None:
    """Train the model in use further on new papers, and replace it if it is better.

    Its weights are the start; it learns for two epochs, at a quarter of its recipe's learning rates. The
    papers of the newest days are held out: both models answer them, and the old one is replaced only if the
    95% interval of the difference in accuracy, of resampled days, is above 0. It is kept, and `arxonomy
    models roll-back` goes back to it.

    A category without a new training paper is answered less often, which newest days may not show; so the
    interval must also be above the share of such categories. Older papers of theirs help.

    Without DATA it harvests arXiv's records, as `arxonomy harvest --from` does, into
    runs/harvest-from-MONTH.parquet; on a later day it asks for what is new alone.

    The categories stay as they are. Left out are papers of others, papers that the model has seen, and those
    without an id or a day (of arXiv's papers an id is enough). A run that was stopped is resumed by the same
    command.
    """
    from arxonomy.cli.harvest import HarvestProgress
    from arxonomy.cli.progress import Bar
    from arxonomy.runtime import set_torch_threads
    from arxonomy.studies.refresh import refresh
    from arxonomy.studies.source import LabeledFiles

    set_torch_threads(threads)
    bad, source = BadRecords(data or ()), None
    if data:
        source = LabeledFiles(
            data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
        )
    try:
        with Bar() as bar:
            done = refresh(
                source,
                held_out_days=held_out_days,
                out=out,
                settings=settings or (),
                resamples=resamples,
                device=device.value,
                command=get_command_line(),
                reporter=bar,
                contact=contact,
                tell=HarvestProgress(),
            )
    except KeyboardInterrupt:
        say("stopped", "hint: resume with the same command")
        raise typer.Exit(130) from None
    publish(done.to_dict(), done.to_text, as_json=as_json, output=output, bad=bad)
