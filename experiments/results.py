"""RESULTS.md out of the records of experiments/reproduce.py and experiments/v4_collapse.py.

    python experiments/results.py

Nothing is trained here. Ensembles are computed from the probabilities that the records keep: a soft vote
of the members' calibrated probabilities, calibrated anew on the validation papers. What has no record yet
stands as a dash.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from arxonomy.atomic import write_atomic
from arxonomy.evaluation import Calibration, diversity, score, softmax, vote_logits
from arxonomy.evaluation.comparison import compare

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "experiments" / "records"
SPLITS = {
    "query-random": "query labels, the document's random split",
    "query-grouped": "query labels, copies kept together",
    "primary": "primary labels",
}
CLAIMS = {
    "baseline": "59.33%",
    "v1": "65 to 66%",
    "v2": "64.06%",
    "v3": "65.06%",
    "v4-deep": "25.00%",
    "ensemble": "64.94%",
    "ensemble-tta": "64.89%",
}
"""What the document says of its test papers."""

SEEDS = (42, 123, 456)
ENSEMBLES = {
    "ensemble": ("", [("v1", seed) for seed in SEEDS]),
    "ensemble-tta": ("_copies", [("v1", seed) for seed in SEEDS]),
    "ensemble-diverse": ("", [(system, 42) for system in ("v1", "v2", "v4-deep", "baseline")]),
}
"""Which probabilities of which runs vote."""

BASE = "v1"
BASELINE = "linear"
SYSTEMS = (*CLAIMS, "ensemble-diverse", BASELINE)

Record = dict[str, Any]


class Split:
    """The records of one split."""

    def __init__(self, name: str) -> None:
        self.folder = RECORDS / "reproduce" / name
        self.facts: Record = json.loads((self.folder / "split.json").read_text(encoding="utf-8"))
        self.papers = load_file(self.folder / "papers.safetensors")
        self.runs: dict[str, list[Record]] = {}
        for path in sorted(self.folder.glob("*-*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            self.runs.setdefault(record["system"], []).append(record)

    def probabilities(self, system: str) -> list[np.ndarray]:
        """(N, C) test probabilities of a system: an array per seed, one of an ensemble, none without records.

        Of the linear model, whose records hold distances, they are a softmax that says no more than which
        class is first.
        """
        if system not in ENSEMBLES:
            kept = [load_file(path)["test"] for path in sorted(self.folder.glob(f"{system}-*.safetensors"))]
            return [softmax(own) for own in kept] if system == BASELINE else kept
        members = self.members(system)
        if members is None:
            return []
        votes = {part: vote_logits([member[part] for member in members]) for part in ("validation", "test")}
        return [Calibration.fit(votes["validation"], self.papers["validation_labels"]).apply(votes["test"])]

    def scores(self, system: str) -> list[Record]:
        """Test scores of a system: one per seed, one for an ensemble, none without records."""
        if system not in ENSEMBLES:
            return [run["scores"]["test"] for run in self.runs.get(system, [])]
        truth, labels, listed = self.papers["test_labels"], self.facts["labels"], self.listed()
        return [score(truth, own, labels, listed) for own in self.probabilities(system)]

    def listed(self) -> list[list[str]]:
        """The labels that each test paper lists."""
        labels = self.facts["labels"]
        return [
            [label for label, own in zip(labels, row, strict=True) if own]
            for row in self.papers["test_listed"]
        ]

    def members(self, ensemble: str) -> list[dict[str, np.ndarray]] | None:
        """Validation and test probabilities of an ensemble's members, if all have been recorded."""
        suffix, chosen = ENSEMBLES[ensemble]
        paths = [self.folder / f"{system}-{seed}.safetensors" for system, seed in chosen]
        if not all(path.is_file() for path in paths):
            return None
        tensors = [load_file(path) for path in paths]
        return [{part: own[part + suffix] for part in ("validation", "test")} for own in tensors]


def percent(values: list[float]) -> str:
    """Mean, and standard deviation where there are several."""
    if not values:
        return "-"
    mean = f"{100 * statistics.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {100 * statistics.stdev(values):.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(system: str) -> str:
    """Its name in a table."""
    return "TF-IDF + LinearSVC" if system == BASELINE else f"`{system}`"


def comparison(splits: dict[str, Split]) -> str:
    """All systems on all splits."""
    rows = []
    for system in SYSTEMS:
        accuracies = [percent([one["accuracy"] for one in split.scores(system)]) for split in splits.values()]
        rows.append([shown(system), CLAIMS.get(system, ""), *accuracies])
    ceiling = [f"{100 * split.facts['ceiling_of_the_file']:.1f}" for split in splits.values()]
    rows.append(["*at most, by contradicting labels in the file*", "", *ceiling])
    copies = [
        f"{split.facts['test_papers_with_a_copy_in_training'] / split.facts['papers']['test']:.1%}"
        for split in splits.values()
    ]
    rows.append(["*test papers with a copy in training*", "", *copies])
    return table(["test accuracy, %", "the document says", *SPLITS.values()], rows)


def differences(splits: dict[str, Split]) -> str:
    """Each system's points of accuracy above `BASE`, on the same papers."""
    cells: dict[str, list[str]] = {system: [] for system in SYSTEMS if system != BASE}
    for split in splits.values():
        runs = {system: split.probabilities(system) for system in SYSTEMS}
        runs = {system: own for system, own in runs.items() if own}
        groups = split.papers["test_copies"]
        pairs = compare(split.papers["test_labels"], runs, split.facts["labels"], groups=groups, against=BASE)
        found = {pair["first"]: pair for pair in pairs["pairs"]}
        for system, row in cells.items():
            row.append(difference(found[system]) if system in found else "-")
    return table(
        [f"points above `{BASE}`", *SPLITS.values()], [[shown(one), *row] for one, row in cells.items()]
    )


def difference(pair: Record) -> str:
    """One pair of a comparison: points, their 95% interval over papers, bold where a difference is shown."""
    low, high = pair["accuracy_interval"]
    points = f"{100 * pair['accuracy']:+.1f}"
    points = f"**{points}**" if pair["better"] else points
    return f"{points} ({100 * low:+.1f} to {100 * high:+.1f})"


def details(split: Split) -> str:
    """More scores of one split."""
    rows = []
    for system in SYSTEMS:
        scores, runs = split.scores(system), split.runs.get(system, [])
        if not scores:
            continue
        cells = [
            percent([one[key] for one in scores if key in one])
            for key in ("macro_f1", "any_listed_accuracy", "top2_accuracy", "expected_calibration_error")
        ]
        recalls = [min(one["recall"] for one in each["per_class"].values()) for each in scores]
        trained = [run["seconds"] for run in runs if isinstance(run["seconds"], int | float)]
        rows.append(
            [
                f"`{system}`",
                ", ".join(str(run["seed"]) for run in runs) or "of records",
                percent([run["scores"]["validation"]["accuracy"] for run in runs]),
                percent([one["accuracy"] for one in scores]),
                *cells,
                percent([min(recalls)]),
                ", ".join(str(run["best_epoch"]) for run in runs if "best_epoch" in run),
                f"{statistics.mean(trained):.0f}" if trained else "",
            ]
        )
    head = ["system", "seeds", "validation", "test", "macro F1", "any listed", "top 2", "ECE"]
    return table([*head, "lowest recall", "best epochs", "seconds a run"], rows)


def votes(splits: dict[str, Split]) -> str:
    """Whether the members of an ensemble err on different papers, and whether that pays."""
    rows = []
    for name, split in splits.items():
        for ensemble in ENSEMBLES:
            members = split.members(ensemble)
            if members is None:
                continue
            found = diversity(split.papers["test_labels"], [member["test"] for member in members])
            keys = (
                "mean_accuracy",
                "vote_accuracy",
                "gain",
                "oracle_accuracy",
                "disagreement",
                "double_fault",
            )
            kappa = "" if found["kappa"] is None else f"{found['kappa']:.2f}"
            truth = split.papers["validation_labels"]
            known = [(member["validation"].argmax(axis=1) == truth).mean() for member in members]
            best = 100 * found["member_accuracies"][int(np.argmax(known))]
            cells = [f"{100 * found[key]:.1f}" for key in keys]
            rows.append([SPLITS[name], f"`{ensemble}`", f"{best:.1f}", *cells, kappa])
    head = ["labels and split", "ensemble", "best member", "members' mean", "vote", "gain over the mean"]
    return table([*head, "any member right", "disagreement", "both wrong", "kappa"], rows)


def collapse() -> str:
    """The switches of experiments/v4_collapse.py."""
    path = RECORDS / "v4_collapse.json"
    if not path.is_file():
        return "Not run yet.\n"
    record = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        [
            name,
            f"{100 * found['test']['accuracy']:.2f}",
            ", ".join(f"{100 * recall:.0f}" for recall in found["test"]["recall"].values()),
            ", ".join(str(count) for count in found["test"]["answers"].values()),
        ]
        for name, found in record["switches"].items()
    ]
    labels = ", ".join(record["switches"]["best epoch"]["test"]["answers"])
    starts = [found["answers"] for found in record["untrained"].values()]
    one_class = sum(max(own.values()) == sum(own.values()) for own in starts)
    quarter = sum(abs(found["accuracy"] - 0.25) < 1e-9 for found in record["untrained"].values())
    overrides = ", ".join(f"`{one}`" for one in record["overrides"])
    return f"""\
The document's settings ({overrides}, the rest as in the recipe),
its file and its random split, seed {record["seed"]}: training stopped after epoch {record["last_epoch"]},
and the best was epoch {record["best_epoch"]}. An `average` is over all epochs from the best on.

{table(["answers with", "test accuracy, %", f"recall, % ({labels})", "answers"], rows)}

Of {len(starts)} other untrained networks, {one_class} answer one class for all test papers, and {quarter}
score exactly 25.00%.
"""


def page() -> str:
    """All of RESULTS.md."""
    splits = {name: Split(name) for name in SPLITS if (RECORDS / "reproduce" / name / "split.json").is_file()}
    parts = [f"### {SPLITS[name].capitalize()}\n\n{details(split)}\n" for name, split in splits.items()]
    prose = (ROOT / "experiments" / "results.md").read_text(encoding="utf-8")
    sections = {
        "comparison": comparison(splits),
        "differences": differences(splits),
        "details": "\n".join(parts),
        "votes": votes(splits),
        "collapse": collapse(),
    }
    for name, text in sections.items():
        prose = prose.replace(f"<!-- {name} -->", text.strip())
    return prose


def main() -> None:
    """Write RESULTS.md."""
    write_atomic(ROOT / "RESULTS.md", page())


if __name__ == "__main__":
    main()
