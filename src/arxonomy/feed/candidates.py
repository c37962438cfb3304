"""Papers with how they were announced, out of an announcement, a range of days or files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from arxonomy.errors import SettingsError
from arxonomy.harvest import Client, Report, harvest_announcement, harvest_range
from arxonomy.harvest.records import read_codes, read_date
from arxonomy.papers import BadRecord, group_copies, read_papers
from arxonomy.papers.copies import digest_text
from arxonomy.papers.identifiers import parse_identifier
from arxonomy.records import Paper
from arxonomy.taxonomy import get_arxiv
from arxonomy.writing.entries import make_entry

LONGEST_HOLD = timedelta(31)
"""How long a new paper may have been on hold before it was announced."""


class Kind(StrEnum):
    """How a paper was announced to readers of some categories."""

    new = "new"
    cross_list = "cross-list"
    """Its primary category is another one."""
    replacement = "replacement"
    change = "change"
    """An older paper without a new version, such as one that got a journal; never shown."""


@dataclass(frozen=True)
class Candidate:
    """A paper that a feed may show."""

    paper: Paper
    kind: Kind
    codes: tuple[str, ...] = ()
    """Its categories of arXiv's, the primary one first, under the names that they have today."""
    authors: tuple[str, ...] = ()
    doi: str = ""
    announced: str | None = None
    """Day of the announcement, where it is known."""
    version: str = ""
    """As in `2`; empty where the source does not say."""

    @property
    def url(self) -> str | None:
        """Its page on arXiv, or of its DOI; None if it has neither."""
        if identifier := parse_identifier(self.paper.id):
            return f"https://arxiv.org/abs/{identifier.id}"
        return f"https://doi.org/{quote(self.doi)}" if self.doi else None

    @property
    def name(self) -> str:
        """What it is called in the history: a replacement is another paper than its first version there."""
        identifier = parse_identifier(self.paper.id)
        text = digest_text(self.paper) or b""
        name = f"text:{text.hex()}" if identifier is None else identifier.id
        return f"{name}v{self.version}" if self.kind is Kind.replacement else name


@dataclass(frozen=True)
class Wish:
    """Which papers a reader wants."""

    categories: tuple[str, ...] = ()
    """Categories and archives, as `find_codes` finds them; empty: all."""
    excluded: tuple[str, ...] = ()
    """Likewise; papers whose primary category is one of them are left out."""
    cross_lists: bool = True
    """Whether papers with another primary category are shown."""
    replacements: bool = False
    """Whether new versions are shown."""
    min_confidence: float = 0.0
    """Least probability in 0..1 of the categories; see `make_feed`."""

    def find_fault(self, candidate: Candidate) -> str | None:
        """Find why a candidate is left out, in a few words; None if it is not.

        A paper that lists no category of arXiv's is left out for none of them.
        """
        codes = candidate.codes
        if codes and self.categories and not any(is_within(code, self.categories) for code in codes):
            return "of other categories"
        if codes and is_within(codes[0], self.excluded):
            return "excluded by their primary category"
        if candidate.kind is Kind.cross_list and not self.cross_lists:
            return "cross-lists"
        if candidate.kind is Kind.replacement and not self.replacements:
            return "replacements"
        if candidate.kind is Kind.change:
            return "changed records of older papers"
        return None


def is_within(code: str, names: Iterable[str]) -> bool:
    """Whether a category is one of some categories, or of some archives.

    >>> is_within("cs.CL", ["hep-th", "cs"]), is_within("cs.CL", ["cs.LG"])
    (True, False)
    """
    node = get_arxiv().nodes.get(code)
    own = {code} if node is None else {code, node.path[1]}
    return not own.isdisjoint(names)


def read_candidates(
    files: Sequence[str | Path],
    categories: Sequence[str] = (),
    on_bad: Callable[[BadRecord], None] | None = None,
    since: date | None = None,
) -> list[Candidate]:
    """Read candidates from files, each paper once; those of `arxonomy harvest` say how they were announced.

    Args:
        files: Files in any form that `read_papers` reads.
        categories: Those of the reader, for which others are cross-lists.
        on_bad: Called for each bad record.
        since: First day of the range whose changes the files hold; None if they are no such range.

    Raises:
        InputError: A file cannot be read.
    """
    papers = [paper for file in files for paper in read_papers(file, keep_columns=True, on_bad=on_bad)]
    groups = group_copies(papers)
    return [
        _make_candidate(paper, _find_type(paper, since), categories)
        for row, paper in enumerate(papers)
        if groups[row] == row
    ]


def harvest_candidates(
    client: Client, categories: Sequence[str], days: int, tell: Callable[[str], None] = lambda _: None
) -> tuple[list[Candidate], Report]:
    """Harvest the papers of the last days.

    Of one day it is arXiv's newest announcement. Of several days it is what was changed since then, of which
    arXiv does not say how it was announced: papers whose first version is at most `LONGEST_HOLD` older count
    as new, later versions of older papers as replacements, the rest as changes.

    Args:
        client: Asks arXiv.
        categories: Categories and archives; none for all of arXiv.
        days: How many, >= 1.
        tell: Gets a line for each page.

    Returns:
        The papers, and what is known of their completeness.

    Raises:
        SettingsError: There are no days, or a category is unknown.
        RemoteError: arXiv does not answer, or not as expected.
    """
    if days < 1:
        raise SettingsError(f"days: expected at least 1, found {days}")
    first = None if days == 1 else datetime.now(UTC).date() - timedelta(days)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "papers.jsonl"
        if first is None:
            report = harvest_announcement(client, path, categories)
        else:
            report = harvest_range(client, path, categories, first, tell=tell)
        return (read_candidates([path], categories, since=first) if report.papers else []), report


def _make_candidate(paper: Paper, announce_type: str, categories: Sequence[str]) -> Candidate:
    codes = read_codes(filter(None, (paper.category, *paper.categories)))
    kind = Kind.new
    if announce_type.startswith("replace"):
        kind = Kind.replacement
    elif announce_type == "change":
        kind = Kind.change
    elif announce_type == "cross" or (categories and codes and not is_within(codes[0], categories)):
        kind = Kind.cross_list
    entry = make_entry(paper, "")
    version = paper.columns.get("version", "")
    return Candidate(
        paper=replace(paper, columns={}),
        kind=kind,
        codes=codes,
        authors=entry.authors,
        doi=entry.doi,
        announced=read_date(paper.columns.get("announced", "")),
        version=version if re.fullmatch(r"[1-9]\d{0,3}", version, re.ASCII) else "",
    )


def _find_type(paper: Paper, since: date | None) -> str:
    """The type of a paper's announcement, as the file has it or as its dates say."""
    if since is None:
        return paper.columns.get("announce_type", "new")
    is_first = paper.columns.get("version") == "1"
    if paper.published and paper.published >= (since - LONGEST_HOLD if is_first else since).isoformat():
        return "new"
    return "change" if is_first else "replace"
