"""`arxonomy explain`: papers in, the words that drove the predictions out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.inputs import AbstractOption, FileArgument, InputFormatOption, TitleOption, read_input
from arxonomy.cli.options import (
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    EncodingOption,
    ModelOption,
    StrictOption,
    ThreadsOption,
    ViewOption,
    parse_columns,
    parse_labels,
)
from arxonomy.cli.priors import StatedPriorOption, state_prior
from arxonomy.errors import SettingsError
from arxonomy.messages import format_count, say
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from arxonomy.explain import Explanation, Word
    from arxonomy.explain.words import Scores

EXAMPLES = """
Example: arxonomy explain --title "Parsing sentences with pixels"
Example: arxonomy explain papers.csv --category cs.CL --against cs.LG --html why.html
Example: arxonomy explain papers.csv --limit 1 --png attention.png
"""

TOP = 8
"""Words written out in each row."""

_SUPPORT, _OPPOSE = (74, 148, 240), (244, 150, 70)  # red, green, blue
_INK = "#10161d"


class Method(StrEnum):
    """How the scores of words are computed."""

    occlusion = "occlusion"
    gradients = "gradients"
    attention = "attention"


class Format(StrEnum):
    """How explanations are printed."""

    text = "text"
    jsonl = "jsonl"


def command(
    file: FileArgument = None,
    title: TitleOption = None,
    abstract: AbstractOption = None,
    model: ModelOption = None,
    method: Annotated[
        Method | None,
        typer.Option(
            help="occlusion: what taking each word away changes; any model. gradients: integrated gradients; "
            "needs PyTorch. attention: where the network looked. (default: occlusion; for --png attention)"
        ),
    ] = None,
    category: Annotated[
        str | None, typer.Option(metavar="NAME", help="Explain this category, not the most probable one.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Explain what separates it from this category alone."),
    ] = None,
    among: ViewOption = None,
    prior: StatedPriorOption = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write one HTML page for all papers; print nothing.")
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Draw the attention in a single paper (needs matplotlib); print nothing.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Explain the first N papers.")] = 20,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Print explanations, with --html and --png too (default: text on a terminal, else jsonl)."
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    input_format: InputFormatOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Show which words drove a prediction.

    Text shows the paper with its words in color, blue where they support the category and orange where they
    oppose it, the words with the largest scores, what the whole title and the whole abstract contribute, and
    the gates of the network. Numbers are log-odds. JSON lines are those of classify, with `explanation` in
    each: the place of every word in the text, and its score.
    """
    view = parse_labels(among)
    bad = BadRecords(file or "-")
    papers = iter(
        read_input(
            file,
            title,
            abstract,
            input_format=input_format,
            encoding=encoding,
            columns=parse_columns(column),
            strict=strict,
            on_bad=bad,
        )
    )

    from arxonomy.explain import explain_prediction, save_attention, save_explanations
    from arxonomy.inference import load

    method = method or (Method.attention if png else Method.occlusion)
    if method is Method.gradients and backend is Backend.auto:
        backend = Backend.torch
    show = _make_printer(format) if format or not (html or png) else None
    classifier = load(model, among=view, backend=backend.value, threads=threads, device=device.value)
    classifier = state_prior(classifier, prior)
    kept: list[Explanation] = []
    for paper in islice(papers, limit):
        explanation = explain_prediction(
            classifier, paper, method=method.value, category=category, against=against
        )
        if show:
            show(explanation)
        if html or png:
            kept.append(explanation)
        if png and len(kept) > 1:
            raise SettingsError("--png draws one paper, found more; give --limit 1, or --html to see all")
    if next(papers, None) is not None:
        first = "paper is" if limit == 1 else f"{limit:,} papers are"
        say(f"note: only the first {first} explained", "hint: explain more with `--limit N`")
    if html:
        save_explanations(kept, html)
        say(f"explained {format_count(len(kept), 'paper')}: {html}")
    if png:
        save_attention(kept[0], png)
        say(f"picture: {png}")
    bad.sum_up()
    if bad.count:
        raise typer.Exit(1)


def _make_printer(format: Format | None) -> Callable[[Explanation], None]:
    """Make what prints one explanation to stdout, at once."""
    out = sys.stdout.buffer
    if format is Format.jsonl or (format is None and not sys.stdout.isatty()):
        import orjson

        def show_line(explanation: Explanation) -> None:
            out.write(orjson.dumps(explanation.to_dict(), option=orjson.OPT_APPEND_NEWLINE))
            out.flush()

        return show_line
    from arxonomy.cli.output import make_console

    page = make_console(out)
    return lambda explanation: _print(page, explanation)


def _print(page: Console, explanation: Explanation) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from arxonomy.cli.output import format_category

    prediction, paper = explanation.prediction, explanation.paper
    answer = clean_for_terminal(prediction.format_answer())
    names = explanation.names
    page.print(Text.assemble(clean_for_terminal(prediction.id), "  ", (answer, "bold")))
    shown = dict.fromkeys([prediction.category, explanation.category, explanation.against])
    if meanings := [format_category(code, names) for code in shown if code and code in names]:
        page.print(Text(f"  {', '.join(meanings)}", "dim"))
    for warning in prediction.warnings:
        page.print(Text(f"  ⚠ {clean_for_terminal(warning)}", "yellow"))
    if page.color_system:  # without colors the texts would say nothing
        title = _color_words(explanation, paper.title, explanation.title_words, 0)
        title.stylize("bold")
        page.print(Padding(title, (0, 2)))
        page.print(Padding(_color_words(explanation, paper.abstract, explanation.abstract_words, 1), (0, 2)))
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(width=10)
    rows.add_column(overflow="fold")
    if explanation.method == "attention":
        rows.add_row("  title", _format_top(explanation.title_words, explanation.title, "{:.1%}"))
        rows.add_row("  abstract", _format_top(explanation.abstract_words, explanation.abstract, "{:.1%}"))
    else:
        other = "all others" if explanation.against is None else clean_for_terminal(explanation.against)
        category = clean_for_terminal(explanation.category)
        question = f"{category} against {other}: {explanation.log_odds:+.2f} log-odds"
        rows.add_row("  question", Text(f"{question}, by {explanation.method}"))
        rows.add_row("  support", _format_top(explanation.words, explanation.scores, "+{:.2f}"))
        rows.add_row("  oppose", _format_top(explanation.words, -explanation.scores, "-{:.2f}", _OPPOSE))
    rows.add_row("  whole", "title {:+.2f}, abstract {:+.2f}".format(*explanation.branches))
    if explanation.gates is not None:
        gates = [f"{name} {gate:.2f}" for name, gate in explanation.list_gates()]
        rows.add_row("  gates", ", ".join(gates))
    page.print(rows, "")


def _color_words(explanation: Explanation, text: str, words: Sequence[Word], side: int) -> Text:
    """Color each word of a text as it was written; what is not read is dim."""
    from rich.text import Text

    from arxonomy.explain.words import split_text

    shown, depths = Text(), explanation.depths[side]
    for piece in split_text(text, words, explanation.unread[side], clean_for_terminal):
        if piece.place is None:
            shown.append(piece.text, None if piece.read else "dim strike")
        else:
            shown.append(piece.text, _make_style(float(depths[piece.place])))
    return shown


def _make_style(depth: float) -> str | None:
    """Make the style of a word of a depth in -1..1: the color behind it; none where it would not be seen."""
    if abs(depth) < 0.02:
        return None
    red, green, blue = (
        round(255 - abs(depth) * (255 - full)) for full in (_SUPPORT if depth > 0 else _OPPOSE)
    )
    return f"{_INK} on #{red:02x}{green:02x}{blue:02x}"


def _format_top(
    words: Sequence[Word], scores: Scores, number: str, hue: tuple[int, int, int] = _SUPPORT
) -> Text:
    """Format the words with the largest scores above zero, with their numbers."""
    from rich.text import Text

    from arxonomy.explain.words import find_top_words

    red, green, blue = hue
    shown = []
    for place in find_top_words(words, scores, TOP):
        unknown = "" if words[place].known else " (unknown)"
        score = number.format(scores[place])
        shown.append(
            Text.assemble(
                (words[place].text, f"{_INK} on #{red:02x}{green:02x}{blue:02x}"), f" {score}{unknown}"
            )
        )
    return Text(", ").join(shown) if shown else Text("no words", style="dim")
