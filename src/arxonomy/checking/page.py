"""The queue as one HTML page, on which proposals are accepted or rejected: opens with a double click.

Decisions stay in the page until they are saved as a file, which `checking/decisions.py` describes. Both lines
of every decision are made here, so that the script only picks one of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from arxonomy.atomic import write_atomic
from arxonomy.checking.contrast import Contrast
from arxonomy.checking.decisions import ACCEPT, REJECT, make_record
from arxonomy.checking.results import Check, format_probability
from arxonomy.records import LISTED_FROM, AnyPath
from arxonomy.rendering import read_script, render

if TYPE_CHECKING:
    from markupsafe import Markup


class _Row(NamedTuple):
    """A row of the table of evidence."""

    category: str
    role: str
    probability: str
    listed: str


class _Entry(NamedTuple):
    """What the page shows of one paper."""

    check: Check
    rows: Sequence[_Row]
    contrast: Contrast | None


def save_queue(
    queue: Sequence[Check],
    contrasts: Mapping[int, Contrast],
    notes: Sequence[str],
    names: Mapping[str, str],
    out: AnyPath,
) -> None:
    """Write one HTML page of proposals to decide.

    Args:
        queue: As `rank` gives it.
        contrasts: Place in the queue, from 0 -> the words for its proposal and against it.
        notes: What to say above it: how many papers got which verdict, and the error rates.
        names: Category -> its human name, of those that have one.
        out: The file; written atomically.

    Raises:
        ArxonomyError: The file cannot be written.
    """
    page = render(
        "arxonomy.checking",
        "queue.html.jinja",
        entries=[_Entry(check, _list_rows(check), contrasts.get(place)) for place, check in enumerate(queue)],
        notes=notes,
        names=names,
        accept=ACCEPT,
        reject=REJECT,
        records=_format_records(queue),
        script=read_script("arxonomy.checking", "queue.js"),
    )
    write_atomic(out, page)


def _list_rows(check: Check) -> list[_Row]:
    roles = {str(check.category): "authors' own", str(check.move_to): "proposed"}
    roles |= dict.fromkeys(check.add, "proposed as a cross-list")
    return [
        _Row(
            own.category,
            roles.get(own.category, "most probable other one"),
            format_probability(own.probability),
            f"<{LISTED_FROM:.0%}" if own.listed is None else format_probability(own.listed),
        )
        for own in check.evidence
    ]


def _format_records(queue: Sequence[Check]) -> Markup:
    """Format the lines of all decisions as JSON without a `<`, which no text of a paper can break out of."""
    from markupsafe import Markup

    papers = [_split_records(check) for check in queue]
    return Markup(json.dumps(papers, separators=(",", ":")).replace("<", "\\u003c"))


def _split_records(check: Check) -> dict[str, dict[str, Any]]:
    """Split the lines of both decisions into what they have in common, and the rest of each."""
    lines = {word: make_record(check, accepted=word == ACCEPT) for word in (ACCEPT, REJECT)}
    common = {
        key: value
        for key, value in lines[ACCEPT].items()
        if key in lines[REJECT] and value == lines[REJECT][key]
    }
    rest = {word: {key: line[key] for key in line if key not in common} for word, line in lines.items()}
    return {"paper": common, **rest}
