"""Annif's contract, and Annif itself as the client where it is installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from serving.servers import Live, Start
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.inference import Classifier
from arxonomy.serving.subjects import make_label, make_uri
from arxonomy.taxonomy import get_arxiv

ROOT = "/v1/projects/arxonomy"
TEXT = "Parsing sentences\nWe parse the grammar of sentences in dialogue."


def suggest(live: Live, **form: object):
    return live.client.post(f"{ROOT}/suggest", data=form)


def test_projects(live: Live, classifier: Classifier):
    listed = live.client.get("/v1/projects").json()
    shown = live.client.get(ROOT).json()
    assert listed == {"projects": [shown]}
    assert shown["project_id"] == "arxonomy" and shown["is_trained"] is True
    assert shown["backend"]["backend_id"] and shown["language"] == shown["vocab_language"] == "en"
    size = len(classifier.labels)
    assert shown["vocab"] == {"vocab_id": "arxonomy", "languages": ["en"], "size": size, "loaded": True}
    for path in ("/v1/projects/other", "/v1/projects/arxonomy%00", "/v1/projects/Arxonomy"):
        assert live.client.get(path).status_code == 404
    assert live.client.post("/v1/projects/other/suggest", data={"text": "a"}).status_code == 404


def test_suggestions_are_the_answers_of_classify(live: Live):
    title, abstract = TEXT.split("\n")
    (answer,) = live.classify({"title": title, "abstract": abstract}).json()["predictions"]
    response = suggest(live, text=TEXT).json()
    assert response == {
        "results": [
            {
                "uri": make_uri(one["category"]),
                "label": make_label(one["category"], get_arxiv()),
                "notation": one["category"],
                "score": one["probability"],
            }
            for one in answer["categories"]
        ]
    }
    assert suggest(live, text=abstract, metadata_title=title, project="any").json() == response


def test_limit_and_threshold(live: Live):
    whole = suggest(live, text=TEXT).json()["results"]
    assert suggest(live, text=TEXT, limit=1).json()["results"] == whole[:1]
    assert suggest(live, text=TEXT, limit=0).json()["results"] == []
    assert suggest(live, text=TEXT, threshold=whole[1]["score"]).json()["results"] == whole[:2]
    assert suggest(live, text=TEXT, language="en").json()["results"] == whole


def test_a_blank_text_has_no_subjects(live: Live):
    assert suggest(live, text=" \n").json() == {"results": []}
    assert suggest(live, text="").json() == {"results": []}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "text"),
        ({"text": "a", "limit": "-1"}, "limit"),
        ({"text": "a", "limit": "many"}, "limit"),
        ({"text": "a", "threshold": "1.5"}, "threshold"),
        ({"text": "a", "threshold": "nan"}, "threshold"),
        ({"text": "a", "language": "fi"}, None),
    ],
)
def test_bad_forms_are_answered_as_annif_does(live: Live, form: dict, field: str | None):
    response = live.client.post(f"{ROOT}/suggest", data={"x": "", **form})
    assert response.status_code == 400
    assert [fault["field"] for fault in response.json().get("errors", [])] == ([field] if field else [])


def test_forms_that_are_none(live: Live):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"text=%FF", b"text=\xff", b"&".join([b"a=1"] * 200)):
        response = live.client.post(f"{ROOT}/suggest", content=body, headers=headers)
        assert response.status_code == 400 and "not a form" in response.json()["detail"]


def test_batches(live: Live):
    documents = [
        {"document_id": "b", "text": TEXT},
        {"text": ""},
        {
            "document_id": "a",
            "text": TEXT.split("\n")[1],
            "metadata": {"title": TEXT.split("\n")[0], "x": "y"},
        },
    ]
    response = live.client.post(f"{ROOT}/suggest-batch?limit=2", json={"documents": documents})
    # Each number apart: in a batch the last digit may be another.
    alone = [
        one | {"score": pytest.approx(one["score"], abs=1e-5)}
        for one in suggest(live, text=TEXT, limit=2).json()["results"]
    ]
    assert response.json() == [
        {"results": alone, "document_id": "b"},
        {"results": [], "document_id": None},
        {"results": alone, "document_id": "a"},
    ]
    many = live.client.post(f"{ROOT}/suggest-batch", json={"documents": documents * 11})
    assert many.status_code == 400 and many.json()["errors"][0]["field"] == "documents"
    for query in ("limit=-1", "threshold=2", "language=fi"):
        assert live.client.post(f"{ROOT}/suggest-batch?{query}", json={"documents": []}).status_code == 400
    assert live.client.post(f"{ROOT}/suggest-batch", json={"documents": []}).json() == []


ANNIF = os.environ.get("ARXONOMY_ANNIF")


@pytest.mark.skipif(
    ANNIF is None,
    reason="set ARXONOMY_ANNIF to an `annif` executable (pip install annif, in its own environment)",
)
@pytest.mark.parametrize("key", [None, "a-key"])
def test_annif_itself_suggests_through_its_http_backend(start: Start, tmp_path: Path, key: str | None):
    with start(api_key=key) as live:
        user = f"annif:{key}@" if key else ""
        endpoint = f"http://{user}127.0.0.1:{live.port}{ROOT}/suggest"
        (tmp_path / "projects.cfg").write_text(
            "[papers]\nname=Papers\nlanguage=en\nbackend=http\nvocab=arxonomy\nanalyzer=simple\n"
            f"endpoint={endpoint}\n"
        )
        words = ["vocab", "-o", str(tmp_path / "arxonomy.csv")]
        assert CliRunner().invoke(app, words).exit_code == 0

        def annif(*words: str, text: str = "") -> str:
            done = subprocess.run(
                [str(ANNIF), *words], input=text, cwd=tmp_path, capture_output=True, text=True, timeout=240
            )
            assert done.returncode == 0, done.stderr
            assert "failed" not in done.stderr
            return done.stdout

        annif("load-vocab", "arxonomy", "arxonomy.csv")
        if key:
            live.client.headers["Authorization"] = f"Bearer {key}"
        else:
            assert "True" in annif("show-project", "papers")  # trained
        printed = annif("suggest", "papers", text=TEXT)
        expected = suggest(live, text=TEXT).json()["results"]
        rows = [line.split("\t") for line in printed.splitlines()]
        assert [row[:2] for row in rows] == [[f"<{one['uri']}>", one["label"]] for one in expected]
        assert [float(row[-1]) for row in rows] == pytest.approx([one["score"] for one in expected], abs=1e-3)
        print(printed)
