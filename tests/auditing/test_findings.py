import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from arxonomy.auditing import (
    COLUMNS,
    audit,
    collect_findings,
    compute_ceiling,
    log_warnings,
    rank_suspects,
    summarize,
)
from arxonomy.auditing.labels import measure_primary_agreement
from arxonomy.auditing.noise import estimate_noise
from arxonomy.auditing.words import build_word_sets
from arxonomy.errors import DataError
from arxonomy.papers import group_copies, read_papers, read_split
from arxonomy.records import Paper

ROWS = [
    ("2501.00001", "Deep nets", "We see far.", "cs.CV", "cs.CV cs.LG"),
    ("2501.00001v2", "Deep nets", "We see further.", "cs.LG", "cs.CV cs.LG"),
    ("2501.00002", "Deep nets", "We see far.", "cs.CV", "cs.CV"),
    ("2501.00003", "Words", "Grammar of words.", "cs.CL", "cs.AI"),
    ("2501.00004", "", "Bandits.", "cs.LG", ""),
]


def test_suspects_are_ranked_by_evidence(dataset):
    data = dataset(*ROWS)
    ranked = rank_suspects(collect_findings(data, noise=False))
    assert [(suspect.row, suspect.suspected) for suspect in ranked] == [
        (1, "contradiction; repeat; primary-category"),
        (3, "primary-category"),
        (0, "contradiction"),
        (2, "contradiction; repeat"),
        (4, "no-title; length"),
    ]
    first = ranked[0]
    assert COLUMNS[:4] == ("rank", "row", "id", "title") and len(COLUMNS) == 10
    assert first.rank == 1 and first.id == "2501.00001v2"
    assert (first.label, first.other_label, first.other_row) == ("cs.LG", "cs.CV", 0)
    assert first.score == round(2 / 3 + 0.5, 4)
    assert first.why == "2 of its copies: cs.CV; same paper as row 0; primary category cs.CV"
    assert ranked[1].score == 1.0 and ranked[1].other_label == "cs.AI"
    assert (ranked[4].title, ranked[4].score, ranked[4].other_label) == ("Bandits.", 0.0, "")


def test_merging_settles_contradictions(dataset):
    merged = dataset(*ROWS, among="cs.X=cs.CV+cs.LG,*")
    summary = audit(merged, noise=False)
    assert (summary.contradictions.papers, summary.contradictions.rows) == (0, 0)
    assert summary.ceiling.exact_copies == 1.0
    assert "no estimate of difficulty" in summary.ceiling.caution
    assert summary.primary_category.agreement == 0.75


def test_the_summary_as_json_and_text(dataset):
    parts = np.array(["train", "test", "test", "train", "validation"])
    summary = audit(dataset(*ROWS), parts, noise=False)
    report = summary.to_dict()
    assert json.loads(json.dumps(report)) == report
    assert (report["rows"], report["papers"], report["bad_records"]) == (5, 3, 0)
    assert report["repeats"] == {"same_id": 0, "other_version": 1, "same_text": 1, "ids_of_several_papers": 0}
    assert report["contradictions"] == {"papers": 1, "rows": 3}
    assert report["ceiling"]["exact_copies"] == 0.8
    assert report["ceiling"]["test_papers"] == 0.5
    assert report["leakage"]["test"] == {"papers": 2, "copies": 2, "near_duplicates": 0}
    assert report["noise"] is None
    text = summary.to_text()
    for words in ("ceiling: 80.000% of rows", "upper bound", "one answer per text", "2 of 2 test papers"):
        assert words in text
    assert "no estimate of difficulty" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_labels_cannot_move_the_cursor(dataset):
    text = audit(dataset(("1", "a", "", "\x1b[31mred"), ("2", "b", "", "x")), noise=False).to_text()
    assert "\x1b" not in text and "␛[31mred" in text


def test_noise_makes_suspects(dataset):
    words = {"a": "alpha amber apple", "b": "beta bread brook"}
    rows = [(str(i), f"{words[label]} {i}", "", label) for i, label in enumerate("ab" * 30)]
    rows[7] = (*rows[7][:3], "a")
    findings = collect_findings(dataset(*rows))
    first = rank_suspects(findings)[0]
    assert (first.row, first.other_label) == (7, "b")
    summary = summarize(findings)
    assert summary.noise.suspects == 1 and 0 < summary.noise.rate < 0.1
    assert summary.to_dict()["noise"]["confusions"] == [{"given": "a", "likely": "b", "rows": 1}]
    assert "logistic regression" in summary.to_text()


def test_papers_files_and_datasets_have_one_summary(dataset, tmp_path):
    data = dataset(*ROWS)
    split = tmp_path / "split.csv"
    split.write_text("row,split\n0,train\n1,test\n2,test\n3,train\n4,val\n")
    by_path = audit(data.source, split, noise=False)
    assert by_path == audit(data, read_split(split, data.papers), noise=False)
    in_memory = audit(data.papers, split, noise=False)
    assert in_memory.data.name == "memory" and len(in_memory.data.sha256) == 64
    assert replace(in_memory, data=by_path.data) == by_path
    assert "test_papers" in by_path.to_dict()["ceiling"]
    assert "test_papers" not in audit(data, noise=False).to_dict()["ceiling"]


def test_papers_without_labels_cannot_be_audited():
    with pytest.raises(DataError, match="found none"):
        audit([])
    with pytest.raises(DataError, match="paper 7 without a category"):
        audit([Paper("7", "a title", "")])


def test_warnings_are_two_lines_at_most(dataset, caplog):
    def log(data, parts):
        caplog.clear()
        with caplog.at_level(logging.INFO, "arxonomy.auditing"):
            log_warnings(data, np.array(parts))
        return [(record.levelname, record.getMessage()) for record in caplog.records]

    data = dataset(*ROWS)
    repeats, leakage = log(data, ["train", "test", "test", "train", "train"])
    assert repeats[0] == leakage[0] == "WARNING"
    assert "2 of 5 rows repeat a paper, and 1 paper has contradicting labels" in repeats[1]
    assert "80.00%" in repeats[1]
    assert "2 of 2 test papers" in leakage[1]
    together = ["train", "train", "train", "test", "test"]
    assert log(data, together) == [repeats]
    merged = dataset(*ROWS, among="cs.X=cs.CV+cs.LG,*")
    assert log(merged, together) == [("INFO", "note: 2 of 5 rows repeat a paper; see arxonomy audit")]
    assert log(dataset(*ROWS[2:]), together[2:]) == []


@pytest.mark.slow
@pytest.mark.real
def test_the_construction_of_the_reference_system(real_data, query_labels):
    parts = read_split(real_data / "arxiv12k/query_split.csv", query_labels.papers)
    findings = collect_findings(query_labels, parts, noise=False)
    summary = summarize(findings)
    assert (summary.rows, summary.papers) == (12_000, 8_910)
    assert summary.ceiling.exact_copies == 0.82825
    assert round(summary.primary_category.agreement, 4) == 0.7367
    test = summary.leakage["test"]
    assert (test.copies, test.papers) == (654, 1_800)
    assert round(test.copies / test.papers, 3) == 0.363
    unmerged = list(read_papers(real_data / "arxiv12k/query_label.csv", labeled=True))
    _, labels = np.unique([paper.category for paper in unmerged], return_inverse=True)
    assert compute_ceiling(findings.groups, labels) == 0.7425
    assert round(measure_primary_agreement(unmerged).agreement, 4) == 0.6687


@pytest.mark.slow
@pytest.mark.real
def test_noise_in_the_construction_of_the_reference_system(query_labels):
    """More than a quarter of these labels are not the primary category; the estimate must come close."""
    papers = query_labels.papers
    noise = estimate_noise(build_word_sets(papers), group_copies(papers), query_labels.get_label_ids())
    assert noise.rate == pytest.approx(1 - 0.7367, abs=0.03)
    wrong = np.array([paper.category != paper.categories[0] for paper in papers])
    assert wrong[noise.rows[noise.suspects]].mean() > 1.8 * wrong.mean()
