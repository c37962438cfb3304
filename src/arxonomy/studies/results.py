"""What the evaluation of a model gives: scores, and what is needed to judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.auditing import AuditSummary
from arxonomy.evaluation.confusions import Pair
from arxonomy.evaluation.results import Interval, Result
from arxonomy.evaluation.scores import Scores
from arxonomy.evaluation.slices import Slice
from arxonomy.evaluation.text_report import format_parts
from arxonomy.sanitize import clean_for_terminal
from arxonomy.studies.provenance import DataSource, Origin

if TYPE_CHECKING:
    from arxonomy.artifacts.facts import Line


class BaselineDifference(Result):
    """A model compared with its baseline on the same papers: model - baseline."""

    accuracy: Interval
    """The difference of the accuracies."""
    only_first_right: int
    """Papers that only the model gets right."""
    only_second_right: int
    """Papers that only the baseline gets right."""
    test: str
    """The statistical test."""
    p_value: float
    """Its p-value."""
    better: bool
    """Whether the difference is significant."""


class BaselineScores(Result):
    """The scores of a baseline, and how the model differs from it."""

    name: str
    """As it is shown."""
    description: str
    """What it is, as the end of a sentence."""
    seen: int
    """How many of the papers it was trained on or chosen by."""
    made: Origin
    """Where it is from."""
    accuracy: Interval
    """See `Scores`, as for the others."""
    any_listed_accuracy: float | None = None
    """See `Scores`."""
    top2_accuracy: float
    """See `Scores`."""
    top5_accuracy: float | None = None
    """See `Scores`."""
    macro_f1: float
    """See `Scores`."""
    balanced_accuracy: float | None = None
    """See `Scores`."""
    log_loss: float | None = None
    """See `Scores`."""
    expected_calibration_error: Interval | None = None
    """See `Scores`."""
    comparison: BaselineDifference | None
    """Model - baseline; None where a difference means nothing."""

    def to_text(self) -> str:
        """One line: the accuracy, and its difference from the model's."""
        name, accuracy = clean_for_terminal(self.name), self.accuracy
        line = f"baseline {name}: accuracy {accuracy.value:.2%} ({accuracy.low:.2%} to {accuracy.high:.2%})"
        if self.comparison is None:
            return line
        gap = self.comparison.accuracy
        return (
            f"{line}; model minus baseline {100 * gap.value:+.2f} points ({100 * gap.low:+.2f} to "
            f"{100 * gap.high:+.2f}, p = {self.comparison.p_value:.2g})"
        )


class ViewScores(Result):
    """How much of the answers is outside of a view, whose renormalized answers the scores are of."""

    among: str
    """The categories of the view, and the labels of the model that they are made of."""
    none_of_these: float
    """Share of the papers that are answered "none of these": more than half of the probability is outside."""
    outside: float
    """The probability outside, on average."""

    def to_text(self) -> str:
        """One line."""
        return (
            f"among {clean_for_terminal(self.among)}: {self.none_of_these:.2%} of the papers are answered "
            f'"none of these"; {self.outside:.2%} of the probability is outside'
        )


class AtypicalScores(Result):
    """How many papers get no category, as atypical of a model's field.

    All other scores count them with their most probable category.
    """

    papers: int
    """How many."""
    share: float
    """Their share of all papers."""
    accuracy: float | None = None
    """Share of them whose most probable category is right; None where there are none."""

    def to_text(self) -> str:
        """One line."""
        right = "" if self.accuracy is None else f"; of these {self.accuracy:.2%} would be right"
        return f"outside of the model's field: {self.papers:,} ({self.share:.2%}) get no category{right}"


class About(Result):
    """What a report tells about the model and the measurement."""

    model: Origin
    """Where the model is from."""
    seen: int
    """How many of the papers it was trained on or chosen by."""
    without_id: int
    """Papers of which that is not known, since they have no id of their own."""
    versions: dict[str, str]
    """Versions of what measured."""


@dataclass(frozen=True)
class Example:
    """A paper that a model classified wrongly."""

    id: str
    """Its id."""
    title: str
    """Its title."""
    abstract: str
    """Its abstract."""
    categories: Sequence[str]
    """All categories that it lists."""
    answer: float
    """The probability of the predicted category."""
    truth: float
    """The probability of the true category."""


@dataclass(frozen=True)
class Training:
    """How one model was trained."""

    name: str
    """As it is shown."""
    epochs: Sequence[EpochRecord] = ()
    """The finished epochs; empty for a baseline."""
    tried: Sequence[Line] = ()
    """The settings of a baseline that were tried, with their validation scores."""
    chosen: Line = field(default_factory=dict)
    """The settings that were chosen."""
    chosen_by: str = ""
    """The score that chose them."""


@dataclass(frozen=True)
class Evaluation:
    """A model's scores on labeled papers, and what is needed to judge them."""

    scores: Scores
    """The scores."""
    model: str
    """The model's name."""
    part: str
    """Which papers were scored: `test`, `validation`, `train` or `all`."""
    data: DataSource | None = None
    """Their file, or `memory`."""
    command: str | None = None
    """The command that gives these scores."""
    prior: Mapping[str, float] | None = None
    """The class prior that was stated, if one was."""
    view: ViewScores | None = None
    """What is outside of the view that was scored, if there is one."""
    atypical: AtypicalScores | None = None
    """The papers that are refused as atypical of the model's field, if it can tell."""
    by_part: Sequence[Slice] = ()
    """The scores of whole papers, titles alone and abstracts alone; empty unless asked for."""
    baseline: BaselineScores | None = None
    """A baseline on the same papers."""
    audit: AuditSummary | None = None
    """An audit of the labels."""
    about: About | None = None
    """Where the model is from, and what it has seen."""
    examples: Mapping[Pair, Sequence[Example]] = field(default_factory=dict)
    """(true, predicted) label -> papers that were confused so; shown in a report."""
    trainings: Sequence[Training] = ()
    """How the model, or each member of an ensemble, was trained; shown in a report."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The human names of categories that have one; shown in a report."""

    def to_dict(self) -> dict[str, Any]:
        """The scores and what belongs to them, as JSON has them; what is missing is left out."""
        facts = {
            "prior": self.prior,
            "view": self.view and self.view.to_dict(),
            "atypical": self.atypical and self.atypical.to_dict(),
            "model": self.model,
            "data": self.data and self.data.to_dict(),
            "part": self.part,
            "command": self.command,
            "by_part": [row.to_dict() for row in self.by_part] or None,
            "baseline": self.baseline and self.baseline.to_dict(),
            "audit": self.audit and self.audit.to_dict(),
            "about": self.about and self.about.to_dict(),
        }
        return self.scores.to_dict() | {key: value for key, value in facts.items() if value is not None}

    def to_text(self) -> str:
        """The scores as text, with a line for each of what is known beside them, and a table by part."""
        lines = [row.to_text() for row in (self.view, self.atypical, self.baseline) if row]
        text = self.scores.to_text(lines)
        return "\n".join([text, "", *format_parts(self.by_part)]) if self.by_part else text

    def to_html(self) -> str:
        """A report: one HTML page that stands alone. It is the same for the same evaluation."""
        from arxonomy.studies.report import render_report

        return render_report(self)
