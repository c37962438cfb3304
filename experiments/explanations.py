"""The tables of docs/explanations.md, out of the record of experiments/faithfulness.py."""

from __future__ import annotations

from typing import Any

from tables import read_record

WAYS = {
    "word": "each word removed (what Arxonomy does)",
    "unknown": "each word replaced by the unknown word",
    "everywhere": "every occurrence of a word removed",
    "windows": "windows of three words removed",
    "random": "random scores",
}
METHODS = {
    "occlusion": "**occlusion** (the default)",
    "gradients": "integrated gradients",
    "attention": "attention",
    "random": "random order",
}


def format_cell(scores: dict[str, Any], measure: str) -> str:
    """A mean, and the interval of its difference from random."""
    low, high = scores[measure]["less_random"]
    mean = f"{scores[measure]['mean']:.3f}"
    return f"{mean} ({low:+.3f} to {high:+.3f})" if low or high else mean


def methods_table() -> str:
    """How faithful each method is."""
    measured = read_record("experiments/records/faithfulness.json")
    randomized, seconds = measured["drawn_weights"], measured["cpu_seconds_of_one_explanation"]
    lines = [
        f"{measured['methods']['papers']} test papers, sampled with the seed {measured['seed']}. In brackets: the 95% "
        "interval of the difference from random, paired by paper.",
        "",
        "| method | deletion (low is good) | insertion (high is good) | comprehensiveness (high) "
        "| sufficiency (low) | additivity (high) | CPU seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    measures = ("deletion", "insertion", "comprehensiveness", "sufficiency", "additivity")
    for method, name in METHODS.items():
        scores = measured["methods"][method]
        cells = [format_cell(scores, measure) for measure in measures]
        cells.append(f"{seconds[method]:.2f}" if method in seconds else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        f"CPU seconds: of one explanation on one thread, the median of {seconds['papers']} papers.",
        "",
        f"Rank correlation of an explanation with that of a network with randomized weights "
        f"({randomized['papers']} papers, {randomized['networks']} networks each):",
        "",
        "| method | last layers randomized | all layers randomized |",
        "|---|---|---|",
    ]
    lines += [
        f"| {METHODS[method]} | {randomized['last layers'][method]:+.2f} | {randomized['all layers'][method]:+.2f} |"
        for method in randomized["last layers"]
    ]
    return "\n".join(lines)


def ways_table() -> str:
    """How faithful each way to occlude is."""
    measured = read_record("experiments/records/faithfulness.json")["ways_to_occlude"]
    lines = [
        f"{measured['papers']} validation papers; judged by removing words, and by replacing them with the unknown word.",
        "",
        "| way | deletion | insertion | additivity | deletion, replaced | insertion, replaced |",
        "|---|---|---|---|---|---|",
    ]
    for way, name in WAYS.items():
        away, unknown = (measured[by][way] for by in ("taken away", "made unknown"))
        cells = [f"{away[key]['mean']:.3f}" for key in ("deletion", "insertion", "additivity")]
        cells += [f"{unknown[key]['mean']:.3f}" for key in ("deletion", "insertion")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    word, everywhere = measured["taken away"]["word"], measured["taken away"]["everywhere_less_word"]
    ends = {
        key: "{:+.3f} to {:+.3f}".format(*everywhere[key]) for key in ("deletion", "insertion", "additivity")
    }
    lines += [
        "",
        f"Removing every occurrence of a word changes deletion by {ends['deletion']}, insertion by "
        f"{ends['insertion']} and additivity by {ends['additivity']} (95% intervals, paired by paper).",
        "In log-odds the scores of words add up better than in probability: additivity "
        f"{word['additivity']['mean']:.3f} against {word['additivity_of_probability']['mean']:.3f}.",
    ]
    return "\n".join(lines)
