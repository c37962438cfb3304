import shlex
import time

import pytest

from arxonomy.advice import Interface, use_interface
from arxonomy.errors import InputError, SettingsError
from arxonomy.papers import read_papers
from arxonomy.papers.fields.columns import Columns


@pytest.fixture
def read(tmp_path):
    def read(text, name="p.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return list(read_papers(path, **options))

    return read


@pytest.mark.parametrize("label", ["category", "label", "primary_category", "PRIMARY", " Label "])
def test_synonyms_in_any_case(read, label):
    (paper,) = read(f"Arxiv_ID,TITLE,Summary,{label},update_date\n1.5,T,A,cs.CL ,2020\n")
    assert (paper.id, paper.title, paper.abstract) == ("1.5", "T", "A")
    assert (paper.category, paper.categories, paper.published) == ("cs.CL", (), "2020")


def test_the_label_is_the_first_category_when_there_is_no_label_column(read):
    (paper,) = read('title,categories\nT,"cs.CL, cs.AI"\n', labeled=True)
    assert (paper.category, paper.categories) == ("cs.CL", ("cs.CL", "cs.AI"))
    # As arXiv lists classes of other schemes.
    (paper,) = read('title,categories\nT,"math.AG,cs.AI,14F05, 94A08,I.4.9; I.5.4"\n', labeled=True)
    assert paper.categories == ("math.AG", "cs.AI", "14F05", "94A08", "I.4.9", "I.5.4")


def test_a_list_is_not_remembered_as_a_text(read):
    """Nor a number as a text, and what was read once is read the same again."""
    listed = ['["x y"]', '"x y"', '["x y"]', '"x y"', "[1]", '["1"]', '["x", "y"]', "null", '["[", "x y"]']
    text = "".join(f'{{"title":"a","categories":{value}}}\n' for value in listed)
    read_twice = [paper.categories for paper in read(text + text, "p.jsonl", labeled=True)]
    one, two = ("x y",), ("x", "y")
    assert read_twice == [one, two, one, two, ("1",), ("1",), two, (), ("x y",)] * 2


def test_an_empty_label_is_not_replaced_by_a_category(read):
    (paper,) = read("title,category,categories\nT,,cs.CL\n")
    assert paper.category is None


def test_a_paper_without_a_label_is_no_bad_record(read):
    text = (
        '{"title":"a","label":"x"}\n{"title":"b"}\n{"title":"c","label":{"a":1}}\n{"title":"d","label":7}\n'
    )
    bad = []
    papers = read(text, "p.jsonl", labeled=True, on_bad=bad.append)
    assert [paper.category for paper in papers] == ["x", None, "7"]
    assert [b.line for b in bad] == [3]
    assert bad[0].reason.startswith("expected a category, found an object; name a column of one")
    assert [p.category for p in read(text, "p.jsonl")] == ["x", None, None, "7"]


def test_no_label_column(read):
    with pytest.raises(
        InputError, match=r"expected a column `category`.*found `title`, `kind`.*\"category\": \"NAME\""
    ):
        read("title,kind\nT,x\n", labeled=True)


def test_mapping(read):
    (paper,) = read("Titel,title,kind\nA,B,x\n", columns={"title": "Titel", "category": "kind"}, labeled=True)
    assert (paper.title, paper.category) == ("A", "x")


@pytest.mark.parametrize(
    ("name", "text"), [("p.csv", "Titel,title\nA,B\n"), ("p.jsonl", '{"Titel":"A","title":"B"}')]
)
def test_a_mapped_column_that_is_absent(read, name, text):
    with pytest.raises(
        InputError, match=r"`Titl` for `title`, found `Titel`, `title`; did you mean `Titel`\?"
    ):
        read(text, name, columns={"title": "Titl", "abstract": "title"})


def test_a_mapped_column_may_be_absent_from_some_json_lines(read):
    papers = read(
        '{"t":"A"}\n{"t":"B","when":"2020"}\n', "p.jsonl", columns={"title": "t", "published": "when"}
    )
    assert [paper.published for paper in papers] == [None, "2020"]


def test_mapping_an_unknown_field(read):
    with pytest.raises(SettingsError, match="did you mean `title`"):
        read("title\nT\n", columns={"titel": "title"})


def test_neither_title_nor_abstract(read):
    with pytest.raises(
        InputError,
        match=r"p.csv: expected a column `title` or `abstract`, found `a`, `b`; .*\"title\": \"NAM",
    ):
        read("a,b\n1,2\n")


def test_kept_columns_are_in_file_order_and_none_is_lost(read):
    (paper,) = read("note,title,note,\n1,T,2,3\n", keep_columns=True)
    assert list(paper.columns.items()) == [("note", "1"), ("title", "T"), ("note.1", "2"), ("", "3")]


def test_kept_columns_of_json_are_text(read):
    text = '{"title":"T","n":3,"ok":true,"none":null,"tags":["a","b"],"more":{"x":1}}'
    (paper,) = read(text, "p.jsonl", keep_columns=True)
    assert paper.columns == {
        "title": "T",
        "n": "3",
        "ok": "true",
        "none": "",
        "tags": "a; b",
        "more": '{"x":1}',
    }


def test_wide_records_are_not_remembered():
    columns = Columns("x.jsonl", {}, labeled=False)
    for number in range(50):
        assert columns.find([*map(str, range(number, number + 200)), "Title"]) == {"title": "Title"}
        assert columns.find([str(number) * 20_000, "Title"]) == {"title": "Title"}
    assert columns._cached.cache_info().currsize == 0
    for number in range(50):
        columns.find([str(number), "Title"])
    assert columns._cached.cache_info().currsize == 16


@pytest.mark.parametrize(
    "names",
    [
        ["title", *(f"title.{number}" for number in range(1, 40_000))],
        ["ti" + "." * (number % 90) + "tle" + "-" * (number // 90) for number in range(7_000)],
        [f"column {number}" for number in range(40_000)],
    ],
    ids=["numbered", "spelled in many ways", "different"],
)
def test_time_grows_with_the_columns(names):
    start = time.process_time()
    paper = Columns("p.jsonl", {}, labeled=False).make_paper(
        {"abstract": "A", **dict.fromkeys(names)}, 0, False
    )
    assert paper.abstract == "A" and time.process_time() - start < 2


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Title (text)", "Abstract (en)"),
        ("title_en", "abstract_en"),
        ("1. Title", "2. Abstract"),
        ("Paper title text", "Abstract of the paper"),
        ("Title of paper", "Abstract (300 words)"),
    ],
)
def test_names_that_hold_the_word_are_proposed_and_the_advice_works(read, title, abstract):
    table = f"Journal title,{title},{abstract},Abstract indexed\nJ,T,A,yes\n"
    with use_interface(Interface.COMMAND_LINE), pytest.raises(InputError) as error:
        read(table)
    options = shlex.split(str(error.value).partition("Say ")[2])[1::2]
    assert options == [f"title={title}", f"abstract={abstract}"]
    (paper,) = read(table, columns=dict(option.split("=") for option in options))
    assert (paper.title, paper.abstract) == ("T", "A")


def test_a_table_without_column_names_is_told_to_have_some(read):
    table = "Cracks in very thin panels,We segment.\nTongues and other long words,We parse.\n"
    with pytest.raises(InputError, match="write column names above it: `title,abstract`"):
        read(table)
    assert len(read("title,abstract\n" + table)) == 2
