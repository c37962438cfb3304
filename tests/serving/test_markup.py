"""A paper with markup gets the answer of the same paper without, at every interface."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from serving.servers import Live

from arxonomy.inference import Classifier
from arxonomy.papers import read_papers

TITLE, ABSTRACT = "Parsing sentences with tau grammars", "We parse the grammar of sentences in dialogue."
MARKED = {
    "html": (
        "<b>P</b>arsing sentences with &tau; grammars",
        "<p>We <i>parse</i> the grammar of </p><p>sentences in dialogue.</p>",
    ),
    "escaped": (
        "Parsing&nbsp;sentences with 𝜏 grammars",
        "&lt;p&gt;We parse the &amp;lt;b&amp;gt;grammar of sentences in dialogue.",
    ),
    "jats": (
        "Parsing sentences with <mml:math><mml:mi>τ</mml:mi></mml:math> grammars",
        "<jats:p>We parse the grammar of <jats:italic>sentences</jats:italic> in dialogue.</jats:p>",
    ),
    "latex": (
        r"\textbf{P}arsing sentences with $\tau$ grammars",
        r"We \emph{parse} the grammar\cite{x} "
        "of sentences in dialogue.",
    ),
    "bibtex": (
        r"{\textless}i{\textgreater}Parsing{\textless}/i{\textgreater} sentences with {$\tau$} grammars",
        r"We parse the {G}rammar of \textit{sentences} in dialogue.",
    ),
}


@pytest.mark.parametrize("kind", MARKED)
def test_markup_changes_no_answer(live: Live, classifier: Classifier, tmp_path: Path, kind: str) -> None:
    title, abstract = MARKED[kind]
    marked = {"title": title, "abstract": abstract}
    (plain,) = classifier.classify([(TITLE, ABSTRACT)])
    expected = plain.to_dict()["categories"], plain.unknown_words

    (answer,) = live.classify(marked).json()["predictions"]
    assert (answer["categories"], answer["unknown_words"]) == expected
    explained = live.client.post("/v1/explain", json=marked).json()
    assert explained["categories"] == expected[0]
    words = [word["word"] for word in explained["explanation"]["title"]]
    assert words == ["parsing", "sentences", "with", "tau", "grammars"]

    lines = tmp_path / "papers.jsonl"
    lines.write_text(json.dumps(marked) + "\n", encoding="utf-8")
    table = tmp_path / "papers.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([marked.keys(), marked.values()])
    entries = tmp_path / "papers.bib"
    entries.write_text(
        f"@article{{x,\n title = {{{title}}},\n abstract = {{{abstract}}}\n}}\n", encoding="utf-8"
    )
    for path in (lines, table, entries):
        (prediction,) = classifier.classify(read_papers(path))
        assert (prediction.to_dict()["categories"], prediction.unknown_words) == expected, path.name
