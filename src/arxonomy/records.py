"""The nouns that all folders share: a paper goes in, a prediction comes out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from arxonomy.output import Part, PredictionRecord

AnyPath = str | os.PathLike[str]
"""The path of a file or a folder."""

DECIMALS = 8
"""Decimals of shares; with these the sum over hundreds of categories stays 1 within 1e-5."""

PARTS = ("title", "abstract")
"""The parts of a paper that are read, in this order."""

TOP_K = 10
"""Categories that a prediction has where nobody says how many: a model may know hundreds."""

LISTED_FROM = 0.1
"""Least probability of being listed with which a prediction names a category."""

WITHIN_FROM = 0.01
"""Least probability with which a prediction at a broader level names a category within it."""

NONE_ABOVE = 0.5
"""Probability outside of a view above which the answer is "none of these"."""

ATYPICAL_BELOW = 0.02
"""Typicality below which a text gets no category; 2 of 100 papers of the model's field have less."""

OUTSIDE_FIELD = "outside of its field"
"""What is said in place of a category then."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. At least one of `title` and `abstract` is not blank."""

    id: str
    """Always text (`0704.0010` keeps its zeros); the record's number, from 1, when the file gave none."""
    title: str
    """Title as written, newlines included; may be empty."""
    abstract: str
    """Abstract as written, newlines included; may be empty."""
    category: str | None = None
    """The label to learn, e.g. `cs.CL`; None for a paper to be classified."""
    categories: tuple[str, ...] = ()
    """All listed categories, the primary one first; empty when the file lists none."""
    published: str | None = None
    """Date or month as the file gives it, e.g. `2025-06`."""
    row: int = 0
    """Position among the records of its file, from 0; bad records count too."""
    line: int = field(default=0, compare=False)
    """Where its record begins: the line of a text or the row of a table, from 1; 0 where it is of no file."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The whole record under the file's own column names, in file order; filled only when asked for."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for one paper."""

    id: str
    """The paper's id."""
    categories: tuple[tuple[str, float], ...]
    """(category, probability in 0..1) pairs, most probable first; at least one."""
    unknown_words: float
    """Share in 0..1 of the paper's words that are unknown to the model; 1.0 when it has no words."""
    read: tuple[str, ...] = PARTS
    """The parts of the paper, out of `PARTS`, that were there and were read."""
    warnings: tuple[str, ...] = ()
    """Why the prediction deserves little trust; empty where there is no reason."""
    abstained: bool = False
    """Whether no category is given: the best one is below the confidence asked for, or `is_refused`."""
    listed: tuple[tuple[str, float], ...] | None = None
    """(category, probability in 0..1 that the paper lists it) pairs, most probable first; those of
    `LISTED_FROM` or more. The paper's own category is among them, and the probabilities have no sum. None
    for a model that knows nothing of lists."""
    outside: float | None = None
    """Probability in 0..1 that the paper is of none of the categories asked for, which are a view of the
    model; those of `categories` are what they are if it is of one. None without a view."""
    typicality: float | None = None
    """Share in 0..1 of papers of the model's field that are no more typical of it than this one, whatever the
    view and the prior: a p-value, spread evenly over such papers, small for other texts, and 0 without any
    known word. None for a model that was calibrated on too few such papers."""

    level: str | None = None
    """The level of the hierarchy at which the answer is, where one or `back_off` was asked for: `categories`
    are then what holds categories there, with the sums of their probabilities. None: the categories."""
    within: tuple[tuple[str, float], ...] | None = None
    """(category, probability in 0..1) pairs of what the best of `categories` holds, most probable first;
    those of `WITHIN_FROM` or more, as many as were asked for. Empty for a category, None without a level."""

    @property
    def is_outside(self) -> bool:
        """Whether the answer is "none of these": more than half of the probability is outside of the view."""
        return self.outside is not None and self.outside > NONE_ABOVE

    @property
    def is_atypical(self) -> bool:
        """Whether this seems to be no paper of the model's field: nearly all are more typical of it."""
        return self.typicality is not None and self.typicality < ATYPICAL_BELOW

    @property
    def is_refused(self) -> bool:
        """Whether no category is given whatever the confidence: `is_outside` or `is_atypical`."""
        return self.is_outside or self.is_atypical

    @property
    def category(self) -> str | None:
        """The most probable category; None when the classifier abstained."""
        return None if self.abstained else self.categories[0][0]

    @property
    def probability(self) -> float:
        """The probability of the most probable category, in 0..1."""
        return self.categories[0][1]

    def format_answer(self) -> str:
        """The answer in a few words, as in `cs.CL 91.0%`; with a view also what is outside of it."""
        best = f"{self.categories[0][0]} {self.probability:.1%}"
        if self.is_atypical:
            return f"{OUTSIDE_FIELD}, if any {best}"
        if self.outside is None:
            return best
        outside = f"outside {self.outside:.1%}"
        return f"none of these: {outside}, if any {best}" if self.is_outside else f"{best}, {outside}"

    def to_dict(self) -> PredictionRecord:
        """The prediction in the shape of one line of JSON, shares rounded to `DECIMALS`."""
        scale = 10.0**DECIMALS  # to round to a whole number takes a fifth of the time: there may be many
        record: PredictionRecord = {
            "id": self.id,
            "category": self.category,
            "probability": round(self.probability * scale) / scale,
            "categories": [
                {"category": name, "probability": round(share * scale) / scale}
                for name, share in self.categories
            ],
            "read": cast("list[Part]", list(self.read)),
            "unknown_words": round(self.unknown_words * scale) / scale,
            "warnings": list(self.warnings),
            "abstained": self.abstained,
        }
        if self.listed is not None:
            record["listed"] = [
                {"category": name, "probability": round(share * scale) / scale} for name, share in self.listed
            ]
        if self.outside is not None:
            record["outside"] = round(self.outside * scale) / scale
        if self.typicality is not None:
            record["typicality"] = round(self.typicality * scale) / scale
        if self.level is not None:
            record["level"] = self.level
        if self.within is not None:
            record["within"] = [
                {"category": name, "probability": round(share * scale) / scale} for name, share in self.within
            ]
        return record
