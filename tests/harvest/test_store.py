from __future__ import annotations

import pytest

from arxonomy.errors import ArxonomyError, InputError, SettingsError
from arxonomy.harvest.records import Record
from arxonomy.harvest.store import Store


def record(name: str, title: str = "x", published: str = "2025-01-01") -> Record:
    return Record(name, title, "", published=published)


def test_a_paper_is_one_row_and_a_later_change_replaces_it(tmp_path):
    with Store(tmp_path / "s", {}) as store:
        store.add([("2025-01-02", record("2501.00001", "old")), ("2025-01-02", record("2501.00002"))])
        store.add([("2025-01-03", record("2501.00001", "new"))])
        store.add([("2025-01-01", record("2501.00001", "older"))])
        assert store.count() == 2
        assert store.find_days(["2501.00001", "2501.00009"]) == {"2501.00001": "2025-01-03"}
        assert [b'"title":"new"' in line for line in store.list_json()] == [True, False]


def test_places_and_papers_are_one_transaction(tmp_path):
    def break_off():
        yield "2025-01-02", record("2501.00001")
        raise KeyboardInterrupt

    with Store(tmp_path / "s", {}) as store:
        store.set_places({"read": "2025-01-01"})
        with pytest.raises(KeyboardInterrupt):
            store.add(break_off(), places={"read": "2025-01-02"})
    with Store(tmp_path / "s", {}) as store:
        assert (store.count(), store.get_place("read")) == (0, "2025-01-01")


def test_a_deleted_paper_is_gone(tmp_path):
    with Store(tmp_path / "s", {}) as store:
        store.add([("2025-01-02", record("2501.00001"))])
        store.add([], deleted=["2501.00001"])
        assert store.count() == 0


def test_ids_are_listed_in_order_from_a_day_on(tmp_path):
    with Store(tmp_path / "s", {}) as store:
        days = {"2501.00003": "2025-01-03", "2412.00001": "2024-12-01", "2501.00001": "2025-01-01"}
        store.add(("2025-02-01", record(name, published=day)) for name, day in days.items())
        assert list(store.list_ids()) == ["2412.00001", "2501.00001", "2501.00003"]
        assert list(store.list_ids("2025-01-02")) == ["2501.00003"]


def test_listed_ids_count_once_and_for_one_run(tmp_path):
    with Store(tmp_path / "s", {}) as store:
        store.add_listed(["a", "b"])
        store.add_listed(["b"])
        assert store.count_listed() == 2
    with Store(tmp_path / "s", {}) as store:
        assert store.count_listed() == 0


def test_another_selection_is_refused_with_what_differs(tmp_path):
    with Store(tmp_path / "s", {"from": "2025-01-01"}) as store:
        store.add([("2025-01-02", record("2501.00001"))])
    with pytest.raises(SettingsError, match=r"another harvest.*2025-02-01.*2025-01-01.*give another output"):
        Store(tmp_path / "s", {"from": "2025-02-01"})
    Store(tmp_path / "s", {"from": "2025-01-01"}).close()


def test_a_harvest_that_got_nothing_makes_place_for_another(tmp_path):
    with Store(tmp_path / "s", {"query": "wrnog"}) as store:
        store.set_places({"matches": "500"})
    with Store(tmp_path / "s", {"query": "wrong"}) as store:
        assert store.get_place("matches") is None


def test_a_full_disk_is_an_error_and_what_was_there_stays(tmp_path):
    with Store(tmp_path / "new" / "s", {}) as store:
        store.add([("2025-01-02", record("2501.00001"))])
        store._base.execute("PRAGMA max_page_count = 1")  # SQLite takes it for a full disk
        with pytest.raises(ArxonomyError, match=r"cannot write .*full; the same command continues"):
            store.add([("2025-01-02", record("2501.00002", "x" * 100_000))], places={"read": "later"})
        assert (store.count(), store.get_place("read")) == (1, None)


def test_two_processes_cannot_use_one(tmp_path):
    with Store(tmp_path / "s", {}), pytest.raises(SettingsError, match="another harvest is at work"):
        Store(tmp_path / "s", {})


@pytest.mark.parametrize("content", [b"nonsense " * 100, b"SQLite format 3\0" + b"x" * 2000])
def test_a_file_of_something_else_is_an_error(tmp_path, content):
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(InputError, match="is damaged, or no file of a harvest"):
        Store(tmp_path / "s", {})


def test_a_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        Store(tmp_path, {})
