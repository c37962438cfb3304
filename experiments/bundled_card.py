"""The card of the model in the package: what to expect of the weights as they are shipped.

    python experiments/bundled_card.py RECENT.parquet bundled_split.csv

A run keeps its validation logits, and those of a bundle's packed weights differ a little. So the packed
model answers the validation and the test papers here; what that says of sure answers, of titles and abstracts
alone, and the class mix that probabilities assume, goes into bundle.json and onto the card. Weights and calibration stay.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from reference import load_reference_recipe

from arxonomy.artifacts.bundle import read_manifest, write_manifest
from arxonomy.artifacts.calibration_facts import CalibrationEffect
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import coverage_at, vote_logits
from arxonomy.inference import load
from arxonomy.inference.calibration import estimate_expectations
from arxonomy.inference.card import render_card
from arxonomy.inference.class_prior import compute_class_prior
from arxonomy.papers import load_dataset, read_split
from arxonomy.text import keep_part

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

    def answers(part: str, given: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.flatnonzero(parts == part)
        papers = [dataset.papers[row] for row in rows.tolist()]
        if given is not None:
            papers = [keep_part(paper, given) for paper in papers]
        return truth[rows], *classifier.compute_all(papers)[:2]

    def measure(effect: CalibrationEffect | None, given: str | None = None) -> CalibrationEffect:
        assert effect is not None
        right, before, _ = answers("validation", given)
        return effect.model_copy(update={"cross_fitted": estimate_expectations(vote_logits([before]), right)})

    manifest = read_manifest(BUNDLE)
    calibration = measure(manifest.calibration)
    alone = {
        part: own.model_copy(update={"calibration": measure(own.calibration, part)})
        for part, own in manifest.parts.items()
    }
    right = truth[parts == "validation"]
    priors = tuple(compute_class_prior(np.bincount(right, minlength=len(dataset.labels))))
    right, _, after = answers("test")
    rates = [row.to_dict() for row in coverage_at(right, after)]
    assert manifest.metrics.test is not None
    metrics = manifest.metrics.add_scores("test", {**manifest.metrics.test, "answers": rates})
    manifest = manifest.model_copy(
        update={"calibration": calibration, "parts": alone, "priors": priors, "metrics": metrics}
    )
    notes = (HERE / "bundled_notes.md").read_text(encoding="utf-8")
    write_atomic(BUNDLE / "README.md", render_card(manifest, notes))
    write_manifest(BUNDLE, manifest)
    for row in rates:
        print(f"sure at least {row['at_least']}: {row['coverage']:.1%} answered, {row['accuracy']:.1%} right")


if __name__ == "__main__":
    main()
