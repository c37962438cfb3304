"""Whether `arxonomy bulk` costs the same for each paper, and needs the same memory, however many there are.

    python bench/bulk_growth.py ../shared/data/arxiv_all.parquet [--sizes 1 1000 10000 100000 1000000]
        [--rounds 5] [--pair 200000] [--out record.json]

Whole processes with one worker; one paper alone is what a start costs. The papers are those of the file, in a
random order, over and over under new ids. Sizes take turns; large ones have fewer rounds. `--pair SIZE` is a
size for two workers, which shows what a second core gains.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from processes import describe_machine, read_shuffled, run, run_apart

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.bulk.plan import SHARD_SIZE

SIZES = (1, 1000, 10_000, 100_000, 1_000_000)
ONE_ROUND = 300_000
"""Papers of all rounds of a size, about: so many rounds, but one at least."""


def write_papers(data: Path, size: int, path: Path) -> None:
    """Write `size` papers: those of a file, shuffled, over and over under new ids."""
    table = read_shuffled(data)
    with pq.ParquetWriter(path, table.schema) as writer:
        for repeat, start in enumerate(range(0, size, table.num_rows)):
            part = table[: size - start]
            ids = pa.array([f"{repeat}/{own}" for own in part["id"].to_pylist()])
            writer.write_table(part.set_column(0, "id", ids), row_group_size=SHARD_SIZE)


def measure(papers: Path, workers: int, folder: Path) -> dict[str, float]:
    """Classify a file; returns what it has cost, and the size of its answers."""
    answers = folder / "answers"
    usage = run(
        [sys.executable, "-m", "arxonomy", "bulk", str(papers), str(answers), "--workers", str(workers)]
    )
    size = sum(file.stat().st_size for file in answers.rglob("*") if file.is_file())
    shutil.rmtree(answers)
    return {name: round(value, 2) for name, value in usage._asdict().items()} | {
        "answers_mb": round(size / 1e6, 3)
    }


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of papers")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of papers")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each size, at most")
    parser.add_argument("--pair", type=int, default=200_000, help="papers for two workers, 0: none")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    if 0 < arguments.pair < 2 * SHARD_SIZE:
        parser.error(
            f"--pair: expected two shards of {SHARD_SIZE:,} papers or more, found {arguments.pair:,}"
        )
    machine = describe_machine()
    plans = [(size, 1) for size in arguments.sizes] + [(arguments.pair, 2)] * (arguments.pair > 0)
    rows = [{"papers": size, "workers": workers, "rounds": []} for size, workers in plans]
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
        folder = Path(temporary)
        # Sizes take turns, so that a machine that becomes faster or slower does so for all of them.
        for turn in range(arguments.rounds):
            for row in rows:
                size = row["papers"]
                if turn >= max(1, min(arguments.rounds, ONE_ROUND // size)):
                    continue
                papers = folder / f"papers_{size}.parquet"
                if not papers.exists():
                    run_apart(write_papers, arguments.data, size, papers)
                row["rounds"].append(measure(papers, row["workers"], folder))
                print(json.dumps({"papers": size, **row["rounds"][-1]}), flush=True)
    if arguments.out:
        record = {
            "command": f"python bench/bulk_growth.py {arguments.data.name} --sizes "
            f"{' '.join(map(str, arguments.sizes))} --rounds {arguments.rounds} --pair {arguments.pair}",
            "data_sha256": hash_file(arguments.data),
            "model_sha256": Bundle(find_packaged_bundle()).manifest.sha256,
            "machine": machine,
            "sizes": rows,
        }
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
