"""Labels that may be one in several spellings, and the option that merges them."""

from __future__ import annotations

import shlex

import pytest

from arxonomy.advice import Interface, use_interface
from arxonomy.label_names import parse_among
from arxonomy.papers.spellings import describe_spellings, find_spellings, suggest_merge


@pytest.mark.parametrize(
    ("spelled", "among", "option"),
    [
        ({"cs.CV": 40, "cs.cv": 3, "cs.CL": 9}, "", "cs.CV=cs.CV+cs.cv,*"),
        ({"a b": 1, "A-B": 2, "a_b": 3}, "", "a_b=a_b+A-B+a b,*"),
        ({"x, y": 2, "X, Y": 1}, "", '"x, y"="x, y"+"X, Y",*'),
        ({"ML": 5, "ml": 2}, "ML=cs.LG+stat.ML,ml", "ML=cs.LG+stat.ML+ml"),
        ({"ML": 5, "ml": 2, "c": 2}, "ML=cs.LG,c,*", "ML=cs.LG+ml,c,*"),
    ],
)
def test_spellings_of_one_label_are_named_with_the_cure(
    spelled: dict[str, int], among: str, option: str
) -> None:
    groups = find_spellings(spelled)
    chosen = parse_among(among) if among else {}
    with use_interface(Interface.COMMAND_LINE):
        merge, text = suggest_merge(groups, chosen), describe_spellings(groups, spelled, chosen)
    assert merge == f"--among {shlex.quote(option)}"
    for label in groups[0]:
        assert f"`{label}` ({spelled[label]} paper" in text
    assert f"may be one label; merge them with --among {shlex.quote(option)}" in text
