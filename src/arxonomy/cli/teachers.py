"""The options of who teaches a network, and on which papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arxonomy.cli.bad_records import BadRecords
    from arxonomy.studies.teaching import Lesson

TeacherOption = Annotated[
    list[str] | None,
    typer.Option(
        "--teacher",
        metavar="RUN|RECIPE",
        help="Model whose answers are learned too: a finished run with the same labels, or a recipe, of "
        "which --cross-fit many are trained first; of several the answers are averaged.",
    ),
]
UnlabeledOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--unlabeled",
        metavar="FILE",
        help="Papers for the teachers to answer; can be given several times. Labels in it are not read.",
    ),
]
CrossFitOption = Annotated[
    int | None,
    typer.Option(
        "--cross-fit",
        min=1,
        metavar="K",
        help="Teachers of each recipe: each is trained without one of K parts of the training papers, and "
        "answers that part; 1 trains one on all (default: 5).",
    ),
]


def make_lesson(
    teachers: Sequence[str] | None,
    unlabeled: Sequence[Path] | None,
    cross_fit: int | None,
    bad: Sequence[BadRecords],
    columns: Mapping[str, str],
    encoding: str | None,
    *,
    strict: bool,
) -> Lesson | None:
    """Make the lesson that these options state; None where none of them is given.

    Args:
        teachers: `--teacher`.
        unlabeled: `--unlabeled`.
        cross_fit: `--cross-fit`.
        bad: What collects the bad records of each unlabeled file.
        columns: Field of a paper -> the files' column.
        encoding: Encoding of the files.
        strict: Stop at the first bad record.
    """
    if not (teachers or unlabeled or cross_fit):
        return None
    from arxonomy.studies.teaching import Lesson
    from arxonomy.studies.unlabeled import UnlabeledFile

    files = [
        UnlabeledFile(path, columns, encoding, strict, own, own.sum_up)
        for path, own in zip(unlabeled or (), bad, strict=True)
    ]
    return Lesson(teachers or (), files, cross_fit)
