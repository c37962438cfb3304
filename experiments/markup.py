r"""What reading markup changes: words of the papers, answers on papers with formulas, scores of baselines.

    python experiments/markup.py primary_label.csv --split-file primary_split.csv --out experiments/records/markup.json

The words of each paper are compared with and without the cleaner, and no text of a paper is recorded. Each test paper is
given to the bundled model with three invented formulas, as MathML, as LaTeX and in Unicode, and with one more in its
title. Baselines that train in seconds are trained on texts with and without markup; their own answers are scored.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from reference import AMONG, load_reference_recipe

import arxonomy
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.evaluation import monitor_score
from arxonomy.markup import clean_markup
from arxonomy.papers import Dataset, load_dataset, read_split
from arxonomy.records import Paper
from arxonomy.text import tokenize
from arxonomy.training.baselines import tune_baseline

BASELINES = ("linear-svm", "complement-nb", "logistic", "nb-svm")
KINDS = {
    "bold, italic and other styles": r"\\(?:textbf|textit|emph|texttt|textsc|underline|uline|ul|em|bf|it|sc|sf)\b",
    "letters, accents and signs of formulas": r"\\(?:math[a-z]+|text|bm|boldsymbol|frac|var[a-z]+|hat|bar|tilde|left|le|"
    r"ge|to|cdot|circ|mid|langle|dots)(?![a-z])",
    "indices and exponents": r"\$[^$]*[_^][^$]*\$",
    "addresses, references and notes": r"\\(?:href|url|cite[a-z]*|ref|footnote)\b",
    "accents in words": r"\\[`'^\"~=][{A-Za-z]|\\[cvHr]\{",
    "Greek letters in Unicode": r"[\u0370-\u03ff]",
}
"""Why words of a paper may differ; several may hold."""

_M = "http://www.w3.org/1998/Math/MathML"
FORMULAS = {
    "MathML": [
        f'<mml:math xmlns:mml="{_M}"><mml:mrow><mml:msub><mml:mi>L</mml:mi><mml:mn>1</mml:mn></mml:msub><mml:mo>/'
        "</mml:mo><mml:msub><mml:mi>L</mml:mi><mml:mn>2</mml:mn></mml:msub></mml:mrow></mml:math>",
        f'<mml:math xmlns:mml="{_M}"><mml:mi>&#964;</mml:mi><mml:mo>&#8804;</mml:mo><mml:mn>0.5</mml:mn></mml:math>',
        f'<mml:math xmlns:mml="{_M}"><mml:mi>O</mml:mi><mml:mo>(</mml:mo><mml:mi>n</mml:mi><mml:mi>log</mml:mi>'
        "<mml:mo>&#8289;</mml:mo><mml:mi>n</mml:mi><mml:mo>)</mml:mo></mml:math>",
    ],
    "LaTeX": ["$L_1/L_2$", r"$\tau \leq 0.5$", r"$O(n \log n)$"],
    "Unicode": ["L₁/L₂", "𝜏 ≤ 0.5", "𝑂(𝑛 log 𝑛)"],
}


def as_written(text: str) -> str:
    """The text itself; in place of the cleaner."""
    return text


def count_changes(papers: Sequence[Paper], parts: Sequence[str]) -> dict[str, Any]:
    """Compare the words of each paper with and without the cleaner."""
    changed, gone, new = [], Counter[str](), Counter[str]()
    for row, paper in enumerate(papers):
        after = [tokenize(text) for text in (paper.title, paper.abstract)]
        with patch("arxonomy.text.tokens.clean_markup", as_written):
            before = [tokenize(text) for text in (paper.title, paper.abstract)]
        if before != after:
            changed.append(row)
            counts = [Counter(words[0] + words[1]) for words in (before, after)]
            gone.update(counts[0] - counts[1])
            new.update(counts[1] - counts[0])
    texts = [f"{papers[row].title} {papers[row].abstract}" for row in changed]
    return {
        "papers": len(papers),
        "changed": len(changed),
        "changed_by_part": dict(Counter(parts[row] for row in changed)),
        "kinds": {kind: sum(bool(re.search(sign, text)) for text in texts) for kind, sign in KINDS.items()},
        "words_gone": dict(gone.most_common(15)),
        "words_come": dict(new.most_common(15)),
        "ids": [papers[row].id for row in changed],
    }


def measure_seconds(papers: Sequence[Paper]) -> float:
    """Microseconds in which a paper is split into words, the fastest of five times."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        for paper in papers:
            tokenize(paper.title)
            tokenize(paper.abstract)
        seconds.append(time.perf_counter() - start)
    return round(1e6 * min(seconds) / len(papers), 1)


def insert_formulas(text: str, formulas: Sequence[str]) -> str:
    """Put formulas between the words of a text, evenly."""
    words = text.split(" ")
    for number, formula in enumerate(formulas, 1):
        words.insert(number * len(words) // (len(formulas) + 1), formula)
    return " ".join(words)


def classify_formulas(papers: Sequence[Paper], truth: Sequence[str]) -> dict[str, dict[str, float]]:
    """Accuracy and share of warned papers of the bundled model, by notation."""
    classifier = arxonomy.load().with_view(AMONG)

    def measure(change: Callable[[Paper], Paper]) -> dict[str, float]:
        answers = classifier.classify([change(paper) for paper in papers])
        right = [answer.category == label for answer, label in zip(answers, truth, strict=True)]
        warned = [bool(answer.warnings) for answer in answers]
        return {"accuracy": round(float(np.mean(right)), 4), "warned": round(float(np.mean(warned)), 4)}

    measured = {"plain": measure(lambda paper: paper)}
    for notation, formulas in FORMULAS.items():
        measured[notation] = measure(
            lambda paper, formulas=formulas: replace(
                paper, abstract=insert_formulas(paper.abstract, formulas)
            )
        )
        measured[f"{notation}, title too"] = measure(
            lambda paper, formulas=formulas: replace(
                paper,
                title=insert_formulas(paper.title, formulas[:1]),
                abstract=insert_formulas(paper.abstract, formulas),
            )
        )
    return measured


def score_baseline(name: str, dataset: Dataset, parts: np.ndarray) -> dict[str, float]:
    """Validation and test accuracy of a baseline's own answers."""
    recipe, truth = load_reference_recipe(name), dataset.get_label_ids()
    baseline = tune_baseline(dataset, parts, recipe).baseline
    scores = {}
    for part in ("validation", "test"):
        rows = np.flatnonzero(parts == part)
        answers = baseline.decision_function([dataset.papers[row] for row in rows]).argmax(axis=1)
        scores[part] = round(monitor_score("accuracy", truth[rows], answers), 4)
    return scores


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", type=Path)
    parser.add_argument("--split-file", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.papers, load_reference_recipe("bundled").data)
    parts = read_split(arguments.split_file, dataset.papers)
    test = np.flatnonzero(parts == "test")
    names = {
        str(arguments.papers): arguments.papers.name,
        str(arguments.split_file): arguments.split_file.name,
    }
    record: dict[str, Any] = {
        "command": shlex.join(["python", "experiments/markup.py", *(names.get(w, w) for w in sys.argv[1:])]),
        "data": {"file": arguments.papers.name, "sha256": dataset.sha256},
        "split": {"file": arguments.split_file.name, "sha256": hash_file(arguments.split_file)},
        "words": count_changes(dataset.papers, parts.tolist()),
    }
    after = measure_seconds(dataset.papers)
    with patch("arxonomy.text.tokens.clean_markup", as_written):
        record["microseconds_per_paper"] = {"before": measure_seconds(dataset.papers), "after": after}
    labels = [dataset.labels[label] for label in dataset.get_label_ids()[test]]
    record["bundled_with_formulas"] = classify_formulas([dataset.papers[row] for row in test], labels)
    plain = replace(
        dataset,
        papers=[
            replace(paper, title=clean_markup(paper.title), abstract=clean_markup(paper.abstract))
            for paper in dataset.papers
        ],
    )
    record["baselines"] = {}
    with patch("arxonomy.models.baselines.ngrams.clean_markup", as_written):
        for name in BASELINES:
            scores = [score_baseline(name, papers, parts) for papers in (dataset, plain)]
            record["baselines"][name] = dict(zip(("before", "after"), scores, strict=True))
            print(name, record["baselines"][name], flush=True)
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")
    print(
        json.dumps(
            {key: record[key] for key in ("microseconds_per_paper", "bundled_with_formulas")}, indent=1
        )
    )


if __name__ == "__main__":
    main()
