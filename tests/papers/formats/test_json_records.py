import json
import time

import pytest

from arxonomy.errors import NoPapersError
from arxonomy.papers.formats.json_scanner import MAX_LINE, scan_objects

A, B, C = ({"title": title, "tags": [{"x": "}{]["}], "n": {"m": [1]}} for title in "ABC")


def titles(papers):
    return "".join(paper.title for paper in papers)


def cut(text, size):
    return [text[start : start + size] for start in range(0, len(text), size)]


DOCUMENTS = [
    json.dumps([A, B, C]),
    json.dumps([A, B, C], indent=2),
    json.dumps([A, B, C], indent=0),
    "[\n" + ",\n".join(map(json.dumps, (A, B, C))) + "\n]\n",
    "\n".join(json.dumps(paper, indent=4) for paper in (A, B, C)),
    "".join(json.dumps(paper) for paper in (A, B, C)),
    "\n" + " ".join(json.dumps(paper) for paper in (A, B, C)),
    json.dumps({"items": [A, B, C]}),
    json.dumps({"meta": {"count": 3}, "results": [A, B, C], "group_by": [{"key": 1, "title": "no"}]}),
    json.dumps({"status": "ok", "message": {"facets": {}, "items": [A, B, C], "query": {"a": {}}}}, indent=1),
    json.dumps({"responseHeader": {"params": {"q": "title:x"}}, "response": {"docs": [A, B, C]}}),
    json.dumps({"version": "1.1", "title": "A feed", "items": [A, B, C]}),
    "\n".join(json.dumps({"message": {"items": [paper]}}) for paper in (A, B, C)),
]


@pytest.mark.parametrize("text", DOCUMENTS)
@pytest.mark.parametrize("name", ["p.json", "p.jsonl", "p.txt", "p"])
def test_every_way_to_write_objects(read, write, stdin, text, name):
    for source in (write(name, text), stdin(text)):
        papers, bad = read(source, keep_columns=True)
        assert titles(papers) == "ABC" and bad == []
        assert papers[0].columns["n"] == '{"m":[1]}'


@pytest.mark.parametrize("text", DOCUMENTS)
def test_cuts_change_nothing(text):
    whole = list(scan_objects([text]))
    for size in (1, 2, 3, 7, 50):
        assert list(scan_objects(cut(text, size))) == whole


@pytest.mark.parametrize("text", [json.dumps(A), json.dumps(A, indent=1), json.dumps({"message": A})])
def test_a_single_object(read, write, text):
    papers, bad = read(write("p.json", text))
    assert titles(papers) == "A" and bad == []


@pytest.mark.parametrize(
    "paper",
    [
        {"title": "A", "abstract": "B", "references": [{"title": "C"}]},
        {"title": "A", "entries": [{"name": "x"}], "abstract": "B"},
        {"abstract": "B", "data": [{"title": "C"}], "title": "A"},
        {"title": "A", "items": [], "results": ["x"], "papers": {}},
    ],
)
def test_lists_within_a_paper_are_its_own(read, write, paper):
    for indent in (None, 2):
        papers, bad = read(write("p.json", json.dumps(paper, indent=indent)))
        assert titles(papers) == "A" and bad == []


BROKEN = [
    ('{"title": "x" "y": 1}', "not valid JSON"),
    ('{"title": "never closed}', "not closed before the next one"),
    ('{"title": "x", "n": [1, 2}', "not valid JSON"),
    ('{"title": "x", "n": {"m": 1}', "not closed"),
    ('{"title": "x"}}', ""),
    ('{"title": "x", "n": ]}', "not closed before the end of the list"),
    ('{"n": 3}', "expected a title or an abstract, found neither among `n`"),
    ('"a string"', 'expected a JSON object, as in {"title": ..., "abstract": ...}, found `"a string"`'),
    ("17", "found `17`"),
    ("[1, {}]", "found a list"),
    ('{"title": "\0"}', "found a NUL byte"),
    ('{"title": "x", "y": ' + "[" * 40_000 + "}", "not valid JSON"),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN)
@pytest.mark.parametrize("between", [",\n", ",\n  "])
def test_a_broken_object_costs_itself_alone(read, write, broken, reason, between):
    good = [json.dumps(paper) for paper in (A, B, C)]
    text = between.join([good[0], broken, *good[1:]])
    papers, bad = read(write("p.json", f"[\n{text}\n]"))
    assert titles(papers).replace("x", "") == "ABC"
    assert all(reason in said for _, said in bad) and len(bad) == (reason != "")
    assert all(line == 3 for line, _ in bad)


@pytest.mark.parametrize("broken", ['{\n "title": "x",\n "n": {\n  "m": 1\n', '{\n "title": "x,\n "n": 2\n}'])
def test_a_broken_object_over_lines(read, write, broken):
    text = ",\n".join([json.dumps(A, indent=1), broken, json.dumps(B, indent=1)])
    papers, bad = read(write("p.json", f"[\n{text}\n]"))
    assert titles(papers) == "AB"
    assert [line for line, _ in bad] == [3 + json.dumps(A, indent=1).count("\n")]


def test_a_file_that_is_cut_short(read, write):
    papers, bad = read(write("p.json", '[{"title": "A"},\n{"title": "B'))
    assert titles(papers) == "A" and bad == [(2, "the object is not closed before the end of the file")]
    papers, bad = read(write("p.json", '[{"title": "A"},\n'))
    assert titles(papers) == "A" and bad == [(2, "the file ends within a list; is it cut short?")]


def test_an_object_that_is_too_long_costs_itself_alone():
    def pieces():
        yield '[{"title": "A"}, {"title": "'
        for _ in range(MAX_LINE // 500_000 + 2):
            yield "x" * 500_000
        yield '", "n": {}},\n'
        for _ in range(MAX_LINE // 500_000 + 2):
            yield '{"n": 1}, ' if _ == 3 else " " * 500_000
        yield '{"title": "B"}]'

    found = list(scan_objects(pieces()))
    assert [item.text for item in found if item.text] == ['{"title": "A"}', '{"n": 1}', '{"title": "B"}']
    assert [item.fault for item in found if item.fault] == ["the object is longer than 10 MB"]


def test_ids_in_an_array_keep_their_digits_and_nan_is_nothing(read, write):
    papers, bad = read(write("p.json", '[{"id": 704.0010, "title": "A", "abstract": NaN}]'))
    assert papers[0].id == "704.0010" and papers[0].abstract == "" and bad == []


@pytest.mark.parametrize(
    ("text", "titles", "told"),
    [
        # The list begins at the end of the first line, and its objects have lines of their own.
        ('{"count": 2, "results": [\n{"title": "A"},\n{"title": "B"}\n]}\n', "AB", 0),
        ('{"n": 1, "hits": [\n{"title": "A"},\n]{"title": "B"},\n{"title": "C"}\n]}\n', "ABC", 1),
        ('{"authors": [\n{"title": "A"}\n{"title": "B"}\n', "AB", 1),
        (')\n  "title": "A"\n}\n{\n  "title": "B"\n}\n', "B", 1),
    ],
)
def test_a_list_whose_brackets_stand_where_nobody_expects_them(read, write, text, titles, told):
    for name in ("p.json", "p"):
        papers, bad = read(write(name, text))
        assert ["".join(paper.title for paper in papers), len(bad)] == [titles, told], name


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ' + "[" * 60_000 + "}",
        "[" * 60_000 + "}" * 60_000,
        '{"a":' * 60_000 + "]" * 60_000,
        '{"title": "A", ' + '"items": [{}], ' * 40_000 + '"n": 1}',
    ],
    ids=["never closed", "closed by others", "objects closed by others", "lists"],
)
def test_time_grows_with_the_text_and_not_with_its_brackets(text):
    start = time.process_time()
    list(scan_objects(cut(text, 65_536)))
    assert time.process_time() - start < 5  # in proportion to the square it would take minutes


TABLE = [
    {"title": "On cracks", "abstract": "We segment."},
    {"title": "On tongues", "abstract": "We parse."},
    {"title": "On bandits", "abstract": "We bet."},
    {"title": "On panels", "abstract": "We look."},
]


@pytest.mark.parametrize(
    "table",
    [
        {name: [row[name] for row in TABLE] for name in TABLE[0]},
        {name: {str(place): row[name] for place, row in enumerate(TABLE)} for name in TABLE[0]},
        {str(place): row for place, row in enumerate(TABLE)},
        {"columns": ["title", "abstract"], "index": [0, 1], "data": [list(row.values()) for row in TABLE]},
    ],
)
def test_a_table_that_is_one_object_is_refused_with_a_cure(read, write, table):
    with pytest.raises(NoPapersError, match=r"in pandas, to_json with orient='records'"):
        read(write("p.json", json.dumps(table)))


@pytest.mark.parametrize("languages", [1, 2, 3])
@pytest.mark.parametrize(
    "names", [["title"], ["title", "abstract"], ["title_display", "abstract", "keywords"]]
)
def test_a_paper_whose_texts_are_short_lists_is_a_paper(read, write, languages, names):
    paper = {name: [f"{name} {place}" for place in range(languages)] for name in names}
    (found,) = read(write("p.json", json.dumps(paper)))[0]
    assert found.title.split("\n") == paper[names[0]]


@pytest.mark.parametrize("around", [["results"], ["resultList", "result"], ["result", "hits", "hit"]])
@pytest.mark.parametrize("key", ["bibjson", "metadata", "content", "info"])
def test_papers_within_records_of_a_catalog(read, write, key, around):
    answer = [{"id": f"x{place}", key: row} for place, row in enumerate(TABLE)]
    for name in reversed(around):
        answer = {"total": 4, name: answer}
    papers, bad = read(write("p.json", json.dumps(answer)))
    assert [(paper.id, paper.title) for paper in papers] == [
        (f"x{place}", row["title"]) for place, row in enumerate(TABLE)
    ]
    assert bad == []
