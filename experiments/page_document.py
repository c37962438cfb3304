"""The numbers of docs/page.md, from the records of the page without a server."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARITY = ROOT / "experiments" / "records" / "page_parity.json"
SPEED = ROOT / "bench" / "records" / "page.json"


def parity_table(path: Path = PARITY) -> str:
    """How far the page's answers are from Python's."""
    record = _read(path)
    answers, words = record["answers"], record["words"]
    encoded = _count(record["encoded_otherwise"], record["papers"]["count"])
    categories = _count(answers["other_category_or_warnings"], answers["papers"])
    return f"""
| of the same paper | the page and Python |
| --- | --- |
| word ids, share of unknown words, parts that are read | {encoded} |
| category, or that there is none, and warnings | {categories} |
| probabilities, lists, typicality | {answers["papers"]:,} papers: {answers["largest_difference"]:.7f} apart at most |
| words and their places | {_count(words["other_words"], words["papers"])} |
| scores of words | {words["papers"]:,} papers: {words["largest_difference"]:.6f} apart at most |
"""


def speed_table(path: Path = SPEED) -> str:
    """Seconds until an answer, as medians."""
    record = _read(path)
    rates = {name.partition(" ")[0]: times for name, times in record["seconds"].items()}
    kinds = {
        "first": "first answer, with empty caches",
        "second": "first answer of a second visit",
        "thread": "the model alone, in the page's own thread: from its scripts to an answer",
        "answer": "one more answer there",
        "explain": "the words of a paper there",
    }
    heads = [f"{'not' if rate == '1' else f'{rate} times'} slowed down" for rate in rates]
    rows = [
        f"| {text} | {' | '.join(f'{median(times[kind]):.2f}' for times in rates.values())} |"
        for kind, text in kinds.items()
    ]
    lines = [f"| seconds | {' | '.join(heads)} |", f"| --- |{' --- |' * len(rates)}", *rows]
    load = record["machine"]["load_before"]
    return (
        "\n"
        + "\n".join(lines)
        + f"\n\nMedians of {len(next(iter(rates.values()))['first'])} on {record['machine']['cores']} cores ("
        + f"{record['machine']['processor']}), with a load of {load:.1f} before; {record['bytes'] / 1e6:.1f} MB.\n"
    )


def _count(others: int, papers: int) -> str:
    return f"{papers:,} papers: {'the same' if not others else f'{others:,} differ'}"


def _read(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record
