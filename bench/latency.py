"""How long one paper takes: with the model loaded, over HTTP, and from a cold start.

    python bench/latency.py [--repeats 1000] [--starts 10] [--out record.json]

    python    `arxonomy.load().classify([paper])`, on one thread
    http      `POST /v1/classify` of one paper to `arxonomy serve` on one thread, over one connection
    cold      `arxonomy classify --title ... --abstract ...`: the whole process

The first two take turns with the same papers, after a warm-up. These are real where ARXONOMY_DATA has them.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from processes import describe_machine, run
from serve_load import Connection, classify_request, serving, some_papers

import arxonomy
from arxonomy.atomic import write_atomic
from arxonomy.inference import Classifier
from arxonomy.records import Paper

WARM_UP = 50
"""Papers before anything is timed."""
TITLE = "A network of word pairs for the classification of papers"
ABSTRACT = (
    "We classify scientific papers by their titles and abstracts. A narrow recurrent network reads the "
    "title, a convolutional one the abstract, and a sum of vectors counts the words and word pairs. Gates "
    "choose among the three. On papers of all fields the network is more accurate than linear models at a "
    "comparable cost, and its probabilities are calibrated."
)


async def time_answers(port: int, classifier: Classifier, papers: Sequence[Paper], repeats: int) -> dict:
    """Ask for one paper at a time, over HTTP and in this process by turns.

    Returns:
        For each of the two, quantiles of the milliseconds of an answer.
    """
    connection = await Connection.open(port)
    seconds = np.zeros((WARM_UP + repeats, 2))
    for row, paper in zip(seconds, itertools.cycle(papers)):
        answer = await connection.ask(classify_request([paper]))
        assert answer.status == 200
        began = time.perf_counter()
        classifier.classify([paper])
        row[:] = time.perf_counter() - began, answer.seconds
    return {
        name: summarize(column) for name, column in zip(("python", "http"), seconds[WARM_UP:].T, strict=True)
    }


def summarize(seconds: np.ndarray) -> dict[str, float]:
    """Quantiles in milliseconds."""
    return {f"p{q}_ms": round(1000 * float(np.quantile(seconds, q / 100)), 3) for q in (50, 95, 99)}


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1000, help="papers that are timed")
    parser.add_argument("--starts", type=int, default=10, help="cold starts")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    machine = describe_machine()
    command = [sys.executable, "-m", "arxonomy", "classify", "--title", TITLE, "--abstract", ABSTRACT]
    run(command)  # which compiles the modules, as pip does when it installs them
    starts = [run(command) for _ in range(arguments.starts)]  # first, while this process is small
    papers, classifier = some_papers(arguments.repeats), arxonomy.load(threads=1)
    with serving(1) as server:
        warm = asyncio.run(time_answers(server.port, classifier, papers, arguments.repeats))
    record = {
        "command": f"python bench/latency.py --repeats {arguments.repeats} --starts {arguments.starts}",
        "model_sha256": classifier.source.sha256,
        "machine": machine,
        **warm,
        "cold": {
            field: [round(getattr(start, field), 3) for start in starts]
            for field in ("processor_seconds", "wall_seconds", "peak_mb")
        },
    }
    print(json.dumps(record, indent=1))
    if arguments.out:
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
