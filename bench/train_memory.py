"""Memory and seconds of `arxonomy train`, with PyTorch's caches as we set them and as PyTorch does.

    python bench/train_memory.py [--papers 2000] [--threads 2] [--out record.json]

Each is a separate process that trains one epoch of V1 on the first papers; its largest resident memory is
what the operating system says. The papers are the real ones where ARXONOMY_DATA has them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

DATA = Path(os.environ.get("ARXONOMY_DATA", Path(__file__).parents[2] / "shared" / "data"))
CACHES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
SYSTEMS = {"as we set them": {}, "as PyTorch does": dict.fromkeys(CACHES, "1024")}


def run(papers: Path, threads: int, environment: dict[str, str]) -> dict[str, float]:
    """Train once; returns MiB and seconds of the whole process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "arxonomy", "train", papers, "--out", f"{folder}/run"]
        command += [
            "--recipe",
            "v1",
            "--set",
            "training.epochs=1",
            "--among",
            "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV",
        ]
        command += ["--vectors", DATA / "vectors" / "arxiv.300d.txt.gz", "--threads", str(threads)]
        clean = {name: value for name, value in os.environ.items() if name not in CACHES}
        quiet, started = subprocess.DEVNULL, time.perf_counter()
        process = subprocess.Popen(command, env=clean | environment, stdout=quiet, stderr=quiet)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            raise SystemExit(f"training failed with status {status}")
    return {"MiB": round(usage.ru_maxrss / 1024), "seconds": round(seconds, 1)}


def main() -> None:
    """Run both and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        papers = Path(folder, "papers.csv")
        with (DATA / "arxiv12k/primary_label.csv").open(encoding="utf-8", newline="") as file:
            rows = list(islice(csv.reader(file), arguments.papers + 1))
        with papers.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        measured = {name: run(papers, arguments.threads, caches) for name, caches in SYSTEMS.items()}
    for name, numbers in measured.items():
        print(f"caches {name:16s} {numbers['MiB']:6.0f} MiB   {numbers['seconds']:6.1f} s")
    if arguments.out:
        command = f"python bench/train_memory.py --papers {arguments.papers} --threads {arguments.threads}"
        arguments.out.write_text(
            json.dumps({"command": command, **measured}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
