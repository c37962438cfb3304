"""Decisions are papers that training reads, and papers that were decided are recognized."""

from __future__ import annotations

import dataclasses

import orjson
import pytest
from checking.conftest import PIXELS, make_paper

from arxonomy.checking import check, read_decisions
from arxonomy.checking.decisions import decide, make_record
from arxonomy.config import DataSettings
from arxonomy.errors import InputError
from arxonomy.papers import load_dataset

MOVE = make_paper("cs.LG", "cs.LG", "cs.AI", "68T50", id="move")
ADD = make_paper("cs.LG", "cs.LG", title="gradient " * 8, id="add")
HOSTILE = make_paper("cs.LG", title=f'=1+1 </script>\u2028"{PIXELS}\n{PIXELS}', id="=cmd")


@pytest.fixture
def checks(model):
    return check([MOVE, ADD, HOSTILE], model).checks


@pytest.fixture
def file(checks, tmp_path):
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"".join(orjson.dumps(make_record(own, accepted=True)) + b"\n" for own in checks))
    return path


def test_an_accepted_move_replaces_the_category(checks):
    assert decide(checks[0], accepted=True) == ("cs.CV", ("cs.CV", "cs.AI", "68T50"))
    crossed = check_listed(checks[0], "cs.LG", "cs.CV")
    assert decide(crossed, accepted=True) == ("cs.CV", ("cs.CV",))
    assert decide(checks[2], accepted=True) == ("cs.CV", ())  # no list is made up


def check_listed(found, *listed):
    return dataclasses.replace(found, categories=listed)


def test_accepted_cross_lists_are_added(checks):
    assert decide(checks[1], accepted=True) == ("cs.LG", ("cs.LG", "cs.CV"))


def test_what_is_rejected_stays_as_the_authors_have_it(checks):
    assert decide(checks[0], accepted=False) == ("cs.LG", ("cs.LG", "cs.AI", "68T50"))
    assert decide(checks[1], accepted=False) == ("cs.LG", ("cs.LG",))


def test_training_reads_the_decided_labels_and_lists(file):
    dataset = load_dataset(file, DataSettings(), any_labels=True)
    labels = {paper.id: (paper.category, paper.categories) for paper in dataset.papers}
    assert labels == {
        "move": ("cs.CV", ("cs.CV", "cs.AI")),  # codes of other schemes are left out, as everywhere
        "add": ("cs.LG", ("cs.LG", "cs.CV")),
        "=cmd": ("cs.CV", ()),
    }
    assert [paper.title for paper in dataset.papers] == [MOVE.title, ADD.title, HOSTILE.title]


def test_decided_papers_are_recognized_whatever_their_ids_and_blanks(checks, file):
    decided = read_decisions([file, file])
    assert len(decided) == 3 and all(own in decided for own in checks)

    def change(**values):
        return dataclasses.replace(checks[0], paper=dataclasses.replace(MOVE, **values))

    assert change(id="moved v2", title=f" {PIXELS.upper()}\n") in decided
    assert change(category="cs.AI") not in decided  # filed elsewhere since
    assert change(abstract="pixel") not in decided


@pytest.mark.parametrize("line", [{}, {"decision": "perhaps"}, {"decision": "accept"}])
def test_what_is_no_decision_is_refused_with_its_line(file, line):
    lines = {"title": "a", "abstract": "b", "category": "cs.CL", **line}
    file.write_bytes(file.read_bytes() + orjson.dumps(lines) + b"\n")
    with pytest.raises(InputError, match=r"decisions\.jsonl:4: expected a decision \(accept or reject\)"):
        read_decisions([file])
