"""The readers and splits against the shared real papers."""

import pytest

from arxonomy.config import DataSettings
from arxonomy.papers import (
    count_leaked_papers,
    group_copies,
    load_dataset,
    make_split,
    read_papers,
    read_split,
)

AMONG = {"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []}

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_the_random_split_is_the_original_one(real_data, query_labels):
    papers = query_labels.papers
    assert (len(papers), len({paper.id for paper in papers}), query_labels.bad) == (12_000, 8_910, 0)
    parts = make_split(papers, DataSettings(split="random", among=AMONG))
    assert [(parts == part).sum() for part in ("train", "validation", "test")] == [8_399, 1_801, 1_800]
    assert (parts == read_split(real_data / "arxiv12k/query_split.csv", papers)).all()
    assert count_leaked_papers(papers, parts) == 654


def test_grouped_split_of_papers_with_copies(query_labels):
    papers = query_labels.papers
    assert len(set(group_copies(papers).tolist())) == 8_910
    assert count_leaked_papers(papers, make_split(papers, DataSettings(split="grouped", among=AMONG))) == 0


def test_primary_label(real_data):
    data = load_dataset(real_data / "arxiv12k/primary_label.csv", DataSettings())
    assert data.labels == ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    assert (len(data.papers), data.bad) == (12_000, 0)
    parts = read_split(real_data / "arxiv12k/primary_split.csv", data.papers)
    assert (parts == "test").sum() == 1_800
    assert (parts != "").all()


def test_parquet(real_data):
    papers = read_papers(real_data / "arxiv_recent.parquet", labeled=True, strict=True)
    assert sum(1 for _ in papers) == 66_379
