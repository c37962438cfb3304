"""The card of the model in the package: what is published of it, measured with the model that has not seen `final-fit`.

    python experiments/packaged_card.py MEASURED arxiv_all.parquet arxiv_recent.parquet --split-file arxiv_all_split.csv

MEASURED is a bundle of the same recipe, whose training papers are all older than the test papers; the packaged model is
trained on newer ones too. What is said of calibration, of titles and of abstracts alone is measured here with its
packed weights; the scores on validation and test papers are those of MEASURED, and so are the error rates of `arxonomy
check`, out of its record. Weights and calibration stay.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from packaged import later_table, left_out_table, outside_table, rare_table
from verdicts import make_rates

from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.artifacts.calibration_facts import CalibrationEffect
from arxonomy.atomic import write_atomic
from arxonomy.config import DataSettings
from arxonomy.evaluation import vote_logits
from arxonomy.inference import Classifier, load
from arxonomy.inference.calibration import estimate_expectations
from arxonomy.inference.card import render_card
from arxonomy.papers import Dataset, load_dataset, read_training_split
from arxonomy.studies.evaluate import evaluate
from arxonomy.text import keep_part

HERE = Path(__file__).resolve().parent
BUNDLE = HERE.parent / "src" / "arxonomy" / "bundled"
TRAINING = HERE / "records" / "packaged" / "training.json"
"""How many papers MEASURED was trained on and calibrated with; `newer` are those that linear models have too."""


def measure_effect(
    classifier: Classifier,
    dataset: Dataset,
    rows: np.ndarray,
    effect: CalibrationEffect | None,
    given: str | None = None,
) -> CalibrationEffect:
    """What a calibration does, as the packed weights have it, for papers of which all or a part is given."""
    assert effect is not None
    papers = [dataset.papers[row] for row in rows.tolist()]
    if given is not None:
        papers = [keep_part(paper, given) for paper in papers]
    before = classifier.compute_all(papers).before
    truth = dataset.get_label_ids()[rows]
    return effect.model_copy(update={"cross_fitted": estimate_expectations(vote_logits([before]), truth)})


def write_notes() -> str:
    """Write what the card says besides its numbers: later months, what is refused, the intended use."""
    notes = (HERE / "packaged_notes.md").read_text(encoding="utf-8")
    return (
        f"## Later months\n{later_table()}\n## What it answers too rarely\n{rare_table()}\n"
        f"## What it refuses\n{outside_table()}\n{left_out_table()}\n{notes}"
    )


def main(arguments: argparse.Namespace) -> None:
    """Answer the validation papers, score both parts, and write the card."""
    dataset = load_dataset(arguments.papers, DataSettings())
    parts = read_training_split(arguments.split_file, dataset, "train")
    manifest, classifier = read_manifest(BUNDLE), load(BUNDLE, threads=1)
    validation = np.flatnonzero(parts == "validation")
    calibration = measure_effect(classifier, dataset, validation, manifest.calibration)
    alone = {
        part: own.model_copy(
            update={"calibration": measure_effect(classifier, dataset, validation, own.calibration, part)}
        )
        for part, own in manifest.parts.items()
    }
    measured = load(arguments.measured, threads=1)
    origin = read_manifest(arguments.measured)
    metrics = origin.metrics
    for part in ("validation", "test"):
        scores = evaluate(
            measured, arguments.papers, split=part, split_file=arguments.split_file
        ).scores.to_dict()
        metrics = metrics.add_scores(part, scores)
    assert manifest.check is not None
    check = manifest.check.model_copy(update={"later": make_rates()})
    manifest = manifest.model_copy(
        update={"calibration": calibration, "parts": alone, "metrics": metrics, "check": check}
    )
    TRAINING.parent.mkdir(parents=True, exist_ok=True)
    counts = {**origin.split.model_dump(mode="json"), "newer": int((parts == "train").sum())}
    write_atomic(TRAINING, json.dumps(counts, indent=1) + "\n")
    write_atomic(
        BUNDLE / "README.md", render_card(manifest, write_notes(), license="apache-2.0", packed_scores=True)
    )
    write_manifest(BUNDLE, manifest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path, help="a bundle")
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--split-file", type=Path, required=True)
    main(parser.parse_args())
