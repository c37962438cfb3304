import csv

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.papers import read_papers

# Text that a CSV or JSON file can hold, and that is not blank.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PAPERS = st.lists(st.tuples(TEXT.filter(str.strip), TEXT, st.booleans()), min_size=1, max_size=15)


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
    assert [(p.title, p.abstract) for p in read_back] == [(title, abstract) for title, abstract, _ in papers]
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
    assert [(p.title, p.abstract) for p in read_back] == [(title, abstract) for title, abstract, _ in papers]
    assert len(bad) == sum(bad_line for _, _, bad_line in papers)
