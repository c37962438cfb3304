"""The runs that the network's goals are measured by: one command for each, resumable.

    python experiments/goals.py few --data DATA [--test]        8,399 papers of three classes, five seeds
    python experiments/goals.py published --data DATA [--test]  all papers of these classes, five seeds
    python experiments/goals.py all --data DATA                 all of arXiv, one seed
    python experiments/goals.py process --data DATA             the whole process `arxonomy train`

Runs are scored on validation papers; `--test` scores those that are finished on the test papers too, which is for
the very end, and happens once: a run that has a test score keeps it. The records are
experiments/records/network/goals/POOL/SYSTEM.json and experiments/records/network/goals/process.json. Folds are
measured by `arxonomy cross-validate` (`make goal-folds`), and what classifying costs by bench/bulk_cost.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ideas import add_options, open_trainer, run_all
from network.pools import FEW, FEW_SPLIT
from network.systems import GOAL_SEEDS, GOALS, SYSTEMS
from reference import AMONG

from arxonomy.atomic import hash_file, write_atomic

ROUNDS = 3


def measure_process(data: Path, recipe: str, path: Path) -> None:
    """Time the whole process that trains a recipe, from the file of papers to the finished run.

    Args:
        data: Folder of the shared papers.
        recipe: Name or file.
        path: The record, which is written after each round and continued.
    """
    papers, split = data / FEW[0], data / FEW_SPLIT
    record: dict[str, Any] = {
        "command": "python experiments/goals.py process",
        "recipe": recipe,
        "data": {"files": {file.name: hash_file(file) for file in (papers, split)}},
        "cores": len(os.sched_getaffinity(0)),
        "rounds": [],
    }
    if path.is_file():
        record["rounds"] = json.loads(path.read_text(encoding="utf-8"))["rounds"]
    while len(record["rounds"]) < ROUNDS:
        with tempfile.TemporaryDirectory(prefix="arxonomy-") as folder:
            command = [sys.executable, "-m", "arxonomy", "train", str(papers), "--recipe", recipe]
            command += ["--among", AMONG, "--split-file", str(split), "--out", f"{folder}/run"]
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run(command, check=True)
            wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        # Other work on the machine would make the seconds longer: the load says whether there was any.
        busy = {"seconds": round(wall, 1), "processor_seconds": round(used, 1), "load": os.getloadavg()[0]}
        record["rounds"].append(busy)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(record, indent=1) + "\n")
        print(f"process: {busy}", flush=True)


def main() -> None:
    """Measure what has no record yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("goal", choices=[*GOALS, "process"])
    add_options(parser)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), help="these alone")
    parser.add_argument("--test", action="store_true", help="score on test papers too: once, at the very end")
    parser.add_argument("--recipe", default="arxonomy", help="of `process`")
    arguments = parser.parse_args()
    records = arguments.records / "goals"
    if arguments.goal == "process":
        measure_process(arguments.data, arguments.recipe, records / "process.json")
        return
    if arguments.test and arguments.goal == "all":
        parser.error("all of arXiv is measured on validation papers")
    trainer = open_trainer(arguments, arguments.goal, "goals")
    sys.exit(
        run_all(
            trainer,
            [SYSTEMS[name] for name in arguments.systems or GOALS[arguments.goal]],
            tuple(arguments.seeds or GOAL_SEEDS[arguments.goal]),
            ("validation", "test") if arguments.test else ("validation",),
            records / arguments.goal,
            f"python experiments/goals.py {arguments.goal}",
        )
    )


if __name__ == "__main__":
    main()
