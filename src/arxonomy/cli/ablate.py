"""`arxonomy ablate`: leave-one-out ablation of a recipe."""

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
    ResamplesOption,
    RestOption,
    SeedsOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    load_recipe_for,
    parse_columns,
)
from arxonomy.cli.shared import open_equipment, publish

EXAMPLES = """
Example: arxonomy ablate papers.csv --recipe v1 --vectors glove.txt
Example: arxonomy ablate papers.csv --recipe v1 --without title --without gate --seeds 5 --json
"""


def command(
    data: LabeledArgument,
    recipe: Annotated[str, typer.Option(metavar="NAME|FILE.toml", help="Recipe to ablate: one network.")],
    components: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="COMPONENT",
            help="What to take out: title, abstract, attention, gate, residual, vectors, fine-tuning, "
            "augmentation, ...; can be given several times (default: all that the recipe has).",
        ),
    ] = None,
    seeds: SeedsOption = 3,
    vectors: VectorsOption = None,
    split_file: SplitOption = None,
    rest: RestOption = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the runs go, as SYSTEM/seed-S.")] = Path(
        "runs/ablate"
    ),
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    resamples: ResamplesOption = 10_000,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Leave-one-out ablation of a recipe.

    The recipe is trained in full, and without one component at a time. All systems are trained with the same
    seeds and classify the same test papers. Each is compared with the full recipe as in `arxonomy compare`,
    over papers and seeds, with p-values corrected for the number of components.

    Finished runs are not trained again: the same command resumes where it was stopped, and with more seeds or
    components trains those alone.
    """
    whole, bad = load_recipe_for(recipe, settings or (), among, min_papers), BadRecords(data)

    from arxonomy.studies.ablation import ablate
    from arxonomy.studies.source import LabeledFiles

    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )
    with open_equipment(out, split_file, vectors, device.value, threads, rest) as equipment:
        ablation = ablate(
            whole,
            file,
            components or (),
            seeds=seeds,
            resamples=resamples,
            equipment=equipment,
        )
    publish(ablation.to_dict(), ablation.to_text, as_json=as_json, output=output, bad=bad)
