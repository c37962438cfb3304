"""`arxonomy harvest`: arXiv's records into a file."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.options import ContactOption, JsonOption
from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.papers.identifiers import Identifier

EXAMPLES = """
Example: arxonomy harvest --category cs.CL,cs.CV -o today.jsonl
Example: arxonomy harvest --category cs.CL --from 2026-10-01 -o cs.CL.parquet
Example: arxonomy harvest --ids 2501.01234,hep-th/9901001 -o papers.jsonl
Example: arxonomy harvest --query 'ti:parsing AND cat:cs.CL' -o parsing.jsonl
"""

_EVERY = 60.0
"""Seconds between lines about progress where stderr is no terminal."""


class Metadata(StrEnum):
    """Metadata prefixes of OAI-PMH."""

    arxiv_raw = "arXivRaw"
    arxiv = "arXiv"


def command(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default=False,
            help="File of the papers, .jsonl or .parquet, written atomically.",
        ),
    ],
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar="NAMES",
            help="Categories and archives, as in cs.CL,hep-th,math; papers that are cross-listed there count "
            "too (default: all of arXiv).",
        ),
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Harvest what was changed since this day in UTC, as in 2026-10-01 (default: the newest "
            "announcement).",
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DAY", help="Last day (default: today)."),
    ] = None,
    ids: Annotated[
        str | None,
        typer.Option(
            metavar="IDS|FILE",
            help="Harvest these papers: ids or addresses with commas between them, or a file of them.",
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Harvest what matches a query of arXiv's interface, as in 'ti:parsing AND cat:cs.CL'.",
        ),
    ] = None,
    metadata: Annotated[
        Metadata,
        typer.Option(
            help="Metadata prefix with --from. arXivRaw has the date of the first version; arXiv its month "
            "alone, and Unicode in place of LaTeX's accents."
        ),
    ] = Metadata.arxiv_raw,
    contact: ContactOption = None,
    as_json: JsonOption = False,
) -> None:
    """Harvest arXiv's records politely into a file that every command reads.

    Without further options it harvests the newest announcement: the feed of each category, compared with
    arXiv's listing, which says how many papers were announced. Papers that the feed lacks are fetched by
    their ids. `announce_type` is new, cross, replace or replace-cross.

    With --from it harvests all papers that were changed since then, by OAI-PMH, and compares them with
    arXiv's list of ids. The same command continues an interrupted harvest, and on a later day reads what is
    new; what it knows is in OUT.harvest.

    Each paper is one row: id, title, abstract, authors, category, categories, version, published, updated,
    announced, announce_type, doi, journal_ref, comment, license. Categories have the names of today. What
    arXiv lists and what was harvested of it is on stderr, in OUT.report.json and in the metadata of Parquet;
    the exit status is 1 if it is not all.

    arXiv's terms are kept, and no option switches that off: one request in 3 seconds, one at a time over all
    processes of the machine. A key of arXiv's API, once there are any, is read from ARXIV_API_KEY.
    """
    names = [name.strip() for name in (category or "").split(",") if name.strip()]
    kinds = [
        option
        for option, value in (("--from", first), ("--ids", ids), ("--query", query))
        if value is not None
    ]
    if len(kinds) > 1 or (kinds and kinds != ["--from"] and names) or (last is not None and first is None):
        given = [*kinds, *(["--category"] if names else []), *(["--until"] if last is not None else [])]
        raise typer.BadParameter(
            f"expected --category, --category and --from, --ids or --query, and --until only with --from; "
            f"found {' and '.join(given)}"
        )

    from arxonomy.harvest import (
        Client,
        Prefix,
        find_services,
        harvest_announcement,
        harvest_ids,
        harvest_query,
        harvest_range,
    )

    tell = HarvestProgress()
    try:
        with Client(find_services(), contact=contact) as client:
            if ids is not None:
                report = harvest_ids(client, output, _read_ids(ids), tell=tell)
            elif query is not None:
                report = harvest_query(client, output, query, tell=tell)
            elif first is not None:
                days = first.date(), None if last is None else last.date()
                report = harvest_range(client, output, names, *days, prefix=Prefix(metadata.value), tell=tell)
            else:
                report = harvest_announcement(client, output, names)
    except KeyboardInterrupt:
        say("stopped; the same command continues")
        raise typer.Exit(130) from None
    say(*report.to_text().splitlines(), str(output))
    if as_json:
        print(json.dumps(report.to_dict()))
    if not report.is_complete:
        raise typer.Exit(1)


class HarvestProgress:
    """Says how far a harvest is: each line on a terminal, else one a minute, as for the log of a job."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, line: str) -> None:
        """Say a line, or wait."""
        if sys.stderr.isatty() or time.monotonic() - self._said >= _EVERY:
            say(line)
            self._said = time.monotonic()


def _read_ids(text: str) -> list[Identifier]:
    """Read ids with commas between them, or a file of ids."""
    from arxonomy.errors import InputError
    from arxonomy.papers.identifiers import Identifier, read_identifiers

    is_file = Path(text).is_file()
    try:
        lines = Path(text).read_text(encoding="utf-8").splitlines() if is_file else [text]
    except (OSError, UnicodeError) as error:
        raise InputError(f"{text}: cannot be read: {error}") from error
    identifiers = []
    for found in read_identifiers(lines):
        if not isinstance(found, Identifier):
            raise InputError(
                f"{text if is_file else '--ids'}: expected an id or an address of arXiv's, as in 2501.01234; "
                f"found {found[:100]}"
            )
        identifiers.append(found)
    return identifiers
