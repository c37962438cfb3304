"""The card of the model in the package: what to expect of the weights as they are shipped.

    python experiments/bundled_card.py RECENT.parquet bundled_split.csv

A run keeps its validation logits, and those of a bundle's packed weights differ a little. So the packed
model answers the validation and the test papers here; what that says of sure answers, and the class mix
that probabilities assume, goes into bundle.json and onto the card. Weights and calibration stay.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from reference import load_reference_recipe

from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import coverage_at, vote_logits
from arxonomy.inference import load
from arxonomy.inference.calibration import estimate_expectations
from arxonomy.inference.card import render_card
from arxonomy.inference.class_prior import compute_class_prior
from arxonomy.papers import load_dataset, read_split

HERE = Path(__file__).resolve().parent
BUNDLE = HERE.parent / "src" / "arxonomy" / "bundled"


def main() -> None:
    """Answer the papers and write the card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recent", type=Path, help="arxiv_recent.parquet")
    parser.add_argument("split", type=Path, help="the split that experiments/bundled_split.py wrote")
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.recent, load_reference_recipe("bundled").data)
    parts, truth = read_split(arguments.split, dataset.papers), dataset.get_label_ids()
    classifier = load(BUNDLE)

    def answers(part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.flatnonzero(parts == part)
        return truth[rows], *classifier.before_and_after(dataset.papers[row] for row in rows.tolist())

    manifest = read_manifest(BUNDLE)
    right, before, _ = answers("validation")
    assert manifest.calibration is not None
    expectations = estimate_expectations(vote_logits([before]), right)
    calibration = manifest.calibration.model_copy(update={"cross_fitted": expectations})
    priors = tuple(compute_class_prior(np.bincount(right, minlength=len(dataset.labels))))
    right, _, after = answers("test")
    rates = [row.to_dict() for row in coverage_at(right, after)]
    assert manifest.metrics.test is not None
    metrics = manifest.metrics.add_scores("test", {**manifest.metrics.test, "answers": rates})
    manifest = manifest.model_copy(update={"calibration": calibration, "priors": priors, "metrics": metrics})
    notes = (HERE / "bundled_notes.md").read_text(encoding="utf-8")
    write_atomic(BUNDLE / "README.md", render_card(manifest, notes))
    write_manifest(BUNDLE, manifest)
    for row in rates:
        print(f"sure at least {row['at_least']}: {row['coverage']:.1%} answered, {row['accuracy']:.1%} right")


if __name__ == "__main__":
    main()
