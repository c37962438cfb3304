"""`arxonomy tune`: the settings of a recipe with the best validation score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AmongOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    JsonOption,
    LabeledArgument,
    MinPapersOption,
    NumbersOption,
    RestOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    load_recipe_for,
    parse_columns,
)
from arxonomy.cli.shared import open_equipment, publish
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy tune papers.csv --recipe v1 --vectors glove.txt --minutes 60
Example: arxonomy tune papers.csv --recipe v1 --trials 20 --range 'training.learning_rate=1e-4..1e-2 log'
Example: arxonomy train papers.csv --recipe tuning/v1/best.toml
"""


def command(
    data: LabeledArgument,
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE.toml", help="Recipe to tune: a network or a baseline.")
    ],
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="M", help="Time of the whole search at most; an epoch that runs then is finished."
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of trials at most, besides or instead.")
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="KEY=LOW..HIGH [log]|KEY=[A, B]|KEY",
            help="Range of a setting, or KEY alone for that of the recipe; can be given several times "
            "(default: the table `tune` of the recipe, but for what --set states).",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, metavar="K", help="Runs of each of the best three trials.")
    ] = 3,
    vectors: VectorsOption = None,
    split_file: SplitOption = None,
    rest: RestOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the search (default: tuning/RECIPE).")
    ] = None,
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Tune a recipe's settings on validation papers, within a bounded time.

    Optuna draws settings from their ranges, by what the trials before have shown; the first trial is the
    recipe as it is. A trial is ended early when its score is below the median of the others after as many
    epochs. The best three are trained with further seeds, so that the choice is not noise. Test papers are
    not read.

    The folder gets best.toml, a recipe for `arxonomy train`, report.html with the pictures, trials.jsonl and
    the search itself. The runs are deleted once they are scored.

    Trials are not repeated: the same command resumes where it was stopped, and with more minutes or trials
    searches longer.
    """
    whole, bad = load_recipe_for(recipe, settings or (), among, min_papers), BadRecords(data)

    from arxonomy.studies.source import LabeledFiles
    from arxonomy.studies.tune import choose_tuning_folder, search_space
    from arxonomy.studies.tuning.space import open_space

    space = open_space(whole, ranges or (), settings or ())
    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    folder = choose_tuning_folder(whole.name, out)
    with open_equipment(folder, split_file, vectors, device.value, threads, rest) as equipment:
        tuning = search_space(space, file, minutes=minutes, trials=trials, seeds=seeds, equipment=equipment)
    say(f"best settings: {folder / 'best.toml'}", f"report: {folder / 'report.html'}")
    publish(tuning.to_dict(), tuning.to_text, as_json=as_json, output=output, bad=bad)
