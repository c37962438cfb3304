"""What is wrong with the labels of a corpus: repeats, contradictions, leakage, outliers, noise, the ceiling.

words.py        papers -> numbered words, read once
repeats.py      exact copies, and their leakage across a split
boilerplate.py  text that many different papers share, which makes none alike
near.py         near-duplicates by MinHash
labels.py       spellings, contradictions, the ceiling they set, primary categories, class sizes
outliers.py     unusual lengths and languages
noise.py        label noise by confident learning
findings.py     all of it: `collect_findings`; and its cheap parts, `log_spellings` and `log_warnings`
counts.py       the groups of numbers of a summary
summary.py      findings -> numbers, as `AuditSummary`; and `audit`, from papers to these
text_report.py  the numbers -> a readable report
suspects.py     findings -> ranked papers for a person to look at
"""

from arxonomy.auditing.findings import Findings, collect_findings, log_spellings, log_warnings
from arxonomy.auditing.labels import compute_ceiling, find_contradictions
from arxonomy.auditing.summary import AuditSummary, audit, summarize
from arxonomy.auditing.suspects import COLUMNS, Suspect, rank_suspects

__all__ = [
    "COLUMNS",
    "AuditSummary",
    "Findings",
    "Suspect",
    "audit",
    "collect_findings",
    "compute_ceiling",
    "find_contradictions",
    "log_spellings",
    "log_warnings",
    "rank_suspects",
    "summarize",
]
