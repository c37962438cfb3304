"""How faithful explanations are: what happens to the answer when the words that they name are taken away.

    python experiments/faithfulness.py --data DATA        (DATA has arxiv12k/primary_label.csv and its split)

The model is the one in the package. For each paper, words are taken away in the order of their scores, the
highest first (deletion: a faithful order makes the probability of the answer fall at once), or all others are
(insertion: it makes it rise at once); the area under each curve is compared with that of a random order. Ways
to occlude are compared on validation papers, the methods on test papers. Last, networks whose weights are
randomized must lose the explanation. Finished papers are kept in --work, so that a stopped run resumes.

Sources: Petsiuk et al. 2018 (arXiv:1806.07421), section 3.4, for the curves; DeYoung et al. 2020
(arXiv:1911.03429), section 4, for comprehensiveness and sufficiency; Ancona et al. 2018 (arXiv:1711.06104),
section 4, for additivity ("sensitivity-n"); Adebayo et al. 2018 (arXiv:1810.03292), section 3, for randomized
weights.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reference import load_reference_recipe
from scipy.stats import spearmanr

import arxonomy
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.evaluation.significance import bootstrap, compute_interval
from arxonomy.explain import METHODS, Method, explain_prediction
from arxonomy.explain.gradients import STEPS
from arxonomy.explain.occlusion import cut_unread
from arxonomy.explain.target import Target, choose_target
from arxonomy.explain.words import PaperWords, drop_markup, read_words
from arxonomy.inference import Classifier, load
from arxonomy.inference.members import NetworkMember
from arxonomy.inference.torch_backend import TorchBackend
from arxonomy.models.layers import init_weights
from arxonomy.papers import load_dataset, read_split
from arxonomy.records import Paper

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
"""Shares of a paper's words that are taken away, or left; none and all are known anyway."""
UNKNOWN = "qzxqzx"
"""A word that the model does not know."""
AT = SHARES.index(0.2)  # where comprehensiveness and sufficiency are read off
SETS, SET_SHARE = 16, 0.15  # random sets of words for additivity, and the share of words in each
MEASURES = (
    *("deletion", "insertion", "comprehensiveness", "sufficiency"),
    *("additivity", "additivity_of_probability"),
)
TIMED = 10  # test papers
NETWORKS = 2  # randomized for each way to randomize

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Case:
    """A paper, and the log-odds and probability of its answer when words are taken away."""

    def __init__(self, classifier: Classifier, paper: Paper) -> None:
        (prediction,) = classifier.classify([paper])
        self.classifier = classifier
        self.target: Target = choose_target(classifier, prediction, None, None)
        self.words: PaperWords
        paper, self.words = drop_markup(paper, read_words(classifier, paper))
        self.paper = cut_unread(paper, self.words)
        self.tokens = [word.text for word in self.words.title + self.words.abstract]

    def without(self, places: Iterable[int], instead: str = "") -> Paper:
        """The paper without the words at these places, or with another word in their stead."""
        gone, first = set(places), len(self.words.title)

        def text(whole: str, words: Sequence[Any], start: int) -> str:
            parts, at = [], 0
            for place, word in enumerate(words, start):
                if place in gone:
                    parts += [whole[at : word.start], instead]
                    at = word.end
            return "".join([*parts, whole[at:]])

        return replace(
            self.paper,
            title=text(self.paper.title, self.words.title, 0),
            abstract=text(self.paper.abstract, self.words.abstract, first),
        )

    def answers(self, papers: Sequence[Paper]) -> tuple[Floats, Floats]:
        """Log-odds and probabilities (N,)."""
        probabilities = self.classifier.plain_probabilities(papers)
        return self.target.compute_log_odds(probabilities), probabilities[:, list(self.target.columns)].sum(
            axis=1
        )

    def falls(self, groups: Sequence[Sequence[int]], instead: str = "") -> Floats:
        """By how much the log-odds fall without each group of words."""
        odds, _ = self.answers([self.paper, *(self.without(group, instead) for group in groups)])
        return odds[0] - odds[1:]


def each(case: Case, instead: str = "") -> Floats:
    """Each word alone."""
    return case.falls([[place] for place in range(len(case.tokens))], instead)


def everywhere(case: Case) -> Floats:
    """A word wherever it stands in title and abstract, all at once; each occurrence has an equal part."""
    groups: dict[str, list[int]] = {}
    for place, token in enumerate(case.tokens):
        groups.setdefault(token, []).append(place)
    scores = np.zeros(len(case.tokens))
    for group, fall in zip(groups.values(), case.falls(list(groups.values())), strict=True):
        scores[group] = fall / len(group)
    return scores


def windows(case: Case, width: int = 3) -> Floats:
    """Windows of neighbors; a word has its part of each window that it is in, on average."""
    first, scores, times = len(case.words.title), np.zeros(len(case.tokens)), np.zeros(len(case.tokens))
    groups = [
        [place for place in range(start, start + width) if low <= place < high]
        for low, high in ((0, first), (first, len(case.tokens)))
        if high > low
        for start in range(low - width + 1, high)
    ]
    for group, fall in zip(groups, case.falls(groups), strict=True):
        scores[group] += fall / len(group)
        times[group] += 1
    return scores / times


class Judge:
    """Measures orders of one paper's words; `instead` of one taken away stands another, or nothing."""

    def __init__(self, case: Case, seed: int, instead: str = "") -> None:
        self.case, self.instead, rng, count = case, instead, np.random.default_rng(seed), len(case.tokens)
        size = max(1, round(SET_SHARE * count))
        self.sets = [rng.choice(count, size, replace=False) for _ in range(SETS)]
        papers = [case.paper, case.without(range(count), instead)]
        odds, shares = case.answers([*papers, *(case.without(one, instead) for one in self.sets)])
        self.full, self.empty, self.odds = shares[0], shares[1], odds[0]
        self.falls, self.drops = odds[0] - odds[2:], shares[0] - shares[2:]

    def __call__(self, scores: Floats) -> dict[str, float]:
        """The numbers of `MEASURES`."""
        order, tops = np.argsort(-scores, kind="stable"), [int(np.ceil(s * len(scores))) for s in SHARES]
        papers = [self.case.without(order[:top], self.instead) for top in tops]
        papers += [self.case.without(order[top:], self.instead) for top in tops]
        _, shares = self.case.answers(papers)
        deleted, inserted, at = shares[: len(tops)], shares[len(tops) :], [0.0, *SHARES, 1.0]
        # What each word would take from the probability, were its score the fall of the log-odds.
        taken = self.full - 1 / (1 + np.exp(scores - self.odds))
        return {
            "deletion": float(np.trapezoid([self.full, *deleted, self.empty], at)),
            "insertion": float(np.trapezoid([self.empty, *inserted, self.full], at)),
            "comprehensiveness": float(self.full - deleted[AT]),
            "sufficiency": float(self.full - inserted[AT]),
            "additivity": self._agreement(scores, self.falls),
            "additivity_of_probability": self._agreement(taken, self.drops),
        }

    def _agreement(self, scores: Floats, changes: Floats) -> float:
        """Correlation between the sums of scores of random sets of words and what those sets take away."""
        sums = [scores[words].sum() for words in self.sets]
        return float(np.corrcoef(sums, changes)[0, 1]) if np.ptp(sums) and np.ptp(changes) else 0.0


def attention(classifier: Classifier, paper: Paper) -> Floats:
    """Attention over an even share of each text; else all words of a short title would come first."""
    explanation = explain_prediction(classifier, paper, method="attention")
    return np.concatenate(
        [len(explanation.title) * explanation.title, len(explanation.abstract) * explanation.abstract]
    )


class Work:
    """Numbers of finished papers, one JSON object in a line; another model or sample starts over."""

    def __init__(self, path: Path, key: dict[str, Any]) -> None:
        self.path, self.done = path, dict[str, Any]()
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        if lines and json.loads(lines[0]) == key:
            self.done = {entry["name"]: entry["numbers"] for entry in map(_parsed, lines[1:]) if entry}
        else:
            path.write_text(json.dumps(key) + "\n", encoding="utf-8")

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The numbers of that name, made if they are not there yet."""
        if name not in self.done:
            self.done[name] = make()
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"name": name, "numbers": self.done[name]}) + "\n")
        return self.done[name]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:  # the last line of a run that was killed
        return None
    return entry


Rows = list[dict[str, dict[str, float]]]  # of each paper: name, measure, number


def table(rows: Rows, names: Sequence[str], base: str = "random") -> dict[str, Any]:
    """Means over papers, and the intervals of the differences from the base."""
    return {
        name: {
            key: {"mean": round(float(np.mean([row[name][key] for row in rows])), 4), f"less_{base}": ends}
            for key, ends in differences(rows, name, base).items()
        }
        for name in names
    }


def differences(rows: Rows, name: str, base: str) -> dict[str, list[float]]:
    """95% intervals of the mean differences between two names, papers paired."""
    gains = [[row[name][key] - row[base][key] for key in MEASURES] + [1.0] for row in rows]
    ends = compute_interval(bootstrap(gains, lambda sums: sums[:, :-1] / sums[:, -1:]))
    return {key: [round(float(end), 4) for end in pair] for key, pair in zip(MEASURES, ends.T, strict=True)}


def redrawn(classifier: Classifier, seed: int, top_only: bool) -> Classifier:
    """The classifier with randomized weights: all of them, or those of the last layers alone."""
    (member,) = classifier.members
    assert isinstance(member, NetworkMember) and isinstance(member.network, TorchBackend)
    network = copy.deepcopy(member.network.network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        init_weights(network.classifier if top_only else network)
        if not top_only:
            network.embedding.weight.data.normal_(0.0, float(network.embedding.weight.detach().std()))
    randomized = replace(member, network=TorchBackend(network, device="cpu"))
    return Classifier([randomized], classifier.labels)


def cpu_seconds(classifier: Classifier, papers: Sequence[Paper], method: Method) -> float:
    """The median over papers of what one explanation costs, on one thread."""
    seconds = []
    for paper in papers:
        start = time.process_time()
        explain_prediction(classifier, paper, method=method)
        seconds.append(time.process_time() - start)
    return round(float(np.median(seconds)), 3)


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--papers", type=int, default=500, help="test papers for the methods")
    parser.add_argument("--trials", type=int, default=20, help="validation papers for ways to occlude")
    parser.add_argument(
        "--drawn", type=int, default=12, help="test papers for networks with randomized weights"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("runs/faithfulness.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("experiments/records/faithfulness.json"))
    args = parser.parse_args()
    folder = args.data / "arxiv12k"
    data, split = folder / "primary_label.csv", folder / "primary_split.csv"
    dataset = load_dataset(data, load_reference_recipe("bundled").data)
    parts = read_split(split, dataset.papers)
    rng = np.random.default_rng(args.seed)
    sample = {
        part: [dataset.papers[i] for i in rng.permutation(np.flatnonzero(parts == part))[:count]]
        for part, count in (("validation", args.trials), ("test", args.papers))
    }
    onnx, network = load(threads=1), load(threads=1, backend="torch", device="cpu")
    model = onnx.source.sha256
    work = Work(args.work, {"model": model, "data": dataset.sha256, "seed": args.seed})
    begin = time.monotonic()

    def trial(paper: Paper) -> dict[str, Any]:
        case, draw = Case(onnx, paper), np.random.default_rng(args.seed)
        scores = {"word": each(case), "unknown": each(case, UNKNOWN), "everywhere": everywhere(case)}
        scores |= {"windows": windows(case), "random": draw.random(len(case.tokens))}
        judges = {"taken away": Judge(case, args.seed), "made unknown": Judge(case, args.seed, UNKNOWN)}
        return {name: {by: judge(values) for by, judge in judges.items()} for name, values in scores.items()}

    def compared(paper: Paper) -> dict[str, Any]:
        case, draw = Case(onnx, paper), np.random.default_rng(args.seed)
        category = case.target.category
        scores = {
            "occlusion": explain_prediction(onnx, paper, category=category).scores,
            "gradients": explain_prediction(network, paper, method="gradients", category=category).scores,
            "attention": attention(onnx, paper),
            "random": draw.random(len(case.tokens)),
        }
        judge = Judge(case, args.seed)
        return {name: judge(values) for name, values in scores.items()}

    networks = {
        what: [redrawn(network, seed, what == "last layers") for seed in range(NETWORKS)]
        for what in ("last layers", "all layers")
    }

    def correlations(paper: Paper) -> dict[str, dict[str, float]]:
        category = onnx.classify([paper])[0].category

        def scores(one: Classifier, method: Method) -> Floats:
            if method == "attention":
                return attention(one, paper)
            return explain_prediction(one, paper, method=method, category=category).scores

        correlations: dict[str, dict[str, float]] = {what: {} for what in networks}
        for method in METHODS:
            original = scores(network, method)
            for what, copies in networks.items():
                ranks = [spearmanr(original, scores(copy, method)).statistic for copy in copies]
                correlations[what][method] = float(np.mean(ranks))
        return correlations

    def progress(what: str, papers: Sequence[Paper], measure: Callable[[Paper], Any]) -> list[Any]:
        rows = []
        for number, paper in enumerate(papers, 1):
            rows.append(work.get(f"{what} {paper.id}", functools.partial(measure, paper)))
            if number % 50 == 0:
                print(f"{what}: {number} papers, {time.monotonic() - begin:.0f} s", flush=True)
        return rows

    trials = progress("ways", sample["validation"], trial)
    drawn = progress("drawn weights", sample["test"][: args.drawn], correlations)
    rows = progress("methods", sample["test"], compared)
    ways = {}
    for by in ("taken away", "made unknown"):
        judged = [{way: numbers[by] for way, numbers in row.items()} for row in trials]
        ways[by] = table(judged, list(judged[0]))
        ways[by]["everywhere_less_word"] = differences(judged, "everywhere", "word")
    record = {
        "command": f"python experiments/faithfulness.py --papers {args.papers} --trials {args.trials}"
        f" --drawn {args.drawn} --seed {args.seed}",
        "model": {"name": onnx.name, "sha256": model, "arxonomy": arxonomy.__version__},
        "data": {"file": data.name, "sha256": dataset.sha256},
        "split": {"file": split.name, "sha256": hash_file(split)},
        "seed": args.seed,
        "shares": SHARES,
        "gradient_steps": STEPS,
        "ways_to_occlude": {"papers": len(trials), **ways},
        "methods": {"papers": len(rows), **table(rows, [*METHODS, "random"])},
        "drawn_weights": {
            "papers": len(drawn),
            "networks": NETWORKS,
            **{
                what: {
                    method: round(float(np.mean([row[what][method] for row in drawn])), 4)
                    for method in METHODS
                }
                for what in networks
            },
        },
        "cpu_seconds_of_one_explanation": {
            "papers": min(TIMED, len(rows)),
            **{
                method: cpu_seconds(
                    network if method == "gradients" else onnx, sample["test"][:TIMED], method
                )
                for method in METHODS
            },
        },
    }
    write_atomic(args.out, json.dumps(record, indent=1) + "\n")
    print(
        json.dumps(
            {key: record[key] for key in ("methods", "drawn_weights", "cpu_seconds_of_one_explanation")},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
