"""`arxonomy cross-validate`: recipes compared by cross-validation."""

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
    SettingsOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    load_recipe_for,
    parse_columns,
)
from arxonomy.cli.shared import DisagreementsOption, SeedOption, open_equipment, publish_comparison
from arxonomy.cli.teachers import CrossFitOption, TeacherOption, UnlabeledOption, make_lesson

EXAMPLES = """
Example: arxonomy cross-validate papers.csv --recipe v1 --recipe linear-svm --vectors glove.txt
Example: arxonomy cross-validate papers.csv --recipe v1 --folds 10 --split-file folds.csv --json
Example: arxonomy cross-validate papers.csv --recipe arxonomy-taught --teacher linear-svm --unlabeled more.csv
"""


def command(
    data: LabeledArgument,
    recipes: Annotated[
        list[str],
        typer.Option("--recipe", metavar="NAME|FILE.toml", help="Network or baseline; several can be given."),
    ],
    folds: Annotated[int, typer.Option(min=2, metavar="K", help="Number of folds.")] = 5,
    split_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with the columns fold and row or id, instead of new folds."),
    ] = None,
    vectors: VectorsOption = None,
    teacher: TeacherOption = None,
    unlabeled: UnlabeledOption = None,
    cross_fit: CrossFitOption = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the runs go, as RECIPE/fold-K.")] = Path(
        "runs/cv"
    ),
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    settings: SettingsOption = None,
    disagreements: DisagreementsOption = None,
    as_json: JsonOption = False,
    output: NumbersOption = None,
    resamples: ResamplesOption = 10_000,
    seed: SeedOption = 0,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Cross-validate recipes, so that every paper is a test paper once.

    Each recipe is trained once per fold, without the papers of that fold and their copies; the scores, tests
    and speeds are those of `arxonomy compare`, over all papers.

    With --teacher, the recipes that set training.teacher_share learn from teachers as in `arxonomy train`; of
    a teacher that is a recipe, --cross-fit many are trained for each fold, without its papers.

    Finished folds are not trained again: the same command resumes where it was stopped.
    """
    loaded = [load_recipe_for(name, settings or (), among, min_papers) for name in recipes]
    bad = BadRecords(data)

    from arxonomy.studies.cross_validation import cross_validate
    from arxonomy.studies.source import LabeledFiles

    columns = parse_columns(column)
    file = LabeledFiles(data, columns, encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up)
    unread = [BadRecords(path) for path in unlabeled or ()]
    lesson = make_lesson(teacher, unlabeled, cross_fit, unread, columns, encoding, strict=strict)
    with open_equipment(out, split_file, vectors, device.value, threads, lesson=lesson) as equipment:
        comparison = cross_validate(
            loaded,
            file,
            folds=folds,
            resamples=resamples,
            seed=seed,
            equipment=equipment,
        )
    publish_comparison(comparison, disagreements, as_json=as_json, output=output, bad=bad)
    if any(own.count for own in unread):
        raise typer.Exit(1)
