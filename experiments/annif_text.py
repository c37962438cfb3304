"""What one text instead of title and abstract loses, on the test papers of a split.

    python experiments/annif_text.py ../shared/data/arxiv12k/primary_label.csv \
      --split-file ../shared/data/arxiv12k/primary_split.csv --out experiments/records/annif_text.json

Annif's interface has a single text. The test papers are classified with two fields, as one text that
`split_title` splits, joined in the ways of libraries' records, and as one text that is not split. Intervals are
of the difference in accuracy, from a paired bootstrap over papers.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from reference import AMONG, load_reference_recipe

import arxonomy
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.papers import load_dataset, read_split
from arxonomy.records import Paper
from arxonomy.serving.subjects import split_title

Fields = tuple[str, str]


def one_line(text: str) -> str:
    """The text without line breaks, as records have it."""
    return " ".join(text.split())


WAYS: dict[str, Callable[[str, str], Fields]] = {
    "title and abstract as two fields": lambda title, abstract: (title, abstract),
    "title, line break, abstract": lambda title, abstract: split_title(f"{title}\n{abstract}"),
    "title, full stop, abstract": lambda title, abstract: split_title(f"{title}. {abstract}"),
    "title, space, abstract": lambda title, abstract: split_title(f"{title} {abstract}"),
    "abstract alone, split into two": lambda _, abstract: split_title(abstract),
    "not split: all is abstract": lambda title, abstract: ("", f"{title}. {abstract}"),
    "not split: all is both": lambda title, abstract: (f"{title}. {abstract}",) * 2,
}


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", type=Path)
    parser.add_argument("--split-file", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.papers, load_reference_recipe("bundled").data)
    parts = read_split(arguments.split_file, dataset.papers)
    rows = [row for row, part in enumerate(parts) if part == "test"]
    truth, papers = dataset.get_label_ids()[rows], [dataset.papers[row] for row in rows]
    classifier = arxonomy.load().with_view(AMONG)
    assert classifier.labels == dataset.labels

    draws = np.random.default_rng(0).integers(0, len(papers), (10_000, len(papers)))
    measured, apart = {}, None
    for name, way in WAYS.items():
        texts = [way(one_line(paper.title), one_line(paper.abstract)) for paper in papers]
        shares = classifier.probabilities(Paper(str(i), *text) for i, text in enumerate(texts))
        right = (shares.argmax(axis=1) == truth).astype(np.float64)
        measured[name] = {"accuracy": round(float(right.mean()), 4)}
        apart = right if apart is None else apart
        if right is not apart:
            gains = (right - apart)[draws].mean(axis=1)
            measured[name]["difference"] = round(float((right - apart).mean()), 4)
            measured[name]["interval"] = np.quantile(gains, [0.025, 0.975]).round(4).tolist()
        print(name, json.dumps(measured[name]))
    names = {
        str(arguments.papers): arguments.papers.name,
        str(arguments.split_file): arguments.split_file.name,
    }
    record = {
        "command": shlex.join(
            ["python", "experiments/annif_text.py", *(names.get(w, w) for w in sys.argv[1:])]
        ),
        "data_sha256": hash_file(arguments.papers),
        "split_sha256": hash_file(arguments.split_file),
        "model_sha256": classifier.source.sha256,
        "test_papers": len(papers),
        "ways": measured,
    }
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
