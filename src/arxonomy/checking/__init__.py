"""The categories that authors chose -> a verdict on each paper, a ranked queue, and decisions to train on.

check.py         `check`, `Checker`: papers and a model -> verdicts
results.py       `Check`, `Checks`: what they are
filing.py        how authors filed a paper, in the labels of a model
rules.py         when a move or cross-lists are proposed: by thresholds, or as arXiv published its own rule
summary.py       how many papers got each verdict, and how often verdicts are wrong
queue.py         papers with a proposal, ranked, as a table
contrast.py      the words for the proposed category against the authors' own
decisions.py     what was decided about proposals, kept as papers to train on
page.py          the queue as one HTML page on which to decide; its templates are in templates/

What the verdicts mean, and how often they are wrong, is in docs/checking.md.
"""

from arxonomy.checking.check import Checker, check
from arxonomy.checking.contrast import Contrast, contrast
from arxonomy.checking.decisions import Decisions, read_decisions
from arxonomy.checking.page import save_queue
from arxonomy.checking.queue import QUEUE_COLUMNS, list_rows, rank
from arxonomy.checking.results import Cause, Check, Checks, Evidence, Verdict
from arxonomy.checking.rules import FALSE_ALARMS, Rule, RuleName
from arxonomy.checking.summary import Summary

__all__ = [
    "FALSE_ALARMS",
    "QUEUE_COLUMNS",
    "Cause",
    "Check",
    "Checker",
    "Checks",
    "Contrast",
    "Decisions",
    "Evidence",
    "Rule",
    "RuleName",
    "Summary",
    "Verdict",
    "check",
    "contrast",
    "list_rows",
    "rank",
    "read_decisions",
    "save_queue",
]
