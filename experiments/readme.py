"""What README.md and docs/model.md show: results from the records, the answer to its example.

Every number comes out of a file in experiments/records, written by the program whose command stands in it.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from typing import Any

from tables import ROOT, format_percent, make_table, read_record

SCORES = ("accuracy", "macro_f1", "any_listed_accuracy")
DIFFERENCES = ("accuracy", "top5_accuracy", "any_listed_accuracy", "macro_f1")
"""Scores of all of arXiv, and the differences of a pair that are shown."""
HEAD = ("accuracy", "macro F1", "any listed category")
NAMES = {
    "linear-svm": "TF-IDF + LinearSVC",
    "v1": "`v1`",
    "arxonomy": "`arxonomy`",
    "arxonomy-taught": "`arxonomy-taught`",
    "fasttext": "fastText",
    "minilm": "MiniLM-L6 sentence vectors + logistic regression",
}
"""Recipe -> its name in the tables."""

PACKAGED = "experiments/records/packaged"
PUBLISHED = "experiments/records/network/goals/published/linear-svm.json"
PRIMARY = "experiments/records/reproduce/primary"


def make_row(system: str, papers: int, scores: list[dict[str, Any]]) -> list[str]:
    """One line of the table: the scores of one run, or mean and standard deviation over several seeds."""
    cells = []
    for key in SCORES:
        values = [run[key] for run in scores]
        deviation = statistics.stdev(values) if len(values) > 1 else None
        cells.append(format_percent(statistics.mean(values), deviation))
    return [system, f"{papers:,}", *cells]


def results_table() -> str:
    """The packaged model and linear models on all of arXiv."""
    compared = read_record(f"{PACKAGED}/comparison.json")
    scores = read_record(f"{PACKAGED}/test.json")
    systems = compared["systems"]
    names = {"bundled": "**the model in the package**"} | {own: NAMES[own] for own in systems if own in NAMES}
    table = make_table(
        ["system", "accuracy", "top 5", "any listed category", "macro F1", "calibration error"],
        [make_arxiv_row(name, systems[system]) for system, name in names.items()],
    )
    low, high = systems["bundled"]["accuracy_interval"]
    papers = read_record(f"{PACKAGED}/training.json")
    pairs = [own if own["first"] == "bundled" else reverse(own) for own in compared["pairs"]]
    differences = make_table(
        ["the network minus", "accuracy", "top 5", "any listed category", "macro F1"],
        [make_difference_row(pair) for pair in pairs if pair["first"] == "bundled"],
    )
    return f"""
The same {compared["papers"]:,} test papers of all {len(scores["per_class"])} categories in all rows (label = primary category, 2026-03 and
2026-04). All systems have learned from {papers["newer"]:,} papers up to 2026-02, the network from {papers["train"] - papers["newer"]:,} of an archive of 1989
to 2019 too, and are calibrated on {papers["validation"]:,} of 2026-02:

{table}
The 95% confidence interval of the first row's accuracy is {format_percent(low)} to {format_percent(high)}. *Any listed
category* counts an answer as right when it is one of the categories that the authors list. Paired differences in
points, with 95% confidence intervals over papers; those whose interval leaves out 0 are bold:

{differences}"""


def make_arxiv_row(system: str, scores: dict[str, Any]) -> list[str]:
    """One line of the table of all of arXiv."""
    return [
        system,
        *(format_percent(scores[key]) for key in DIFFERENCES),
        f"{scores['expected_calibration_error']:.3f}",
    ]


def make_difference_row(pair: dict[str, Any]) -> list[str]:
    """One line of the table of paired differences, in points."""
    cells = []
    for key in DIFFERENCES:
        low, high = (100 * end for end in pair[f"{key}_interval"])
        cell = f"{100 * pair[key]:+.1f} ({low:+.1f} to {high:+.1f})"
        cells.append(f"**{cell}**" if low > 0 or high < 0 else cell)
    return [NAMES[pair["second"]], *cells]


def parts_table() -> str:
    """How good the packaged model is for papers with one part alone."""
    rows = []
    for part in read_record(f"{PACKAGED}/test.json")["by_part"]:
        given = " and ".join(part["given"]) if len(part["given"]) > 1 else f"{part['given'][0]} alone"
        low, high = (f"{100 * end:.1f}" for end in part["accuracy_interval"])
        cells = [f"{format_percent(part['accuracy'])} ({low} to {high})", format_percent(part["confidence"])]
        rows.append([given, *cells, f"{part['expected_calibration_error']:.3f}"])
    head = ["given", "accuracy", "mean probability", "calibration error"]
    return f"""
A paper without an abstract, or without a title, is classified by what it has, with a calibration of its own; each
answer says what was read (`"read": ["title"]`). The same test papers, cut down to one part (in brackets 95% confidence
intervals over papers):

{make_table(head, rows)}"""


def view_table() -> str:
    """The packaged model as a model of three classes, beside models that know no others."""
    view = read_record(f"{PACKAGED}/view.json")
    seeds = [json.loads(path.read_text()) for path in sorted((ROOT / PRIMARY).glob("v1-*.json"))]
    baseline = read_record(f"{PRIMARY}/linear-svm-42.json")
    published = read_record(PUBLISHED)
    few = seeds[0]["papers"]["train"]
    papers = read_record(f"{PACKAGED}/training.json")["train"]
    rows = [make_row("**the model in the package**, `--among`", papers, [view])]
    if "test" in published["runs"][0]:
        many = published["data"]["papers"]["train"]
        rows.append(make_row("TF-IDF + LinearSVC", many, [published["runs"][0]["test"]]))
    rows.append(make_row(f"`v1`, {len(seeds)} seeds", few, [run["scores"]["test"] for run in seeds]))
    rows.append(make_row("TF-IDF + LinearSVC", few, [baseline["scores"]["test"]]))
    return f"""
Three classes, as in the reference system (`--among 'cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV'`), {view["papers"]:,} test papers of
2025-03 to 2026-02 that no row has seen. ± is the standard deviation over seeds:

{make_table(["system", "training papers", *HEAD], rows)}"""


def describe_pair(pair: dict[str, Any]) -> str:
    """The difference of a pair in accuracy, with its interval, and whether it is significant."""
    low, high = (f"{100 * end:+.1f}" for end in pair["accuracy_interval"])
    significance = "significant" if pair["better"] else "not significant"
    return f"{100 * pair['accuracy']:+.1f} pp (95% CI {low} to {high}, {significance})"


def folds_table() -> str:
    """The systems in cross-validation, the best first, and what the best one is better by."""
    record = read_record("experiments/records/network/folds.json")
    ranked = sorted(record["systems"].items(), key=lambda entry: -entry[1]["accuracy"])
    rows = []
    for name, scores in ranked:
        low, high = (f"{100 * end:.1f}" for end in scores["accuracy_interval"])
        cells = [format_percent(scores[key]) for key in SCORES]
        rows.append([NAMES[name], f"{cells[0]} ({low} to {high})", *cells[1:]])
    best = ranked[0][0]
    pairs = []
    for pair in record["pairs"]:
        if pair["second"] == best:
            pair = reverse(pair)
        if pair["first"] == best:
            pairs.append(f"- {NAMES[best]} against {NAMES[pair['second']]}: {describe_pair(pair)}")
    return f"""
{record["folds"]}-fold cross-validation on all {record["papers"]:,} papers of these classes, without other labels (in brackets 95%
confidence intervals over papers). Each fold has teachers of its own, and all systems the same training papers:

{make_table(["system", *HEAD], rows)}
With Holm's correction:

{chr(10).join(pairs)}
"""


def reverse(pair: dict[str, Any]) -> dict[str, Any]:
    """The same pair, the second system first."""
    turned: dict[str, Any] = {"first": pair["second"], "second": pair["first"]}
    for key in DIFFERENCES:
        if key not in pair:  # with three categories there are no best five
            continue
        low, high = pair[f"{key}_interval"]
        turned |= {key: -pair[key], f"{key}_interval": [-high, -low]}
    return {**pair, **turned}


EXAMPLE = """\
arxonomy explain --title "Turn Here: asking vision-language models about street maps" \\
    --abstract "We ask vision-language models 2,000 questions about street maps ..." --format text"""
"""The command of the example."""


def example_answer(previous: str) -> str:
    """The example's command and what it prints.

    Args:
        previous: What the document says now. It stays as it is while its numbers agree to the last digit or so,
            since another processor rounds differently.
    """
    printed = subprocess.run(
        ["sh", "-c", f'exec "$0" -m {EXAMPLE}', sys.executable],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
    return keep_if_close(previous, f"\n```\n$ {EXAMPLE}\n{lines}\n```\n", tolerance=0.011)


def keep_if_close(previous: str, text: str, tolerance: float = 1e-4) -> str:
    """`previous` if it differs from `text` in the last digits of its numbers alone, else `text`."""
    number = re.compile(r"\d+\.\d{2,}")
    if number.sub("#", previous.strip()) != number.sub("#", text.strip()):
        return text
    pairs = zip(number.findall(previous), number.findall(text), strict=True)
    return previous if all(abs(float(old) - float(new)) <= tolerance for old, new in pairs) else text
