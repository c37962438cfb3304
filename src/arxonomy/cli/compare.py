"""`arxonomy compare`: several models on the same papers, and whether they differ."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import (
    AmongOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    JsonOption,
    NumbersOption,
    ResamplesOption,
    StrictOption,
    ThreadsOption,
    convert_to_usage_error,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.shared import DisagreementsOption, SeedOption, publish_comparison
from arxonomy.errors import RunError
from arxonomy.messages import say
from arxonomy.studies.selection import check_split, parse_part
from arxonomy.studies.source import LabeledFiles

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.inference import Classifier

EXAMPLES = """
Example: arxonomy compare runs/v1-seed42 runs/baseline-seed42 --data papers.csv
Example: arxonomy compare runs/v1-seed* runs/v3-seed* --data papers.csv --disagreements papers-that-differ.csv
Example: arxonomy compare one-bundle other-bundle --data new-papers.csv --json
"""


def command(
    models: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|BUNDLE", show_default=False, help="Run folders or bundles."),
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA",
            help="Labeled papers; for runs, see --split and --split-file. Several files, each with "
            "--data, are read as one, in this order.",
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="PART",
            help="Part to evaluate: test, validation, train, all, or another name in --split-file (default: "
            "test; all for bundles without --split-file).",
        ),
    ] = None,
    split_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with the columns split and row or id."),
    ] = None,
    pool: Annotated[
        bool, typer.Option("--pool/--no-pool", help="Models that differ in their seed alone are one system.")
    ] = True,
    among: AmongOption = None,
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
    """Compare models on the same papers: scores, confidence intervals, significance, speed.

    Models of one recipe that differ in the seed alone are one system: its scores are the means over the
    seeds. Intervals are a bootstrap over papers, with the same resamples for all systems. A difference is
    significant if McNemar's exact test over the papers says so and, where there are several seeds, the test
    over papers and seeds too; with several pairs, after Holm's correction.

    With --among, a model that knows more labels answers among the named ones alone, as `arxonomy classify
    --among` does, so that it can be compared with a model that was trained on these.

    To compare recipes by cross-validation, see `arxonomy cross-validate`.
    """
    from arxonomy.artifacts.saved_model import open_model
    from arxonomy.inference import load
    from arxonomy.papers import check_readable_twice
    from arxonomy.runtime import count_cores
    from arxonomy.studies.compare import score_contest
    from arxonomy.studies.systems import classify_same_papers

    if not data:
        raise typer.BadParameter(_describe_data(models), param_hint="--data")
    check_readable_twice(data)
    saved = [open_model(model) for model in models]
    split = parse_part(split)
    with convert_to_usage_error("--split"):
        check_split(saved, split, split_file)
    bad, threads = BadRecords(data), threads or count_cores()
    file = LabeledFiles(
        data, parse_columns(column), encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up
    )

    def load_model(model: SavedModel) -> Classifier:
        chosen = device.value if model.recipe.baseline is None else "auto"  # a baseline has no choice
        return load(model.path, threads=threads, device=chosen)

    contest = classify_same_papers(
        saved,
        file,
        split=split,
        split_file=split_file,
        among=parse_labels(among),
        pool=pool,
        load=load_model,
    )
    if len(models) > len(contest.systems) == 1:
        say(
            "note: these differ in the seed alone and are one system",
            "hint: keep them apart with `--no-pool`",
        )
    comparison = score_contest(contest, file.describe(), resamples=resamples, seed=seed, threads=threads)
    publish_comparison(comparison, disagreements, as_json=as_json, output=output, bad=bad)


def _describe_data(models: Sequence[Path]) -> str:
    """What to give as --data, if a run says it; a damaged one is skipped."""
    from arxonomy.artifacts.run import Run

    for model in models:
        with suppress(RunError):
            data = Run(model).info().data
            return (
                f"give the labeled papers that {model} was trained on: {data.name}, "
                f"{data.papers:,} papers, sha256 {data.sha256[:12]}..."
            )
    return "give a file of labeled papers"
