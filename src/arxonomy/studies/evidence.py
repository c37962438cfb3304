"""What a report needs besides scores: a baseline on the same papers, origins, examples, trainings."""

from __future__ import annotations

import logging
import platform
from typing import TYPE_CHECKING

from arxonomy.evaluation.confusions import find_confused_pairs
from arxonomy.studies.provenance import Origin, describe_origin
from arxonomy.studies.results import About, Example, Training

if TYPE_CHECKING:
    from arxonomy.artifacts.saved_model import SavedModel
    from arxonomy.evaluation import Scores
    from arxonomy.evaluation.confusions import Pair
    from arxonomy.studies.answers import Answers
    from arxonomy.studies.selection import Selection

EXAMPLES = 2
"""Papers shown of a pair of categories that are confused."""

_LOG = logging.getLogger(__name__)


def describe_measurement(model: SavedModel | None, answers: Answers, selection: Selection) -> About:
    """Describe the model, whether it has seen the papers, and what measured.

    Args:
        model: The run or bundle; None where the classifier alone is known.
        answers: Its answers.
        selection: The papers that were chosen to be scored.
    """
    import numpy as np
    import sklearn

    from arxonomy.version import __version__

    # The split of a run tells papers of its file apart without ids.
    without_id = 0 if selection.is_own else sum(paper.id == str(paper.row + 1) for paper in answers.papers)
    return About(
        model=Origin(kind="model") if model is None else describe_origin(model),
        seen=selection.seen,
        without_id=len(answers.papers) if model is None else without_id,
        versions={
            "arxonomy": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
    )


def choose_examples(scores: Scores, answers: Answers) -> dict[Pair, list[Example]]:
    """Choose of each of the most confused pairs the papers whose wrong prediction was the most probable.

    Returns:
        (true, predicted) label -> papers.
    """
    import numpy as np

    shares, labels = answers.probabilities, answers.labels
    truth, predicted = answers.truth, answers.outcomes.predicted
    examples = {}
    for (true_label, predicted_label), _ in find_confused_pairs(labels, scores.confusion):
        true, wrong = labels.index(true_label), labels.index(predicted_label)
        rows = np.flatnonzero((truth == true) & (predicted == wrong))
        rows = rows[np.argsort(-shares[rows, wrong], kind="stable")][:EXAMPLES]
        examples[true_label, predicted_label] = [
            _make_example(answers, row, float(shares[row, wrong]), float(shares[row, true]))
            for row in rows.tolist()
        ]
    return examples


def _make_example(answers: Answers, row: int, answer: float, truth: float) -> Example:
    paper = answers.papers[row]
    return Example(paper.id, paper.title, paper.abstract, paper.categories, answer, truth)


def read_trainings(model: SavedModel | None) -> list[Training]:
    """Read how a run, or each member of one, was trained; nothing of a bundle."""
    from arxonomy.artifacts.run import Run

    if model is None or model.kind == "bundle":
        return []
    run, trainings = Run(model.path), []
    for part in run.members():
        name = run.folder.name if part is run else f"{run.folder.name}, {part.folder.name}"
        if epochs := part.history():
            trainings.append(Training(name, epochs))
        elif (metrics := part.metrics()) and metrics.tried:
            chosen, chosen_by = metrics.chosen or {}, metrics.chosen_by or ""
            trainings.append(Training(name, tried=metrics.tried, chosen=chosen, chosen_by=chosen_by))
    return trainings
