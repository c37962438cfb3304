"""What `--prior auto` does to accuracy, on resampled mixes of labeled papers.

    python experiments/class_prior.py RUN|BUNDLE DATA... --split-file split.csv --split final-fit --draws 20 \
        --out experiments/records/class_prior.json

The papers are classified once. Then papers are drawn from them, again and again, in another mix: as it was in
training, as it is in the file, each category or each archive twice or half as frequent, one archive alone, few
categories. Each draw is a file that `auto` estimates the prior of, as `arxonomy classify` does. The model must not have
seen the papers. A few minutes for 149 categories.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import write_atomic
from arxonomy.evaluation import shift_prior
from arxonomy.inference import Classifier, load
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.inference.prior_estimate import PriorTally, find_groups
from arxonomy.studies.selection import select_papers
from arxonomy.studies.source import LabeledFiles

SIZES = (100, 1000, 5000, 20000)
LEAST = 100
"""Papers of an archive that may stand alone."""

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def draw_mixes(
    truth: Labels, training_prior: Floats, groups: npt.NDArray[np.str_], random: np.random.Generator
) -> Iterator[tuple[str, Floats]]:
    """Draw mixes: the name of each, and (N,) how often each paper is to be drawn."""
    counts = np.bincount(truth, minlength=len(training_prior))
    trained = (training_prior / np.maximum(counts, 1))[truth]
    names = np.unique(groups)
    factors = dict(zip(names.tolist(), 2.0 ** random.choice([-1, 1], len(names)), strict=True))
    large = [name for name in names if counts[groups == name].sum() >= LEAST]
    yield "as trained", trained
    yield "as found", np.ones(len(truth))
    yield "categories twice or half", trained * (2.0 ** random.choice([-1, 1], len(counts)))[truth]
    yield "archives twice or half", trained * np.array([factors[name] for name in groups])[truth]
    yield "one archive", (groups[truth] == random.choice(large)).astype(float)
    for number in (5, 20):
        few = random.choice(len(counts), min(number, len(counts)), replace=False, p=counts / len(truth))
        yield f"{number} categories", np.isin(truth, few).astype(float)


def measure_draw(classifier: Classifier, probabilities: Probabilities, truth: Labels) -> list[float]:
    """Measure one file: accuracy; gain, expected gain; disagreement, use; gain of knowing the true shares."""
    tally = PriorTally(classifier)
    tally.add(Answers([0.0] * len(truth), [("title", "abstract")] * len(truth), probabilities))
    estimate = tally.estimate()
    assert classifier.training_prior is not None
    shifted = shift_prior(probabilities, classifier.training_prior, list(estimate.shares.values()))
    before = (probabilities.argmax(axis=1) == truth).mean()
    gain = (shifted.argmax(axis=1) == truth).mean() - before
    known = np.bincount(truth, minlength=len(classifier.labels)) / len(truth)
    best = (
        shift_prior(probabilities, classifier.training_prior, known).argmax(axis=1) == truth
    ).mean() - before
    return [before, gain, estimate.gain, estimate.disagreement is not None, estimate.is_useful, best]


def summarize(draws: list[list[float]]) -> dict[str, float | int]:
    """Summarize the draws of one mix and size, in points of accuracy and shares of the draws."""
    before, gain, expected, contradicted, used, best = np.array(draws, dtype=np.float64).T
    auto = gain * used
    return {
        "accuracy": round(100 * float(before.mean()), 2),
        "gain": round(100 * float(auto.mean()), 2),
        "worst_gain": round(100 * float(auto.min()), 2),
        "applied": round(float(used.mean()), 2),
        "disagreement": round(float(contradicted.mean()), 2),
        "expected_gain": round(100 * float(expected.mean()), 2),
        "gain_of_true_shares": round(100 * float(best.mean()), 2),
        "gain_if_always_applied": round(100 * float(gain.mean()), 2),
        "worst_if_always_applied": round(100 * float(gain.min()), 2),
    }


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--split-file", type=Path)
    parser.add_argument("--split", default="all")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    saved, classifier = open_model(arguments.model), load(arguments.model, threads=1)
    selection = select_papers(
        saved, LabeledFiles(arguments.data), arguments.split, arguments.split_file, saved.recipe.data.among
    )
    assert classifier.training_prior is not None
    assert not selection.seen, "the model has seen these papers"
    probabilities = classifier.probabilities(selection.papers)
    truth = np.array([classifier.labels.index(paper.category or "") for paper in selection.papers])
    prior, groups = np.array(classifier.training_prior), np.array(find_groups(classifier))
    mixes: dict[str, dict[str, list[list[float]]]] = {}
    for size in SIZES:
        for draw in range(arguments.draws):
            random = np.random.default_rng([size, draw])
            for name, weights in draw_mixes(truth, prior, groups, random):
                rows = random.choice(len(truth), size, p=weights / weights.sum())
                found = measure_draw(classifier, probabilities[rows], truth[rows])
                mixes.setdefault(name, {}).setdefault(str(size), []).append(found)
    record = {
        "model": saved.name,
        "labels": len(classifier.labels),
        "training_papers": saved.split.train if saved.split else None,
        "calibration_papers": saved.split.validation if saved.split else None,
        "papers": len(truth),
        "split": arguments.split,
        "draws": arguments.draws,
        "mixes": {
            name: {size: summarize(draws) for size, draws in sizes.items()} for name, sizes in mixes.items()
        },
    }
    for name, sizes in mixes.items():
        for size, draws in sizes.items():
            print(f"{name:26} {size:>6} {summarize(draws)}")
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
