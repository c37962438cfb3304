"""The papers that one system gets right and another does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arxonomy.studies.systems import Contest


def list_disagreements(contest: Contest) -> tuple[list[str], list[list[str]]]:
    """The papers on which the systems are not all equally often right, as a table of text.

    Columns: `row`, `id`, `title` and `category` of the paper, then for each system its answer and
    that answer's probability. With several seeds, the answer is the one that most of them predict (a tie goes
    to the higher mean probability), the probability is the mean over the seeds, and a third column counts the
    seeds that are right.

    Returns:
        The names of the columns, and a row of cells for each paper.
    """
    import numpy as np

    systems = contest.systems
    answers = [np.array([shares.argmax(axis=1) for shares in system.probabilities]) for system in systems]
    hits = [predicted == np.asarray(contest.truth) for predicted in answers]  # (S, N) of each system
    right = np.array([hit.mean(axis=0) for hit in hits])
    header = ["row", "id", "title", "category"]
    for system in systems:
        header += [f"{system.name}: answer", f"{system.name}: probability"]
        header += [f"{system.name}: seeds right"] if len(system.probabilities) > 1 else []
    rows = []
    for place in np.flatnonzero(np.ptp(right, axis=0) > 1e-9).tolist():
        paper = contest.papers[place]
        cells = [str(paper.row), paper.id, paper.title, str(paper.category)]
        for system, predicted, hit in zip(systems, answers, hits, strict=True):
            means = np.mean([shares[place] for shares in system.probabilities], axis=0)
            votes = np.bincount(predicted[:, place], minlength=len(means))
            best = int(np.argmax(votes + means / 2))
            cells += [contest.labels[best], f"{means[best]:.6f}"]
            cells += [f"{hit[:, place].sum()} of {len(hit)}"] if len(hit) > 1 else []
        rows.append(cells)
    return header, rows
