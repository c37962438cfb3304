"""A model and the papers of the months after its training -> a `Drift`: is it time to train again?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.installed import find_model
from arxonomy.artifacts.saved_model import SavedModel, choose_scores, open_model
from arxonomy.errors import DataError, SettingsError, needs_extra
from arxonomy.evaluation import measure_outcomes
from arxonomy.evaluation.drift import WORTH, MonthAnswers, judge, make_reference, measure_month
from arxonomy.evaluation.drift_results import MonthDrift, NewWord, Reference, Verdict
from arxonomy.evaluation.drift_text import format_drift
from arxonomy.inference import Classifier, load
from arxonomy.label_names import normalize_label
from arxonomy.papers.dates import find_days, find_months, month_of
from arxonomy.records import ATYPICAL_BELOW, AnyPath, Paper
from arxonomy.sanitize import clean_for_terminal
from arxonomy.studies.provenance import Basis, DataSource, make_basis
from arxonomy.studies.source import Source, open_papers
from arxonomy.studies.views import Scored
from arxonomy.text import tokenize

if TYPE_CHECKING:
    from arxonomy.papers import AnyFiles

_FEWEST, _WORDS = 5, 50  # papers of a new word, and new words that are kept of a month


@dataclass(frozen=True)
class LeftOut:
    """Papers that were read and not measured."""

    undated: int = 0
    """Papers without a month that can be read."""
    earlier: int = 0
    """Papers of the months that the model was trained on, or of those up to the stated one."""
    seen: int = 0
    """Later papers that the model was trained on or chosen by, recognized by their ids."""
    unknown_labels: Mapping[str, int] = field(default_factory=dict)
    """Category that the model does not know -> its later papers, most frequent first."""

    def to_text(self) -> str:
        """One line; empty where there are none."""
        counts = {
            "without a month": self.undated,
            "of the months of its training": self.earlier,
            "that it has seen": self.seen,
        }
        parts = [f"{count:,} {what}" for what, count in counts.items() if count]
        if self.unknown_labels:
            named = ", ".join(
                f"{label} ({count:,})" for label, count in list(self.unknown_labels.items())[:10]
            )
            parts.append(
                f"{sum(self.unknown_labels.values()):,} of categories that it does not know: "
                f"{clean_for_terminal(named)}"
            )
        return f"papers left out: {'; '.join(parts)}" if parts else ""


@dataclass(frozen=True)
class Drift:
    """How a model does on the papers of the months after its training."""

    model: str
    """The model's name."""
    after: str | None
    """The month of the newest paper that counts as its training's; None where it is not known, so that all
    papers that it has not seen are measured."""
    reference: Reference | None
    """The model's own scores; None where it has none."""
    months: tuple[MonthDrift, ...]
    """The months, in order."""
    verdict: Verdict
    """Whether to train again."""
    left_out: LeftOut
    """Papers that are not measured."""
    basis: Basis
    """What the numbers rest on."""

    def to_dict(self) -> dict[str, Any]:
        """All numbers, as JSON has them."""
        left_out = {
            "undated": self.left_out.undated,
            "earlier": self.left_out.earlier,
            "seen": self.left_out.seen,
        }
        return {
            "model": self.model,
            "after": self.after,
            "reference": self.reference and self.reference.to_dict(),
            "months": [month.to_dict() for month in self.months],
            "verdict": self.verdict.to_dict(),
            "left_out": {**left_out, "unknown_labels": dict(self.left_out.unknown_labels)},
            **self.basis.to_dict(),
        }

    def to_text(self) -> str:
        """A table by month, what has changed, and the verdict."""
        until = f", with papers until {self.after}" if self.after else ""
        lines = [f"{clean_for_terminal(self.model)}{until}"]
        lines += filter(None, [self.left_out.to_text()])
        lines += format_drift(self.months, self.reference)
        return "\n".join([*lines, "", self.verdict.to_text()])

    def to_html(self) -> str:
        """A report: one HTML page that stands alone."""
        from arxonomy.studies.report import render_drift

        return render_drift(self)


@needs_extra("train", "measuring drift")
def drift(
    model: AnyPath | SavedModel | None,
    papers: AnyFiles | Source | Sequence[Paper],
    *,
    labeled: bool = True,
    after: str | None = None,
    threshold: float = WORTH,
    resamples: int = 2000,
    seed: int = 0,
) -> Drift:
    """Measure a model on papers of the months after its training, and judge whether to train again.

    >>> found = arxonomy.drift("my-bundle", "newest.csv")  # doctest: +SKIP
    >>> found.verdict.retrain  # doctest: +SKIP
    False

    Args:
        model: A run folder or a bundle; None: the one that `arxonomy.load()` loads.
        papers: A file, several, or papers; each needs a date, or an arXiv id.
        labeled: Whether they have categories. False: what can be said without is measured, and categories
            that there are are not read.
        after: The last month of the training, as in `2026-01`; papers of later months are measured. None: as
            the model says, and where it does not, all that it has not seen.
        threshold: Least drop in accuracy that is worth a new training, in 0..1.
        resamples: Number of bootstrap resamples, >= 1.
        seed: Random seed of the bootstrap.

    Raises:
        SettingsError: `after` is no month, or `threshold` is out of range.
        DataError: No paper is left to measure.
        ArxonomyError: The model or the papers cannot be read.
    """
    if after is not None and month_of(after) != after:
        raise SettingsError(f"{name_option('--after')}: expected a month as in 2026-01, found `{after}`")
    if not 0 < threshold < 1:
        raise SettingsError(
            f"{name_option('--threshold')}: expected 0..1, as 0.01 for a point; found {threshold}"
        )
    saved = model if isinstance(model, SavedModel) else open_model(find_model(model).folder)
    classifier = load(saved.path)
    read, data = _read(papers, saved, labeled)
    after = after or saved.last_month
    labels = tuple(map(normalize_label, classifier.labels))  # of an older model too
    later, left_out = _choose_later(read, saved, after, labels if labeled else None)
    reference = None
    if (own := choose_scores(saved.metrics)) and tuple(own[1].per_class) == classifier.labels:
        reference = make_reference(*own)
    months = tuple(
        measure_month(
            _answer(classifier, month, chosen, labeled),
            classifier.labels,
            reference,
            classifier.training_prior,
            resamples=resamples,
            seed=seed,
        )
        for month, chosen in sorted(later.items())
    )
    unknown = sum(left_out.unknown_labels.values())
    measured = sum(month.papers for month in months)
    return Drift(
        model=saved.path.resolve().name,
        after=after,
        reference=reference,
        months=months,
        verdict=judge(months, reference, unknown / (unknown + measured), threshold),
        left_out=left_out,
        basis=make_basis(data, resamples, seed),
    )


def _read(
    papers: AnyFiles | Source | Sequence[Paper], saved: SavedModel, labeled: bool
) -> tuple[Sequence[Paper], DataSource]:
    """Read papers, with or without labels, and describe where they are from."""
    source = open_papers(papers)
    if labeled:
        return Scored(saved, None, None).read(source).papers, source.describe()
    return source.read_unlabeled(), source.describe(labeled=False)


def _choose_later(
    papers: Sequence[Paper], saved: SavedModel, after: str | None, labels: Sequence[str] | None
) -> tuple[dict[str, list[Paper]], LeftOut]:
    """Choose the papers of later months that the model has not seen, by month; labels None: any are."""
    months = find_months(papers)
    seen = saved.find_trained_on(papers)
    known, later = None if labels is None else set(labels), dict[str, list[Paper]]()
    undated = earlier = old = 0
    unknown = Counter[str]()
    for paper, month, is_seen in zip(papers, months, seen.tolist(), strict=True):
        if not month:
            undated += 1
        elif after is not None and month <= after:
            earlier += 1
        elif is_seen:
            old += 1
        elif known is not None and paper.category not in known:
            unknown[str(paper.category)] += 1
        else:
            later.setdefault(month, []).append(paper)
    left_out = LeftOut(undated, earlier, old, dict(unknown.most_common()))
    if not later:
        raise DataError(
            f"expected papers of months after the model's training ({after or 'any that it has not seen'}), "
            f"found none; {left_out.to_text() or 'there are no papers'}; give newer papers with a date or an "
            f"arXiv id, or another month, as in {advise_option('--after', '2026-01')}"
        )
    return later, left_out


def _answer(classifier: Classifier, month: str, papers: list[Paper], labeled: bool) -> MonthAnswers:
    """Let the classifier answer the papers of a month."""
    answers = classifier.compute_all(papers)
    outcomes, shares = None, None
    if labeled:
        number = {normalize_label(label): place for place, label in enumerate(classifier.labels)}
        truth = np.array([number[str(paper.category)] for paper in papers], dtype=np.int64)
        outcomes = measure_outcomes(truth, answers.after)
    elif classifier.training_prior is not None:
        estimate = classifier.estimate_prior(papers)
        shares = np.array([estimate.shares[label] for label in classifier.labels])
    return MonthAnswers(
        month=month,
        days=find_days(papers).numbers,
        confidence=answers.after.max(axis=1),
        unknown=answers.unknown,
        atypical=None if answers.typicality is None else answers.typicality < ATYPICAL_BELOW,
        outcomes=outcomes,
        shares=shares,
        new_words=_find_new_words(classifier, papers),
    )


def _find_new_words(classifier: Classifier, papers: Sequence[Paper]) -> tuple[NewWord, ...]:
    """Find the words of the most papers that no model of the classifier knows."""
    counts = Counter(word for paper in papers for word in {*tokenize(paper.title), *tokenize(paper.abstract)})
    frequent = [word for word, count in counts.most_common() if count >= _FEWEST]
    known: npt.NDArray[np.bool_] = np.any([member.knows(frequent) for member in classifier.members], axis=0)
    new = [word for word, is_known in zip(frequent, known, strict=True) if not is_known]
    return tuple(NewWord(word=word, papers=counts[word]) for word in new[:_WORDS])
