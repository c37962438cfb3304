"""Names of labels: compared in one form, and written in options by one grammar."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.errors import SettingsError
from arxonomy.label_names import (
    check_among,
    fold_label,
    format_among,
    normalize_label,
    parse_among,
    parse_numbers,
    quote_name,
)

SAME = [
    ("Bildverst\u00e4ndnis", "Bildversta\u0308ndnis"),  # composed, decomposed
    ("cs.CV", "cs.CV\ufeff"),
    ("cs.CV", "\u200bcs.\u200dC\u200cV\u2060"),
    ("cs.CV", "\u202acs.CV\u202c"),  # direction marks
    ("Sprachverarbeitung", "Sprach\u00adverarbeitung"),  # a soft hyphen
    ("computer vision", "computer\u00a0vision"),
    ("computer vision", " computer\u2009 \t vision\u3000"),
    ("computer vision", "computer\r\nvision"),
    ("\ud55c", "\u1112\u1161\u11ab"),  # Hangul in parts
    ("\u00e9", "e\u034f\u0301"),  # an invisible joiner before the accent
    ("\u2764", "\u2764\ufe0f"),  # a variation selector
]
OTHERS = ["cs.CV", "cs.cv", "cs.CL", "cs CV", "cs-CV", "\u00e4", "a", "\u03b1", "1.0", "1", "\u0430"]
SPELLINGS = [
    ("cs.CV", "cs.cv"),
    ("Machine Learning", "machine-learning"),
    ("Machine Learning", "MachineLearning"),
    ("machine_learning", "machine \u2013 learning"),
    ("Stra\u00dfe", "STRASSE"),
    ("\uff23\uff36", "CV"),  # full width
    ("pro\ufb01le", "profile"),  # a ligature
    ("Ramsey\u2019s theory", "Ramsey's Theory"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_labels_that_look_alike_are_one(first: str, second: str) -> None:
    assert normalize_label(first) == normalize_label(second) == first


def test_labels_that_differ_stay_apart() -> None:
    assert [normalize_label(name) for name in OTHERS] == OTHERS


@given(st.text())
def test_a_normalized_label_stays_as_it_is(text: str) -> None:
    once = normalize_label(text)
    assert normalize_label(once) == once
    assert once == once.strip() == unicodedata.normalize("NFC", once)
    assert fold_label(once) == fold_label(text)


def test_a_very_long_label_is_normalized_too() -> None:
    assert normalize_label("a\u00a0" * 100_000) == ("a " * 100_000).strip()


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_spellings_of_one_label(first: str, second: str) -> None:
    assert normalize_label(first) != normalize_label(second)
    assert fold_label(first) == fold_label(second)


@pytest.mark.parametrize(("first", "second"), [("cs.CV", "cs.CL"), ("a1", "a2"), ("C", "C++"), ("-", "--")])
def test_other_labels_are_no_spellings(first: str, second: str) -> None:
    assert fold_label(first) != fold_label(second)


@pytest.mark.parametrize(
    ("text", "among"),
    [
        (
            "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV",
            {"cs.AI-LG": ["cs.AI", "cs.LG"], "cs.CL": ["cs.CL"], "cs.CV": ["cs.CV"]},
        ),
        (" b , a ", {"b": ["b"], "a": ["a"]}),
        ("ML = cs.LG + stat.ML , *", {"ML": ["cs.LG", "stat.ML"], "*": []}),
        ('"Vision, Images & Video","a=b",C', {n: [n] for n in ("Vision, Images & Video", "a=b", "C")}),
        ('"C++"="C++"+"say ""hi"""', {"C++": ["C++", 'say "hi"']}),
        ('"*"', {"*": ["*"]}),
        ('3" disks,computer\u00a0vision', {'3" disks': ['3" disks'], "computer vision": ["computer vision"]}),
    ],
)
def test_the_labels_to_keep_and_to_merge(text: str, among: dict[str, list[str]]) -> None:
    assert parse_among(text) == among
    assert list(parse_among(text)) == list(among)
    assert parse_among(format_among(among)) == among


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at character 1 expected a name, found the end"),
        ("a,,b", "at character 3 expected a name, found `,`"),
        ("a,", "at character 3 expected a name, found the end"),
        ("a=", "at character 3 expected a name, found the end"),
        ("a=b+", "at character 5 expected a name, found the end"),
        ("a=\u200b,b", "at character 3 expected a name"),
        ("C++,Java", 'at character 2 expected `,`, found `\\+`; .* in quotes, as in "a, b"'),
        ("a=b=c", "at character 4 expected `,`, found `=`; .* in quotes"),
        ('x,"a', 'at character 3 expected a closing `"`'),
        ('"a"b', "at character 4 expected a delimiter"),
        ("a,b,a", "at character 5 found `a` a second time"),
        ("x=a,y=a", "`a` is merged into `x` and `y`; name it once"),
        ("x=a,a", "`a` is merged into `x` and `a`; name it once"),
        ("x=a+a", "`a` is merged into `x` twice"),
        ("*=a", 'a label of this name is written "\\*"'),
    ],
)
def test_what_is_no_list_of_labels_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_among(text)


def test_a_choice_of_labels_in_a_recipe_is_checked_too() -> None:
    assert check_among({"a\u0308": ["a\u0308\ufeff"]}) == {"\u00e4": ["\u00e4"]}
    with pytest.raises(SettingsError, match="that `a` is made of, found none"):
        check_among({"a": []})
    with pytest.raises(SettingsError, match="expected different names"):
        check_among({"a": ["b"], "a\u200b": ["c"]})


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("cs.CL=0.7,cs.CV=0.2", {"cs.CL": 0.7, "cs.CV": 0.2}),
        ('"Vision, Images & Video"=0.7', {"Vision, Images & Video": 0.7}),
        ('"a=b"=.5 , C++ = 1e-1', {"a=b": 0.5, "C++": 0.1}),
        ("natural language processing=1", {"natural language processing": 1.0}),
    ],
)
def test_a_number_for_some_labels(text: str, numbers: dict[str, float]) -> None:
    assert parse_numbers(text, "cs.CL=0.7") == numbers


def test_known_names_need_no_quotes() -> None:
    known = ["Vision, Images & Video", "Vision", "a=b", "C"]
    text = "Vision, Images & Video=0.5,a=b=0.2, Vision =0.1,C=0.2"
    assert list(parse_numbers(text, "a=1", known)) == ["Vision, Images & Video", "a=b", "Vision", "C"]
    assert parse_numbers('"Vision, Images & Video"=1', "a=1", known) == {"Vision, Images & Video": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Vision, Images & Video=0.7", "at character 7 expected `=`, found `,`; a name with .* in quotes"),
        ("a=b=0.5", "at character 3 found `b=0.5` in place of a number; a name with = is written in quotes"),
        ("a", "at character 2 expected `=`, found the end"),
        ("a=0.5,", "at character 7 expected a name, found the end"),
        ("a=,b=1", "at character 3 found `` in place of a number"),
        ("a=1,a=1", "at character 5 found `a` a second time"),
        ("=1", "at character 1 expected a name, found `=`"),
    ],
)
def test_what_is_no_number_for_labels_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=f"as in cs.CL=0.7; {message}"):
        parse_numbers(text, "cs.CL=0.7")


@given(st.lists(st.text(min_size=1).filter(normalize_label), min_size=1, unique_by=normalize_label))
def test_every_name_can_be_written(names: list[str]) -> None:
    wanted = [normalize_label(name) for name in names]
    assert list(parse_among(",".join(map(quote_name, names)))) == wanted
    assert list(parse_numbers(",".join(f"{quote_name(name)}=1" for name in names), "a=1")) == wanted
