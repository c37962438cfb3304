"""However a file is damaged: no traceback, no endless work, and no good record lost without a word."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cli.conftest import arxonomy as arxonomy
from hypothesis import HealthCheck, given, note, settings
from papers.hostile_files import HostileFile, damaged_archives, hostile_files, mark

from arxonomy.errors import ArxonomyError
from arxonomy.papers import read_papers
from arxonomy.papers.read import BadRecord
from arxonomy.records import Paper

EXAMPLES = int(os.environ.get("ARXONOMY_FUZZ") or 100)
SECONDS = 10.0
"""Processor time that a file of at most a megabyte may take; most take a hundredth of a second."""

KILOBYTES = 400_000
"""Memory that reading one may need beyond what the tests have needed so far."""

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ARXONOMY_FUZZ" not in os.environ,  # the same files each time, but for `make fuzz`
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Event = Paper | BadRecord


def read_events(path: Path) -> tuple[list[Event], ArxonomyError | None]:
    """The papers and bad records in file order, and the error that ended them."""
    events: list[Event] = []
    began, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error: ArxonomyError | None = None
    try:
        events.extend(read_papers(path, on_bad=events.append))
    except ArxonomyError as caught:
        error = caught
    assert time.process_time() - began < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < KILOBYTES
    return events, error


def flatten(text: str) -> str:
    return " ".join(text.split())


def find_numbers(event: Event, file: HostileFile) -> list[int]:
    """The untouched records of which an event holds something."""
    if isinstance(event, BadRecord):
        return []
    text = f"{event.title} {event.abstract}"
    return [number for number in file.untouched if mark(number) in text]


def check_untouched(file: HostileFile, events: Sequence[Event]) -> list[int]:
    """Check that each untouched record is read as it is, or lies at a bad one; return those lost."""
    place: dict[int, int] = {}
    for index, event in enumerate(events):
        for number in find_numbers(event, file):
            title, abstract = file.records[number]
            found = event.title, event.abstract  # type: ignore[union-attr]
            if tuple(map(flatten, found)) != (flatten(title), flatten(abstract)):
                # The rest of a record whose first line is told as bad, since the damaged one had run into it.
                assert index and isinstance(events[index - 1], BadRecord), f"record {number}"
                continue
            assert number not in place, f"record {number} is read twice"
            place[number] = index
    assert list(place) == sorted(place), "the order is another one"
    lost = [number for number in file.untouched if number not in place]
    for number in lost:
        start = max((at for other, at in place.items() if other < number), default=-1)
        end = min((at for other, at in place.items() if other > number), default=len(events))
        told = any(isinstance(event, BadRecord) for event in events[start + 1 : end])
        assert told, f"record {number} is lost without a word"
    return lost


RIS = "TY  - JOUR\nID  - {0}\nTI  - Qx{0}z\nAB  - one line\nER  - \n"
NBIB = "PMID- {0}\nOWN - NLM\nTI  - Qx{0}z\nAB  - one\n      line\n\n"
WOS = "PT J\nAU Qx{0}z\nTI Qx{0}z\nAB one line\nER\n\n"
BIB = "@misc{{k{0},\n title = {{Qx{0}z}},\n abstract = {{one line}}\n}}\n\n"
JSONL = '{{"title": "Qx{0}z", "abstract": "one line"}}\n'
ENW = "%0 Journal Article\n%T Qx{0}z\n%X one line\n%M {0}\n\n"


@pytest.mark.parametrize(
    ("name", "form", "whole", "damaged", "read"),
    [
        ("a.ris", RIS, "ER  - \nTY  - JOUR\nID  - 2", "ETY  - JOUR\nID  - 2", [2, 3]),
        ("a.ris", RIS, "ER  - \nTY  - JOUR\nID  - 2", "ID  - 2", [3]),
        ("a.nbib", NBIB, "\n\nPMID- 2", "PMID- 2", [2, 3]),
        ("a.nbib", NBIB, "PMID- 2", '"PMID-2', [1, 2, 3]),
        ("a.nbib", NBIB, "\n\nPMID- 2", "\n      PMI", [3]),
        ("a.nbib", NBIB, "PMID- 2\nOWN - NLM", "  - NLM", [1, 2, 3]),
        ("a.enw", ENW, "\n\n%0 Journal Article\n%T Qx2z", "%0 Journal Article\n%T Qx2z", [2, 3]),
        ("a.enw", ENW, "%0 Journal Article\n%T Qx2z", "e0 Journal\n%T Qx2z", [3]),
        ("a.txt", WOS, "ER\n\nPT J\nAU Qx2z", "]PT J\nAU Qx2z", [2, 3]),
        ("a.txt", WOS, "ER\n\nPT J\nAU Qx2z", "AU Qx2z", [3]),
        ("a.bib", BIB, "}\n\n@misc{k2", "}\n\n\u202e @misc{k2", [1, 2, 3]),
        ("a.bib", BIB, "}\n\n@misc{k2", "}\n\n see @misc{k2", [1, 2, 3]),
        ("a.bib", BIB, "@misc{k1,", "\u202e @misc{k1,", [1, 2, 3]),
        ("a.jsonl", JSONL, '{"title": "Qx1z"', '-{"title": "Qx1z"', [2, 3]),
        ("a", JSONL, '{"title": "Qx1z"', '-{"title": "Qx1z"', [2, 3]),
        ("a.ris", RIS, "TY  - JOUR\nID  - 1", "%0 Book\nID  - 1", [1, 2, 3]),
    ],
)
def test_a_damaged_start_makes_no_two_records_one(tmp_path, name, form, whole, damaged, read) -> None:
    text = "".join(form.format(number) for number in (1, 2, 3))
    assert text.count(whole) == 1
    path = tmp_path / name
    path.write_text(text.replace(whole, damaged), encoding="utf-8")
    events, error = read_events(path)
    assert error is None
    papers = [event for event in events if isinstance(event, Paper)]
    assert [(paper.title, paper.abstract) for paper in papers] == [(f"Qx{n}z", "one line") for n in read]
    assert len(events) == max(len(read), 2 + (len(read) == 2))


def test_line_feeds_in_the_last_record_of_a_file_of_carriage_returns(tmp_path) -> None:
    text = "".join(RIS.format(number) for number in (1, 2, 3)).replace("\n", "\r")
    path = tmp_path / "a.ris"
    path.write_bytes(text.replace("ID  - 3\r", "ID  - 3\r" + "\n" * 99).encode())
    assert len(read_events(path)[0]) == 3


@many
@given(file=hostile_files())
def test_no_good_record_is_lost_without_a_word(tmp_path: Path, file: HostileFile) -> None:
    path = tmp_path / file.name
    path.write_bytes(file.data)
    events, error = read_events(path)
    note(f"{file.format}: {file.name}, damaged {file.damaged}, untouched {list(file.untouched)}")
    for event in events:
        note(repr(event)[:300])
    note(f"error: {error}")
    path.unlink()
    if file.is_whole:
        assert error is None and len(events) == len(file.records)
        assert not check_untouched(file, events)
    elif error is None or events:
        if file.damaged is not None:
            check_untouched(file, events)


@many
@given(archive=damaged_archives())
def test_a_damaged_archive_is_read_or_refused(tmp_path: Path, archive: tuple[str, bytes]) -> None:
    name, data = archive
    path = tmp_path / name
    path.write_bytes(data)
    events, error = read_events(path)
    path.unlink()
    assert events or error is not None


@settings(many, max_examples=max(5, EXAMPLES // 20))
@given(file=hostile_files())
def test_the_command_answers_what_is_read(arxonomy, tmp_path: Path, file: HostileFile) -> None:
    path = tmp_path / file.name
    path.write_bytes(file.data)
    events, _ = read_events(path)
    papers = [event for event in events if isinstance(event, Paper)]
    done = arxonomy("classify", path, "--format", "jsonl")
    path.unlink()
    assert done.exit_code == (0 if papers and len(papers) == len(events) else 1)
    assert "Traceback" not in done.stderr and isinstance(done.exception, SystemExit | None)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [paper.id for paper in papers]
