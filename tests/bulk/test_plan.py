"""Which files a run reads, and what its plan says of them."""

from __future__ import annotations

import pytest
from bulk_files import make_records, write_json_lines, write_parquet
from counting_model import make_classifier

from arxonomy.bulk import Options, Plan, make_plan
from arxonomy.bulk.plan import expand_patterns, find_instructions
from arxonomy.errors import InputError


def test_patterns_become_sorted_files_and_names_stay(tmp_path):
    names = ("b.jsonl", "a.jsonl", "c[1].jsonl", "d.csv")
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "folder.jsonl").mkdir()
    found = expand_patterns([str(tmp_path / "d.csv"), str(tmp_path / "*.jsonl")])
    assert found == [str(tmp_path / name) for name in ("d.csv", "a.jsonl", "b.jsonl", "c[1].jsonl")]
    assert expand_patterns([str(tmp_path / "c[1].jsonl")]) == [str(tmp_path / "c[1].jsonl")]


@pytest.mark.parametrize("name", ["a\nb.jsonl", "a\x1bb.jsonl", "a\udcff.jsonl"])
def test_a_name_that_a_plan_cannot_hold_is_refused(name):
    with pytest.raises(InputError, match="rename the file"):
        expand_patterns([name])


def test_a_plan_says_how_many_records_each_shard_has_and_comes_back_from_json(tmp_path):
    lines = write_json_lines(tmp_path / "a.jsonl", make_records(5))
    table = write_parquet(tmp_path / "b.parquet", make_records(7), row_group_size=2)
    (tmp_path / "c.csv").write_text("title\nagent\n")
    files = [str(lines), str(table), str(tmp_path / "c.csv")]
    plan = make_plan(files, make_classifier(), Options(shard_size=3))
    assert [(shard.file, shard.records) for shard in plan.shards] == [
        *((files[0], count) for count in (3, 2)),
        *((files[1], count) for count in (3, 3, 1)),
        (files[2], None),
    ]
    assert [file.records for file in plan.inputs] == [5, 7, None]
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert plan == make_plan(files, make_classifier(), Options(shard_size=3))


def test_the_processor_is_described():
    machine, *sets = find_instructions()
    assert machine
    assert sets
