"""The papers that one system gets right and another does not, as a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.atomic import replacing
from arxonomy.sanitize import clean_for_terminal, format_csv_line

if TYPE_CHECKING:
    from arxonomy.studies.systems import Contest


def write_flips(path: Path, contest: Contest) -> int:
    """Write the papers on which the systems are not all equally often right.

    Columns: `row`, `id`, `title` and `category` of the paper, then of each system its answer and the
    probability of that. Of several seeds the answer is what most of them say (of two equally frequent ones
    that with the higher mean probability), the probability the mean over the seeds, and a third column
    says how many seeds are right.

    Returns:
        Number of papers written.
    """
    import numpy as np

    systems = contest.systems
    answers = [np.array([own.argmax(axis=1) for own in system.probabilities]) for system in systems]  # (S, N)
    right = [own == np.asarray(contest.truth) for own in answers]
    shares = np.array([own.mean(axis=0) for own in right])
    flipped = np.flatnonzero(np.ptp(shares, axis=0) > 1e-9)
    header = ["row", "id", "title", "category"]
    for system in systems:
        header += [f"{system.name}: answer", f"{system.name}: probability"]
        header += [f"{system.name}: seeds right"] if len(system.probabilities) > 1 else []
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(format_csv_line([clean_for_terminal(name) for name in header]))
        for place in flipped.tolist():
            paper = contest.papers[place]
            cells = [str(paper.row), paper.id, paper.title, str(paper.category)]
            for system, given, hit in zip(systems, answers, right, strict=True):
                means = np.mean([own[place] for own in system.probabilities], axis=0)
                votes = np.bincount(given[:, place], minlength=len(means))
                best = int(np.argmax(votes + means / 2))
                cells += [contest.labels[best], f"{means[best]:.6f}"]
                cells += [f"{hit[:, place].sum()} of {len(hit)}"] if len(hit) > 1 else []
            file.write(format_csv_line([clean_for_terminal(cell) for cell in cells]))
    return len(flipped)
