"""The readers and splits against the shared real papers."""

import os
from pathlib import Path

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

DATA = Path(os.environ.get("ARXONOMY_DATA", Path(__file__).parents[2] / "../shared/data"))
MERGE = {"cs.AI-LG": ["cs.AI", "cs.LG"]}

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="no shared papers"),
]


@pytest.mark.slow
def test_the_random_split_is_the_original_one():
    settings = DataSettings(split="random", merge=MERGE)
    data = load_dataset(DATA / "arxiv12k/query_label.csv", settings)
    assert (len(data.papers), len({paper.id for paper in data.papers}), data.bad) == (12_000, 8_910, 0)
    parts = make_split(data.papers, settings)
    assert [(parts == part).sum() for part in ("train", "validation", "test")] == [8_399, 1_801, 1_800]
    assert (parts == read_split(DATA / "arxiv12k/query_split.csv", data.papers)).all()
    assert count_leaked_papers(data.papers, parts) == 654


@pytest.mark.slow
def test_grouped_split_of_papers_with_copies():
    settings = DataSettings(split="grouped", merge=MERGE)
    papers = load_dataset(DATA / "arxiv12k/query_label.csv", settings).papers
    assert len(set(group_copies(papers).tolist())) == 8_910
    assert count_leaked_papers(papers, make_split(papers, settings)) == 0


@pytest.mark.slow
def test_primary_label():
    data = load_dataset(DATA / "arxiv12k/primary_label.csv", DataSettings())
    assert data.labels == ("cs.AI", "cs.CL", "cs.CV", "cs.LG")
    assert (len(data.papers), data.bad) == (12_000, 0)
    parts = read_split(DATA / "arxiv12k/primary_split.csv", data.papers)
    assert (parts == "test").sum() == 1_800
    assert (parts != "").all()


@pytest.mark.slow
def test_parquet():
    papers = read_papers(DATA / "arxiv_recent.parquet", labeled=True, strict=True)
    assert sum(1 for _ in papers) == 66_379
