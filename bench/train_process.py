"""What the whole process of `arxonomy train` takes for the recipe `v1`: all epochs, calibration included.

    python bench/train_process.py ../shared/data [--threads 2] [--device cuda] [--out record.json]

The 12,000 papers, the split and the merged classes of the reference document, with the word vectors that were
trained on other papers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from processes import describe_machine, run

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file, write_atomic

AMONG = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the papers")
    parser.add_argument("--recipe", default="v1", help="recipe to train")
    parser.add_argument("--threads", type=int, default=2, help="threads of the computation")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--set", action="append", default=[], help="setting of the recipe, as of `train`")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    papers, split = (arguments.data / "arxiv12k" / f"primary_{name}.csv" for name in ("label", "split"))
    vectors = arguments.data / "vectors" / "arxiv.300d.txt.gz"
    machine = describe_machine()
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
        folder = Path(temporary) / "run"
        command = ["train", str(papers), "--recipe", arguments.recipe, "--among", AMONG]
        command += ["--split-file", str(split), "--vectors", str(vectors), "--out", str(folder)]
        command += ["--threads", str(arguments.threads), "--device", arguments.device]
        command += [word for setting in arguments.set for word in ("--set", setting)]
        threads = {"OMP_NUM_THREADS": str(arguments.threads)}
        usage = run([sys.executable, "-m", "arxonomy", *command], threads)
        model = open_model(folder)
        validation, counts = model.metrics.get_scores("validation"), model.split
        epochs = len(Run(folder).history())
    assert validation is not None
    record = {
        "command": f"python bench/train_process.py ../shared/data --recipe {arguments.recipe} "
        f"--threads {arguments.threads} --device {arguments.device}",
        "settings": arguments.set,
        "recipe": arguments.recipe,
        "data": {papers.name: hash_file(papers), split.name: hash_file(split)},
        "train_papers": counts.train if counts else None,
        "validation_accuracy": round(validation.accuracy.value, 4),
        "epochs": epochs,
        "threads": arguments.threads,
        **{name: round(value, 1) for name, value in usage._asdict().items()},
        "machine": machine,
    }
    print(json.dumps(record, indent=1))
    if arguments.out:
        write_atomic(arguments.out, json.dumps(record, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main()
