"""How well a feed finds what a reader wants: simulated readers, precision at 10 of the first papers.

    python experiments/feed.py arxiv_all.parquet arxiv_recent.parquet --split-file arxiv_all_split.csv \
      --network BUNDLE --out experiments/records/packaged/feed.json

A reader wants the papers whose authors list two categories together, or the papers most like one paper by MinHash.
Ten likes are drawn from the earlier papers that a reader wants; the candidates are up to 25 later ones among 3,000
others. The ranking is compared with nearest neighbors by TF-IDF: the largest cosine to a like, and the mean cosine to
all of them. All papers are later than those that the network was trained on: a network that has seen one is refused.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from arxonomy.artifacts.network_features import open_features
from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.auditing.near import compute_signatures
from arxonomy.auditing.words import build_word_sets
from arxonomy.feed.ranker import PLACES, Ranker
from arxonomy.harvest.records import read_codes
from arxonomy.markup import clean_markup
from arxonomy.papers import read_papers
from arxonomy.records import Paper

EARLY, LATE = ("2026-02",), ("2026-03", "2026-04")
"""Months of the likes and of the candidates."""
PARTS = {EARLY: ("final-fit",), LATE: ("test",)}
"""Parts of the split file that they are from."""
LIKES, WANTED, OTHERS = 10, 25, 3000
NEIGHBORS, LEAST = 60, 15
"""Papers of a neighborhood, and how many of them are early, and late, at least."""
LEAST_PAIR = 20
"""Early papers, and late ones, that list a pair of categories, at least."""
KINDS = ("category pairs", "neighborhoods")

Rows = npt.NDArray[np.intp]


class KnownFeatures:
    """Features that were computed before.

    Args:
        papers: N papers.
        features: (N, F) theirs.
    """

    def __init__(self, papers: Sequence[Paper], features: npt.NDArray[np.float32]) -> None:
        self._rows = {paper.id: row for row, paper in enumerate(papers)}
        self._features = features

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
        """(M, F) those of some of the papers."""
        return self._features[[self._rows[paper.id] for paper in papers]]


def read_pool(files: Sequence[Path], split_file: Path) -> tuple[list[Paper], int]:
    """The papers of both parts, each once, and how many are early: these come first."""
    parts = dict(line.split(",")[:2] for line in split_file.read_text(encoding="utf-8").splitlines())
    papers = {paper.id: paper for file in files for paper in read_papers(file)}
    groups = [
        [
            paper
            for paper in papers.values()
            if (paper.published or "")[:7] in months and parts.get(paper.id) in wanted
        ]
        for months, wanted in PARTS.items()
    ]
    return [paper for group in groups for paper in group], len(groups[0])


def draw_pairs(papers: Sequence[Paper], early: int, rng: np.random.Generator) -> Iterator[tuple[str, Rows]]:
    """Readers who want a pair of categories that authors list together: name, and rows of their papers."""
    rows = defaultdict(list)
    for row, paper in enumerate(papers):
        for pair in combinations(sorted(read_codes(paper.categories)), 2):
            rows[pair].append(row)
    wanted = {
        pair: np.array(own)
        for pair, own in sorted(rows.items())
        if LEAST_PAIR <= sum(row < early for row in own) <= len(own) - LEAST_PAIR
    }
    names = list(wanted)
    while True:
        pair = names[rng.integers(len(names))]
        yield " + ".join(pair), wanted[pair]


def draw_neighborhoods(
    papers: Sequence[Paper], early: int, rng: np.random.Generator
) -> Iterator[tuple[str, Rows]]:
    """Readers who want what is most like a paper by the agreement of MinHash signatures."""
    words = build_word_sets(papers)
    signatures = compute_signatures(words.ids, words.starts[:-1], len(words.papers_with))
    while True:
        seed = rng.integers(len(papers))
        agreement = (signatures == signatures[seed]).mean(axis=1)
        near = np.argsort(-agreement, kind="stable")[:NEIGHBORS]
        if LEAST <= (near < early).sum() <= NEIGHBORS - LEAST:
            yield papers[seed].id, np.sort(near)


def measure_reader(
    papers: Sequence[Paper], early: int, wanted: Rows, features: KnownFeatures, rng: np.random.Generator
) -> dict[str, float]:
    """Precision at 10 of one reader by each ranking; the weight, and the precision that the feed states."""
    likes = rng.choice(wanted[wanted < early], LIKES, replace=False)
    late = wanted[wanted >= early]
    relevant = rng.choice(late, min(WANTED, len(late)), replace=False)
    others = rng.choice(np.setdiff1d(np.arange(early, len(papers)), late), OTHERS, replace=False)
    candidates = rng.permutation(np.concatenate([relevant, others]))
    own, liked = [papers[row] for row in candidates], [papers[row] for row in likes]
    ranker = Ranker(own, liked, features)
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    text = vectorizer.fit_transform(
        clean_markup(f"{paper.title} {paper.abstract}") for paper in (*own, *liked)
    )
    cosines = (text[: len(own)] @ text[len(own) :].T).toarray()
    is_wanted = np.isin(candidates, relevant)

    def score(scores: npt.NDArray[np.float64]) -> float:
        return float(is_wanted[np.argsort(-scores, kind="stable")[:PLACES]].mean())

    return {
        "feed": score(ranker.scores),
        "nearest_neighbor": score(cosines.max(axis=1)),
        "mean_cosine": score(cosines.mean(axis=1)),
        "chance": float(is_wanted.mean()),
        "weight": ranker.weight,
        "stated": ranker.measure_precision().value,
    }


def compute_half_width(values: npt.NDArray[np.float64], names: Sequence[str]) -> float:
    """Half of the 95% interval of a mean; readers who want the same papers count as a cluster."""
    clusters = np.unique(names, return_inverse=True)[1]
    sums = np.bincount(clusters, values - values.mean())
    variance = len(sums) / (len(sums) - 1) * (sums**2).sum() / len(values) ** 2
    return float(1.96 * np.sqrt(variance))


def summarize(readers: Sequence[dict[str, float]], names: Sequence[str]) -> dict[str, Any]:
    """Means, and paired differences with their 95% intervals."""
    columns = {name: np.array([reader[name] for reader in readers]) for name in readers[0]}
    rankings = ("feed", "nearest_neighbor", "mean_cosine", "chance")
    differences = {}
    for name in rankings[1:3]:
        difference = columns["feed"] - columns[name]
        mean, half = float(difference.mean()), compute_half_width(difference, names)
        differences[name] = {
            "mean": round(mean, 4),
            "low": round(mean - half, 4),
            "high": round(mean + half, 4),
            "better": int((difference > 0).sum()),
            "worse": int((difference < 0).sum()),
        }
    return {
        "readers": len(readers),
        "different": len(set(names)),
        "precision_at_10": {name: round(float(columns[name].mean()), 4) for name in rankings},
        "feed_minus": differences,
        "weights": dict(sorted(Counter(map(str, columns["weight"].tolist())).items())),
        "stated_precision": {
            "mean": round(float(columns["stated"].mean()), 4),
            "correlation": round(float(np.corrcoef(columns["stated"], columns["feed"])[0, 1]), 4),
        },
    }


def main() -> None:
    """Measure readers of both kinds, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--split-file", type=Path, required=True)
    parser.add_argument("--network", type=Path, required=True, help="bundle that has seen none of the papers")
    parser.add_argument("--readers", type=int, default=200, help="of each kind (default: 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    papers, early = read_pool(arguments.papers, arguments.split_file)
    model = open_model(arguments.network)
    if seen := model.trained_on(papers):
        raise SystemExit(f"the network was trained on {seen:,} of these papers: name one that was not")
    reader = open_features(arguments.network, threads=1)
    blocks = [reader.compute_features(papers[start : start + 4096]) for start in range(0, len(papers), 4096)]
    features = KnownFeatures(papers, np.concatenate(blocks))
    kinds: dict[str, Any] = {}
    for place, (kind, draw) in enumerate(zip(KINDS, (draw_pairs, draw_neighborhoods), strict=True)):
        rng = np.random.default_rng([arguments.seed, place])
        drawn, names, scores = draw(papers, early, rng), [], []
        for _ in range(arguments.readers):
            name, wanted = next(drawn)
            names.append(name)
            scores.append(measure_reader(papers, early, wanted, features, rng))
        kinds[kind] = summarize(scores, names)
        print(kind, json.dumps(kinds[kind]), flush=True)
    record = {
        "command": f"python experiments/feed.py {' '.join(path.name for path in arguments.papers)} --split-file "
        f"{arguments.split_file.name} --network BUNDLE --readers {arguments.readers} --seed {arguments.seed} "
        f"--out {arguments.out.name}",
        "data": {path.name: hash_file(path) for path in arguments.papers},
        "network": model.sha256,
        "early": {"months": EARLY, "parts": PARTS[EARLY], "papers": early},
        "late": {"months": LATE, "parts": PARTS[LATE], "papers": len(papers) - early},
        "likes": LIKES,
        "wanted_at_most": WANTED,
        "others": OTHERS,
        "kinds": kinds,
    }
    write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
