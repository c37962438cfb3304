"""`arxonomy feed`: the day's papers, ranked for one reader."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import ContactOption, ModelOption, ThreadsOption
from arxonomy.messages import say

EXAMPLES = """
Example: arxonomy feed --category cs.CL --not cs.AI --like liked.bib -o today.html
Example: arxonomy feed --category cs.CL,cs.IR --days 3 --replacements
Example: arxonomy feed today.jsonl --category cs.CL --like liked.bib --format json
"""


class Format(StrEnum):
    """Forms of a feed."""

    markdown = "markdown"
    html = "html"
    json = "json"
    atom = "atom"


SUFFIXES = {
    ".md": Format.markdown,
    ".html": Format.html,
    ".json": Format.json,
    ".atom": Format.atom,
    ".xml": Format.atom,
}
"""End of a file's name -> the form that it has."""


def command(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            show_default=False,
            help="Papers, as of `arxonomy harvest` or in any form that `arxonomy classify` reads (default: "
            "they are harvested).",
        ),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar="NAMES",
            help="Categories and archives, as in cs.CL,hep-th,math (default: all of arXiv).",
        ),
    ] = None,
    excluded: Annotated[
        str | None,
        typer.Option(
            "--not",
            metavar="NAMES",
            help="Leave out papers whose primary category is one of these (default: none).",
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="1 is the newest announcement; N is what was changed in the last N days (default: 1).",
        ),
    ] = None,
    like: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Papers that you like, 10 or more, as BibTeX, RIS, CSV, ...; can be given several times "
            "(default: rank by the probability of --category).",
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Papers to show.")] = 20,
    cross_lists: Annotated[bool, typer.Option(help="Show papers with another primary category.")] = True,
    replacements: Annotated[bool, typer.Option(help="Show new versions of papers.")] = False,
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="P",
            help="Leave out papers whose probability of being in --category is less than this.",
        ),
    ] = 0.0,
    format: Annotated[
        Format | None,
        typer.Option(help="Form of the feed (default: by the name of --output, else markdown)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Output file, written atomically (default: stdout, as `-`)."
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What was shown before; one for each feed that you read (default: feed-history.txt in your "
            "folder for data, as in ~/.local/share/arxonomy).",
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Show what was shown before, too.")] = False,
    model: ModelOption = None,
    threads: ThreadsOption = None,
    contact: ContactOption = None,
) -> None:
    """Rank the day's papers for one reader, and say why.

    It harvests arXiv's newest announcement, or reads FILES, classifies the papers, and ranks them by how
    alike they are to papers that you like: in their words, weighed by TF-IDF, and in what the network reads
    of them. That takes seconds, on this machine. It says which words and which of your papers support each,
    and the precision at 10 on papers of yours that are held out. A paper that you like is not shown. Without
    --like the order is by the probability of the categories asked for.

    Each paper is new, a cross-list (its primary category is not among those asked for) or a replacement.
    `arxonomy harvest` writes which it is; other files do not say, and their papers count as new.

    What was shown is kept in a text file, and not shown by the next call; the file may be deleted. What
    arXiv announced and what was harvested of it is stated in the feed; where it is not all, the exit status
    is 1.
    """
    names, without = _split(category), _split(excluded)
    if not (names or like):
        raise typer.BadParameter("expected --category or --like, by which papers are ranked; found neither")
    if min_confidence and not names:
        raise typer.BadParameter("expected it with --category", param_hint="--min-confidence")
    if files and days is not None:
        raise typer.BadParameter("expected it without FILES, which are read whole", param_hint="--days")
    output = None if str(output) == "-" else output
    form = format or _choose_form(output)

    from arxonomy.feed import (
        History,
        Wish,
        find_history,
        harvest_candidates,
        make_feed,
        read_candidates,
        read_likes,
    )
    from arxonomy.feed.forms import render_feed
    from arxonomy.harvest import Client, find_services
    from arxonomy.harvest.harvests import find_codes
    from arxonomy.inference import load
    from arxonomy.writing.writer import open_output

    codes = find_codes(names)
    wish = Wish(tuple(codes), tuple(find_codes(without)), cross_lists, replacements, min_confidence)
    past = History(history or find_history())
    bad_likes, bad = BadRecords(like or ()), BadRecords([Path(file) for file in files or ()])
    likes = read_likes(like, bad_likes) if like else []
    bad_likes.sum_up()
    classifier = load(model, threads=threads)
    report = None
    if files:
        candidates = read_candidates(files, codes, bad)
        bad.sum_up()
    else:
        tell = say if sys.stderr.isatty() else _say_nothing
        with Client(find_services(), contact=contact) as client:
            candidates, report = harvest_candidates(client, codes, days or 1, tell)
        say(*report.to_text().splitlines())
    feed = make_feed(
        candidates,
        classifier,
        wish,
        likes,
        shown=() if again else past,
        top=top,
        completeness=None if report is None else report.to_text().replace("\n", "; "),
    )
    with open_output(output) as stream:
        stream.write(render_feed(feed, form.value).encode("utf-8", "replace"))
        stream.flush()
    past.add((entry.candidate.name for entry in feed.entries), f"{feed.made_at:%Y-%m-%d}")
    if not feed.entries and (before := feed.left_out.get("shown before")):
        say(f"note: nothing new: all {before:,} were shown before, as {past.path} says; --again shows them")
    if output is not None:
        say(str(output))
    if bad.count or bad_likes.count or (report is not None and not report.is_complete):
        raise typer.Exit(1)


def _say_nothing(_: str) -> None:
    """Log files of daily jobs stay short."""


def _split(names: str | None) -> list[str]:
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _choose_form(output: Path | None) -> Format:
    form = Format.markdown if output is None else SUFFIXES.get(output.suffix.lower())
    if form is None:
        raise typer.BadParameter(
            f"expected a name that ends in {', '.join(SUFFIXES)}, or --format; found {output}",
            param_hint="--output",
        )
    return form
