"""What was tried to make the network more accurate: each idea alone, on top of the same control.

    python experiments/ideas.py --data DATA [--pool few|sample] [--systems bag r-drop ...] [--seeds 1 2 3]

DATA is the folder of the shared papers. Runs that have a record are passed over, and a stopped one resumes, so this
program may be stopped and started at any time. What fails is printed, and the next system is trained. Everything is
chosen and scored by validation papers; test papers are not read. One thread; seconds are those of the processor.

A record is experiments/records/network/POOL/SYSTEM.json; see network/records.py. To try the program out in a minute:
--limit 300 --set training.epochs=1 --runs /tmp/runs --records /tmp/records.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import torch
from network.pools import read_pool
from network.records import RECORDS, Record, read_record
from network.systems import BASELINE_SEED, PLAN, SEEDS, SEVERAL, SYSTEMS, System
from network.training import Place, Trainer, score_part


def list_seeds(system: System, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """The seeds of a system: baselines have one."""
    return seeds if system.name in SEVERAL else (BASELINE_SEED,)


def describe(system: System, trainer: Trainer, command: str) -> dict[str, Any]:
    """What a record says about all runs of a system."""
    recipe = trainer.make_recipe(system, 1) if system.recipe else None
    settings = None if recipe is None else recipe.model_dump(mode="json", exclude={"data"})
    if settings is not None:
        settings["training"].pop("seed")
    return {
        "system": system.name,
        "command": command,
        "against": system.against,
        "changed": {
            "settings": list(system.settings),
            "steps": list(system.steps),
            "pretraining": system.init or None,
        },
        "data": trainer.pool.describe(),
        "recipe": settings,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "threads": 1,
    }


def run_system(
    trainer: Trainer, system: System, seeds: tuple[int, ...], parts: tuple[str, ...], path: Path, command: str
) -> None:
    """Train and score the runs of a system that the record lacks, each added to it at once.

    Args:
        trainer: Of the pool.
        system: What is trained.
        seeds: One run each.
        parts: The parts that it is scored on.
        path: The record.
        command: What makes it.
    """
    for seed in seeds:
        record = read_record(path) or Record(describe(system, trainer, command))
        known: dict[str, Any] = next((run for run in record.runs if run["seed"] == seed), {})
        missing = [part for part in parts if part not in known]
        if not missing:
            continue
        start, run = time.process_time(), dict(known)
        if not run:
            run = {"seed": seed, "processor_seconds": {}, "papers_per_processor_second": {}}
            if system.recipe:
                run |= trainer.train(system, seed, command.split())
        classifier, answers = trainer.load(system, seed), {}
        for part in missing:
            scored = score_part(classifier, trainer.pool, part)
            run[part] = scored.scores
            answers |= {f"{part}-{seed}": scored.answers, part: scored.truth}
            run["processor_seconds"]["answering"] = scored.seconds
            run["papers_per_processor_second"]["answering"] = scored.speed
        record.add(run, answers).write(path)
        shown = ", ".join(
            f"{part} {run[part]['accuracy']:.4f}, log-loss {run[part]['log_loss']:.4f}" for part in missing
        )
        print(
            f"{time.strftime('%H:%M:%S')} {trainer.pool.name} {system.name} seed {seed}: {shown}; "
            f"{time.process_time() - start:.0f} processor seconds",
            flush=True,
        )


def run_all(
    trainer: Trainer,
    systems: list[System],
    seeds: tuple[int, ...],
    parts: tuple[str, ...],
    records: Path,
    command: str,
) -> int:
    """Run each system; one that fails is told of, and the others go on. Returns how many failed."""
    failed = 0
    for system in systems:
        try:
            run_system(
                trainer,
                system,
                list_seeds(system, seeds),
                parts,
                records / f"{system.name}.json",
                f"{command} --systems {system.name}",
            )
        except Exception:  # whatever it is, hours of other systems do not depend on it
            failed += 1
            traceback.print_exc()
            print(f"{trainer.pool.name} {system.name} failed; going on", flush=True)
    return failed


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that ideas.py and goals.py share."""
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ARXONOMY_DATA", "../shared/data")))
    parser.add_argument("--runs", type=Path, default=Path("runs/network"), help="folder of the run folders")
    parser.add_argument("--records", type=Path, default=RECORDS, help="folder of the records")
    parser.add_argument("--seeds", type=int, nargs="+", help="of networks (default: those planned)")
    parser.add_argument("--limit", type=int, help="training papers at most, to try the program out")
    parser.add_argument("--set", action="append", default=[], help="key=value, likewise")


def open_trainer(arguments: argparse.Namespace, pool: str, study: str = "ideas") -> Trainer:
    """Read a pool, and make its trainer, whose runs are in a folder of their own for each study."""
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    papers = read_pool(pool, arguments.data, arguments.limit)
    print(f"{pool}: {papers.describe()['papers']}, {len(papers.dataset.labels)} labels", flush=True)
    return Trainer(
        papers, Place(arguments.data, arguments.runs / study, arguments.limit, tuple(arguments.set))
    )


def main() -> None:
    """Train what has no record yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--pool", choices=list(PLAN), default="few", help="the papers")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), help="these alone")
    arguments = parser.parse_args()
    trainer = open_trainer(arguments, arguments.pool)
    sys.exit(
        run_all(
            trainer,
            [SYSTEMS[name] for name in arguments.systems or PLAN[arguments.pool]],
            tuple(arguments.seeds or SEEDS[arguments.pool]),
            ("validation",),
            arguments.records / arguments.pool,
            f"python experiments/ideas.py --pool {arguments.pool}",
        )
    )


if __name__ == "__main__":
    main()
