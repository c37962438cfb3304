"""How well a model recognizes texts that are no papers of its field.

    python experiments/outside_texts.py FOLDER
    python experiments/outside.py MODEL FOLDER/texts.jsonl arxiv_all.parquet arxiv_recent.parquet \
      --split-file arxiv_all_split.csv --split test --out experiments/records/packaged/outside.json

Typicality is spread evenly over the papers that the model was calibrated on by construction: take others. It is compared
with the largest probability and the share of known words by the area under the ROC.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from outside_texts import KINDS
from sklearn.metrics import roc_auc_score

from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file
from arxonomy.inference import Classifier, load
from arxonomy.records import ATYPICAL_BELOW, Paper
from arxonomy.studies.selection import select_papers
from arxonomy.studies.source import open_papers

ACCEPTED = 0.95
"""Share of papers that are accepted, where outside texts are counted."""
SURE = 0.5
"""Least probability of an answer that counts as confident."""

Scores = dict[str, npt.NDArray[np.float64]]


def compute_scores(classifier: Classifier, papers: Sequence[Paper]) -> Scores:
    """Three scores (N,) of papers or texts, higher for papers."""
    predictions = classifier.classify(papers, top_k=1)
    return {
        "typicality": np.array([answer.typicality for answer in predictions], dtype=np.float64),
        "probability": np.array([answer.probability for answer in predictions]),
        "known_words": np.array([1.0 - answer.unknown_words for answer in predictions]),
    }


def measure_kind(papers: Scores, texts: Scores) -> dict[str, Any]:
    """How well the texts of a kind are told from papers."""
    truth = np.repeat([1, 0], [len(papers["typicality"]), len(texts["typicality"])])
    areas = {name: roc_auc_score(truth, np.concatenate([own, texts[name]])) for name, own in papers.items()}
    accepted = texts["typicality"] >= np.quantile(papers["typicality"], 1.0 - ACCEPTED)
    return {
        "texts": len(texts["typicality"]),
        "area_under_roc": {name: round(float(area), 4) for name, area in areas.items()},
        "accepted_at_threshold": _share(texts["typicality"] >= ATYPICAL_BELOW),
        "accepted_at_95": _share(accepted),
        "confident_at_95": _share(accepted & (texts["probability"] >= SURE)),
    }


def _share(found: npt.NDArray[np.bool_]) -> float:
    return round(float(found.mean()), 4)


def draw(papers: Sequence[Any], count: int) -> list[Any]:
    """Draw some at random, by a fixed seed, in their order."""
    kept = np.random.default_rng(0).permutation(len(papers))[:count]
    return [papers[place] for place in sorted(kept.tolist())]


def main(arguments: argparse.Namespace) -> None:
    """Measure, print, and write the record."""
    model, classifier = open_model(arguments.model), load(arguments.model, threads=1)
    if not classifier.knows_typicality:
        raise SystemExit(f"{arguments.model}: expected a model that was calibrated on 200 papers or more")
    source = open_papers(arguments.papers)
    papers = select_papers(model, source, arguments.split, arguments.split_file).papers
    lines = [json.loads(line) for line in arguments.texts.read_text(encoding="utf-8").splitlines()]
    lines = draw(lines, arguments.limit)
    of_papers = compute_scores(classifier, draw(papers, arguments.limit))
    of_texts = compute_scores(classifier, [Paper("", line["title"], line["abstract"]) for line in lines])
    kinds = np.array([line["kind"] for line in lines])
    rows = {"all": np.ones(len(kinds), dtype=np.bool_)} | {kind: kinds == kind for kind in KINDS}
    measured = {
        kind: measure_kind(of_papers, {name: own[found] for name, own in of_texts.items()})
        for kind, found in rows.items()
    }
    record = {
        "model": model.name,
        "model_sha256": model.sha256,
        "labels": len(classifier.labels),
        "papers": {
            "file": " + ".join(path.name for path in arguments.papers),
            "sha256": source.sha256,
            "split": arguments.split,
            "count": len(of_papers["typicality"]),
            "accepted_at_threshold": _share(of_papers["typicality"] >= ATYPICAL_BELOW),
        },
        "texts_sha256": hash_file(arguments.texts),
        "threshold": ATYPICAL_BELOW,
        "confident_from": SURE,
        "kinds": measured,
    }
    text = json.dumps(record, indent=1)
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="a run or a bundle")
    parser.add_argument("texts", type=Path, help="as outside_texts.py writes them")
    parser.add_argument("papers", type=Path, nargs="+", help="labeled papers")
    parser.add_argument("--split-file", type=Path)
    parser.add_argument("--split", help="part of the split (default: as `arxonomy evaluate`)")
    parser.add_argument("--limit", type=int, default=4_000, help="papers, and texts, at most (default: 4000)")
    parser.add_argument("--out", type=Path, help="where the record is written")
    main(parser.parse_args())
