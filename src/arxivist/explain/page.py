"""Attention as one HTML page: no scripts, no other host, opens with a double click.

Colours are one hue of growing opacity over the page, light or dark, such that text stays readable on all
of them; each cell and word brings its depth as the number `--w` in 0..1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape

from arxivist.explain.explanation import Explanation
from arxivist.explain.words import Scores, Word, printable, shades, shortened, top_places
from arxivist.files import write_atomic

CATEGORIES = 5
"""Categories shown of each answer."""
TOP = 10
"""Words whose weights are written out."""
_LETTERS = 24  # shown of a word in the heat map

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #10161d; --soft: #57606a; --line: #d5dae0;
  --deep: 74 148 240; --bar: #2f6db3; }
@media (prefers-color-scheme: dark) { :root { --page: #14191f; --text: #eef2f6; --soft: #a3adb8;
  --line: #3a434d; --deep: 41 104 190; --bar: #6aa5e8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; print-color-adjust: exact; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.3rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .35rem; }
p, ul, ol { margin: .35rem 0; max-width: 48rem; }
a { color: inherit; text-underline-offset: .15em; }
article { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
.soft { color: var(--soft); font-size: .9rem; }
.warning { border-left: .25rem solid #d9702b; padding-left: .6rem; }
.strip { display: inline-block; width: 7rem; height: .9rem; vertical-align: -.1rem;
  border: 1px solid var(--line);
  background: linear-gradient(to right, rgb(var(--deep) / 0), rgb(var(--deep) / 1)); }
.words { line-height: 1.85; }
.w { background: rgb(var(--deep) / var(--w)); padding: .1em .2em; border-radius: .2em;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.u { text-decoration: underline dotted; text-underline-offset: .2em; }
.bars { display: grid; grid-template-columns: minmax(4rem, max-content) 1fr 3.6rem; gap: .3rem .7rem;
  align-items: center; margin: 0; max-width: 48rem; }
.bars dt, .bars dd { margin: 0; }
.bars .bar { height: .8rem; border: 1px solid var(--line); border-radius: .2rem; overflow: hidden; }
.bars .bar i { display: block; height: 100%; background: var(--bar); }
.bars .number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; padding-bottom: .5rem; }
.scroll table { border-collapse: collapse; font-size: .8rem; line-height: 1.1; }
.scroll th { font-weight: 400; white-space: nowrap; text-align: right; padding: 0 .4rem 0 0; }
.scroll th[scope=row] { position: sticky; left: 0; background: var(--page); }
.scroll th[scope=col] { vertical-align: bottom; text-align: center; padding: 0 0 .3rem; }
.scroll th[scope=col] span { writing-mode: vertical-rl; transform: rotate(180deg); }
.scroll td[title] { min-width: 1.55rem; height: 1.55rem; padding: 0 .1rem; border: 1px solid var(--page);
  background: rgb(var(--deep) / var(--w)); text-align: center; font-size: .65rem;
  font-variant-numeric: tabular-nums; }
"""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Where the model looked</title>
"""

_LEGEND = """<h1>Where the model looked</h1>
<p>Attention: how the network spread its weights over the words that it read, on the way to its answer.
<strong>It is no proof of cause.</strong> A word with much attention need not have decided the answer, and one
with little may have: the network reads each word together with its neighbours, and other weights can give
the same answer.</p>
<ul class="soft">
<li>No attention <span class="strip" role="img" aria-label="pale to deep"></span> most. The depth is
proportional to the weight; the deepest is the largest weight of that text, or twice an even share where all
are smaller, so that nearly even weights look nearly even. Point at a word or a cell for its number.</li>
<li>Words are shown as the network reads them: in lower case, without punctuation, up to the length where it
stops. <span class="u">Dotted</span> words are not in its vocabulary; it sees that a word is there, and little
or nothing of which.</li>
<li>Gates: how much of what was read in the title and in the abstract is let through to the answer, from 0 to
1.</li>
</ul>
"""


def explanation_page(explanations: Sequence[Explanation], out: str | os.PathLike[str]) -> None:
    """Write one HTML page for any number of papers.

    For each: the answer, the gates, the words of title and abstract coloured by their attention, and the
    heat map of the title's self-attention. The page is the same for the same input.

    Args:
        explanations: What `attention_of` returned, in the order of the page.
        out: The file; replaced as a whole, never half written.

    Raises:
        ArxivistError: The file cannot be written.
    """
    several = len(explanations) > 1
    articles = [_article(explanation, number, several) for number, explanation in enumerate(explanations, 1)]
    index = [
        f'<li><a href="#paper-{number}"><bdi>{_text(explanation.prediction.id)}</bdi></a>: '
        f"{_answer(explanation)}</li>"
        for number, explanation in enumerate(explanations, 1)
    ]
    parts = [_HEAD, "<style>", _STYLE, "</style>\n</head>\n<body>\n<main>\n", _LEGEND]
    if several:
        parts += ['<nav aria-label="Papers">\n<h3>Papers</h3>\n<ol>\n', *index, "\n</ol>\n</nav>\n"]
    write_atomic(out, "".join([*parts, *articles, "</main>\n</body>\n</html>\n"]))


def _article(explanation: Explanation, number: int, several: bool) -> str:
    prediction = explanation.prediction
    shown = [(name, share, f"{share:.1%}") for name, share in prediction.categories[:CATEGORIES]]
    gates = [
        (name, gate, f"{gate:.2f}")
        for name, gate in zip(("title", "abstract"), explanation.gates or (0.0, 0.0), strict=True)
    ]
    warning = f'<p class="warning">{_text(prediction.warning)}</p>\n' if prediction.warning else ""
    words = _words(explanation.title_words, explanation.title, "title")
    abstract = _words(explanation.abstract_words, explanation.abstract, "abstract")
    window = (
        '<p class="soft">Here a weight stands at the first word of the few that were read together.</p>\n'
        if explanation.title_map is None and explanation.abstract_words
        else ""
    )
    return (
        f'<article id="paper-{number}">\n<h2>{_answer(explanation)}</h2>\n'
        f'<p class="soft">Paper <bdi>{_text(prediction.id)}</bdi></p>\n{warning}'
        f"<h3>Probabilities</h3>\n{_bars(shown)}"
        f"<h3>Title: the attention that each word gets</h3>\n{words}"
        f"{_heat_map(explanation, is_open=not several)}"
        f"<h3>Abstract: the attention that each word gets</h3>\n{abstract}{window}"
        f"<h3>Gates</h3>\n{_bars(gates)}</article>\n"
    )


def _answer(explanation: Explanation) -> str:
    return f"<bdi>{_text(explanation.prediction.categories[0][0])}</bdi> {explanation.prediction.probability:.1%}"


def _bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars with (name, length in 0..1, the number as text)."""
    cells = "".join(
        f'<dt><bdi>{_text(name)}</bdi></dt><dd class="bar"><i style="width:{share:.2%}"></i></dd>'
        f'<dd class="number">{number}</dd>\n'
        for name, share, number in rows
    )
    return f'<dl class="bars">\n{cells}</dl>\n'


def _words(words: tuple[Word, ...], weights: Scores, what: str) -> str:
    if not words:
        return f'<p class="soft">The {what} has no words that the network reads.</p>\n'
    spans = [
        f'<span class="{"w" if word.known else "w u"}" style="--w:{shade:.2f}" '
        f'title="{weight:.2%}{"" if word.known else ", unknown word"}">{escape(word.text)}</span>'
        for word, weight, shade in zip(words, weights.tolist(), shades(weights).tolist(), strict=True)
    ]
    top = ", ".join(
        f"{escape(shortened(words[place].text, _LETTERS))} {weights[place]:.1%}"
        for place in top_places(words, weights, TOP)
    )
    return f'<p class="words">{" ".join(spans)}</p>\n<p class="soft">Most attention: {top}</p>\n'


def _heat_map(explanation: Explanation, is_open: bool) -> str:
    """A table; its rows are the words that look, its columns the words that are looked at."""
    names = [escape(shortened(word.text, _LETTERS)) for word in explanation.title_words]
    if not names:
        return ""
    lookers = names if explanation.title_map is not None else ["title"]
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
    return (
        f"<details{' open' if is_open else ''}>\n<summary>Title: heat map</summary>\n"
        f'<p class="soft">{note}</p>\n'
        '<div class="scroll" tabindex="0" role="region" aria-label="Heat map of the title">\n'
        f"<table>\n<tr><td></td>{head}</tr>\n{''.join(rows)}</table>\n</div>\n</details>\n"
    )


def _text(text: str) -> str:
    return escape(printable(text))
