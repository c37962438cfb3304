"""How often `arxonomy check` is wrong: papers as filed, and papers whose primary category was swapped for another.

    python experiments/check.py BUNDLE arxiv_all.parquet arxiv_recent.parquet --split-file arxiv_all_split.csv \
        --out experiments/records/packaged/check.json

Thresholds are those that `arxonomy export` fits: from validation papers, at 5% false alarms. The scores that were
compared are measured there too. Test papers are looked at once, with the verdicts of the product itself. A wrong
category is one that the paper does not list, of another archive or of the same one, drawn in two ways:

    any     all with the same chance
    near    among the ten that training papers of the true category list most often besides it

The list of a swapped paper is the authors' own behind the wrong category (`kept`), or without the true one
(`left out`). The model must not have seen the papers. Two minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import write_atomic
from arxonomy.checking import FALSE_ALARMS, Checker
from arxonomy.checking.results import Check
from arxonomy.config import DataSettings
from arxonomy.evaluation import CheckThresholds, PartScores
from arxonomy.evaluation.listed import mark_complete
from arxonomy.inference import Classifier, load
from arxonomy.papers import read_split
from arxonomy.records import Paper, Prediction
from arxonomy.studies.source import LabeledFiles
from arxonomy.taxonomy import get_arxiv

NEAR = 10
"""Categories that are listed with a category most often."""
RATES = (0.01, 0.02, 0.05, 0.1)
"""Rates of false alarms that are measured."""
FEWEST = 100
"""Papers of an archive or a category whose false alarms are counted."""
SEED = 0

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
Predicted = tuple[Paper, Prediction]


def read_archives(labels: Sequence[str]) -> npt.NDArray[np.str_]:
    """(C,) the archive of each category."""
    return np.array([get_arxiv().get_broader(label, "archive") for label in labels])


def find_near(papers: Sequence[Paper], labels: Sequence[str]) -> Marks:
    """(C, C) whether a category is one of those that papers of another one list most often."""
    number = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    for paper in papers:
        for code in set(paper.categories) & number.keys():
            counts[number[str(paper.category)], number[code]] += code != paper.category
    near = np.zeros_like(counts, dtype=np.bool_)
    best = np.argsort(-counts, axis=1, kind="stable")[:, :NEAR]
    np.put_along_axis(near, best, np.take_along_axis(counts, best, axis=1) > 0, axis=1)
    return near


def draw_wrong(truth: Ids, listed: Marks, near: Marks, archives: npt.NDArray[np.str_]) -> dict[str, Ids]:
    """Draw a wrong category of each paper: kind of draw -> (N,) its number, -1 where there is none."""
    random = np.random.default_rng(SEED)
    same = archives[truth][:, None] == archives[None, :]
    drawn = {}
    for kind, allowed in (("any", ~listed), ("near", near[truth] & ~listed)):
        for place, inside in (("across", ~same), ("within", same)):
            chances = random.random(listed.shape) * (allowed & inside)
            drawn[f"{kind}, {place}"] = np.where(chances.any(axis=1), chances.argmax(axis=1), -1)
    return drawn


def compare_scores(
    shares: Floats, lists: Floats, truth: Ids, near: Marks, drawn: dict[str, Ids]
) -> dict[str, dict[str, float]]:
    """What each score of doubt would find on validation papers, at the false alarms of `check`."""
    best, tiny = np.sort(shares, axis=1)[:, ::-1], 1e-9
    confused = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
    scores: dict[str, Callable[[Ids, Ids], Floats]] = {
        "probability": lambda row, own: -shares[row, own],
        "probability of being listed": lambda row, own: -lists[row, own],
        "product of both": lambda row, own: -shares[row, own] * lists[row, own],
        "ratio to the most probable": lambda row, own: best[row, 0] / (shares[row, own] + tiny),
        "rank": lambda row, own: (shares[row] > shares[row, own][:, None]).sum(axis=1) - shares[row, own],
        "likelihood ratio to any and near categories": lambda row, own: (
            (0.5 / shares.shape[1] + 0.5 * (shares[row] @ confused)[np.arange(len(row)), own])
            / (shares[row, own] + tiny)
        ),
    }
    everything, found = np.arange(len(truth)), {}
    for name, score in scores.items():
        threshold = np.quantile(score(everything, truth), 1 - FALSE_ALARMS)
        found[name] = {
            kind: share_of(score(np.flatnonzero(wrong >= 0), wrong[wrong >= 0]) > threshold)
            for kind, wrong in drawn.items()
        }
    return found


def share_of(marks: Any) -> float:
    """The share that is true."""
    return round(float(np.mean(marks)), 4)


def swap(paper: Paper, wrong: str, keep: bool) -> Paper:
    """The paper as if its authors had chosen another category."""
    rest = [code for code in paper.categories if keep or code != paper.category]
    return replace(paper, category=wrong, categories=(wrong, *rest))


def measure_swapped(
    checker: Checker, answers: Sequence[Predicted], drawn: Ids, labels: Sequence[str], keep: bool
) -> dict[str, float | int]:
    """Verdicts on papers whose primary category was swapped."""
    verdicts = Counter[str]()
    right = listed = caught = papers = 0
    for (paper, prediction), number in zip(answers, drawn.tolist(), strict=True):
        if number < 0:
            continue
        papers += 1
        check = checker.judge(swap(paper, labels[number], keep), prediction)
        verdicts[check.verdict] += 1
        right += check.move_to == paper.category
        listed += check.move_to in paper.categories
        caught += check.verdict == "move" or paper.category in check.add
    moves = max(verdicts["move"], 1)
    return {
        "papers": papers,
        **{verdict: round(count / papers, 4) for verdict, count in sorted(verdicts.items())},
        "move_or_true_category_added": round(caught / papers, 4),
        "true_category_proposed": round(right / moves, 4),
        "listed_category_proposed": round(listed / moves, 4),
    }


def measure_filed(checks: Sequence[Check]) -> dict[str, Any]:
    """Verdicts on papers as filed, also by archive and category."""
    verdicts = Counter(check.verdict for check in checks)
    groups: dict[str, list[bool]] = {}
    for check in checks:
        archive = get_arxiv().get_broader(str(check.category), "archive")
        for name in {archive, str(check.category)}:
            groups.setdefault(name, []).append(check.verdict == "move")
    return {
        "papers": len(checks),
        **{verdict: round(count / len(checks), 4) for verdict, count in sorted(verdicts.items())},
        "moves_to_listed": share_of(
            [check.move_to in check.paper.categories for check in checks if check.move_to]
        ),
        "moves_by_group": {
            name: {"papers": len(moved), "move": share_of(moved)}
            for name, moved in sorted(groups.items())
            if len(moved) >= FEWEST
        },
    }


def hide_cross_lists(answers: Sequence[Predicted]) -> Iterator[tuple[Paper, Prediction, str]]:
    """Papers with cross-lists without one of these, drawn at random, and which."""
    random = np.random.default_rng(SEED)
    for paper, prediction in answers:
        crossed = [code for code in paper.categories if code != paper.category]
        if crossed:
            hidden = crossed[random.integers(len(crossed))]
            kept = tuple(code for code in paper.categories if code != hidden)
            yield replace(paper, categories=kept), prediction, hidden


def measure_additions(checker: Checker, answers: Sequence[Predicted]) -> dict[str, float | int]:
    """How often a cross-list that was hidden is proposed."""
    hidden = list(hide_cross_lists(answers))
    checks = [checker.judge(paper, prediction) for paper, prediction, _ in hidden]
    pairs = list(zip(checks, hidden, strict=True))
    proposed = [code for check, (*_, code) in pairs if code in check.add]
    return {
        "papers": len(pairs),
        "hidden_category_proposed": round(len(proposed) / len(pairs), 4),
        "add": share_of([check.verdict == "add" for check in checks]),
    }


def measure_rule(
    checker: Checker, answers: Sequence[Predicted], drawn: dict[str, Ids], labels: Sequence[str]
) -> dict[str, Any]:
    """All verdicts of a rule."""
    swapped = {
        f"{kind}, {name}": measure_swapped(checker, answers, wrong, labels, keep)
        for kind, wrong in drawn.items()
        for name, keep in (("kept", True), ("left out", False))
    }
    checks = [checker.judge(paper, prediction) for paper, prediction in answers]
    return {
        "filed": measure_filed(checks),
        "swapped": swapped,
        "additions": measure_additions(checker, answers),
    }


def read_parts(arguments: argparse.Namespace) -> dict[str, list[Paper]]:
    """The papers of each part of the split; those that the split file does not name are the part ``."""
    model = open_model(arguments.model)
    dataset = LabeledFiles(arguments.data).read(DataSettings(), any_labels=True)
    parts: dict[str, list[Paper]] = {}
    for paper, part in zip(
        dataset.papers, read_split(arguments.split_file, dataset.papers).tolist(), strict=True
    ):
        if paper.category in model.labels:
            parts.setdefault(part, []).append(paper)
    seen = model.trained_on(parts[arguments.split])
    assert arguments.split == "validation" or not seen, f"the model has seen {seen} of these papers"
    return parts


def fit_thresholds(
    classifier: Classifier, papers: Sequence[Paper], near: Marks
) -> tuple[CheckThresholds, dict[str, dict[str, float]]]:
    """Fit the thresholds to validation papers, and compare scores on these."""
    labels = classifier.labels
    truth = np.array([labels.index(str(paper.category)) for paper in papers])
    listed = mark_complete(truth, labels, [paper.categories for paper in papers])
    answers = classifier.compute_all(papers)
    assert answers.listed is not None
    fitted = CheckThresholds.fit(
        PartScores(truth, answers.after), PartScores(listed.astype(np.int64), answers.listed)
    )
    assert fitted is not None
    drawn = draw_wrong(truth, listed, near, read_archives(labels))
    return fitted, compare_scores(answers.after, answers.listed, truth, near, drawn)


def main(arguments: argparse.Namespace) -> None:
    """Measure, print, write the record."""
    classifier = load(arguments.model, threads=1)
    labels = classifier.labels
    parts = read_parts(arguments)
    near, papers = find_near(parts[""], labels), parts[arguments.split]
    thresholds, scores = fit_thresholds(classifier, parts["validation"], near)
    classifier.check_thresholds = thresholds
    truth = np.array([labels.index(str(paper.category)) for paper in papers])
    listed = mark_complete(truth, labels, [paper.categories for paper in papers])
    drawn = draw_wrong(truth, listed, near, read_archives(labels))
    answers = list(zip(papers, classifier.classify(papers, None), strict=True))
    rates = {
        f"{rate:g}": measure_rule(Checker(classifier, false_alarms=rate), answers, drawn, labels)
        for rate in RATES
    }
    record = {
        "model": open_model(arguments.model).name,
        "split": arguments.split,
        "months": sorted({str(paper.published) for paper in papers}),
        "training_papers": len(parts[""]),
        "near": NEAR,
        "thresholds": {
            "papers": thresholds.papers,
            "move_below": thresholds.find_least_probability(FALSE_ALARMS),
            "add_from": thresholds.find_listed_probability(FALSE_ALARMS),
        },
        "scores_on_validation": scores,
        "rates": rates,
        "arxiv": measure_rule(Checker(classifier, "arxiv"), answers, drawn, labels),
    }
    text = json.dumps(record, indent=1)
    print(text)
    write_atomic(arguments.out, text + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a bundle")
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--split-file", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path, required=True)
    main(parser.parse_args())
