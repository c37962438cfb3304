"""What the report shows, section by section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arxonomy.evaluation.confusions import PAIRS, find_confused_pairs
from arxonomy.evaluation.groups import MANY
from arxonomy.evaluation.slices import FEW_PAPERS
from arxonomy.evaluation.text_report import format_trend, name_parts
from arxonomy.messages import format_count
from arxonomy.papers.dataset import MEMORY
from arxonomy.records import LISTED_FROM
from arxonomy.rendering import read_script, render
from arxonomy.studies.report.figures import Figure, draw_confidence, draw_months, draw_training

if TYPE_CHECKING:
    from arxonomy.artifacts.epochs import EpochRecord
    from arxonomy.evaluation.scores import ClassScores
    from arxonomy.evaluation.slices import Slice
    from arxonomy.studies.results import Evaluation, Example, Training

LARGEST_MATRIX = 40
"""Categories up to which the confusion matrix is shown; a larger one is unreadable."""
LONG_TABLE = 30
"""Rows beyond which a table is folded, and can be searched and sorted."""
MOST_CONFUSIONS, WORST, MOST_SHARES = 20, 10, 10
"""Of many categories: pairs that are confused, those with the lowest F1, and shares of a stated prior."""
_ABSTRACT = 320  # letters shown of an abstract

_PARTS = {
    "test": "the test papers of the split",
    "validation": "the validation papers of the split, which chose the model",
    "train": "the training papers of the split",
    "all": "all labeled papers of the file",
}

_SCORES = {
    "accuracy": "the exact category",
    "any_listed_accuracy": "any category that the paper lists",
    "top2_accuracy": "the exact one among the two most probable",
    "top5_accuracy": "the exact one among the five most probable",
    "macro_f1": "macro F1, the mean over the categories",
    "balanced_accuracy": "balanced accuracy, the mean recall",
}


@dataclass(frozen=True)
class Column:
    """A column of the table of scores."""

    name: str
    scores: object  # what has the attributes of `_SCORES`, or some of them


@dataclass(frozen=True)
class Row:
    """A row of shares."""

    name: str
    shares: Sequence[float | None]


@dataclass(frozen=True)
class Confusion:
    """A pair of categories that are confused."""

    true: str
    predicted: str
    count: int
    share: float
    examples: Sequence[Example]


@dataclass(frozen=True)
class Sentence:
    """A sentence on the trend: what holds, and the numbers behind it."""

    verdict: str
    numbers: str = ""


@dataclass(frozen=True)
class TrainingSection:
    """How one model was trained: the curves of its epochs, or the settings that were tried."""

    name: str
    count: int = 0
    best: EpochRecord | None = None
    charts: Sequence[Figure] = ()
    chosen: str = ""
    chosen_by: str = ""
    scored: Sequence[str] = ()
    rows: Sequence[Row] = ()


def render_report(evaluation: Evaluation) -> str:
    """Render an evaluation as a page that stands alone.

    All text of papers and files is escaped. The page is the same for the same evaluation. It has a script
    only where a table is long, to search and to sort it.
    """
    scores, about = evaluation.scores, evaluation.about
    in_memory = evaluation.data is not None and evaluation.data.name == MEMORY
    slices = scores.slices
    trainings = [_describe_training(training, number) for number, training in enumerate(evaluation.trainings)]
    sections = {
        "answers": ("How many answers are right", True),
        "listed": ("Which categories a paper is listed in", scores.listed is not None),
        "categories": ("By category", True),
        "confused": ("What is confused", True),
        "hierarchy": ("In the hierarchy of the categories", scores.hierarchy is not None),
        "confidence": ("What a stated confidence is worth", scores.expected_calibration_error is not None),
        "time": ("By month: does it drift?", slices is not None and bool(slices.by_month)),
        "parts": ("By what is given of a paper", bool(evaluation.by_part)),
        "length": ("By length of the text", slices is not None and bool(slices.by_length)),
        "training": ("Training", bool(trainings)),
        "data": ("The labels themselves", evaluation.audit is not None),
        "made": ("How this was measured", True),
    }
    per_class = scores.per_class
    is_long = max(len(per_class), 0 if slices is None else len(slices.by_month)) > LONG_TABLE
    return render(
        "arxonomy.studies.report",
        "report.html.jinja",
        evaluation=evaluation,
        sections=[{"name": name, "title": title} for name, (title, is_there) in sections.items() if is_there],
        kind=about.model.kind if about else "model",
        description=_capitalize(about.model.description) if about else "",
        in_memory=in_memory,
        part="" if in_memory else _PARTS.get(evaluation.part, f"the part {evaluation.part} of the split"),
        unseen=_describe_unseen(evaluation),
        copies=_count_copies(evaluation),
        columns=_list_columns(evaluation),
        rows=list(_list_rows(evaluation)),
        listed_from=LISTED_FROM,
        largest_matrix=LARGEST_MATRIX,
        long_table=LONG_TABLE,
        script=read_script("arxonomy.studies.report", "report.js") if is_long else None,
        prior=sorted((evaluation.prior or {}).items(), key=lambda item: -item[1])[:MOST_SHARES],
        worst=_find_worst(per_class),
        abstract_letters=_ABSTRACT,
        confusions=list(_list_confusions(evaluation)),
        confidence_charts=draw_confidence(scores),
        slices=slices,
        parts=[(name_parts(row.given or ()), row) for row in evaluation.by_part],
        few_papers=FEW_PAPERS,
        trend=_describe_trend(evaluation),
        month_columns=_list_month_columns(slices.by_month if slices else ()),
        month_charts=draw_months(scores),
        trainings=trainings,
    )


def _capitalize(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _describe_unseen(evaluation: Evaluation) -> str:
    """How it is known that the papers are new to the model: `by split`, `by id`, `unknown`, or empty."""
    about = evaluation.about
    if about is None or about.seen or _count_copies(evaluation):
        return ""
    if about.without_id:
        return "unknown"
    # A run scored on all papers that did not see them was scored on others than those of its split.
    return "by split" if about.model.kind == "run" and evaluation.part != "all" else "by id"


def _count_copies(evaluation: Evaluation) -> int:
    """How many papers have a copy among the training papers of a run; a bundle was trained elsewhere."""
    about, audit = evaluation.about, evaluation.audit
    if about is None or about.model.kind != "run" or audit is None or audit.leakage is None:
        return 0
    leakage = audit.leakage.get(evaluation.part)
    return 0 if leakage is None else leakage.copies


def _list_columns(evaluation: Evaluation) -> list[Column]:
    """The columns of the table of scores: the model, its baseline, the papers with several categories."""
    columns = [Column("model", evaluation.scores)]
    if evaluation.baseline:
        columns.append(Column("baseline", evaluation.baseline))
    if several := evaluation.scores.several_categories:
        count = format_count(several.papers, "paper")
        columns.append(Column(f"model, {count} with several categories", several))
    return columns


def _list_rows(evaluation: Evaluation) -> Iterator[Row]:
    for key, name in _SCORES.items():
        if getattr(evaluation.scores, key) is not None:
            scores = [getattr(column.scores, key, None) for column in _list_columns(evaluation)]
            yield Row(name, [getattr(score, "value", score) for score in scores])


def _list_confusions(evaluation: Evaluation) -> Iterator[Confusion]:
    per_class = evaluation.scores.per_class
    most = PAIRS if len(per_class) <= MANY else MOST_CONFUSIONS
    for pair, count in find_confused_pairs(list(per_class), evaluation.scores.confusion, most):
        true, predicted = pair
        examples = evaluation.examples.get(pair, ())
        yield Confusion(true, predicted, count, count / per_class[true].support, examples)


def _find_worst(per_class: Mapping[str, ClassScores]) -> list[str]:
    """The categories with the lowest F1, of those with papers enough."""
    judged = [label for label, row in per_class.items() if row.support >= FEW_PAPERS]
    there = [label for label, row in per_class.items() if row.support]
    return sorted(judged or there, key=lambda label: per_class[label].f1)[:WORST]


def _list_month_columns(months: Sequence[Slice]) -> list[Row]:
    """The columns of the table by month that not all evaluations have, with the share of each month."""
    columns: dict[str, Callable[[Slice], float | None]] = {
        "among the five most probable": lambda row: row.top5_accuracy,
        "any listed category": lambda row: row.any_listed_accuracy,
        "F1 of lists": lambda row: row.listed.micro_f1 if row.listed else None,
        "macro F1 of lists": lambda row: row.listed.macro_f1 if row.listed else None,
        "calibration error of lists": lambda row: (
            row.listed.expected_calibration_error if row.listed else None
        ),
    }
    rows = [Row(name, [read(month) for month in months]) for name, read in columns.items()]
    return [row for row in rows if any(share is not None for share in row.shares)]


def _describe_trend(evaluation: Evaluation) -> list[Sentence]:
    """Sentences on the change of accuracy: a verdict, and the numbers behind it."""
    slices = evaluation.scores.slices
    if slices is None or slices.trend is None:
        return [Sentence("Too few papers, or months, for a trend")]
    sentences = [_capitalize(sentence).partition(":") for sentence in format_trend(slices.trend)]
    return [Sentence(verdict, colon + numbers) for verdict, colon, numbers in sentences]


def _describe_training(training: Training, number: int) -> TrainingSection:
    if training.epochs:
        return TrainingSection(
            training.name,
            count=len(training.epochs),
            best=max(training.epochs, key=lambda record: record.validation_accuracy),
            charts=draw_training(training, number),
        )
    names = list(training.tried[0])
    scored = [name for name in names if name in ("accuracy", "macro_f1", "balanced_accuracy")]
    rows = []
    for line in training.tried:
        values = [f"{name} = {line[name]}" for name in names if name not in scored]
        rows.append(Row(", ".join(values) or "the only one", [float(line[name]) for name in scored]))
    return TrainingSection(
        training.name,
        chosen=", ".join(f"{name} = {value}" for name, value in training.chosen.items()),
        chosen_by=training.chosen_by,
        scored=[name.replace("_", " ") for name in scored],
        rows=rows,
    )
