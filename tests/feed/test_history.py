from __future__ import annotations

import os
from pathlib import Path

import pytest

from arxonomy.errors import InputError
from arxonomy.feed.history import History, find_history


def test_what_was_added_is_there_afterwards(tmp_path):
    path = tmp_path / "new" / "history.txt"
    History(path).add(["2610.00001", "hep-th/9901001"], "2026-10-02")
    again = History(path)
    assert "2610.00001" in again and "hep-th/9901001" in again and "2610.00002" not in again
    assert path.read_text() == "2610.00001\t2026-10-02\nhep-th/9901001\t2026-10-02\n"


def test_a_paper_keeps_its_first_day(tmp_path):
    path = tmp_path / "history.txt"
    History(path).add(["2610.00002"], "2026-10-02")
    History(path).add(["2610.00002", "2610.00001"], "2026-10-03")
    assert path.read_text() == "2610.00002\t2026-10-02\n2610.00001\t2026-10-03\n"


def test_what_another_process_has_added_since_stays(tmp_path):
    path = tmp_path / "history.txt"
    first, second = History(path), History(path)
    first.add(["2610.00001"], "2026-10-02")
    second.add(["2610.00002"], "2026-10-02")
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("text", ["id,title\n1,x\n", "2610.00001\t2026-10-02\n2610.00002", "\x00\t1"])
def test_another_file_is_no_history_and_stays_as_it_is(tmp_path, text):
    path = tmp_path / "papers.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"papers\.csv:\d+: expected an id, a tab and a day"):
        History(path)
    assert path.read_text() == text


def test_a_folder_is_no_history(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        History(tmp_path)


def test_the_usual_place_is_in_the_folder_for_data():
    assert find_history() == Path(os.environ["XDG_DATA_HOME"], "arxonomy", "feed-history.txt")
