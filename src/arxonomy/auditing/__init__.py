"""What is wrong with the labels of a corpus: repeats, contradictions, leakage, outliers, noise, the ceiling.

words.py      papers -> numbered words, read once
repeats.py    exact copies, and their leakage across a split
near.py       near-duplicates by MinHash
labels.py     contradictions, the ceiling they set, primary categories, class sizes
outliers.py   unusual lengths and languages
noise.py      label noise by confident learning
findings.py   all of it: `audit`; and `warnings_of`, its cheap part
report.py     findings -> numbers for JSON
text.py       those numbers -> a readable report
suspects.py   findings -> ranked papers for a person to look at
"""

from arxonomy.auditing.findings import Findings, audit, warnings_of
from arxonomy.auditing.labels import ceiling, contradicting
from arxonomy.auditing.summary import summary
from arxonomy.auditing.suspects import COLUMNS, suspects
from arxonomy.auditing.text_report import format_audit

__all__ = [
    "COLUMNS",
    "Findings",
    "audit",
    "ceiling",
    "contradicting",
    "format_audit",
    "summary",
    "suspects",
    "warnings_of",
]
