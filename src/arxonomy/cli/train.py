"""`arxonomy train`: labeled papers and a recipe in, a run folder out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from enum import StrEnum
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
    LabeledArgument,
    MinPapersOption,
    RestOption,
    SettingsOption,
    SplitOption,
    StrictOption,
    ThreadsOption,
    VectorsOption,
    check_rest_option,
    format_columns,
    load_recipe_for,
    parse_columns,
)
from arxonomy.cli.shared import get_command_line
from arxonomy.cli.teachers import CrossFitOption, TeacherOption, UnlabeledOption, make_lesson
from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run

EXAMPLES = """
Example: arxonomy train papers.csv --recipe v1
Example: arxonomy train papers.csv --recipe v1 --seed 7 --set training.epochs=10 --resume
Example: arxonomy train papers.csv --recipe logistic --among 'ML=cs.LG+stat.ML,cs.CL' --min-papers 3
Example: arxonomy train papers.csv --recipe my.toml --vectors glove.txt --out runs/mine
Example: arxonomy train papers.csv --on-packaged
Example: arxonomy train papers.csv --recipe linear-svm --taxonomy subjects.ttl
Example: arxonomy train papers.csv --recipe v1 --init runs/of-all-categories
Example: arxonomy train old.parquet new.parquet --split-file split.csv --rest train --recipe linear-svm
Example: arxonomy train papers.csv --recipe v1 --teacher linear-svm --teacher v1 --unlabeled more.jsonl
Example: torchrun --nproc-per-node 2 -m arxonomy train papers.csv --recipe arxonomy --out runs/shared
"""


class Tracker(StrEnum):
    """What else gets the numbers of each epoch."""

    tensorboard = "tensorboard"


InitOption = Annotated[
    Path | None,
    typer.Option(
        "--init",
        metavar="RUN|BUNDLE",
        help="Finished run or bundle of the same architecture whose weights training starts from; its labels "
        "and words may be others (default: at random).",
    ),
]
TaxonomyOption = Annotated[
    Path | None,
    typer.Option(
        "--taxonomy",
        metavar="FILE",
        help="Your own hierarchy of the labels, with their names, kept with the model: CSV with the columns "
        "category, name and broader, or one column for each level; or SKOS in Turtle or RDF/XML (default: "
        "arXiv's where the labels are its categories).",
    ),
]


def command(
    data: LabeledArgument,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE.toml", help="Recipe to train; `arxonomy recipes` lists the names."),
    ] = None,
    on_packaged: Annotated[
        bool,
        typer.Option(
            "--on-packaged",
            help="Short for --recipe network-head: a linear head on what the packaged model reads, for 30 to "
            "5,000 papers with labels of your own; takes seconds, and no PyTorch.",
        ),
    ] = False,
    on: Annotated[
        Path | None,
        typer.Option("--on", metavar="BUNDLE", help="The same on the model of this bundle."),
    ] = None,
    vectors: VectorsOption = None,
    taxonomy: TaxonomyOption = None,
    init: InitOption = None,
    teacher: TeacherOption = None,
    unlabeled: UnlabeledOption = None,
    cross_fit: CrossFitOption = None,
    split_file: SplitOption = None,
    rest: RestOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Run folder (default: runs/RECIPE-seedN).")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Short for --set training.seed=N; the seeds of an ensemble's members are drawn from it.",
        ),
    ] = None,
    among: AmongOption = None,
    min_papers: MinPapersOption = None,
    settings: SettingsOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume the run that was stopped, if there is one.")
    ] = False,
    track: Annotated[
        Tracker | None,
        typer.Option(
            help="Write the numbers of each epoch for TensorBoard too, into the run folder; needs the extra "
            "tensorboard. They are in its epochs.jsonl in any case."
        ),
    ] = None,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
) -> None:
    """Train a recipe on labeled papers.

    Prints one line of JSON per epoch. A run can be stopped at any time; the same command with --resume
    resumes it and ends with the same weights as if it had never been stopped.

    The members of an ensemble are trained one after the other, into folders of the run; --set and the
    settings of the ensemble's recipe change the recipes of all members.

    A baseline is fitted with each combination of the settings to try, and the validation papers choose; a
    line is printed for each.

    With --init a network starts from what another run has learned. A run that has seen the text of a paper
    that this one is validated or tested on is refused. A bundle names what it has seen by ids alone, so that
    these papers need ids.

    With --teacher a network learns from the probabilities of other models: those for the papers of
    --unlabeled files (training.unlabeled_ratio of them for each labeled paper in an epoch), and, as far as
    training.teacher_share says, those for its training papers. A teacher answers no paper that it was trained
    on with its label.

    Several processes, one for each GPU or group of cores, train one network under torchrun, as in the example
    below: each step then learns from training.batch_size papers of each process (docs/scaling.md).

    Papers without a label, or with a word for none such as nan or N/A, are counted and left out.
    """
    from arxonomy.runtime import read_processes, set_torch_threads
    from arxonomy.studies.source import LabeledFiles
    from arxonomy.studies.train import choose_folder, choose_parts, require_packages

    mapping = parse_columns(column)
    chosen_rest = check_rest_option(rest, split_file)
    name, overrides = _choose_recipe(recipe, on_packaged, on)
    overrides += [*(settings or ()), *([] if seed is None else [f"training.seed={seed}"])]
    resolved = load_recipe_for(name, overrides, among, min_papers)
    require_packages(resolved)
    folder = choose_folder(resolved, out)
    processes = read_processes()

    from arxonomy.cli.progress import Bar, QuietBar
    from arxonomy.taxonomy import read_taxonomy
    from arxonomy.training.job import TrainingJob
    from arxonomy.training.train import check_together, train

    check_together(resolved, processes, taught=bool(teacher or unlabeled))
    callbacks = []
    if track is not None:
        from arxonomy.training.tensorboard import TensorBoardCallback

        callbacks = [TensorBoardCallback()]
    set_torch_threads(threads)
    bad = BadRecords(data)
    unread = [BadRecords(path) for path in unlabeled or ()]
    lesson = make_lesson(teacher, unlabeled, cross_fit, unread, mapping, encoding, strict=strict)
    try:
        file = LabeledFiles(data, mapping, encoding=encoding, strict=strict, on_bad=bad, on_read=bad.sum_up)
        dataset = file.read(resolved.data)
        parts = choose_parts(dataset, resolved, split_file, folder, chosen_rest)
        own = None if taxonomy is None else read_taxonomy(taxonomy, dataset.labels)
        job = TrainingJob(
            dataset,
            parts,
            resolved,
            folder,
            vectors,
            device.value,
            get_command_line(),
            init,
            taxonomy=own,
            threads=threads,
            processes=processes,
            callbacks=callbacks,
        )
        if lesson is not None:
            from arxonomy.studies.teaching import teach

            with QuietBar() as quiet:
                job = teach(job, lesson, resume=resume, reporter=quiet)
        with Bar() as bar:
            run = train(job, resume=resume, reporter=bar)
    except KeyboardInterrupt:
        say("stopped", "hint: resume with the same command and `--resume`")
        raise typer.Exit(130) from None
    if processes.rank:
        return  # torchrun ends all processes when one of them reports bad records
    _print_summary(run, data, format_columns(column, encoding))
    if any(own.count for own in (bad, *unread)):
        raise typer.Exit(1)


def _choose_recipe(recipe: str | None, on_packaged: bool, on: Path | None) -> tuple[str, list[str]]:
    """Choose the recipe, and what the options of its network override.

    Raises:
        typer.BadParameter: None of the three is given, or several are.
    """
    if sum([recipe is not None, on_packaged, on is not None]) != 1:
        raise typer.BadParameter(
            "expected one of --recipe NAME, --on-packaged and --on BUNDLE", param_hint="--recipe"
        )
    network = [] if on is None else [f"baseline.network={json.dumps(str(on), ensure_ascii=False)}"]
    return recipe or "network-head", network


def _print_summary(run: Run, data: Sequence[Path], columns: str) -> None:
    from arxonomy.artifacts.validation import read_validation

    metrics = run.metrics()
    assert metrics is not None  # training has ended
    scores = metrics.get_scores("validation")
    assert scores is not None
    folder = shlex.quote(str(run.folder))
    say(f"run: {run.folder}")
    if metrics.diversity:
        members = ", ".join(f"{accuracy:.2%}" for accuracy in metrics.diversity.member_accuracies)
        best = f"validation accuracy of the members: {members}; together"
    elif metrics.chosen is not None:
        entry = ", ".join(f"{name} {json.dumps(value)}" for name, value in metrics.chosen.items())
        best = f"best of {len(metrics.tried)} settings: {entry}; " if entry else ""
        best += "validation accuracy"
    else:
        best = f"best epoch: {metrics.best_epoch}, with validation accuracy"
    say(f"{best} {scores.accuracy.value:.2%} and macro F1 {scores.macro_f1:.4f}")
    if few := read_validation(run).describe_few():
        say(f"calibrated on {few}: few, so its probabilities are rough")
    say(f"hint: evaluate it with `arxonomy evaluate {folder} {shlex.join(map(str, data))}{columns}`")
    out = shlex.quote(f"{run.folder}-bundle")
    say(f"hint: export it with `arxonomy export {folder} --out {out}`")
