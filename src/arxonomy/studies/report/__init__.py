"""Scores as one HTML page for people: how good, how sure, where wrong, and how it was measured.

It shows what is in the scores, the same that `--json` prints and a run keeps, and computes nothing anew.

    pieces.py     numbers as words, tables, figures, and their style
    charts.py     line charts as SVG
    answers.py    the headline and its baseline, the three ways to count, categories, confusions
    curves.py     confidence, months, lengths, training
    origin.py     the audit of the labels, and how everything came about
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arxonomy.evaluation.confusions import Pair
from arxonomy.html import page
from arxonomy.studies.report import answers, curves, origin
from arxonomy.studies.report.charts import STYLE as CHARTS
from arxonomy.studies.report.pieces import STYLE, named, percent

Scores = Mapping[str, Any]


def report_page(
    scores: Scores,
    examples: Mapping[Pair, Sequence[Mapping[str, Any]]] | None = None,
    training: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Make the page. It is the same for the same input.

    Args:
        scores: What `score_in_detail` returned, as a dict. Shown besides, where it is there:
            `before_calibration`, `slices`, `model` (its name), `data` (`name` and `sha256`), `part`,
            `command`, `prior`; `baseline`, `audit` and `about`, as `arxonomy evaluate --report` gathers them.
        examples: (true, predicted) label -> papers that were confused so, each with `id`, `title`,
            `abstract`, `categories`, and the probabilities `answer` of the predicted and `truth` of the true
            label.
        training: For each model that was trained: `name`, and either `epochs`, as `save_curves` takes
            them, or the settings `tried` with their validation scores, the one `chosen`, and the score that
            it was `chosen_by`.

    Returns:
        HTML that stands alone, without scripts; all text of papers and files is escaped.
    """
    sections = {
        "answers": ("How many answers are right", answers.answers(scores)),
        "categories": ("By category", answers.categories(scores)),
        "confused": ("What is confused", answers.confused(scores, examples or {})),
        "confidence": ("What a stated confidence is worth", curves.confidence(scores)),
        "time": ("By month: does it drift?", curves.months(scores)),
        "length": ("By length of the text", curves.lengths(scores)),
        "training": ("Training", curves.trainings(training)),
        "data": ("The labels themselves", origin.audited(scores)),
        "made": ("How this was measured", origin.made(scores)),
    }
    shown = {name: section for name, section in sections.items() if section[1]}
    index = "".join(f'<li><a href="#{name}">{title}</a></li>\n' for name, (title, _) in shown.items())
    body = "".join(
        f'<section id="{name}" aria-labelledby="{name}-heading">\n<h2 id="{name}-heading">{title}</h2>\n'
        f"{content}</section>\n"
        for name, (title, content) in shown.items()
    )
    model = scores.get("model", "model")
    kind = scores.get("about", {}).get("model", {}).get("kind", "model")
    heading = f"<h1>How well the {kind} {named(model)} sorts papers</h1>"
    head = f"<header>\n{heading}\n{answers.headline(scores)}</header>\n"
    nav = f'<nav aria-label="Contents">\n<ul>\n{index}</ul>\n</nav>\n'
    return page(f"{model}: {percent(scores['accuracy'])} right", CHARTS + STYLE, head + nav + body)
