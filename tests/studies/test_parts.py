from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import arxonomy
from arxonomy.evaluation import expected_calibration_error
from arxonomy.inference import Classifier, load


def test_a_model_is_scored_by_what_is_given(bundle_of, invented_papers) -> None:
    classifier: Classifier = load(bundle_of("v1"), threads=1)
    known = [paper for paper in invented_papers if paper.category in ("cs.CL", "cs.CV")]
    papers = [replace(paper, abstract="") if row < 10 else paper for row, paper in enumerate(known)]
    evaluation = arxonomy.evaluate(classifier, papers, by_part=True)
    assert [row.given for row in evaluation.by_part] == [("title", "abstract"), ("title",), ("abstract",)]
    assert [row.papers for row in evaluation.by_part] == [50, 60, 50]
    truth = np.array([classifier.labels.index(paper.category or "") for paper in papers])
    titles = classifier.probabilities(replace(paper, abstract="") for paper in papers)
    _, alone, _ = evaluation.by_part
    assert alone.accuracy.value == (titles.argmax(axis=1) == truth).mean()
    assert alone.expected_calibration_error.value == pytest.approx(expected_calibration_error(truth, titles))
    rows = json.loads(json.dumps(evaluation.to_dict()))["by_part"]
    assert [row["given"] for row in rows] == [["title", "abstract"], ["title"], ["abstract"]]
    assert {"papers", "accuracy", "accuracy_interval", "expected_calibration_error"} < set(rows[1])
    text = evaluation.to_text()
    assert "title alone" in text and "abstract alone" in text
    assert "By what is given of a paper" in evaluation.to_html()


def test_parts_are_scored_only_when_asked_for_and_where_they_are(bundle_of, invented_papers) -> None:
    classifier = load(bundle_of("v1"), threads=1)
    plain = arxonomy.evaluate(classifier, invented_papers)
    assert "by_part" not in plain.to_dict() and "alone" not in plain.to_text()
    assert "By what is given" not in plain.to_html()
    titles = [replace(paper, abstract="") for paper in invented_papers]
    (only,) = arxonomy.evaluate(classifier, titles, by_part=True).by_part
    assert (only.given, only.papers) == (("title",), plain.scores.papers)
