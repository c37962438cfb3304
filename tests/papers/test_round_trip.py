import csv

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.papers import read_papers
from arxonomy.papers.fields.missing import is_missing_text
from arxonomy.papers.fields.values import is_same_text

# Text that a CSV or JSON file can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


def read(title, text):
    """The abstract as it is read: signs alone, as in `?`, are nothing, and so is the title once more."""
    return "" if is_missing_text(text) or is_same_text(title, text) else text


TITLE = TEXT.filter(lambda text: not is_missing_text(text))
PAPERS = st.lists(st.tuples(TITLE, TEXT, st.booleans()), min_size=1, max_size=15)


@pytest.mark.slow
@given(PAPERS)
def test_round_trip_json_lines_with_bad_lines_between(tmp_path_factory, papers):
    path = tmp_path_factory.mktemp("round") / "p.jsonl"
    with path.open("wb") as file:
        for title, abstract, bad_line in papers:
            file.write(b"{oops\n" if bad_line else b"")
            file.write(orjson.dumps({"title": title, "abstract": abstract}) + b"\n")
    bad = []
    read_back = list(read_papers(path, on_bad=bad.append))
    assert [(p.title, p.abstract) for p in read_back] == [
        (title, read(title, text)) for title, text, _ in papers
    ]
    assert len(bad) == sum(bad_line for _, _, bad_line in papers)


@given(PAPERS)
def test_round_trip_csv_with_bad_lines_between(tmp_path_factory, papers):
    path = tmp_path_factory.mktemp("round") / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "title", "abstract"))
        for title, abstract, bad_line in papers:
            file.write("only one column\r\n" if bad_line else "")
            writer.writerow(("7", title, abstract))
    bad = []
    read_back = list(read_papers(path, on_bad=bad.append))
    assert [(p.title, p.abstract) for p in read_back] == [
        (title, read(title, text)) for title, text, _ in papers
    ]
    assert len(bad) == sum(bad_line for _, _, bad_line in papers)
