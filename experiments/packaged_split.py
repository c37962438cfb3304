"""The split that the packaged model is trained on: the papers of the part `final-fit` train too.

    python experiments/packaged_split.py arxiv_all_split.csv OUT.csv

What is published of the model is measured with the same recipe trained without them: they are of the months of the
test papers, and of later ones.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from pathlib import Path

from arxonomy.atomic import write_atomic

RENAMED = {"final-fit": "train"}
"""Part -> its new name."""


def rename_parts(split: Path, out: Path) -> Counter[str]:
    """Write the split with its parts renamed, and count them."""
    with split.open(encoding="utf-8", newline="") as file:
        rows = [(row["id"], row["split"]) for row in csv.DictReader(file)]
    renamed = [(name, RENAMED.get(part, part)) for name, part in rows]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("id", "split"), *renamed])
    write_atomic(out, text.getvalue())
    return Counter(part for _, part in renamed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    print(f"{arguments.out}: {dict(rename_parts(arguments.split, arguments.out))}")
