from __future__ import annotations

import datetime
import decimal
import json
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arxonomy.errors import NoPapersError
from arxonomy.papers.fields.literals import MAX_LITERAL, parse_literal
from arxonomy.papers.fields.values import read_categories, read_date, read_label, read_text, read_word
from arxonomy.papers.sources.lines import Fault

TWO = ["cs.CV", "cs.LG"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (str(TWO), TWO),
        (json.dumps(TWO), TWO),
        (str(tuple(TWO)), TWO),
        (str(np.array(TWO)), TWO),
        (repr(np.array(TWO)), TWO),
        (repr(np.array(TWO, dtype=object)), TWO),
        (str(np.array([f"c{n}" for n in range(2000)])), ["c0", "c1", "c2", "c1997", "c1998", "c1999"]),
        ("{cs.CV,cs.LG}", TWO),
        ('c("cs.CV", "cs.LG")', TWO),
        (" ['cs.CV',\n 'cs.LG'] ", TWO),
        ("['cs.CV']", ["cs.CV"]),
        ("('cs.CV',)", ["cs.CV"]),
        ("[]", []),
        ("[None, nan, 'a']", [None, None, "a"]),
        ("""["it's", 'a "b"', 'c\\'d', "\\u00e9\\ud83d\\ude00"]""", ["it's", 'a "b"', "c'd", "é😀"]),
        (str([{"name": "a", "score": 0.5, "main": True}]), [{"name": "a", "score": 0.5, "main": True}]),
        (json.dumps({"We": [0, 2]}), {"We": [0, 2]}),
        *[(text, None) for text in ("[bold]", "a", "", "[", "(1)", "x (y)", "['a', b]", "['a'] ['b']", "[1")],
        ("[" * 50 + "]" * 50, None),
    ],
)
def test_lists_and_objects_written_as_text(text: str, value: object) -> None:
    assert parse_literal(text) == value


@pytest.mark.parametrize(
    "text",
    ["[" * 90_000 + "]", "['" + "\\" * 90_001 + "']", "[" + "'a'," * 30_000 + "]", "[" + '"' * 90_001 + "]"],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    parse_literal(text)
    read_categories(text)
    assert time.process_time() - start < 2
    assert parse_literal("['" + "a" * MAX_LITERAL + "']") is None


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("cs.CV", "cs.CV"),
        (" Vision, Images & Video ", "Vision, Images & Video"),
        ("[bold]", "[bold]"),
        ("Vision (2D)", "Vision (2D)"),
        (["cs.CV"], "cs.CV"),
        (("cs.CV",), "cs.CV"),
        (np.array(["cs.CV"]), "cs.CV"),
        ("['cs.CV']", "cs.CV"),
        ('["cs.CV"]', "cs.CV"),
        (["cs.CV", None], "cs.CV"),
        ({"id": "x", "display_name": "Vision"}, "Vision"),
        ({"term": "cs.CV", "scheme": "http://arxiv.org/schemas/atom"}, "cs.CV"),
        (510, "510"),
        (510.0, "510.0"),
        (np.int64(510), "510"),
        (decimal.Decimal("1.50"), "1.50"),
        (True, "True"),
        (datetime.date(2024, 3, 1), "2024-03-01"),
        (None, ""),
        (float("nan"), ""),
        ([], ""),
        ("[]", ""),
    ],
)
def test_labels(value: object, label: str) -> None:
    assert read_label(value, "name another") == label


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (TWO, "expected one category, found 2: `cs.CV`, `cs.LG`; name another"),
        (str(TWO), "expected one category, found 2"),
        ("['a' 'b' 'c' 'd']", "found 4: `a`, `b`, `c`, ..."),
        ("[['a'], ['b']]", "expected one category, found 2"),
        ("[['a']]", "found a list of lists"),
        ({"x": 1}, "expected a category, found an object"),
        ("{'x': 1}", "expected a category, found an object"),
        ("['a', Decimal('1')]", "found a list or an object as text"),
        ([("a", 1)], "expected a category, found a map"),
        (b"\xff", "expected a category, found bytes"),
    ],
)
def test_what_is_no_label_is_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(Fault) as raised:
        read_label(value, "name another")
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("value", "label", "names"),
    [
        ("cs.CL cs.AI", "", ["cs.CL", "cs.AI"]),
        ("cs.CL, cs.AI", "", ["cs.CL", "cs.AI"]),
        ("cs.CL|cs.AI", "", ["cs.CL", "cs.AI"]),
        ("Vision, Images & Video; Language", "", ["Vision, Images & Video", "Language"]),
        ("Machine Learning", "Machine Learning", ["Machine Learning"]),
        (str(TWO), "", TWO),
        (TWO, "", TWO),
        (np.array(TWO), "", TWO),
        ([{"display_name": "a"}, {"term": "b"}], "", ["a", "b"]),
        ("", "", []),
        ("n/a", "", []),
        (["cs.CV", "nan", None], "", ["cs.CV"]),
        (None, "", []),
        ({"a": 1}, "", []),
        (7, "", []),
    ],
)
def test_categories(value: object, label: str, names: list[str]) -> None:
    assert list(read_categories(value, label)) == names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as written\n ", "as written\n "),
        (["one"], "one"),
        (["one", None, "two"], "one\ntwo"),
        ("['one']", "one"),
        ("[Retracted] one", "[Retracted] one"),
        ("{BERT}", "{BERT}"),
        ({"It": [0], "is": [1, 3], "as": [2]}, "It is as is"),
        ({}, ""),
        (json.dumps({"It": [0], "is": [1]}), "It is"),
        ({"#text": "one", "@lang": "en"}, "one"),
        (b"one", "one"),
        (np.str_("one"), "one"),
        (np.array(["one"], dtype=object), "one"),
        (float("nan"), ""),
    ],
)
def test_texts(value: object, text: str) -> None:
    assert read_text(value, "title") == text


@pytest.mark.parametrize("value", [3, 2.5, True, b"\xff", {"x": 1}, [1], [["a", [["b"]]]], {"a": ["b"]}])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(Fault, match="expected title to be text, found"):
        read_text(value, "title")


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-03", "2024-03"),
        (2024, "2024"),
        (datetime.datetime(2024, 3, 1, 12), "2024-03-01 12:00:00"),
        ({"date-parts": [[2024, 3, 1]]}, "2024-03-01"),
        ({"date-parts": [["2024"]]}, "2024"),
        ({"date-parts": [[None]]}, ""),
        ({"raw": "March 2024"}, "March 2024"),
        ({"x": 1}, ""),
        ("n.a.", ""),
        (None, ""),
    ],
)
def test_dates(value: object, date: str) -> None:
    assert read_date(value) == date
    assert read_word({"x": 1}) == ""


COLUMNS = {
    "string": (pa.array(["x", "y"]), ["x", "y"]),
    "large string": (pa.array(["x", "y"], pa.large_string()), ["x", "y"]),
    "dictionary": (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
    "binary": (pa.array([b"x", b"y"], pa.binary()), None),
    "integer": (pa.array([1, 2], pa.int8()), ["1", "2"]),
    "unsigned": (pa.array([1, 2**63], pa.uint64()), ["1", str(2**63)]),
    "double": (pa.array([510.0, float("nan")]), ["510.0", None]),
    "half": (pa.array(np.array([1.5, 2.5], np.float16)), ["1.5", "2.5"]),
    "decimal": (pa.array([decimal.Decimal("1.10"), None]), ["1.10", None]),
    "bool": (pa.array([True, False]), ["True", "False"]),
    "date": (pa.array([datetime.date(2024, 3, 1)] * 2), ["2024-03-01"] * 2),
    "timestamp": (pa.array([0, 1], pa.timestamp("s")), ["1970-01-01 00:00:00", "1970-01-01 00:00:01"]),
    "nanoseconds": (
        pa.array([0, 1], pa.timestamp("ns")),
        ["1970-01-01 00:00:00", "1970-01-01 00:00:00.000000001"],
    ),
    "a late date": (
        pa.array([0, 10**13], pa.timestamp("s")),
        ["1970-01-01 00:00:00.000", "<value out of range: 10000000000000000>"],
    ),
    "time": (pa.array([1, 2], pa.time32("s")), ["00:00:01", "00:00:02"]),
    "duration": (pa.array([1, 2], pa.duration("s")), ["0:00:01", "0:00:02"]),
    "list of one": (pa.array([["x"], ["y"]]), ["x", "y"]),
    "list": (pa.array([["x", "y"], ["z", "x"]]), None),
    "fixed list": (pa.array([["x"], ["y"]], pa.list_(pa.string(), 1)), ["x", "y"]),
    "struct": (pa.array([{"a": 1}, {"a": 2}]), None),
    "named struct": (pa.array([{"name": "x"}, {"name": "y"}]), ["x", "y"]),
    "map": (pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int64())), None),
    "null": (pa.array([None, None]), [None, None]),
    "list as text": (pa.array(["['x']", '["y"]']), ["x", "y"]),
    "lists as text": (pa.array(["['x', 'y']", "['x' 'y']"]), None),
    "words for nothing": (pa.array(["N/A", "nan"]), [None, None]),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_label_of_every_parquet_type_is_read_or_refused(tmp_path, read, kind: str) -> None:
    array, labels = COLUMNS[kind]
    pq.write_table(pa.table({"title": ["a", "b"], "label": array}), tmp_path / "p.parquet")
    papers, bad = read(tmp_path / "p.parquet")
    assert [paper.category for paper in papers] == (labels or [None, None])  # no label is asked for
    assert bad == []
    if labels is None:
        with pytest.raises(NoPapersError, match=r"2 bad records.* expected (a|one) category, found"):
            read(tmp_path / "p.parquet", labeled=True)
    else:
        papers, bad = read(tmp_path / "p.parquet", labeled=True)
        assert ([paper.category for paper in papers], bad) == (labels, [])


@pytest.mark.parametrize("kind", ["string", "large string", "dictionary", "binary", "list", "fixed list"])
def test_text_of_every_parquet_type(tmp_path, read, kind: str) -> None:
    pq.write_table(pa.table({"abstract": COLUMNS[kind][0]}), tmp_path / "p.parquet")
    papers, bad = read(tmp_path / "p.parquet")
    assert bad == [] and {text for paper in papers for text in paper.abstract.split("\n")} <= set("xyz")


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_date_or_an_id_of_any_type_costs_no_paper(tmp_path, read, kind: str) -> None:
    array, _ = COLUMNS[kind]
    pq.write_table(pa.table({"title": ["a", "b"], "published": array, "id": array}), tmp_path / "p.parquet")
    papers, bad = read(tmp_path / "p.parquet", keep_columns=True)
    assert bad == [] and all(paper.id and not paper.id.startswith("[") for paper in papers)
