"""Runs over files: what is written, what is refused, and what survives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from bulk_files import hash_answers, make_records, read_ids, write_json_lines, write_parquet
from bulk_workers import count_words, die_always, die_once, fill_disk, run_out_of_memory
from counting_model import make_classifier

from arxonomy.bulk import Event, Progress, Retried, Share
from arxonomy.errors import ArxonomyError, InputError, SettingsError


def read_rows(out: Path) -> list[dict]:
    return pq.read_table(out).to_pylist()


def read_bad_records(out: Path) -> list[dict]:
    texts = [path.read_text() for path in sorted(out.glob("_arxonomy/*.bad.jsonl"))]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_answers_are_those_of_the_classifier(run, tmp_path):
    records = make_records(11)
    summary = run([write_json_lines(tmp_path / "a.jsonl", records)], shard_size=4)
    rows = read_rows(tmp_path / "out")
    answers = [prediction.to_dict() for prediction in make_classifier().classify(records)]
    assert rows == [
        {**{name: answer[name] for name in rows[0] if name != "file"}, "file": str(tmp_path / "a.jsonl")}
        for answer in answers
    ]
    assert (summary.papers, summary.shards, summary.missing, summary.resumed) == (11, 3, 0, 0)


def test_files_of_one_name_and_of_several_formats_stay_apart(run, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    no_ids = [{name: record[name] for name in ("title", "abstract")} for record in make_records(5)]
    files = [
        write_json_lines(tmp_path / "x" / "a.jsonl", no_ids),
        write_json_lines(tmp_path / "y" / "a.jsonl", no_ids),
        write_parquet(tmp_path / "b.parquet", make_records(5)),
    ]
    (tmp_path / "c.csv").write_text('title,abstract\n"a grammar,\nin two lines",pixel\nagent,\n')
    run([*files, tmp_path / "c.csv"], shard_size=3)
    rows = [
        (Path(row["file"]).relative_to(tmp_path).as_posix(), row["id"]) for row in read_rows(tmp_path / "out")
    ]
    assert rows == [
        *(("x/a.jsonl", str(row)) for row in range(1, 6)),
        *(("y/a.jsonl", str(row)) for row in range(1, 6)),
        *(("b.parquet", f"p{row}") for row in range(5)),
        *(("c.csv", str(row)) for row in range(1, 3)),
    ]


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_number_of_workers(run, tmp_path):
    file = write_parquet(tmp_path / "a.parquet", make_records(40), row_group_size=7)
    run([file], "one", shard_size=5, function=count_words)
    run([file], "three", shard_size=5, function=count_words, workers=3)
    assert hash_answers(tmp_path / "one") == hash_answers(tmp_path / "three")
    assert read_ids(tmp_path / "one") == [f"p{row}" for row in range(40)]


def test_what_is_done_is_not_done_again_but_damage_is(run, tmp_path):
    file, out = write_json_lines(tmp_path / "a.jsonl", make_records(12)), tmp_path / "out"
    run([file], shard_size=3)
    whole = hash_answers(out)
    events: list[Event] = []
    assert run([file], shard_size=3, on_event=events.append).resumed == 4
    assert events == []
    (out / "shard-00000.parquet").unlink()
    (out / "shard-00001.parquet").write_bytes(b"PAR1")
    (out / "_arxonomy" / "shard-00002.json").write_text("{")
    (out / ".shard-00003.parquet.abc.partial").mkdir()
    assert run([file], shard_size=3).resumed == 1
    assert hash_answers(out) == whole
    assert not list(out.rglob("*.partial"))


def test_bad_records_are_listed_and_the_good_ones_stay(run, tmp_path):
    records = make_records(6)
    file = write_json_lines(
        tmp_path / "a.jsonl", [*records[:2], "{no json \u2028", *records[2:], '{"title": ""}']
    )
    summary = run([file], shard_size=4)
    assert read_ids(tmp_path / "out") == [record["id"] for record in records]
    bad = read_bad_records(tmp_path / "out")
    assert [(record["file"], record["line"]) for record in bad] == [(str(file), 3), (str(file), 8)]
    assert "not valid JSON" in bad[0]["reason"]
    assert "found neither" in bad[1]["reason"]
    assert (summary.papers, summary.bad_records) == (6, 2)


def test_a_damaged_row_group_costs_that_row_group(run, tmp_path):
    file = write_parquet(tmp_path / "a.parquet", make_records(30), row_group_size=10)
    with pq.ParquetFile(file) as table:
        column = table.metadata.row_group(1).column(1)
    data = bytearray(file.read_bytes())
    data[column.data_page_offset : column.data_page_offset + 30] = b"\xff" * 30
    file.write_bytes(data)
    summary = run([file], shard_size=15)
    assert read_ids(tmp_path / "out") == [f"p{row}" for row in (*range(10), *range(20, 30))]
    assert (summary.papers, summary.bad_records) == (20, 10)
    bad = read_bad_records(tmp_path / "out")
    assert [record["line"] for record in bad] == [11, 16]
    assert "row group 1 is damaged; rows 11 to 15 are lost" in bad[0]["reason"]


def test_an_empty_file_among_others_is_a_bad_record(run, tmp_path):
    (tmp_path / "empty.jsonl").touch()
    empty_parquet = write_parquet(tmp_path / "empty.parquet", make_records(1))
    pq.write_table(pq.read_table(empty_parquet).slice(0, 0), empty_parquet)
    file = write_json_lines(tmp_path / "a.jsonl", make_records(2))
    summary = run([tmp_path / "empty.jsonl", empty_parquet, file])
    assert read_ids(tmp_path / "out") == ["p0", "p1"]
    assert (summary.papers, summary.bad_records, summary.shards) == (2, 2, 3)
    reason = (tmp_path / "out" / "_arxonomy" / "shard-00000.bad.jsonl").read_text()
    assert "holds no papers" in reason


def test_columns_are_kept_under_names_that_no_field_has(run, tmp_path):
    records = [{**record, "category": "mine"} for record in make_records(3)]
    del records[1]["doi"]
    markers: list[Event] = []
    file = write_json_lines(tmp_path / "a.jsonl", records)
    run([file], keep_columns=("doi", "category", "year"), on_event=markers.append)
    rows = read_rows(tmp_path / "out")
    assert [row["doi"] for row in rows] == ["10.9999/0", None, "10.9999/2"]
    assert {row["input_category"] for row in rows} == {"mine"}
    assert {row["year"] for row in rows} == {None}
    assert [event.marker.missing_columns for event in markers if not isinstance(event, Progress)] == [
        ("year",)
    ]


def test_shares_divide_the_work_and_do_nothing_twice(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(20))
    first = run([file], shard_size=3, share=Share(1, 3))
    assert sorted(path.name for path in (tmp_path / "out").glob("*.parquet")) == [
        f"shard-0000{number}.parquet" for number in (0, 3, 6)
    ]
    assert (first.shards, first.missing) == (3, 4)
    last = [run([file], shard_size=3, share=Share(number, 3)) for number in (3, 2)][-1]
    assert (last.resumed, last.missing) == (0, 0)
    run([file], "whole", shard_size=3)
    assert hash_answers(tmp_path / "out") == hash_answers(tmp_path / "whole")


def test_another_run_into_the_same_folder_is_refused(run, tmp_path, monkeypatch):
    file, other = (write_json_lines(tmp_path / name, make_records(4)) for name in ("a.jsonl", "b.jsonl"))
    run([file], shard_size=2)
    before = hash_answers(tmp_path / "out")
    with pytest.raises(SettingsError, match=r"options: top_k was 10, is 3"):
        run([file], shard_size=2, top_k=3)
    with pytest.raises(SettingsError, match=r"options: shard_size was 2, is 3"):
        run([file], shard_size=3)
    with pytest.raises(SettingsError, match=r"b\.jsonl was not among the files"):
        run([file, other], shard_size=2)
    with monkeypatch.context() as patch:
        patch.setattr("arxonomy.bulk.plan.find_instructions", lambda: ("another",))
        with pytest.raises(SettingsError, match=r"the processor had .+, has another"):
            run([file], shard_size=2)
    with monkeypatch.context() as patch:
        model = make_plan_model("0" * 64)
        patch.setattr("arxonomy.bulk.plan.describe_model", lambda classifier: model)
        with pytest.raises(SettingsError, match=r"model: sha256 was .+, is 0000.+give another folder"):
            run([file], shard_size=2)
    write_json_lines(file, make_records(4, start=1))
    with pytest.raises(SettingsError, match=r"a\.jsonl has changed"):
        run([file], shard_size=2)
    assert hash_answers(tmp_path / "out") == before


def test_processors_of_several_kinds_may_share_the_work_where_that_is_stated(run, tmp_path, monkeypatch):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(4))
    run([file], shard_size=2, any_processor=True, share=Share(1, 2))
    monkeypatch.setattr("arxonomy.bulk.plan.find_instructions", lambda: ("another",))
    monkeypatch.setattr("arxonomy.bulk.shards.find_instructions", lambda: ("another",))
    done = run([file], shard_size=2, any_processor=True, share=Share(2, 2))
    assert (done.missing, done.papers) == (0, 2)
    markers = [json.loads(path.read_text()) for path in (tmp_path / "out/_arxonomy").glob("shard-*.json")]
    assert len(markers) == 2
    assert [marker["instructions"] for marker in markers].count(["another"]) == 1
    with pytest.raises(SettingsError, match="options: any_processor was True, is False"):
        run([file], shard_size=2)


def make_plan_model(sha256: str):
    from arxonomy.bulk.plan import describe_model

    return describe_model(make_classifier()).model_copy(update={"sha256": sha256})


def test_a_folder_of_other_things_is_refused(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(1))
    with pytest.raises(SettingsError, match="holds other files"):
        run([file], tmp_path)


def test_what_no_file_can_be_is_refused_before_anything_is_written(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(3))
    with pytest.raises(InputError, match="matches no file"):
        run([tmp_path / "*.parquet"])
    with pytest.raises(InputError, match="twice"):
        run([file, file])
    with pytest.raises(InputError, match="expected a column `Titl` for `title`"):
        run([file], columns={"title": "Titl"})
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(InputError, match="not a whole Parquet file"):
        run([tmp_path / "broken.parquet"])
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_its_shard_tried_again(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(6))
    events: list[Event] = []
    summary = run([file], shard_size=2, function=die_once, on_event=events.append)
    assert [event.shard for event in events if isinstance(event, Retried)] == ["shard-00001"]
    assert summary.failed == ()
    assert read_ids(tmp_path / "out") == [f"p{row}" for row in range(6)]


@pytest.mark.slow
def test_a_shard_whose_workers_die_is_named_and_the_others_are_done(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(6))
    events: list[Event] = []
    summary = run([file], shard_size=2, function=die_always, on_event=events.append)
    (failed,) = summary.failed
    assert failed.shard == "shard-00001"
    assert "was killed, as the system does where memory is short" in failed.reason
    assert summary.missing == 1
    # What the shard had reported is taken back.
    assert sum(event.papers for event in events if isinstance(event, Progress)) == 4
    assert read_ids(tmp_path / "out") == ["p0", "p1", "p4", "p5"]
    assert run([file], shard_size=2).missing == 0


@pytest.mark.slow
def test_workers_without_memory_end_the_run(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(1))
    summary = run([file], function=run_out_of_memory)
    assert [failed.shard for failed in summary.failed] == ["shard-00000"]


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_leaves_nothing_half_written(run, tmp_path):
    file, out = write_json_lines(tmp_path / "a.jsonl", make_records(6)), tmp_path / "out"
    with pytest.raises(ArxonomyError, match=r"No space left on device.*\n.*the same command resumes"):
        run([file], shard_size=2, function=fill_disk)
    assert [path.name for path in out.glob("*.parquet")] == ["shard-00000.parquet"]
    assert not list(out.rglob("*.partial"))
    assert run([file], shard_size=2).resumed == 1
    assert read_ids(out) == [f"p{row}" for row in range(6)]


@pytest.mark.slow
def test_a_file_that_is_gone_fails_alone(run, tmp_path):
    files = [write_json_lines(tmp_path / name, make_records(2)) for name in ("a.jsonl", "b.jsonl")]
    kept = tmp_path / "kept.jsonl"

    def remove(event: Event) -> None:
        if files[1].exists():
            shutil.move(files[1], kept)

    summary = run(files, shard_size=1, function=count_words, on_event=remove)
    assert "does not exist" in summary.failed[-1].reason
    shutil.move(kept, files[1])
    assert run(files, shard_size=1).missing == 0


def test_a_file_that_changes_while_it_is_read_is_reported(run, tmp_path):
    file = write_json_lines(tmp_path / "a.jsonl", make_records(4))

    def change(event: Event) -> None:
        write_json_lines(file, make_records(3, start=1))

    with pytest.raises(InputError, match="has changed while it was read"):
        run([file], shard_size=1, on_event=change)


def test_notes_on_a_file_come_with_its_first_shard(run, tmp_path):
    records = [{"id": str(row), "title": "agent"} for row in range(4)]
    events: list[Event] = []
    run([write_json_lines(tmp_path / "a.jsonl", records)], shard_size=2, on_event=events.append)
    notes = [event.marker.notes for event in events if not isinstance(event, Progress)]
    assert ["no abstracts found" in " ".join(texts) for texts in notes] == [True, False]


def test_progress_counts_every_paper(run, tmp_path):
    events: list[Event] = []
    run([write_json_lines(tmp_path / "a.jsonl", make_records(1007))], on_event=events.append)
    assert [event.papers for event in events if isinstance(event, Progress)] == [500, 500, 7]


def test_a_share_is_a_slice_of_the_shards(run, tmp_path):
    assert Share(2, 3).choose(list(range(7))) == [1, 4]
    assert Share(9, 9).choose(list(range(3))) == []
