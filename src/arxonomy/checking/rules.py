"""When something is proposed: at a stated rate of false alarms, or as arXiv published its own rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from arxonomy.advice import advise_option
from arxonomy.checking.filing import Filing
from arxonomy.checking.results import Cause, Verdict, format_probability
from arxonomy.errors import SettingsError, suggest_name
from arxonomy.evaluation.check_thresholds import CheckRates
from arxonomy.inference import Classifier
from arxonomy.records import LISTED_FROM
from arxonomy.taxonomy import get_arxiv

RuleName = Literal["thresholds", "arxiv"]
"""`thresholds` has a stated rate of false alarms; `arxiv` is arXiv's own rule."""
RULES: tuple[RuleName, ...] = ("thresholds", "arxiv")

FALSE_ALARMS = 0.05
"""Share of papers as filed for which a move is proposed, and for which cross-lists are."""

KEPT_FROM, PROPOSED_FROM = 0.5, 0.57
"""arXiv's rule: probability from which the authors' category is kept, and from which another is proposed."""
EXEMPT_CATEGORIES, EXEMPT_ARCHIVES = ("cs.CE",), ("econ",)
"""Categories, and archives of categories, for which arXiv's rule proposes nothing."""
LISTED_TOGETHER = {"cs.LG": "stat.ML", "stat.ML": "cs.LG"}
"""Category -> the cross-list that arXiv's rule adds."""

Shares = Mapping[str, float]
"""Category -> probability in 0..1, the most probable first."""


class Judgment(NamedTuple):
    """What a rule says of a paper."""

    verdict: Verdict
    reason: str
    move_to: str | None = None
    add: Sequence[str] = ()
    cause: Cause | None = None


@dataclass(frozen=True)
class ThresholdRule:
    """Proposes a move where the authors' category is improbable, and probable categories as cross-lists."""

    false_alarms: float
    """Share in 0..1 of validation papers, as filed, for which a move is proposed; so for cross-lists."""
    papers: int
    """Validation papers from which the thresholds are."""
    move_below: float
    """Probability in 0..1 of the authors' category below which a move is proposed."""
    add_from: float | None
    """Probability in 0..1 of being listed from which a cross-list is proposed; None: none ever is."""
    later: CheckRates | None = None
    """How often verdicts are wrong on later papers; None where that was not measured at this rate."""

    def judge(self, filing: Filing, shares: Shares, listed: Shares | None) -> Judgment:
        """Judge the categories of a paper.

        Args:
            filing: What its authors chose.
            shares: The probabilities of all categories.
            listed: Those of being listed, from `LISTED_FROM` on; None for a model that knows nothing of
                lists.
        """
        share = shares[filing.category]
        if share < self.move_below:
            why = f"{_describe(filing.category, share)}, which is less than {self.move_below:.2%}"
            return Judgment("move", why, _find_best(shares, filing.category))
        if self.add_from is None or listed is None or filing.categories is None:
            return Judgment("agree", _describe(filing.category, share))
        least = max(self.add_from, LISTED_FROM)
        add = [name for name, own in listed.items() if own >= least and name not in filing.categories]
        if add:
            shown = ", ".join(f"{name} {listed[name]:.1%}" for name in add)
            return Judgment("add", f"probability of being listed {least:.1%} or more: {shown}", add=add)
        return Judgment("agree", _describe(filing.category, share))

    def describe(self) -> list[str]:
        """Describe the rule, and how often it is wrong, in a few sentences."""
        lines = [
            f"a move is proposed where the authors' category has a probability below {self.move_below:.2%}: "
            f"{self.false_alarms:.1%} of {self.papers:,} validation papers, as filed, have less"
        ]
        if self.add_from is not None:
            lines.append(
                "a cross-list is proposed where its probability of being listed is "
                f"{self.add_from:.1%} or more: in the same share of these papers an unlisted one has more"
            )
        if (own := self.later) is not None:
            lines += [
                f"measured on {own.papers:,} later papers as filed: a move is proposed for {own.moves:.1%}, "
                f"cross-lists for {own.additions:.1%}",
                f"wrong categories that are found: {own.found_across:.1%} of another archive, "
                f"{own.found_within:.1%} of the same; of those that are often listed together "
                f"{own.found_near_across:.1%} and {own.found_near_within:.1%}",
            ]
        else:
            lines.append(
                "how often wrong categories are found was not measured at this rate, or for this model"
            )
        return lines


@dataclass(frozen=True)
class ArxivRule:
    """What arXiv's submission system does with the probabilities of its own classifier.

    Source: `rules/reclassification.py` of arXiv/arxiv-submission-core. The probabilities here are of another
    model, so that its error rates are others too: docs/checking.md has those of the model in the package.
    """

    archives: Mapping[str, str]
    """Category -> its archive."""

    def judge(self, filing: Filing, shares: Shares, listed: Shares | None) -> Judgment:
        """Judge the categories of a paper; see `ThresholdRule.judge`."""
        own = filing.category
        archive = self.archives.get(own, own)
        if own in EXEMPT_CATEGORIES or archive in EXEMPT_ARCHIVES:
            return Judgment("cannot-tell", f"arXiv's rule proposes nothing for {own}", cause="exempt")
        if shares[own] < KEPT_FROM:
            within = {name: shares[name] for name in shares if self.archives.get(name, name) == archive}
            for candidates in (within, {name: shares[name] for name in shares if name not in within}):
                best = _find_best(candidates, own)
                if best is not None and candidates[best] >= PROPOSED_FROM:
                    why = f"{_describe(own, shares[own])}, {best} of {shares[best]:.1%}"
                    return Judgment("move", why, best)
        also = LISTED_TOGETHER.get(own)
        if also in shares and filing.categories is not None and also not in filing.categories:
            return Judgment("add", f"arXiv lists {own} and {also} together", add=[str(also)])
        return Judgment("agree", _describe(own, shares[own]))

    def describe(self) -> list[str]:
        """Describe the rule in a few sentences."""
        return [
            f"arXiv's rule: a move is proposed where the authors' category has less than {KEPT_FROM:.0%} "
            f"and another one has {PROPOSED_FROM:.0%} or more, of the same archive first; nothing for "
            f"{', '.join(EXEMPT_CATEGORIES)} and the archive {', '.join(EXEMPT_ARCHIVES)}",
            "its error rates are not measured for this model",
        ]


Rule = ThresholdRule | ArxivRule


def make_rule(classifier: Classifier, name: RuleName, false_alarms: float) -> Rule:
    """Make a rule for a model.

    Args:
        classifier: The model.
        name: Which rule.
        false_alarms: Share of papers as filed, in 0..1, for which each kind of proposal is made; of
            `thresholds` alone.

    Raises:
        SettingsError: There is no such rule, the rate is out of range, or the model does not support the
            rule.
    """
    if name not in RULES:
        raise SettingsError(f"rule: there is no `{name}`: {suggest_name(name, RULES)}")
    if name == "arxiv":
        if classifier.taxonomy is not get_arxiv():
            raise SettingsError("rule: arXiv's own needs a model of arXiv's categories; leave it out")
        nodes = get_arxiv().nodes
        codes = [label for label in classifier.labels if label in nodes]
        return ArxivRule({code: get_arxiv().get_broader(code, "archive") for code in codes})
    if (fitted := classifier.check_thresholds) is None:
        raise SettingsError(
            "this model has no thresholds with a known rate of false alarms: it is older, is a vote that was "
            "combined while loading, or had fewer than 200 validation papers; export a run with more of them "
            f"again, or take arXiv's published rule ({advise_option('--rule', 'arxiv')}), whose error rates "
            "are not known for it"
        )
    fitted.check_rate(false_alarms)
    later = fitted.later if fitted.later and fitted.later.false_alarms == false_alarms else None
    return ThresholdRule(
        false_alarms,
        fitted.papers,
        fitted.find_least_probability(false_alarms),
        fitted.find_listed_probability(false_alarms),
        later,
    )


def _describe(category: str, share: float) -> str:
    return f"{category} has a probability of {format_probability(share)}"


def _find_best(shares: Shares, other: str) -> str | None:
    """Find the most probable category besides another one."""
    return max((name for name in shares if name != other), key=lambda name: shares[name], default=None)
