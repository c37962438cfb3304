"""What a check says of a paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads typing's own from Python 3.12 on

from arxonomy.output import Share
from arxonomy.records import DECIMALS, Paper

if TYPE_CHECKING:
    from arxonomy.checking.rules import Rule


Verdict = Literal["agree", "add", "move", "cannot-tell"]
"""What is said of the categories that authors chose: nothing is proposed; cross-lists are; another category
in place of their own is; or nothing can be said."""

Cause = Literal[
    "no category", "unknown category", "retired category", "outside of its field", "read in part", "exempt"
]
"""Why nothing can be said of a paper."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model says of one category."""

    category: str
    """The category."""
    probability: float
    """Probability in 0..1 that it is the paper's own."""
    listed: float | None
    """Probability in 0..1 that the paper lists it; None below `LISTED_FROM`, and for a model that knows
    nothing of lists."""


class EvidenceRecord(TypedDict):
    """What the model says of one category."""

    category: str
    """The category."""
    probability: Share
    """Probability that it is the paper's own."""
    listed: NotRequired[Share]
    """Probability that the paper lists it; missing below 10%, and for a model that knows nothing of lists."""


class CheckRecord(TypedDict):
    """The verdict on one paper: an object of JSON lines or REST."""

    id: str
    """The paper's id; its number among the records, from 1, where it has none."""
    category: str | None
    """The category that its authors chose, as the model names it; as it is written where the model does not
    know it; null where there is none."""
    categories: list[str] | None
    """The categories that they list, likewise, that one first; null where the paper comes without a list."""
    verdict: Verdict
    """`agree`; `add`: cross-lists are proposed; `move`: another category in place of the authors' own is;
    `cannot-tell`: nothing can be said."""
    reason: str
    """Why, in words."""
    move_to: str | None
    """The category that is proposed in place of the authors' own; null where no move is proposed."""
    add: list[str]
    """The cross-lists that are proposed; empty where none are."""
    evidence: list[EvidenceRecord]
    """What the model says of the authors' category, of the most probable other one, and of `add`; empty where
    nothing can be said."""


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict on one paper."""

    paper: Paper
    """The paper, with the categories that its authors chose."""
    category: str | None
    """See `CheckRecord`."""
    categories: tuple[str, ...] | None
    """See `CheckRecord`; None where the paper comes without a list."""
    verdict: Verdict
    """What is said of them."""
    reason: str
    """Why, in words."""
    cause: Cause | None = None
    """Why nothing can be said; None where something can."""
    move_to: str | None = None
    """The category that is proposed in place of the authors' own."""
    add: tuple[str, ...] = ()
    """The cross-lists that are proposed, the most probable first."""
    evidence: tuple[Evidence, ...] = ()
    """See `CheckRecord`."""

    @property
    def is_open(self) -> bool:
        """Whether there is something to decide."""
        return self.verdict in ("move", "add")

    def to_dict(self) -> CheckRecord:
        """The verdict in the shape of one line of JSON, shares rounded to `DECIMALS`."""
        return {
            "id": self.paper.id,
            "category": self.category,
            "categories": None if self.categories is None else list(self.categories),
            "verdict": self.verdict,
            "reason": self.reason,
            "move_to": self.move_to,
            "add": list(self.add),
            "evidence": [_make_record(own) for own in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Checks:
    """The verdicts on some papers."""

    checks: tuple[Check, ...]
    """One for each paper, in the papers' order."""
    rule: Rule
    """The rule that they follow."""
    bad: int = 0
    """Records of files that could not be read, and were left out."""
    seen: int = 0
    """Papers that the model was trained on or chosen by, for which error rates do not hold."""


def _make_record(evidence: Evidence) -> EvidenceRecord:
    record: EvidenceRecord = {
        "category": evidence.category,
        "probability": round(evidence.probability, DECIMALS),
    }
    if evidence.listed is not None:
        record["listed"] = round(evidence.listed, DECIMALS)
    return record


def format_probability(share: float) -> str:
    """Format a probability, which may be near 0 or 1 and is neither.

    >>> format_probability(0.02691), format_probability(5e-7), format_probability(0.999999)
    ('2.69%', '<0.01%', '>99.99%')
    """
    return "<0.01%" if share < 5e-5 else ">99.99%" if share > 0.99995 else f"{share:.2%}"
