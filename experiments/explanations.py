"""Writes the tables of docs/explanations.md out of the record of experiments/faithfulness.py.

python experiments/explanations.py
"""

from __future__ import annotations

from typing import Any

from readme import ROOT, between, record

PAGE = ROOT / "docs" / "explanations.md"
WAYS = {
    "word": "each word taken away (what Arxonomy does)",
    "unknown": "each word made an unknown one",
    "everywhere": "a word taken away wherever it stands",
    "windows": "windows of three words taken away",
    "random": "random scores",
}
METHODS = {
    "occlusion": "**occlusion** (the default)",
    "gradients": "integrated gradients",
    "attention": "attention",
    "random": "random order",
}


def cell(scores: dict[str, Any], measure: str) -> str:
    """A mean, and the interval of its difference from random."""
    low, high = scores[measure]["less_random"]
    mean = f"{scores[measure]['mean']:.3f}"
    return f"{mean} ({low:+.3f} to {high:+.3f})" if low or high else mean


def methods() -> str:
    """How faithful the methods are."""
    told = record("experiments/records/faithfulness.json")
    drawn, seconds = told["drawn_weights"], told["cpu_seconds_of_one_explanation"]
    lines = [
        f"{told['methods']['papers']} test papers, drawn with the seed {told['seed']}. In brackets: the 95% "
        "interval of the difference from random, papers paired.",
        "",
        "| method | deletion (low is good) | insertion (high is good) | comprehensiveness (high) "
        "| sufficiency (low) | additivity (high) | CPU seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    measures = ("deletion", "insertion", "comprehensiveness", "sufficiency", "additivity")
    for method, name in METHODS.items():
        scores = told["methods"][method]
        cells = [cell(scores, measure) for measure in measures]
        cells.append(f"{seconds[method]:.2f}" if method in seconds else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        f"CPU seconds: of one explanation on one thread, the median of {seconds['papers']} papers.",
        "",
        f"Rank correlation of an explanation with that of a network whose weights are drawn anew "
        f"({drawn['papers']} papers, {drawn['networks']} networks each):",
        "",
        "| method | last layers drawn anew | all layers drawn anew |",
        "|---|---|---|",
    ]
    lines += [
        f"| {METHODS[method]} | {drawn['last layers'][method]:+.2f} | {drawn['all layers'][method]:+.2f} |"
        for method in drawn["last layers"]
    ]
    return "\n".join(lines)


def ways() -> str:
    """How well ways to occlude do."""
    told = record("experiments/records/faithfulness.json")["ways_to_occlude"]
    lines = [
        f"{told['papers']} validation papers; judged by taking words away, and by making them unknown.",
        "",
        "| way | deletion | insertion | additivity | deletion, made unknown | insertion, made unknown |",
        "|---|---|---|---|---|---|",
    ]
    for way, name in WAYS.items():
        away, unknown = (told[by][way] for by in ("taken away", "made unknown"))
        cells = [f"{away[key]['mean']:.3f}" for key in ("deletion", "insertion", "additivity")]
        cells += [f"{unknown[key]['mean']:.3f}" for key in ("deletion", "insertion")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    own, other = told["taken away"]["word"], told["taken away"]["everywhere_less_word"]
    ends = {key: "{:+.3f} to {:+.3f}".format(*other[key]) for key in ("deletion", "insertion", "additivity")}
    lines += [
        "",
        f"Taking a word away wherever it stands changes deletion by {ends['deletion']}, insertion by "
        f"{ends['insertion']} and additivity by {ends['additivity']} (95% intervals, papers paired).",
        "In log-odds the scores of words add up better than in probability: additivity "
        f"{own['additivity']['mean']:.3f} against {own['additivity_of_probability']['mean']:.3f}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Rewrite the tables."""
    text = PAGE.read_text(encoding="utf-8")
    text = between(text, "methods", methods())
    PAGE.write_text(between(text, "ways", ways()), encoding="utf-8")


if __name__ == "__main__":
    main()
