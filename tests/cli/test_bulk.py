"""`arxonomy bulk` with the packaged model, next to `arxonomy classify`."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from bulk_files import make_records, read_ids, write_json_lines, write_parquet

RECORDS = [
    {
        "id": f"p{row}",
        "title": ("Parsing sentences", "Detecting pixels", "Bounds of regret")[row % 3],
        "abstract": f"We study grammars, cameras and kernels on {row} benchmarks of language and images.",
    }
    for row in range(30)
]


def round_shares(row: dict) -> dict:
    """The row with probabilities as exact as answers of any batch are."""

    def round_one(value):
        if isinstance(value, float):
            return pytest.approx(value, abs=1e-5)
        if isinstance(value, list):
            return [round_one(item) for item in value]
        return {name: round_one(item) for name, item in value.items()} if isinstance(value, dict) else value

    return {name: round_one(value) for name, value in row.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--top-k", 3, "--min-confidence", 0.9, "--prior", "cs.CL=0.4"),
        ("--among", "cs.CL,cs.CV", "--level", "archive"),
    ],
)
def test_answers_are_those_of_classify(arxonomy, tmp_path, options):
    file = write_parquet(tmp_path / "a.parquet", RECORDS)
    alone = tmp_path / "classified.parquet"
    assert arxonomy("classify", file, "-o", alone, *options).exit_code == 0
    done = arxonomy("bulk", file, tmp_path / "out", "--shard-size", 11, "--workers", 2, *options)
    assert done.exit_code == 0, done.output
    rows = pq.read_table(tmp_path / "out").drop_columns("file").to_pylist()
    assert rows == [round_shares(row) for row in pq.read_table(alone).to_pylist()]


@pytest.mark.slow
def test_patterns_shares_and_the_numbers(arxonomy, tmp_path):
    for number in range(3):
        write_json_lines(tmp_path / f"{number}.jsonl", make_records(4, start=4 * number))
    write_json_lines(tmp_path / "2.jsonl", [*make_records(4, start=8), "{"])
    out = tmp_path / "out"
    first = arxonomy("bulk", f"{tmp_path}/*.jsonl", out, "--shard", "1/2", "--json", "--workers", 1)
    numbers = json.loads(first.stdout)
    assert first.exit_code == 1
    assert (numbers["papers"], numbers["bad_records"], numbers["shards"], numbers["missing"]) == (8, 1, 2, 1)
    assert "1 bad record left out" in first.stderr
    assert "of the whole, 1 shard is missing" in first.stderr
    second = arxonomy("bulk", f"{tmp_path}/*.jsonl", out, "--shard", "2/2", "--workers", 1)
    assert second.exit_code == 0, second.output
    assert "of the whole, nothing is missing" in second.stderr
    assert read_ids(out) == [f"p{row}" for row in range(12)]
    again = arxonomy("bulk", f"{tmp_path}/*.jsonl", out, "--keep-columns", "doi")
    assert again.exit_code == 1
    assert "options: keep_columns was (), is ('doi',)" in again.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shard", "0/2"), "expected I/N with I from 1 to N"),
        (("--shard", "3/2"), "expected I/N with I from 1 to N"),
        (("--prior", "auto"), "auto estimates the prior of a whole file"),
        (("--level", "continent"), "continent"),
        (("--back-off", 0.5, "--min-confidence", 0.5), "expected it without --min-confidence"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(arxonomy, tmp_path, options, message):
    file = write_json_lines(tmp_path / "a.jsonl", RECORDS[:1])
    done = arxonomy("bulk", file, tmp_path / "out", *options)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_refused(arxonomy, tmp_path):
    files = [write_json_lines(tmp_path / name, RECORDS[:1]) for name in ("a.jsonl", "b.jsonl")]
    before = [Path(file).read_bytes() for file in files]
    done = arxonomy("bulk", *files)
    assert done.exit_code == 2
    assert "expected a folder for the answers as the last argument" in " ".join(
        done.stderr.replace("│", " ").split()
    )
    assert [Path(file).read_bytes() for file in files] == before
