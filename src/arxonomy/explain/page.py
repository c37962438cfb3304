"""Explanations as one HTML page: no scripts, no other host, opens with a double click.

Colors are two hues of growing opacity over the page, light or dark, such that text stays readable on all
of them; each cell and word brings its depth as the number `--w` in 0..1. The page is
`templates/explanations.html.jinja`; here is what it shows of each paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from arxonomy.atomic import write_atomic
from arxonomy.explain.explanation import Explanation, Method
from arxonomy.explain.words import Scores, Word, compute_shades, find_top_words, split_text
from arxonomy.records import AnyPath, Prediction
from arxonomy.rendering import render
from arxonomy.sanitize import clean_for_page, shorten

CATEGORIES = 5
"""Categories shown of each answer."""
TOP = 10
"""Words whose scores are written out."""
_LETTERS = 24  # shown of a word in lists and in the heat map


class _Span(NamedTuple):
    """A piece of a text in one style."""

    text: str
    classes: str = ""
    """Classes of CSS; empty for plain text."""
    depth: float = 0.0
    """Strength of its color, in 0..1."""
    score: str = ""
    """What is shown of a word when it is pointed at; empty for what stands between words."""


class _Text(NamedTuple):
    """A title or an abstract."""

    name: str
    spans: Sequence[_Span]
    has_words: bool
    unread: int
    """Words beyond what the model reads."""


class _TopWords(NamedTuple):
    """The words with the largest scores, each with its score."""

    heading: str
    words: Sequence[str]


class _HeatMap(NamedTuple):
    """How title words look at title words."""

    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[str, float, float]]]]
    """The word that looks; each word that it looks at, with the weight and its shade."""
    even: float
    lowest: float
    highest: float


class _Article(NamedTuple):
    """What the page shows of one paper; a bar is its name, its length, and its number as text."""

    prediction: Prediction
    names: Mapping[str, str]
    """The human names of categories that have one."""
    method: Method
    category: str
    against: str | None
    probabilities: Sequence[tuple[str, float, str]]
    title: _Text
    abstract: _Text
    top_words: Sequence[_TopWords]
    reads_windows: bool
    """Whether attention to the abstract is attention to windows of words."""
    heat_map: _HeatMap | None
    branches: Sequence[tuple[str, float, str]]
    gates: Sequence[tuple[str, float, str]]


def save_explanations(explanations: Sequence[Explanation], out: AnyPath) -> None:
    """Write one HTML page for any number of papers.

    For each: the answer, title and abstract as they were written with each word colored by its score, the
    words with the largest scores, what title and abstract as a whole carried, and the gates; of attention
    also the heat map of the title. The page is the same for the same input.

    Args:
        explanations: What `explain_prediction` returned, in the order of the page.
        out: The file; written atomically.

    Raises:
        ArxonomyError: The file cannot be written.
    """
    page = render(
        "arxonomy.explain",
        "explanations.html.jinja",
        articles=[_make_article(explanation) for explanation in explanations],
        methods=list(dict.fromkeys(explanation.method for explanation in explanations)),
    )
    write_atomic(out, page)


def _make_article(explanation: Explanation) -> _Article:
    paper, (title_depths, abstract_depths) = explanation.paper, explanation.depths
    by_attention = explanation.method == "attention"
    return _Article(
        prediction=explanation.prediction,
        names=explanation.names,
        method=explanation.method,
        category=explanation.category,
        against=explanation.against,
        probabilities=[
            (name, share, f"{share:.1%}") for name, share in explanation.prediction.categories[:CATEGORIES]
        ],
        title=_make_text(
            explanation,
            "title",
            paper.title,
            explanation.title_words,
            explanation.title,
            title_depths,
        ),
        abstract=_make_text(
            explanation,
            "abstract",
            paper.abstract,
            explanation.abstract_words,
            explanation.abstract,
            abstract_depths,
        ),
        top_words=_find_top_words(explanation),
        reads_windows=by_attention and explanation.title_map is None and bool(explanation.abstract_words),
        heat_map=_make_heat_map(explanation) if by_attention and explanation.title_words else None,
        branches=_make_bars(zip(("title", "abstract"), explanation.branches, strict=True), "+.2f"),
        gates=_make_bars(explanation.list_gates(), ".2f"),
    )


def _make_bars(named: Iterable[tuple[str, float]], style: str) -> list[tuple[str, float, str]]:
    return [(name, number, format(number, style)) for name, number in named]


def _format_score(explanation: Explanation, score: float) -> str:
    return f"{score:.2%}" if explanation.method == "attention" else f"{score:+.3f}"


def _make_text(
    explanation: Explanation, name: str, text: str, words: Sequence[Word], scores: Scores, depths: Scores
) -> _Text:
    unread = explanation.unread[0 if name == "title" else 1]
    spans = []
    for piece in split_text(text, words, unread, clean_for_page):
        if piece.place is None:
            spans.append(_Span(piece.text, "" if piece.read else "off"))
            continue
        depth, known = float(depths[piece.place]), words[piece.place].known
        score = _format_score(explanation, scores[piece.place])
        spans.append(
            _Span(
                piece.text,
                f"w{' a' if depth < 0 else ''}{'' if known else ' u'}",
                abs(depth),
                score if known else f"{score}, unknown word",
            )
        )
    return _Text(name, spans, bool(words), unread)


def _find_top_words(explanation: Explanation) -> list[_TopWords]:
    words, scores = explanation.words, explanation.scores
    if explanation.method == "attention":
        lists = [
            ("Title: most attention", explanation.title_words, explanation.title, 1.0),
            ("Abstract: most attention", explanation.abstract_words, explanation.abstract, 1.0),
        ]
    else:
        lists = [
            ("Words that support it most", words, scores, 1.0),
            ("Words that oppose it most", words, scores, -1.0),
        ]
    return [
        _TopWords(
            heading,
            [
                f"{shorten(candidates[place].text, _LETTERS)} {_format_score(explanation, values[place])}"
                for place in find_top_words(candidates, sign * values, TOP)
            ],
        )
        for heading, candidates, values, sign in lists
    ]


def _make_heat_map(explanation: Explanation) -> _HeatMap:
    names = [shorten(word.text, _LETTERS) for word in explanation.title_words]
    grid = explanation.heat_map
    return _HeatMap(
        names=names,
        rows=[
            (looker, list(zip(names, weights, shades, strict=True)))
            for looker, weights, shades in zip(
                ["title"] if explanation.title_map is None else names,
                grid.tolist(),
                compute_shades(grid).tolist(),
                strict=True,
            )
        ],
        even=1 / len(names),
        lowest=float(grid.min()),
        highest=float(grid.max()),
    )
