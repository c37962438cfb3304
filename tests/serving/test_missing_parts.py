"""A paper without an abstract, or without a title, at every interface of the service."""

from __future__ import annotations

import pytest
from serving.servers import Live

from arxonomy.inference import Classifier

TITLE, ABSTRACT = "Parsing sentences with neural grammars", "We parse the grammar of sentences in dialogue."

PAPERS = [
    ({"title": TITLE, "abstract": ABSTRACT}, ["title", "abstract"]),
    ({"title": TITLE}, ["title"]),
    ({"title": TITLE, "abstract": None}, ["title"]),
    ({"title": TITLE, "abstract": " "}, ["title"]),
    ({"title": TITLE, "abstract": "\u2014"}, ["title"]),
    ({"title": TITLE, "abstract": "[No abstract available]"}, ["title"]),
    ({"title": TITLE, "abstract": "N/A"}, ["title"]),
    ({"title": TITLE, "abstract": "nan"}, ["title"]),
    ({"title": TITLE, "abstract": "Withdrawn."}, ["title"]),
    ({"abstract": ABSTRACT}, ["abstract"]),
    ({"title": "n/a", "abstract": ABSTRACT}, ["abstract"]),
    ({"title": "\u6df1\u5ea6", "abstract": ABSTRACT}, ["abstract"]),
]


@pytest.mark.parametrize(("paper", "read"), PAPERS)
def test_classify_and_explain_say_what_was_read(
    live: Live, classifier: Classifier, paper: dict, read: list[str]
) -> None:
    (answer,) = live.classify(paper).json()["predictions"]
    assert answer["read"] == read
    (expected,) = classifier.classify([paper])
    assert answer["categories"] == expected.to_dict()["categories"]
    explained = live.client.post("/v1/explain", json=paper).json()
    assert (explained["read"], explained["categories"]) == (read, answer["categories"])
    texts = explained["explanation"]
    assert [part for part in ("title", "abstract") if texts[part]] == read


def test_all_together_as_each_alone(live: Live) -> None:
    papers = [paper for paper, _ in PAPERS]
    together = live.classify(*papers).json()["predictions"]
    assert [answer["read"] for answer in together] == [read for _, read in PAPERS]
    for paper, answer in zip(papers, together, strict=True):
        (alone,) = live.classify(paper).json()["predictions"]
        assert alone["probability"] == pytest.approx(answer["probability"], abs=1e-5)


def test_annif_suggests_by_a_title_alone_as_classify_does(live: Live) -> None:
    (answer,) = live.classify({"title": TITLE}).json()["predictions"]
    results = live.client.post("/v1/projects/arxonomy/suggest", data={"text": TITLE}).json()["results"]
    assert [(one["notation"], one["score"]) for one in results] == [
        (one["category"], one["probability"]) for one in answer["categories"]
    ]
