"""Explanations as one HTML page: no scripts, no other host, opens with a double click.

Colors are two hues of growing opacity over the page, light or dark, such that text stays readable on all
of them; each cell and word brings its depth as the number `--w` in 0..1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape

from arxonomy.atomic import write_atomic
from arxonomy.explain.explanation import Explanation
from arxonomy.explain.words import Scores, Word, pieces, shades, top_places
from arxonomy.html import page, safe, scroll_box
from arxonomy.sanitize import clean_for_page, shorten

CATEGORIES = 5
"""Categories shown of each answer."""
TOP = 10
"""Words whose scores are written out."""
_LETTERS = 24  # shown of a word in lists and in the heat map

_STYLE = """
:root { --against: 244 150 70; }
@media (prefers-color-scheme: dark) { :root { --against: 158 78 12; } }
h4 { font-size: .9rem; margin: .75rem 0 0; }
article { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
.strip { display: inline-block; width: 7rem; height: .9rem; vertical-align: -.1rem;
  border: 1px solid var(--line); background: linear-gradient(to right,
  var(--left, rgb(var(--deep) / 0)), rgb(var(--deep) / 0) 50%, rgb(var(--deep) / 1)); }
.both { --left: rgb(var(--against) / 1); }
.words { line-height: 1.85; }
.w { background: rgb(var(--hue, var(--deep)) / var(--w)); padding: .1em .15em; margin: 0 -.12em;
  border-radius: .2em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.a { --hue: var(--against); }
.off { color: var(--soft); text-decoration: line-through 1px; }
.u { text-decoration: underline dotted; text-underline-offset: .2em; }
.bars { display: grid; grid-template-columns: minmax(4rem, max-content) minmax(3rem, 1fr) 3.6rem;
  gap: .3rem .7rem;  align-items: center; margin: 0; max-width: 48rem; }
.bars dt, .bars dd { margin: 0; }
.bars .bar { height: .8rem; border: 1px solid var(--line); border-radius: .2rem; overflow: hidden; }
.bars .bar i { display: block; height: 100%; background: var(--bar); }
.bars .two { display: grid; grid-template-columns: 1fr 1fr; }
.bars .two i { grid-column: 2; background: var(--bar); }
.bars .two i.left { grid-column: 1; justify-self: end; background: var(--other); }
.bars .number { text-align: right; font-variant-numeric: tabular-nums; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0 2rem;
  max-width: 48rem; }
.scroll table { border-collapse: collapse; font-size: .8rem; line-height: 1.1; }
.scroll th { font-weight: 400; white-space: nowrap; text-align: right; padding: 0 .4rem 0 0; }
.scroll th[scope=row] { position: sticky; left: 0; background: var(--page); }
.scroll th[scope=col] { vertical-align: bottom; text-align: center; padding: 0 0 .3rem; }
.scroll th[scope=col] span { writing-mode: vertical-rl; transform: rotate(180deg); }
.scroll td[title] { min-width: 1.55rem; height: 1.55rem; padding: 0 .1rem; border: 1px solid var(--page);
  background: rgb(var(--deep) / var(--w)); text-align: center; font-size: .65rem;
  font-variant-numeric: tabular-nums; }
"""

_LEGEND = """<h1>Why the model answered so</h1>
<ul class="soft">
{methods}
<li>A text is shown as it was written; the model reads it in lower case and without punctuation.
<span class="u">Dotted</span> words are not in its vocabulary: it sees that a word is there, and little or
nothing of which. What is <span class="off">struck out</span> lies beyond the length that it reads.</li>
<li>Gates: how much of what was read in the title and in the abstract the network lets through to the
answer, from 0 to 1.</li>
</ul>
"""

_SIGNED = """ Words that speak <strong>against</strong> the category
<span class="strip both" role="img" aria-label="from orange, against, to blue, for"></span> words that
speak <strong>for</strong> it. The depth is proportional to the number, the same in title and abstract; point
at a word for it. The numbers are log-odds: 0.7 doubles the odds or halves them, 2.3 is ten times.</li>"""

_METHODS = {
    "occlusion": """<li><strong>Occlusion</strong>: by how much the log-odds of the category fall when the
word is taken away and the rest is read again."""
    + _SIGNED,
    "gradients": """<li><strong>Integrated gradients</strong>: what each word adds to the log-odds of the
category on the way from words without meaning to those of the paper; all words together make up the whole."""
    + _SIGNED,
    "attention": """<li><strong>Attention</strong>: how the network spread its weights over the words that it
read, on the way to its answer. <strong>It is no proof of cause.</strong> A word with much attention need not
have decided the answer, and one with little may have. No attention
<span class="strip" role="img" aria-label="pale to deep"></span> most. The depth is proportional to the
weight; the deepest is the largest weight of that text, or twice an even share where all are smaller, so that
nearly even weights look nearly even.</li>""",
}


def explanation_page(explanations: Sequence[Explanation], out: str | os.PathLike[str]) -> None:
    """Write one HTML page for any number of papers.

    For each: the answer, title and abstract as they were written with each word colored by its score, the
    words with the largest scores, what title and abstract as a whole carried, and the gates; of attention
    also the heat map of the title. The page is the same for the same input.

    Args:
        explanations: What `explain_prediction` returned, in the order of the page.
        out: The file; replaced as a whole, never half written.

    Raises:
        ArxonomyError: The file cannot be written.
    """
    several = len(explanations) > 1
    articles = [_article(one, number, several) for number, one in enumerate(explanations, 1)]
    index = [
        f'<li><a href="#paper-{number}"><bdi>{safe(one.prediction.id)}</bdi></a>: {_answer(one)}</li>'
        for number, one in enumerate(explanations, 1)
    ]
    used = dict.fromkeys(one.method for one in explanations)
    legend = _LEGEND.format(methods="\n".join(_METHODS[method] for method in used))
    parts = [legend]
    if several:
        parts += ['<nav aria-label="Papers">\n<h3>Papers</h3>\n<ol>\n', *index, "\n</ol>\n</nav>\n"]
    write_atomic(out, page("Why the model answered so", _STYLE, "".join([*parts, *articles])))


def _article(explanation: Explanation, number: int, several: bool) -> str:
    prediction = explanation.prediction
    warning = f'<p class="warning">{safe(prediction.warning)}</p>\n' if prediction.warning else ""
    shown = [(name, share, f"{share:.1%}") for name, share in prediction.categories[:CATEGORIES]]
    paper, depths = explanation.paper, explanation.depths
    title = _words(explanation, paper.title, explanation.title_words, explanation.title, depths[0], 0)
    abstract = _words(
        explanation, paper.abstract, explanation.abstract_words, explanation.abstract, depths[1], 1
    )
    gates = "" if explanation.gates is None else f"<h3>Gates</h3>\n{_bars(_named(explanation.gates, '.2f'))}"
    return (
        f'<article id="paper-{number}">\n<h2>{_answer(explanation)}</h2>\n'
        f'<p class="soft">Paper <bdi>{safe(prediction.id)}</bdi></p>\n{warning}'
        f"<h3>Probabilities</h3>\n{_bars(shown)}"
        f"<h3>{_question(explanation)}</h3>\n"
        f"<h4>Title</h4>\n{title}<h4>Abstract</h4>\n{abstract}"
        f"{_top(explanation)}{_heat_map(explanation, is_open=not several)}"
        f"<h3>Without the whole title, or the whole abstract, the log-odds fall by</h3>\n"
        f"{_two_way_bars(_named(explanation.branches, '+.2f'))}"
        f"{gates}</article>\n"
    )


def _question(explanation: Explanation) -> str:
    """What the colors answer."""
    if explanation.method == "attention":
        return "Where the network looked"
    against = "all others" if explanation.against is None else f"<bdi>{safe(explanation.against)}</bdi>"
    return f"What tells <bdi>{safe(explanation.category)}</bdi> from {against}"


def _named(pair: tuple[float, float], style: str) -> list[tuple[str, float, str]]:
    return [
        (name, value, format(value, style)) for name, value in zip(("title", "abstract"), pair, strict=True)
    ]


def _answer(explanation: Explanation) -> str:
    category, share = explanation.prediction.categories[0]
    return f"<bdi>{safe(category)}</bdi> {share:.1%}"


def _bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars with (name, length in 0..1, the number as text)."""
    cells = "".join(
        f'<dt><bdi>{safe(name)}</bdi></dt><dd class="bar"><i style="width:{share:.2%}"></i></dd>'
        f'<dd class="number">{number}</dd>\n'
        for name, share, number in rows
    )
    return f'<dl class="bars">\n{cells}</dl>\n'


def _two_way_bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars that go right from the middle, or left for a number below zero; the longest fills its side."""
    most = max(1.0, *(abs(value) for _, value, _ in rows))
    cells = "".join(
        f'<dt>{name}</dt><dd class="bar two"><i{"" if value > 0 else " class=left"} '
        f'style="width:{abs(value) / most:.2%}"></i></dd><dd class="number">{number}</dd>\n'
        for name, value, number in rows
    )
    return f'<dl class="bars">\n{cells}</dl>\n'


def _number(explanation: Explanation, score: float) -> str:
    return f"{score:.2%}" if explanation.method == "attention" else f"{score:+.3f}"


def _words(
    explanation: Explanation, text: str, words: Sequence[Word], scores: Scores, depths: Scores, side: int
) -> str:
    """A text as it was written, each word on its color."""
    what = ("title", "abstract")[side]
    if not words:
        return f'<p class="soft">The {what} has no words that the model reads.</p>\n'
    shown = []
    for piece in pieces(text, words, explanation.unread[side], clean_for_page):
        if piece.place is None:
            shown.append(
                escape(piece.text) if piece.read else f'<span class="off">{escape(piece.text)}</span>'
            )
            continue
        score, depth, known = scores[piece.place], depths[piece.place], words[piece.place].known
        classes = f"w{' a' if depth < 0 else ''}{'' if known else ' u'}"
        shown.append(
            f'<span class="{classes}" style="--w:{abs(depth):.2f}" title="{_number(explanation, score)}'
            f'{"" if known else ", unknown word"}">{escape(piece.text)}</span>'
        )
    count = explanation.unread[side]
    rest = "1 word" if count == 1 else f"{count:,} words"
    note = (
        f'<p class="soft">The last {rest} of the {what} are beyond what the model reads.</p>\n'
        if count
        else ""
    )
    return f'<p class="words">{"".join(shown)}</p>\n{note}'


def _top(explanation: Explanation) -> str:
    """The words with the largest scores, in lists side by side."""
    words, scores = explanation.words, explanation.scores
    if explanation.method == "attention":
        lists = [
            ("Title: most attention", explanation.title_words, explanation.title, 1.0),
            ("Abstract: most attention", explanation.abstract_words, explanation.abstract, 1.0),
        ]
    else:
        lists = [("Most for it", words, scores, 1.0), ("Most against it", words, scores, -1.0)]
    shown = "".join(
        f'<div><h4>{name}</h4>\n<p class="soft">'
        + (
            ", ".join(
                f"{escape(shorten(own[place].text, _LETTERS))} {_number(explanation, values[place])}"
                for place in top_places(own, sign * values, TOP)
            )
            or "none"
        )
        + "</p></div>\n"
        for name, own, values, sign in lists
    )
    window = (
        '<p class="soft">In the abstract a weight stands at the first of the few words read together.</p>\n'
        if explanation.method == "attention" and explanation.title_map is None and explanation.abstract_words
        else ""
    )
    return f'<div class="lists">\n{shown}</div>\n{window}'


def _heat_map(explanation: Explanation, is_open: bool) -> str:
    """A table; its rows are the words that look, its columns the words that are looked at."""
    names = [escape(shorten(word.text, _LETTERS)) for word in explanation.title_words]
    if not names or explanation.method != "attention":
        return ""
    lookers = ["title"] if explanation.title_map is None else names
    grid = explanation.heat_map
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in names)
    rows = [
        f'<tr><th scope="row">{looker}</th>'
        + "".join(
            f'<td style="--w:{shade:.2f}" title="{looker} → {name}: {weight:.2%}">{100 * weight:.1f}</td>'
            for name, weight, shade in zip(names, line, depths, strict=True)
        )
        + "</tr>\n"
        for looker, line, depths in zip(lookers, grid.tolist(), shades(grid).tolist(), strict=True)
    ]
    note = (
        "Each row is a word that looks, each column a word that it looks at; in percent of a row. An even "
        f"share is {1 / len(names):.1%}; the weights here run from {grid.min():.1%} to {grid.max():.1%}."
    )
    table = f"<table>\n<tr><td></td>{head}</tr>\n{''.join(rows)}</table>\n"
    return (
        f"<details{' open' if is_open else ''}>\n<summary>Title: heat map</summary>\n"
        f'<p class="soft">{note}</p>\n{scroll_box("Heat map of the title", table)}</details>\n'
    )
