"""A corpus like real abstracts, made of invented words, and copies of its papers with planted edits."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from arxonomy.config import DataSettings
from arxonomy.label_names import parse_among
from arxonomy.papers import Dataset, load_dataset
from arxonomy.records import Paper

EDITS = ("substitute", "delete", "insert", "swap", "mixed")


def edit(text: str, share: float, kind: str, pool: Sequence[str], draw: random.Random) -> str:
    """Edit `share` of the words of a text, one after the other; new words come from `pool`."""
    words = text.split()
    for _ in range(max(1, round(share * len(words)))):
        operation = draw.choice(EDITS[:-1]) if kind == "mixed" else kind
        place = draw.randrange(len(words))
        if operation == "substitute":
            words[place] = draw.choice(pool)
        elif operation == "insert":
            words.insert(place, draw.choice(pool))
        elif operation == "delete" and len(words) > 1:
            del words[place]
        elif operation == "swap":
            second = draw.randrange(len(words))
            words[place], words[second] = words[second], words[place]
    return " ".join(words)


def make_edited_copy(paper: Paper, row: int, share: float, kind: str, pool: Sequence[str]) -> Paper:
    """A copy of the paper under another id, with edits in title and abstract."""
    draw = random.Random(row)
    title, abstract = (edit(text, share, kind, pool, draw) for text in (paper.title, paper.abstract))
    return replace(paper, id=f"copy-{row}", title=title, abstract=abstract, row=row)


@pytest.fixture(scope="session")
def invented_corpus() -> list[Paper]:
    """400 papers of 120 to 200 words of 4,000, as unequally frequent as the words of a language."""
    draw = random.Random(7)
    words = ["".join(draw.choices("aeioubcdfglmnprst", k=draw.randint(2, 9))) for _ in range(4000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    papers = []
    for row in range(400):
        title = " ".join(draw.choices(words[100:], weights[100:], k=9))
        abstract = " ".join(draw.choices(words, weights, k=draw.randint(120, 200)))
        papers.append(Paper(f"paper-{row}", title, abstract, f"label-{row % 4}", row=row))
    return papers


@pytest.fixture
def dataset(tmp_path) -> Callable[..., Dataset]:
    """Writes rows (id, title, abstract, category, categories) as a file and reads it."""

    def make(*rows: tuple[str, ...], among: str = "") -> Dataset:
        import csv

        path = tmp_path / "papers.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "title", "abstract", "category", "all_categories"))
            writer.writerows((*row, *[""] * (5 - len(row))) for row in rows)
        return load_dataset(path, DataSettings(among=parse_among(among) if among else {}), any_labels=True)

    return make
