"""Writes the results of README.md from the records, between its two marks.

    python experiments/readme_results.py [--check]

Every number comes out of a file in experiments/records or bench/records, each written by the program
whose command stands in it. `--check` writes nothing and fails when README.md is out of date.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def record(name: str) -> dict[str, Any]:
    """A record by its path below the repository's root."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def percent(value: float, deviation: float | None = None) -> str:
    """0.8217 -> `82.2 %`, with a standard deviation where there is one."""
    return f"{100 * value:.1f} %" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f} %"


def row(system: str, papers: int, scores: dict[str, Any]) -> str:
    """One line of the table; a score is a number, or a mean with its deviation."""
    cells = []
    for key in ("accuracy", "macro_f1", "any_listed_accuracy"):
        value = scores[key]
        cells.append(
            percent(value["mean"], value["deviation"]) if isinstance(value, dict) else percent(value)
        )
    return f"| {system} | {papers:,} | {' | '.join(cells)} |"


def results() -> str:
    """The section between the marks."""
    shipped, shipped_peer = (
        record("experiments/records/bundled.json"),
        record("experiments/records/linear_bundled.json"),
    )
    seeds, seeds_peer = (
        record("experiments/records/v1_primary.json"),
        record("experiments/records/linear_primary.json"),
    )
    epoch = record("bench/records/train_epoch.json")["seconds"]
    plain, ours = (statistics.median(epoch[name]) for name in (next(iter(epoch)), list(epoch)[-1]))
    test = shipped["papers"]
    low, high = shipped["accuracy_interval"]
    return f"""
The same {test:,} test papers for every row (3 classes, labels = primary category, 2025-03 to 2026-02); none of
them was seen in training, and everything was chosen on the same validation papers.

| system | training papers | accuracy | macro F1 | any listed category |
|---|---|---|---|---|
{row("**the model in the package**", shipped_peer["papers"]["train"], shipped)}
{row("TF-IDF + LinearSVC, same papers", shipped_peer["papers"]["train"], shipped_peer["test"])}
{row(f"`v1`, {len(seeds['runs'])} seeds", seeds_peer["papers"]["train"], seeds["summary"]["test"])}
{row("TF-IDF + LinearSVC, same papers", seeds_peer["papers"]["train"], seeds_peer["test"])}

The 95 % interval of the first row's accuracy is {percent(low)} to {percent(high)}; ± is the standard
deviation over seeds. *Any listed category* counts an answer as right when it is one of the categories the
authors list. One training epoch of `v1` takes {ours:.0f} s; a plain padded loop takes {plain:.0f} s on the
same two cores.
"""


def main() -> None:
    """Rewrite or check README.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = f"{before}{BEGIN}\n{results()}\n{END}{after}"
    if arguments.check:
        sys.exit(
            None if new == text else "README.md is out of date: run python experiments/readme_results.py"
        )
    readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
