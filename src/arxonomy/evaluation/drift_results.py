"""What the measurement of the months after a training gives."""

from __future__ import annotations

from arxonomy.evaluation.results import Interval, Result


class Reference(Result):
    """A model's own scores, which later months are compared with."""

    part: str
    """The papers that they are of: `test`, or else `validation`, by which it was chosen."""
    papers: int
    """How many there are."""
    accuracy: Interval
    """Share right, with its Wilson interval."""
    expected_calibration_error: Interval | None = None
    """See `calibration_scores`; None where it is not known."""
    supports: tuple[int, ...] = ()
    """(C,) papers of each category."""
    recalls: tuple[float, ...] = ()
    """(C,) share of them that is right."""


class NewWord(Result):
    """A word that the model does not know."""

    word: str
    """The word, in lower case."""
    papers: int
    """How many of the papers have it."""


class CategoryChange(Result):
    """How a category has changed: how frequent it is, and how many of its papers are found."""

    label: str
    """The category."""
    papers: int | None = None
    """Its papers; None where they have no labels, as for the recall."""
    share: float
    """In 0..1, its share of the papers; an estimate (expectation maximization) where they have no labels."""
    share_change: Interval
    """How much that has grown. The intervals of all categories hold together with 95% (Bonferroni); an
    estimate has none."""
    recall: float | None = None
    """Share of its papers that is right; None with few papers, now or before."""
    recall_change: Interval | None = None
    """How much that has grown; the interval is one of those that hold together."""


class MonthDrift(Result):
    """The papers of one month after the training. Intervals have 95%, and are of resampled days.

    Of fewer than `FEWEST_FOR_INTERVAL` papers there are none.
    """

    month: str
    """As in `2026-02`."""
    papers: int
    """How many there are."""
    few: bool
    """Whether they are too few for a verdict, fewer than `FEWEST_PAPERS`."""
    blocks: int | None
    """Days that were resampled. None where some paper's day is not known, or they are too few: the intervals
    are then of papers taken for independent, and may be too narrow."""
    confidence: Interval
    """The mean probability of the answers: the accuracy that is to be expected, if they are calibrated."""
    unknown_words: Interval
    """Mean share of a paper's words that the model does not know."""
    atypical: Interval | None = None
    """Share of the papers that are atypical of the model's field; of the papers of its calibration that is
    about `ATYPICAL_BELOW`. None where the model cannot tell."""
    accuracy: Interval | None = None
    """Share right; None without labels, as for the next two."""
    overconfidence: Interval | None = None
    """`confidence` - `accuracy`: above 0 the model is too sure."""
    expected_calibration_error: Interval | None = None
    """See `calibration_scores`; its interval is of papers taken for independent."""
    drop: Interval | None = None
    """The model's own accuracy - `accuracy`; None without labels, or without a reference, as for the next
    three."""
    drop_by_prior: float | None = None
    """How much of it the class prior explains: the model's own recalls, weighted by the new one."""
    expected_drop: Interval | None = None
    """The model's own accuracy - `confidence`, which needs no labels."""
    prior_shift: float | None = None
    """The total variation distance of the class prior from the old one: the share of the papers that would
    have to change their category; above 0 by chance alone."""
    categories: tuple[CategoryChange, ...] = ()
    """The categories that have changed by more than chance, most first; without labels those whose estimated
    share has changed most."""
    new_words: tuple[NewWord, ...] = ()
    """The most frequent words that the model does not know."""


class Verdict(Result):
    """Whether to train again."""

    retrain: bool | None = None
    """None where that cannot be said."""
    month: str | None = None
    """The month that says so."""
    threshold: float
    """Least drop in accuracy that counts, in 0..1."""
    reason: str
    """Why, with the numbers."""

    def to_text(self) -> str:
        """One line."""
        answers = {True: "train again", False: "no need to train again", None: "undecided"}
        return f"{answers[self.retrain]}: {self.reason}"
