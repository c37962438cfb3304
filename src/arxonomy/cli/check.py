"""`arxonomy check`: papers with the categories that their authors chose in, verdicts and a queue out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
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
    parse_columns,
)
from arxonomy.cli.shared import write_table
from arxonomy.messages import format_count, say
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.checking import Check, Contrast
    from arxonomy.inference import Classifier

EXAMPLES = """
Example: arxonomy check papers.csv --queue queue.csv --html queue.html
Example: arxonomy check june.jsonl july.jsonl > verdicts.jsonl
Example: arxonomy check papers.csv --rule arxiv
Example: arxonomy check papers.csv --html queue.html --decisions decisions.jsonl
Example: arxonomy train older.csv decisions.jsonl
"""

SHOWN = 20
"""Papers of the queue that a terminal shows."""


class RuleOption(StrEnum):
    """When something is proposed."""

    thresholds = "thresholds"
    arxiv = "arxiv"


class Format(StrEnum):
    """How verdicts are printed."""

    text = "text"
    jsonl = "jsonl"


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAPERS",
            show_default=False,
            help="Papers with the category that their authors chose, and perhaps all that they list; several "
            "files are read as one, in this order; - is stdin.",
        ),
    ],
    model: ModelOption = None,
    rule: Annotated[
        RuleOption,
        typer.Option(help="thresholds: at a rate of false alarms. arxiv: as arXiv published its own rule."),
    ] = RuleOption.thresholds,
    false_alarms: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of validation papers, as their authors filed them, for which a move is proposed, and "
            "for which cross-lists are (default: 0.05).",
        ),
    ] = None,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Leave papers out of the queue that were decided, as its page saves them; can be given "
            "several times.",
        ),
    ] = None,
    queue: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write the queue as CSV; print nothing.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT.html", help="Write the queue as a page to decide on; print nothing."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Show the first N papers of the queue on the page.")
    ] = 500,
    words: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Find the words for the proposed category against the authors' own, of the first N papers "
            "of the queue (default: 100 with --html, else 0).",
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Print verdicts, with --queue and --html too (default: text on a terminal, else jsonl)."
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
    backend: BackendOption = Backend.auto,
    device: DeviceOption = Device.auto,
    threads: ThreadsOption = None,
) -> None:
    """Check the categories that authors chose: agree, add cross-lists, move, or cannot tell.

    A move is proposed where the authors' category is improbable, and cross-lists where an unlisted category
    is probably listed: each for a share of papers as filed that --false-alarms states, measured on the
    validation papers of the model. How often verdicts are wrong on later papers is in docs/checking.md.
    Nothing is said of a paper outside of the model's field, without a title or an abstract, or with a
    category that is missing, unknown or retired; such papers are counted.

    JSON lines have all papers, in their order. The queue has those with a proposal, ranked: moves first, the
    least probable category first. Its page has accept and reject for each, and saves the decisions as JSON
    lines that `arxonomy train` reads: each is the paper with the decided label and list.
    """
    from arxonomy.checking import (
        FALSE_ALARMS,
        QUEUE_COLUMNS,
        Checker,
        Decisions,
        Summary,
        list_rows,
        rank,
        read_decisions,
        save_queue,
    )
    from arxonomy.errors import InputError
    from arxonomy.inference import load
    from arxonomy.papers import read_files

    if false_alarms is not None and rule is RuleOption.arxiv:
        raise typer.BadParameter("is of the rule thresholds", param_hint="--false-alarms")
    bad = BadRecords(files)
    decided = read_decisions(decisions) if decisions else Decisions([])
    classifier = load(model, backend=backend.value, threads=threads, device=device.value)
    rate = FALSE_ALARMS if false_alarms is None else false_alarms
    checker = Checker(classifier, rule.value, rate)
    papers = read_files(
        files, columns=parse_columns(column), encoding=encoding, labeled=False, strict=strict, on_bad=bad
    )
    show_all = format is Format.jsonl or (format is None and not (queue or html) and not sys.stdout.isatty())
    show_text = format is Format.text or (format is None and not (queue or html or show_all))
    summary, proposals = Summary(classifier.sources), []
    for check in checker.stream(papers):
        summary.count(check)
        if show_all:
            _print_line(check)
        if check.is_open and check in decided:
            summary.decided += 1
        elif check.is_open:
            proposals.append(check)
    if summary.causes["no category"] == summary.verdicts.total():
        raise InputError(
            f"{bad.file}: expected the category that authors chose, found none; name its column, as in "
            "--column category=NAME"
        )
    ranked = rank(proposals)
    explained = words if words is not None else 100 if html else 0
    contrasts = _contrast(classifier, ranked[:explained])
    notes = [*summary.to_lines(), *checker.rule.describe()]
    if show_text:
        _print_queue(ranked, contrasts, classifier.names)
    if queue is not None:
        write_table(queue, QUEUE_COLUMNS, list_rows(ranked, contrasts))
        say(f"queue of {format_count(len(ranked), 'paper')}: {queue}")
    if html is not None:
        save_queue(ranked[:limit], contrasts, notes, classifier.names, html)
        say(f"page of {format_count(len(ranked[:limit]), 'paper')}: {html}")
        if len(ranked) > limit:
            say(f"note: {len(ranked) - limit:,} more are not on the page", "hint: show more with `--limit N`")
    for note in notes:
        say(note)
    bad.sum_up()
    if bad.count:
        raise typer.Exit(1)


def _contrast(classifier: Classifier, queue: Sequence[Check]) -> dict[int, Contrast]:
    """Find the words of proposed moves: place in the queue, from 0 -> the words."""
    from arxonomy.checking import contrast

    found = {}
    for place, check in enumerate(queue):
        if check.move_to is not None and (words := contrast(classifier, check)) is not None:
            found[place] = words
    return found


def _print_line(check: Check) -> None:
    """Print a verdict as a line of JSON."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(check.to_dict(), option=orjson.OPT_APPEND_NEWLINE))


def _print_queue(queue: Sequence[Check], contrasts: Mapping[int, Contrast], names: Mapping[str, str]) -> None:
    """Print the first papers of the queue, to read."""
    from rich.text import Text

    from arxonomy.cli.output import format_category, make_console

    page = make_console(sys.stdout.buffer)
    for place, check in enumerate(queue[:SHOWN]):
        title = clean_for_terminal(check.paper.title)
        page.print(
            Text.assemble(f"{place + 1}. ", (title, "bold"), f"  {clean_for_terminal(check.paper.id)}")
        )
        own = format_category(str(check.category), names)
        if check.move_to is not None:
            proposal = f"move from {own} to {format_category(check.move_to, names)}"
        else:
            proposal = f"add {', '.join(format_category(code, names) for code in check.add)} to {own}"
        page.print(Text(f"   {proposal}"))
        page.print(Text(f"   {clean_for_terminal(check.reason)}", "dim"))
        if (found := contrasts.get(place)) is not None:
            for name, pairs in ((check.move_to, found.support), (check.category, found.oppose)):
                shown = ", ".join(f"{word} {score:.2f}" for word, score in pairs) or "none"
                page.print(Text(f"   words for {clean_for_terminal(f'{name}: {shown}')}", "dim"))
    if len(queue) > SHOWN:
        say(f"note: {len(queue) - SHOWN:,} more are not shown; --queue and --html have all")
