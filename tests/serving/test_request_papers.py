"""Papers as programs send them: the same records as in files, over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from exports import ABSTRACT, EXPORTS, TITLE
from serving.servers import Live

from arxonomy.inference import Classifier

TYPICAL = "Parsing sentences with neural grammars", "We parse the grammar of sentences in dialogue."
"""A title and an abstract that have subjects, together and the title alone."""


def post_lines(live: Live, path: str, data: bytes, media_type: str) -> list[Any]:
    response = live.client.post(path, content=data, headers={"Content-Type": media_type})
    assert response.status_code == 200, response.text
    return [orjson.loads(line) for line in response.text.splitlines()]


@pytest.mark.parametrize("export", ["plain", "Zotero CSV", "Web of Science tags", "OpenAlex", "Crossref"])
def test_a_record_has_one_answer_over_every_route(live: Live, classifier: Classifier, export: str):
    values, name = EXPORTS[export]
    (expected,) = classifier.classify([{"id": name, "title": TITLE, "abstract": ABSTRACT}])
    line = orjson.dumps(values) + b"\n"
    (sent,) = live.classify(values).json()["predictions"]
    (streamed,) = post_lines(live, "/v1/classify", line, "application/x-ndjson")
    (paper,) = post_lines(live, "/v1/papers?name=p.jsonl", line, "application/octet-stream")
    (again,) = live.classify(paper).json()["predictions"]
    explained = live.client.post("/v1/explain", json=values).json()
    assert explained.pop("explanation")
    assert sent == streamed == again == explained == expected.to_dict()


def test_a_placeholder_in_a_text_for_annif_is_no_abstract(live: Live):
    def suggest(text: str) -> Any:
        response = live.client.post("/v1/projects/arxonomy/suggest", data={"text": text})
        return response.json()["results"]

    title, _ = TYPICAL
    assert suggest(f"{title}\n[No abstract available]") == suggest(f"{title}\n") != []
    assert suggest("N/A\n[No abstract available]") == []


@pytest.mark.parametrize("key", ["Title", "dc:title", "title"])
def test_the_title_in_metadata_has_any_usual_name(live: Live, key: str):
    def suggest(**document: Any) -> Any:
        body = {"documents": [document]}
        return live.client.post("/v1/projects/arxonomy/suggest-batch", json=body).json()[0]["results"]

    title, abstract = TYPICAL
    assert suggest(text=abstract, metadata={key: title}) == suggest(text=f"{title}\n{abstract}") != []


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/v1/classify", [{"title": "a"}], 'expected an object, as in {"papers": [{"title": ..., "abstract"'),
        ("/v1/classify", "a title", "found another kind of value"),
        (
            "/v1/classify",
            {"title": "a", "summary": "b"},
            'a list of papers, found one; send {"papers"',
        ),
        ("/v1/classify", {"papers": ["a title"]}, "papers[0]: expected an object"),
        ("/v1/explain", [{"title": "a"}], "found a list"),
    ],
)
def test_a_body_of_another_shape_is_explained(live: Live, path: str, body: Any, message: str):
    response = live.client.post(path, json=body)
    assert response.status_code == 422 and message in response.json()["detail"]
    assert "dictionary" not in response.text


def test_advice_is_possible_where_it_is_given(live: Live):
    for data in (b"Titulo,n\nA title,1\n", b'{"Titulo": "A title"}\n'):
        headers = {"Content-Type": "application/octet-stream"}
        detail = live.client.post("/v1/papers", content=data, headers=headers).json()["detail"]
        assert "Then call it `title`" in detail and "--column" not in detail and "columns=" not in detail


def test_what_is_odd_about_a_file_comes_in_the_end(live: Live):
    data = b"title,abstarct\nOne,We parse.\nTwo,\n"
    *papers, last = post_lines(live, "/v1/papers?name=p.csv", data, "application/octet-stream")
    assert [paper["title"] for paper in papers] == ["One", "Two"]
    assert last == {
        "note": "p.csv: column `abstarct` of 1 record is not read; did you mean `abstract`? "
        "then call it `abstract`"
    }
