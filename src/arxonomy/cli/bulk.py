"""`arxonomy bulk`: millions of papers in, a folder of Parquet out."""

from __future__ import annotations

import csv
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.levels import BackOffOption, LevelOption, check_back_off, find_asked_levels
from arxonomy.cli.options import (
    ColumnOption,
    EncodingOption,
    JsonOption,
    MinConfidenceOption,
    ModelOption,
    ViewOption,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.priors import StatedPriorOption, state_prior
from arxonomy.messages import format_count, say
from arxonomy.records import TOP_K

if TYPE_CHECKING:
    from arxonomy.bulk import BulkSummary, OutputFolder, Share

EXAMPLES = """
Example: arxonomy bulk papers.parquet answers
Example: arxonomy bulk 'snapshots/*.jsonl' answers --workers 8
Example: arxonomy bulk papers.parquet answers --keep-columns doi,year
Example: arxonomy bulk papers.parquet answers --shard 2/8
Example: arxonomy bulk 'papers/*.parquet' answers --engine ray
"""


class Engine(StrEnum):
    """What runs the processes."""

    local = "local"
    ray = "ray"


def command(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            show_default=False,
            help="Parquet, JSON lines, CSV or any other format of `classify`; also patterns in quotes, as in "
            "'papers/*.parquet'.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            show_default=False,
            help="Folder of the answers: new, empty, or that of a run to resume.",
        ),
    ],
    model: ModelOption = None,
    top_k: Annotated[
        int, typer.Option(min=1, metavar="K", help="Number of categories in a prediction.")
    ] = TOP_K,
    min_confidence: MinConfidenceOption = None,
    level: LevelOption = None,
    back_off: BackOffOption = None,
    among: ViewOption = None,
    prior: StatedPriorOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    keep_columns: Annotated[
        str | None,
        typer.Option(
            "--keep-columns",
            metavar="NAMES",
            help="Columns of your files that the answers have too, as text, as in doi,year (default: none).",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes, of one thread each (default: one per core; with --engine ray one per core of "
            "the cluster but for one).",
        ),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="What runs the processes: this machine, or the Ray cluster at RAY_ADDRESS."),
    ] = Engine.local,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="Do only this share of the work, as in 2/8; several shares may run at once, into the same "
            "OUT (default: all).",
        ),
    ] = None,
    shard_size: Annotated[
        int, typer.Option(min=1, metavar="N", help="Most papers of a shard, where a file can be cut.")
    ] = 20_000,
    any_processor: Annotated[
        bool,
        typer.Option(
            "--any-processor",
            help="Let processors of several kinds work on OUT. Their probabilities differ in the last "
            "digits, so that files are no longer the same to the byte.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Classify very many papers into a folder of Parquet, with all cores or on a cluster.

    OUT gets files of Parquet, in the order of the papers, with the fields of `classify` and the file that
    each paper is of. Each is written atomically, so that a run that was stopped, killed or whose
    disk was full is resumed by the same command. With another model, other options or files that have
    changed, the command is refused.

    Parquet and JSON lines are cut into shards of --shard-size papers, for all cores. A table and a compressed
    file can only be read from the start, by one of them.

    Bad records are left out, and listed with file, line and reason in OUT/_arxonomy/*.bad.jsonl; the exit
    status is then 1. A damaged row group of Parquet costs that row group.
    """
    check_back_off(back_off, min_confidence)
    mapping, view, share = parse_columns(column), parse_labels(among), _parse_share(shard)
    kept = tuple(next(csv.reader([keep_columns], skipinitialspace=True))) if keep_columns else ()
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(
            f"expected a folder for the answers as the last argument, found the file {out}", param_hint="OUT"
        )

    from arxonomy.artifacts.installed import find_model
    from arxonomy.bulk import ModelSource, Options, OutputFolder, classify_files, make_plan
    from arxonomy.bulk.ray import MOST_TASKS, run_on_ray, work_on_ray
    from arxonomy.bulk.workers import work
    from arxonomy.cli.progress import PapersBar
    from arxonomy.inference import load
    from arxonomy.runtime import count_cores

    found = find_model(model)
    source = None if found.origin == "package" else found.folder  # all workers load this one
    classifier = state_prior(load(found.folder, among=view, threads=1), prior)
    find_asked_levels(classifier, level, back_off)
    options = Options(
        top_k=top_k,
        min_confidence=min_confidence,
        level=level,
        back_off=back_off,
        columns=mapping,
        encoding=encoding,
        keep_columns=kept,
        shard_size=shard_size,
        any_processor=any_processor,
    )
    folder = OutputFolder(out)
    plan = make_plan(files, classifier, options)
    shares = dict(zip(classifier.labels, classifier.prior, strict=True)) if classifier.prior else None
    del classifier  # each worker loads its own
    run = run_on_ray if engine is Engine.ray else None
    try:
        with PapersBar(plan) as bar:
            summary = classify_files(
                plan,
                ModelSource(source, view, shares),
                folder,
                workers=workers or (count_cores() if run is None else MOST_TASKS),
                share=share,
                engine=run,
                function=work if run is None else work_on_ray,
                on_start=bar.start,
                on_event=bar.tell,
            )
    except KeyboardInterrupt:
        say("stopped; finished shards stay, and the same command resumes")
        raise typer.Exit(130) from None
    finally:
        folder.close()
    for failed in summary.failed:
        say(f"error: {failed.shard} is not done: {failed.reason}")
    say(_sum_up(summary, folder, share))
    if as_json:
        print(json.dumps(summary.to_dict()))
    if summary.bad_records or summary.failed:
        raise typer.Exit(1)


def _parse_share(text: str | None) -> Share:
    from arxonomy.bulk.bulk import ALL, Share

    if text is None:
        return ALL
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise typer.BadParameter(
            f"expected I/N with I from 1 to N, as in 2/8; found {text}", param_hint="--shard"
        )
    return Share(int(number), int(count))


def _sum_up(summary: BulkSummary, folder: OutputFolder, share: Share) -> str:
    parts = [
        f"classified {format_count(summary.papers, 'paper')} in {format_count(summary.shards, 'shard')}: "
        f"{folder.path}"
    ]
    if summary.resumed:
        parts.append(f"{summary.resumed:,} of these shards were done before")
    if summary.new_papers:
        parts.append(f"{summary.new_papers / summary.seconds:,.0f} papers per second")
    if summary.bad_records:
        records = format_count(summary.bad_records, "bad record")
        parts.append(f"{records} left out, see {folder.facts / '*.bad.jsonl'}")
    if share.count > 1 or summary.missing:
        whole = "nothing" if not summary.missing else format_count(summary.missing, "shard")
        parts.append(
            f"of the whole, {whole} is missing"
            if summary.missing < 2
            else f"of the whole, {whole} are missing"
        )
    return "; ".join(parts)
