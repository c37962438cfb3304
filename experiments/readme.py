"""Writes what README.md shows: results from the records, an example's output, the picture.

    python experiments/readme.py

Every number comes out of a file in experiments/records or bench/records, each written by the program whose
command stands in it; the example and docs/classify.svg come out of the model in the package.
"""

from __future__ import annotations

import io
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
SCORES = ("accuracy", "macro_f1", "any_listed_accuracy")


def record(name: str) -> dict[str, Any]:
    """A record by its path below the repository's root."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def percent(value: float, deviation: float | None = None) -> str:
    """0.8217 -> `82.2 %`, with a standard deviation where there is one."""
    return f"{100 * value:.1f}%" if deviation is None else f"{100 * value:.1f} ± {100 * deviation:.1f}%"


def row(system: str, papers: int, scores: dict[str, Any]) -> str:
    """One line of the table; a score is a number, or a mean with its deviation."""
    cells = []
    for key in SCORES:
        value = scores[key]
        cells.append(
            percent(value["mean"], value["deviation"]) if isinstance(value, dict) else percent(value)
        )
    return f"| {system} | {papers:,} | {' | '.join(cells)} |"


def spread(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each test score over the records of several seeds."""
    columns = {key: [run["scores"]["test"][key] for run in runs] for key in SCORES}
    return {
        key: {"mean": statistics.mean(values), "deviation": statistics.stdev(values)}
        for key, values in columns.items()
    }


BASELINES = {
    "linear-svm": "TF-IDF + LinearSVC",
    "v1": "`v1`",
    "fasttext": "fastText",
    "minilm": "MiniLM-L6 sentence vectors + logistic regression",
}
"""Recipe -> its name in the table of folds."""


def folds() -> str:
    """The table of the five folds, the best first, and what `v1` differs by."""
    found = record("experiments/records/cross_validation.json")
    ranked = sorted(found["systems"].items(), key=lambda entry: -entry[1]["accuracy"])
    lines = []
    for name, own in ranked:
        low, high = own["accuracy_interval"]
        cells = [percent(own[key]) for key in SCORES]
        cells[0] += f" ({100 * low:.1f} to {100 * high:.1f})"
        lines.append(f"| {BASELINES[name]} | {' | '.join(cells)} |")
    pairs = [
        f"{BASELINES[pair['first']]} and {BASELINES[pair['second']]}: {pair['verdict']}"
        for pair in found["pairs"]
        if "v1" in (pair["first"], pair["second"])
    ]
    table = "\n".join(lines)
    return f"""\
Every one of the {found["papers"]:,} papers once, sorted by a model that was trained without it
({found["folds"]} folds; in brackets 95% intervals over papers):

| system | accuracy | macro F1 | any listed category |
|---|---|---|---|
{table}

After Holm's correction:

{chr(10).join(f"- {line}" for line in pairs)}"""


def results() -> str:
    """The section between the marks."""
    shipped, shipped_baseline = (
        record("experiments/records/bundled.json"),
        record("experiments/records/linear_bundled.json"),
    )
    primary = "experiments/records/reproduce/primary"
    seeds = [record(str(path.relative_to(ROOT))) for path in sorted((ROOT / primary).glob("v1-*.json"))]
    seeds_baseline = record(f"{primary}/linear-42.json")
    epoch = record("bench/records/train_epoch.json")["seconds"]
    plain = statistics.median(next(iter(epoch.values())))
    ours = statistics.median(next(values for name, values in epoch.items() if name.endswith("(auto)")))
    test = shipped["papers"]
    low, high = shipped["accuracy_interval"]
    return f"""
The same {test:,} test papers for every row (3 classes, labels = primary category, 2025-03 to 2026-02); none
of them was seen in training, and everything was chosen on the same validation papers.

| system | training papers | accuracy | macro F1 | any listed category |
|---|---|---|---|---|
{row("**the model in the package**", shipped_baseline["papers"]["train"], shipped)}
{row("TF-IDF + LinearSVC, same papers", shipped_baseline["papers"]["train"], shipped_baseline["test"])}
{row(f"`v1`, {len(seeds)} seeds", seeds_baseline["papers"]["train"], spread(seeds))}
{row("TF-IDF + LinearSVC, same papers", seeds_baseline["papers"]["train"], seeds_baseline["scores"]["test"])}

The 95% interval of the first row's accuracy is {percent(low)} to {percent(high)}; ± is the standard
deviation over seeds. *Any listed category* counts an answer as right when it is one of the categories the
authors list. One training epoch of `v1` takes {ours:.0f} s; a plain padded loop takes {plain:.0f} s on the
same two cores.

{folds()}
"""


def between(text: str, mark: str, new: str) -> str:
    """`text` with what stands between two marks replaced."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{new.strip()}\n{end}{after}"


def example(readme: str) -> str:
    """The output of the command that README.md shows, a category to a line."""
    command = re.search(r"^\$ arxonomy (classify .*?)\n```", readme, re.DOTALL | re.MULTILINE)
    assert command is not None
    output = arxonomy(["sh", "-c", f'exec "$0" -m arxonomy {command[1]}', sys.executable])
    return f"```json\n{json.dumps(json.loads(output), indent=2)}\n```"


def arxonomy(command: list[str], **environment: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def draw(path: Path) -> None:
    """Draw the table of the example papers, as a terminal shows it."""
    command = [sys.executable, "-m", "arxonomy", "classify", "examples/papers.jsonl", "--format", "table"]
    output = arxonomy(command, FORCE_COLOR="1", COLUMNS="110")
    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True)
    console.print("[bold]$ arxonomy classify examples/papers.jsonl[/bold]\n")
    console.print(Text.from_ansi(output))
    picture = console.export_svg(title="arxonomy", unique_id="arxonomy")
    # Rich asks a host elsewhere for its font; any monospaced one will do.
    path.write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")


def main() -> None:
    """Rewrite README.md and draw the picture."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = between(text, "results", results())
    text = between(text, "example", example(text))
    readme.write_text(text, encoding="utf-8")
    draw(ROOT / "docs" / "classify.svg")


if __name__ == "__main__":
    main()
