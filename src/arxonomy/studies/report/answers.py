"""The first half of the report: headline and baseline, three ways to count, categories, confusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arxonomy.evaluation.confusions import Pair, find_confused_pairs
from arxonomy.html import safe, scroll_box
from arxonomy.sanitize import clean_for_page, shorten
from arxonomy.studies.report.pieces import (
    between,
    named,
    p_value,
    papers,
    paragraphs,
    percent,
    points,
    table,
)

MATRIX = 40
"""Categories up to which the confusion matrix is shown; a larger one shows nothing."""
_ABSTRACT = 320  # letters shown of an abstract

Scores = Mapping[str, Any]

_PARTS = {
    "test": "the test papers of the split",
    "validation": "the validation papers of the split, which chose the model",
    "train": "the training papers of the split",
    "all": "all labeled papers of the file",
}


def headline(scores: Scores) -> str:
    """The accuracy with its interval, the baseline's beside it, and whether the model had seen the papers."""
    data, part = scores.get("data", {}), scores.get("part")
    which = f": {_PARTS[part]}" if part else ""
    source = f" out of {named(data['name'])}" if data else ""
    baseline = scores.get("baseline")
    cards = [_card(named(scores.get("model", "the model")), scores)]
    if baseline:
        cards.append(_card(f"Its baseline: {named(baseline['name'])}", baseline))
        cards += [_difference(baseline["comparison"])] if baseline["comparison"] else []
    return (
        paragraphs(_what(scores), f"{papers(scores['papers'])}{source}{which}.", _seen(scores))
        + paragraphs(*_cautions(scores), kind="warning")
        + f'<div class="cards">\n{"".join(cards)}</div>\n'
        + paragraphs(baseline and f"The baseline is {safe(baseline['description'])}.")
    )


def _what(scores: Scores) -> str | None:
    words: str = scores.get("about", {}).get("model", {}).get("description", "")
    return f"{safe(words[0].upper() + words[1:])}." if words else None


def _card(name: str, scores: Scores) -> str:
    return (
        f'<div class="card">\n<p>{name}</p>\n<p class="big">{percent(scores["accuracy"])}</p>\n'
        f'<p class="soft">right; 95% interval {between(scores["accuracy_interval"])}</p>\n</div>\n'
    )


def _difference(versus: Scores) -> str:
    low, high = versus["accuracy_interval"]
    verdict = "Neither is shown to be better."
    if versus["better"]:
        verdict = "The model is better." if versus["accuracy"] > 0 else "The baseline is better."
    return (
        '<div class="card">\n<p>Difference on the same papers</p>\n'
        f'<p class="big">{points(versus["accuracy"])}</p>\n'
        f'<p class="soft">points; 95% interval {points(low)} to {points(high)}, '
        f"{p_value(versus['p_value'])} ({safe(versus['test'])}). {verdict}</p>\n</div>\n"
    )


def _seen(scores: Scores) -> str | None:
    about = scores.get("about")
    if about is None or about["seen"] or _copies(scores):
        return None  # nothing is known, or a caution says it
    if about["without_id"]:
        return (
            f"Whether the model has seen them in training cannot be told for {papers(about['without_id'])}, "
            "which have no id of their own."
        )
    if about["model"]["kind"] != "run":
        return (
            "<strong>None of them has the id of a paper seen in training</strong>: of those that the model "
            "learned from or was chosen by, a bundle keeps the ids alone."
        )
    return (
        "<strong>None of them was seen in training</strong>: the model neither learned from them nor was "
        "chosen by them."
    )


def _cautions(scores: Scores) -> list[str]:
    """What speaks against taking the headline as it stands."""
    lines, about, baseline = [], scores.get("about", {}), scores.get("baseline")
    if about.get("seen"):
        lines.append(
            f"{about['seen']:,} of these {papers(scores['papers'])} were used to train or to choose the "
            "model: these scores say little about new papers."
        )
    if baseline and baseline["seen"]:
        lines.append(f"{baseline['seen']:,} of these papers were used to train or to choose the baseline.")
    if copies := _copies(scores):
        lines.append(
            f"{copies:,} of these {papers(scores['papers'])} have a copy among the training papers: on these "
            "a model may remember instead of understand, and scores flatter."
        )
    if scores.get("prior"):
        shares = ", ".join(f"{named(label)} {percent(share)}" for label, share in scores["prior"].items())
        lines.append(f"The probabilities are those for a stated mix of categories: {shares}.")
    return lines


def _copies(scores: Scores) -> int:
    """How many papers have a copy among the training papers of a run; a bundle was trained elsewhere."""
    if scores.get("about", {}).get("model", {}).get("kind") != "run":
        return 0
    leakage = scores.get("audit", {}).get("leakage") or {}
    return int(leakage.get(scores.get("part"), {}).get("copies", 0))


def answers(scores: Scores) -> str:
    """Exact, any listed and top-2, of the model and of its baseline."""
    ways = {
        "accuracy": "the exact category",
        "any_listed_accuracy": "any category that the paper lists",
        "top2_accuracy": "the exact one among the two most probable",
    }
    others = {
        "macro_f1": "macro F1, the mean over the categories",
        "balanced_accuracy": "balanced accuracy, the mean recall",
    }
    several = scores.get("several_categories")
    columns = [("model", scores)]
    if baseline := scores.get("baseline"):
        columns.append(("baseline", baseline))
    if several:
        columns.append((f"model, {papers(several['papers'])} with several categories", several))
    rows = [
        [words, *(_share(column, key) for _, column in columns)]
        for key, words in (ways | others).items()
        if key in scores
    ]
    return paragraphs(
        "A paper may list several categories, of which the first is its primary one. An answer that names "
        "another listed one is wrong by the strict count, and hardly a mistake to a reader."
        if several
        else None
    ) + table("Share of right answers", ["right is", *(name for name, _ in columns)], rows)


def _share(scores: Scores, key: str) -> str:
    return percent(scores[key]) if key in scores else "–"


def categories(scores: Scores) -> str:
    """Precision, recall and F1 of each category."""
    rows = [
        [named(name), *(percent(own[key]) for key in ("precision", "recall", "f1")), f"{own['support']:,}"]
        for name, own in scores["per_class"].items()
    ]
    return paragraphs(
        "Precision: of the answers that name a category, the share that is right. Recall: of the papers of a "
        "category, the share that is found. F1: their harmonic mean."
    ) + table("Scores by category", ["category", "precision", "recall", "F1", "papers"], rows)


def confused(scores: Scores, examples: Mapping[Pair, Sequence[Mapping[str, Any]]]) -> str:
    """The confusion matrix, and the most confused pairs with papers."""
    pairs = find_confused_pairs(list(scores["per_class"]), scores["confusion"])
    total = {name: own["support"] for name, own in scores["per_class"].items()}
    rows = [
        [f"{named(true)} taken for {named(other)}", f"{count:,}", percent(count / total[true])]
        for (true, other), count in pairs
    ]
    listed = (
        table("Most frequent confusions", ["confusion", "papers", "of the category's papers"], rows)
        if rows
        else ""
    )
    shown = "".join(
        f"<h4>{named(true)} taken for {named(other)}</h4>\n{''.join(map(_paper, own))}"
        for (true, other), _ in pairs
        if (own := examples.get((true, other)))
    )
    if shown:
        shown = (
            "<h3>Examples</h3>\n"
            + paragraphs("Of each pair the papers on which the model was surest, and wrong.")
            + shown
        )
    return _matrix(scores) + listed + shown


def _matrix(scores: Scores) -> str:
    names = list(scores["per_class"])
    if len(names) > MATRIX:
        return paragraphs(f"The confusion matrix of {len(names):,} categories is left out; --json has it.")
    head = "".join(f'<th scope="col">{named(name)}</th>' for name in names)
    lines = []
    for name, counts in zip(names, scores["confusion"], strict=True):
        whole = max(sum(counts), 1)
        cells = "".join(
            f'<td style="--w:{count / whole:.2f}">{count:,}<small>{percent(count / whole)}</small></td>'
            for count in counts
        )
        lines.append(f'<tr><th scope="row">{named(name)}</th>{cells}</tr>\n')
    return paragraphs(
        "Each row is a true category, each column an answer; shares are of the row."
    ) + scroll_box(
        "Confusion matrix",
        '<table class="matrix">\n<caption>Confusion matrix</caption>\n'
        f'<thead><tr><th scope="col">true \\ answer</th>{head}</tr></thead>\n'
        f"<tbody>\n{''.join(lines)}</tbody>\n</table>\n",
    )


def _paper(paper: Mapping[str, Any]) -> str:
    listed = ", ".join(map(named, paper["categories"])) or "not told"
    return (
        f'<div class="paper">\n<p class="title">{named(paper["title"] or "(no title)")}</p>\n'
        f"<p>{named(shorten(clean_for_page(paper['abstract']), _ABSTRACT))}</p>\n"
        f'<p class="soft">{named(paper["id"])}; lists {listed}; the answer had '
        f"{percent(paper['answer'])}, the true category {percent(paper['truth'])}</p>\n</div>\n"
    )
