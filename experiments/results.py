"""What RESULTS.md shows, out of the records of experiments/reproduce.py and experiments/v4_collapse.py.

Nothing is trained here. Ensembles are computed from the probabilities in the records: a soft vote of the
members' calibrated probabilities, itself calibrated on the validation papers. What has no record yet is a dash.
"""

from __future__ import annotations

import functools
import json
import statistics
from textwrap import fill
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tables import ROOT, format_mean, make_table, read_record

from arxonomy.evaluation import Calibration, measure_diversity, score, vote_logits
from arxonomy.evaluation.comparison import compare
from arxonomy.evaluation.comparison_results import Pair

RECORDS = ROOT / "experiments" / "records"
SPLITS = {
    "query-random": "query labels, the reference's random split",
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
"""What the reference reports on its test papers."""

SEEDS = (42, 123, 456)
ENSEMBLES = {
    "ensemble": ("", [("v1", seed) for seed in SEEDS]),
    "ensemble-tta": ("_copies", [("v1", seed) for seed in SEEDS]),
    "ensemble-diverse": ("", [(system, 42) for system in ("v1", "v2", "v4-deep", "baseline")]),
}
"""Which probabilities of which runs vote."""

REFERENCE = "v1"
BASELINE = "linear-svm"
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

    @functools.cache  # noqa: B019  (three splits live as long as the program)
    def probabilities(self, system: str) -> list[np.ndarray]:
        """(N, C) test probabilities of a system: an array per seed, one of an ensemble, none without records."""
        if system not in ENSEMBLES:
            paths = sorted(self.folder.glob(f"{system}-*.safetensors"))
            return [load_file(path)["test"] for path in paths]
        members = self.members(system)
        if members is None:
            return []
        votes = {part: vote_logits([member[part] for member in members]) for part in ("validation", "test")}
        calibration = Calibration.fit(votes["validation"], self.papers["validation_labels"])
        return [calibration.apply(votes["test"])]

    @functools.cache  # noqa: B019
    def scores(self, system: str) -> list[Record]:
        """Test scores of a system: one per seed, one for an ensemble, none without records."""
        if system not in ENSEMBLES:
            return [run["scores"]["test"] for run in self.runs.get(system, [])]
        truth, labels, listed = self.papers["test_labels"], self.facts["labels"], self.listed()
        return [score(truth, shares, labels, listed).to_dict() for shares in self.probabilities(system)]

    def listed(self) -> list[list[str]]:
        """The labels that each test paper lists."""
        labels = self.facts["labels"]
        return [
            [label for label, is_listed in zip(labels, row, strict=True) if is_listed]
            for row in self.papers["test_listed"]
        ]

    def members(self, ensemble: str) -> list[dict[str, np.ndarray]] | None:
        """Validation and test probabilities of an ensemble's members, if all have been recorded."""
        suffix, chosen = ENSEMBLES[ensemble]
        paths = [self.folder / f"{system}-{seed}.safetensors" for system, seed in chosen]
        if not all(path.is_file() for path in paths):
            return None
        tensors = [load_file(path) for path in paths]
        return [{part: member[part + suffix] for part in ("validation", "test")} for member in tensors]


@functools.cache
def load_splits() -> dict[str, Split]:
    """Name -> the records of each split."""
    return {name: Split(name) for name in SPLITS}


def name_system(system: str) -> str:
    """Its name in a table."""
    return "TF-IDF + LinearSVC" if system == BASELINE else f"`{system}`"


def markup_note() -> str:
    """What reading markup changes in the papers of these files, and which records are older."""
    record = read_record("experiments/records/markup.json")
    words, answers = record["words"], record["bundled_with_formulas"]

    def format_answers(kind: str) -> str:
        kinds = (
            [kind]
            if kind == "plain"
            else [f"{notation}{kind}" for notation in ("MathML", "LaTeX", "Unicode")]
        )
        return f"{100 * min(answers[one]['accuracy'] for one in kinds):.1f}%"

    moves = [
        f"`{name}` {100 * scores['before']['test']:.1f} to {100 * scores['after']['test']:.1f}"
        for name, scores in record["baselines"].items()
    ]
    lines = [
        "The records of networks, ensembles and fastText, and of the five folds in the README, were made when markup (LaTeX, "
        f"HTML, MathML) was read as words. Now that it is read as what it means, {words['changed']:,} of the {words['papers']:,} papers of the file with primary labels "
        f"have other words ({words['changed_by_part']['test']} of its test papers), nearly all for a style such as "
        "`\\textbf` or a formula. The linear model has been trained again. Test accuracy of baselines' own answers before "
        f"and after, in %: {', '.join(moves)}.",
        "",
        f"The packaged model is right about {format_answers('plain')} of the test papers; with three invented formulas in each "
        f"abstract, as MathML, LaTeX or in Unicode, about {format_answers('')}, and with one more in the title about "
        f"{format_answers(', title too')}. At most {max(answers[notation]['warned'] for notation in answers):.1%} of these "
        "answers carry a warning.",
    ]
    return "\n" + "\n".join(fill(line, 120) for line in lines) + "\n"


def comparison_table() -> str:
    """All systems on all splits."""
    splits, rows = load_splits(), []
    for system in SYSTEMS:
        cells = [format_mean([run["accuracy"] for run in split.scores(system)]) for split in splits.values()]
        rows.append([name_system(system), CLAIMS.get(system, ""), *cells])
    ceiling = [f"{100 * split.facts['ceiling_of_the_file']:.1f}" for split in splits.values()]
    rows.append(["*ceiling set by contradicting labels in the file*", "", *ceiling])
    copies = [
        f"{split.facts['test_papers_with_a_copy_in_training'] / split.facts['papers']['test']:.1%}"
        for split in splits.values()
    ]
    rows.append(["*test papers with a copy in training*", "", *copies])
    return "\n" + make_table(["test accuracy, %", "the reference reports", *SPLITS.values()], rows)


def differences_table() -> str:
    """Each system's difference in accuracy from `REFERENCE`, on the same papers."""
    systems = [system for system in SYSTEMS if system != REFERENCE]
    cells: dict[str, list[str]] = {system: [] for system in systems}
    for split in load_splits().values():
        runs = {system: split.probabilities(system) for system in SYSTEMS}
        comparison = compare(
            split.papers["test_labels"],
            {system: arrays for system, arrays in runs.items() if arrays},
            split.facts["labels"],
            groups=split.papers["test_copies"],
            against=REFERENCE,
        )
        pairs = {pair.first: pair for pair in comparison.pairs}
        for system, row in cells.items():
            row.append(format_difference(pairs[system]) if system in pairs else "-")
    rows = [[name_system(system), *row] for system, row in cells.items()]
    return "\n" + make_table([f"pp above `{REFERENCE}`", *SPLITS.values()], rows)


def format_difference(pair: Pair) -> str:
    """One pair of a comparison: points and their 95% interval over papers, bold where significant."""
    accuracy = pair.accuracy
    points = f"{100 * accuracy.value:+.1f}"
    points = f"**{points}**" if pair.better else points
    return f"{points} ({100 * accuracy.low:+.1f} to {100 * accuracy.high:+.1f})"


def detail_tables() -> str:
    """More scores of each split."""
    parts = [
        f"### {SPLITS[name].capitalize()}\n\n{make_detail_table(split)}"
        for name, split in load_splits().items()
    ]
    return "\n" + "\n".join(parts)


def make_detail_table(split: Split) -> str:
    """More scores of one split."""
    rows = []
    for system in SYSTEMS:
        scores, runs = split.scores(system), split.runs.get(system, [])
        if not scores:
            continue
        cells = [
            format_mean([run[key] for run in scores])
            for key in ("macro_f1", "any_listed_accuracy", "top2_accuracy", "expected_calibration_error")
        ]
        recalls = [min(entry["recall"] for entry in run["per_class"].values()) for run in scores]
        seconds = [run["seconds"] for run in runs]
        rows.append(
            [
                f"`{system}`",
                ", ".join(str(run["seed"]) for run in runs) or "of records",
                format_mean([run["scores"]["validation"]["accuracy"] for run in runs]),
                format_mean([run["accuracy"] for run in scores]),
                *cells,
                format_mean([min(recalls)]),
                ", ".join(str(run["best_epoch"]) for run in runs if "best_epoch" in run),
                f"{statistics.mean(seconds):.0f}" if seconds else "",
            ]
        )
    head = ["system", "seeds", "validation", "test", "macro F1", "any listed", "top 2", "ECE"]
    return make_table([*head, "lowest recall", "best epochs", "seconds a run"], rows)


def votes_table() -> str:
    """Whether the members of an ensemble err on different papers, and whether that pays."""
    rows = []
    shown = ("mean_accuracy", "vote_accuracy", "gain", "oracle_accuracy", "disagreement", "double_fault")
    for name, split in load_splits().items():
        for ensemble in ENSEMBLES:
            members = split.members(ensemble)
            if members is None:
                continue
            measured = measure_diversity(
                split.papers["test_labels"], [member["test"] for member in members]
            ).to_dict()
            kappa = "" if measured["kappa"] is None else f"{measured['kappa']:.2f}"
            truth = split.papers["validation_labels"]
            known = [(member["validation"].argmax(axis=1) == truth).mean() for member in members]
            best = 100 * measured["member_accuracies"][int(np.argmax(known))]
            cells = [f"{100 * measured[key]:.1f}" for key in shown]
            rows.append([SPLITS[name], f"`{ensemble}`", f"{best:.1f}", *cells, kappa])
    head = ["labels and split", "ensemble", "best member", "members' mean", "vote", "gain over the mean"]
    return "\n" + make_table([*head, "any member right", "disagreement", "both wrong", "kappa"], rows)


def collapse_table() -> str:
    """The switches of experiments/v4_collapse.py."""
    record = read_record("experiments/records/v4_collapse.json")
    rows = [
        [
            name.replace("untouched", "initial"),
            f"{100 * switch['test']['accuracy']:.2f}",
            ", ".join(f"{100 * recall:.0f}" for recall in switch["test"]["recall"].values()),
            ", ".join(str(count) for count in switch["test"]["answers"].values()),
        ]
        for name, switch in record["switches"].items()
    ]
    labels = ", ".join(record["switches"]["best epoch"]["test"]["answers"])
    answers = [network["answers"] for network in record["untrained"].values()]
    one_class = sum(max(counts.values()) == sum(counts.values()) for counts in answers)
    quarter = sum(abs(network["accuracy"] - 0.25) < 1e-9 for network in record["untrained"].values())
    overrides = ", ".join(f"`{override}`" for override in record["overrides"])
    head = ["weights", "test accuracy, %", f"recall, % ({labels})", "predictions"]
    return f"""
The reference's settings ({overrides}, the rest as in the recipe),
its file and its random split, seed {record["seed"]}: training stopped after epoch {record["last_epoch"]},
and the best was epoch {record["best_epoch"]}. An `average` is over all epochs from the best on.

{make_table(head, rows)}
Of {len(answers)} other untrained networks, {one_class} predict one class for all test papers, and {quarter}
score exactly 25.00%.
"""


def small_sets_table() -> str:
    """What calibration does to models of few papers, as experiments/small_sets.py measured it."""
    record = read_record("experiments/records/small_sets.json")
    rows = []
    for system, sizes in record["systems"].items():
        for papers, scores in sizes.items():
            cells = [
                f"{100 * scores[name]['mean']:.1f} ± {100 * scores[name]['deviation']:.1f}"
                for name in ("uncalibrated_accuracy", "accuracy", "confidence", "gap")
            ]
            worst = f"{100 * scores['worst_gain']:+.1f}"
            rows.append([name_system(system), papers, str(scores["draws"]), *cells, worst])
    head = ["system", "papers", "draws", "right, uncalibrated, %", "right, %", "mean confidence, %"]
    head += ["confidence - right", "worst change of a draw"]
    return "\n" + make_table(head, rows)
