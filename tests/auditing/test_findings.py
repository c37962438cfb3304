import json

import numpy as np
import pytest

from arxonomy.auditing import COLUMNS, audit, ceiling, format_audit, summary, suspects, warnings_of
from arxonomy.auditing.labels import primary_agreement
from arxonomy.auditing.noise import estimate_noise
from arxonomy.auditing.words import build_word_sets
from arxonomy.config import DataSettings
from arxonomy.papers import group_copies, load_dataset, read_split

ROWS = [
    ("2501.00001", "Deep nets", "We see far.", "cs.CV", "cs.CV cs.LG"),
    ("2501.00001v2", "Deep nets", "We see further.", "cs.LG", "cs.CV cs.LG"),
    ("2501.00002", "Deep nets", "We see far.", "cs.CV", "cs.CV"),
    ("2501.00003", "Words", "Grammar of words.", "cs.CL", "cs.AI"),
    ("2501.00004", "", "Bandits.", "cs.LG", ""),
]


def test_suspects_are_ranked_by_evidence(dataset):
    data = dataset(*ROWS)
    ranked = suspects(audit(data, noise=False))
    assert [(line["row"], line["suspected"]) for line in ranked] == [
        (1, "contradiction; repeat; primary-category"),
        (3, "primary-category"),
        (0, "contradiction"),
        (2, "contradiction; repeat"),
        (4, "no-title; length"),
    ]
    first = ranked[0]
    assert tuple(first) == COLUMNS
    assert first["rank"] == 1 and first["id"] == "2501.00001v2"
    assert (first["label"], first["other_label"], first["other_row"]) == ("cs.LG", "cs.CV", 0)
    assert first["score"] == round(2 / 3 + 0.5, 4)
    assert first["why"] == "2 of its copies: cs.CV; same paper as row 0; primary category cs.CV"
    assert ranked[1]["score"] == 1.0 and ranked[1]["other_label"] == "cs.AI"
    assert (ranked[4]["title"], ranked[4]["score"], ranked[4]["other_label"]) == ("Bandits.", 0.0, "")


def test_merging_settles_contradictions(dataset):
    merged = dataset(*ROWS, merge={"cs.X": ["cs.CV", "cs.LG"]})
    report = summary(audit(merged, noise=False))
    assert report["contradictions"] == {"papers": 0, "rows": 0}
    assert report["ceiling"]["exact_copies"] == 1.0
    assert "no estimate of difficulty" in report["ceiling"]["caution"]
    assert report["primary_category"]["agreement"] == 0.75


def test_the_report_is_json_and_text(dataset):
    parts = np.array(["train", "test", "test", "train", "validation"])
    report = summary(audit(dataset(*ROWS), parts, noise=False))
    assert json.loads(json.dumps(report)) == report
    assert (report["rows"], report["papers"], report["bad_records"]) == (5, 3, 0)
    assert report["repeats"] == {"same_id": 0, "other_version": 1, "same_text": 1, "ids_of_several_papers": 0}
    assert report["contradictions"] == {"papers": 1, "rows": 3}
    assert report["ceiling"]["exact_copies"] == 0.8
    assert report["ceiling"]["test_papers"] == 0.5
    assert report["leakage"]["test"] == {"papers": 2, "copies": 2, "near_duplicates": 0}
    assert report["noise"] is None
    text = format_audit(report)
    for told in ("ceiling: 80.000% of rows", "upper bound", "one answer per text", "2 of 2 test papers"):
        assert told in text
    assert "no estimate of difficulty" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_labels_cannot_move_the_cursor(dataset):
    text = format_audit(
        summary(audit(dataset(("1", "a", "", "\x1b[31mred"), ("2", "b", "", "x")), noise=False))
    )
    assert "\x1b" not in text and "x1b[31mred" in text


def test_noise_makes_suspects(dataset):
    words = {"a": "alpha amber apple", "b": "beta bread brook"}
    rows = [(str(i), f"{words[label]} {i}", "", label) for i, label in enumerate("ab" * 30)]
    rows[7] = (*rows[7][:3], "a")
    findings = audit(dataset(*rows))
    assert [(line["row"], line["other_label"]) for line in suspects(findings)][:1] == [(7, "b")]
    report = summary(findings)
    assert report["noise"]["suspects"] == 1 and 0 < report["noise"]["rate"] < 0.1
    assert report["noise"]["confusions"] == [{"given": "a", "likely": "b", "rows": 1}]
    assert "logistic regression" in format_audit(report)


def test_warnings_are_two_lines_at_most(dataset):
    data = dataset(*ROWS)
    leaky = np.array(["train", "test", "test", "train", "train"])
    lines = warnings_of(data, leaky)
    assert len(lines) == 2
    assert "2 of 5 rows repeat a paper" in lines[0] and "80.00%" in lines[0]
    assert "2 of 2 test papers" in lines[1]
    together = np.array(["train", "train", "train", "test", "test"])
    assert warnings_of(data, together) == lines[:1]
    merged = dataset(*ROWS, merge={"cs.X": ["cs.CV", "cs.LG"]})
    assert warnings_of(merged, together) == ["note: 2 of 5 rows repeat a paper; see arxonomy audit"]
    assert warnings_of(dataset(*ROWS[2:]), together[2:]) == []


@pytest.mark.slow
@pytest.mark.real
def test_the_documents_own_construction(real_data):
    def read(merge):
        return load_dataset(real_data / "arxiv12k/query_label.csv", DataSettings(merge=merge))

    merged = read({"cs.AI-LG": ["cs.AI", "cs.LG"]})
    parts = read_split(real_data / "arxiv12k/query_split.csv", merged.papers)
    report = summary(audit(merged, parts, noise=False))
    assert (report["rows"], report["papers"]) == (12_000, 8_910)
    assert report["ceiling"]["exact_copies"] == 0.82825
    assert round(report["primary_category"]["agreement"], 4) == 0.7367
    test = report["leakage"]["test"]
    assert (test["copies"], test["papers"]) == (654, 1_800)
    assert round(test["copies"] / test["papers"], 3) == 0.363
    plain = read({})
    assert ceiling(group_copies(plain.papers), plain.label_ids()) == 0.7425
    assert round(primary_agreement(plain.papers)["agreement"], 4) == 0.6687


@pytest.mark.slow
@pytest.mark.real
def test_noise_of_the_documents_own_construction(real_data):
    """More than a quarter of these labels are not the primary category, and this is how noise is told."""
    merge = {"cs.AI-LG": ["cs.AI", "cs.LG"]}
    data = load_dataset(real_data / "arxiv12k/query_label.csv", DataSettings(merge=merge))
    groups = group_copies(data.papers)
    noise = estimate_noise(build_word_sets(data.papers), groups, data.label_ids())
    assert noise.rate == pytest.approx(1 - 0.7367, abs=0.03)
    wrong = np.array([paper.category != paper.categories[0] for paper in data.papers])
    assert wrong[noise.rows[noise.suspects]].mean() > 1.8 * wrong.mean()
