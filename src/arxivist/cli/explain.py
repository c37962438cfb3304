"""`arxivist explain`: papers in, the words behind the answers out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxivist.cli.options import (
    AbstractOption,
    Backend,
    BackendOption,
    ColumnOption,
    Device,
    DeviceOption,
    FileArgument,
    InputFormatOption,
    ModelOption,
    StrictOption,
    ThreadsOption,
    TitleOption,
    column_mapping,
    given_papers,
)
from arxivist.cli.talk import BadRecords, say, visible
from arxivist.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from arxivist.explain import Explanation, Word
    from arxivist.explain.words import Scores

EXAMPLES = """
Example: arxivist explain --title "Attention is all you need" --png attention.png
Example: arxivist explain papers.csv --limit 5 --html attention.html
Example: cat papers.jsonl | arxivist explain --format jsonl
"""

TOP = {"title": 5, "abstract": 10}
"""Words printed of each text."""


class Format(StrEnum):
    """How explanations are printed."""

    text = "text"
    jsonl = "jsonl"


def command(
    file: FileArgument = None,
    title: TitleOption = None,
    abstract: AbstractOption = None,
    model: ModelOption = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write one HTML page for all papers; print nothing.")
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Draw a picture of a single paper (needs matplotlib); print nothing."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Explain the first N papers.")] = 20,
    format: Annotated[
        Format | None,
        typer.Option(help="If not said: text on a terminal, else jsonl. Prints beside --html and --png too."),
    ] = None,
    column: ColumnOption = None,
    input_format: InputFormatOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Show the words that the network attended to: no proof of cause, but where it looked.

    Text gives the words with the most attention. JSON lines give id, category, probability, each word
    that was read with its weight (those of a text sum to 1), and the gates of fusion. A page has the
    whole texts, coloured, and a heat map of each title; --png draws the same for one paper.
    """
    bad = BadRecords(file or "-")
    papers = iter(
        given_papers(
            file,
            title,
            abstract,
            input_format=input_format,
            columns=column_mapping(column),
            strict=strict,
            on_bad=bad,
        )
    )

    from arxivist.explain import explanation_of, explanation_page, save_attention
    from arxivist.inference import load

    show = _printer(format) if format or not (html or png) else None
    classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    kept: list[Explanation] = []
    for paper in islice(papers, limit):
        attention = explanation_of(classifier, paper, method="attention")
        if show:
            show(attention)
        if html or png:
            kept.append(attention)
        if png and len(kept) > 1:
            raise SettingsError("--png draws one paper, found more; give --limit 1, or --html to see all")
    if next(papers, None) is not None:
        first = "paper is" if limit == 1 else f"{limit:,} papers are"
        say(f"note: only the first {first} explained; --limit N takes more")
    if html:
        explanation_page(kept, html)
        say(f"{len(kept):,} {'paper' if len(kept) == 1 else 'papers'} explained in {html}")
    if png:
        save_attention(kept[0], png)
        say(f"drawn in {png}")
    bad.sum_up()
    if bad.count:
        raise typer.Exit(1)


def _printer(format: Format | None) -> Callable[[Explanation], None]:
    """What prints one explanation to stdout, at once."""
    out = sys.stdout.buffer
    if format is Format.jsonl or (format is None and not sys.stdout.isatty()):
        import orjson

        def show_line(attention: Explanation) -> None:
            out.write(orjson.dumps(attention.to_dict(), option=orjson.OPT_APPEND_NEWLINE))
            out.flush()

        return show_line
    from arxivist.cli.output import console

    page = console(out)
    return lambda attention: page.print(_as_text(attention))


def _as_text(attention: Explanation) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    prediction = attention.prediction
    head = Text.assemble(
        visible(prediction.id),
        "  ",
        (f"{visible(prediction.categories[0][0])} {prediction.probability:.1%}", "bold"),
    )
    if prediction.warning is not None:
        head.append(f"\n  ⚠ {visible(prediction.warning)}", "yellow")
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(width=10)
    rows.add_column(overflow="fold")
    rows.add_row("  title", _most(attention.title_words, attention.title, TOP["title"]))
    rows.add_row("  abstract", _most(attention.abstract_words, attention.abstract, TOP["abstract"]))
    rows.add_row("  gates", "title {:.2f}, abstract {:.2f}".format(*(attention.gates or ())))
    return Group(head, rows, "")


def _most(words: tuple[Word, ...], weights: Scores, count: int) -> Text:
    """The words with the most attention, with their weights; the deeper the blue, the more."""
    from rich.style import Style
    from rich.text import Text

    from arxivist.explain.words import shades, top_places

    depths = shades(weights)
    shown = []
    for place in top_places(words, weights, count):
        red, green, blue = (round(255 - depths[place] * (255 - full)) for full in (74, 148, 240))
        colours = Style(color="#10161d", bgcolor=f"#{red:02x}{green:02x}{blue:02x}")
        unknown = "" if words[place].known else " (unknown)"
        shown.append(Text.assemble((words[place].text, colours), f" {weights[place]:.1%}{unknown}"))
    return Text(", ").join(shown) if shown else Text("no words that the network reads", style="dim")
