"""docs/page.md is made of records alone."""

from __future__ import annotations

import json

import page_document


def test_differences_are_counted_or_said_to_be_none(tmp_path):
    path = tmp_path / "parity.json"
    record = {
        "papers": {"count": 2000},
        "encoded_otherwise": 3,
        "answers": {"papers": 50, "other_category_or_warnings": 0, "largest_difference": 2.5e-6},
        "words": {"papers": 4, "other_words": 1, "largest_difference": 4e-5},
    }
    path.write_text(json.dumps(record))
    table = page_document.parity_table(path)
    assert "| 2,000 papers: 3 differ |" in table
    assert "| 50 papers: the same |" in table
    assert "| 50 papers: 0.0000025 apart at most |" in table
    assert "| 4 papers: 1 differ |" in table


def test_seconds_are_medians_of_each_rate(tmp_path):
    path = tmp_path / "page.json"
    times = {kind: [3.0, 1.0, 1.25] for kind in ("first", "second", "thread", "answer", "explain")}
    record = {
        "bytes": 2_500_000,
        "machine": {"processor": "processor", "cores": 2, "load_before": 0.25},
        "seconds": {"1 times slower": times, "4 times slower": times | {"first": [9.0, 8.0, 8.5]}},
    }
    path.write_text(json.dumps(record))
    table = page_document.speed_table(path)
    assert "| seconds | not slowed down | 4 times slowed down |" in table
    assert "| first answer, with empty caches | 1.25 | 8.50 |" in table
    assert "Medians of 3 on 2 cores (processor), with a load of 0.2 before; 2.5 MB." in table
