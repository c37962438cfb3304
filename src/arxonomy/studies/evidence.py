"""What a report needs besides scores: a baseline on the same papers, an audit of the labels, origins."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.studies.baselines import (
    load_baseline,
    make_majority_baseline,
    score_baseline,
    train_baseline,
)
from arxonomy.studies.provenance import describe_origin

if TYPE_CHECKING:
    from arxonomy.evaluation.confusions import Pair
    from arxonomy.inference import Classifier
    from arxonomy.studies.answers import Answers
    from arxonomy.studies.selection import Selection

EXAMPLES = 2
"""Papers shown of a pair of categories that are confused."""

_LOG = logging.getLogger(__name__)


def gather_evidence(
    model: Path,
    classifier: Classifier,
    answers: Answers,
    selection: Selection,
    *,
    named_baseline: Path | None,
    load: Callable[[Path], Classifier],
) -> dict[str, Any]:
    """Gather what a report shows besides the scores.

    Args:
        model: The run or bundle.
        classifier: What was loaded of it.
        answers: Its answers.
        selection: The papers that were chosen to be scored.
        named_baseline: A run or bundle to compare with. None: for a run a baseline is trained on the run's
            own training papers and tuned on its validation papers; for a bundle, whose training papers are
            not at hand, it is the most frequent category of the papers scored, a floor.
        load: Loads the named baseline.

    Returns:
        What JSON can hold: `baseline`, its scores and its `comparison` with the model (model - baseline, see
        `evaluation.comparison.compare`); `audit`, see `AuditSummary`, without noise; and `about`:
        `model` (see `describe_origin`), `seen`, the papers that it was trained on or chosen by,
        `without_id`, the papers of which that is not known, and the `versions` of what measured.

    Raises:
        ArxonomyError: The named baseline has other labels, was trained on other papers, or is damaged; or one
            cannot be trained.
    """
    import numpy as np

    from arxonomy.artifacts.run import Run
    from arxonomy.auditing import audit
    from arxonomy.version import __version__

    run = Run(model)
    if named_baseline is not None:
        baseline = load_baseline(named_baseline, classifier, answers, selection, load)
    elif run.exists():
        baseline = train_baseline(run, classifier, answers, selection)
    else:
        baseline = make_majority_baseline(answers)
    _LOG.info("report: auditing the labels")
    # The split of a run tells papers apart without ids.
    unknown = 0 if run.exists() else sum(paper.id == str(paper.row + 1) for paper in answers.papers)
    import sklearn

    return {
        "baseline": score_baseline(model.name, answers, baseline),
        "audit": audit(selection.dataset, selection.parts, noise=False).to_dict(),
        "about": {
            "model": describe_origin(model),
            "seen": selection.seen,
            "without_id": unknown,
            "versions": {
                "arxonomy": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
            },
        },
    }


def choose_examples(scores: Mapping[str, Any], answers: Answers) -> dict[Pair, list[dict[str, Any]]]:
    """Of each of the most confused pairs the papers whose wrong answer was the most probable.

    Returns:
        (true, predicted) label -> papers, as `report_page` takes them.
    """
    import numpy as np

    from arxonomy.evaluation.confusions import find_confused_pairs

    shares, truth, labels = answers.probabilities, np.asarray(answers.truth), answers.labels
    predicted = shares.argmax(axis=1)
    examples = {}
    for (true_label, predicted_label), _ in find_confused_pairs(
        list(scores["per_class"]), scores["confusion"]
    ):
        true, wrong = labels.index(true_label), labels.index(predicted_label)
        rows = np.flatnonzero((truth == true) & (predicted == wrong))
        rows = rows[np.argsort(-shares[rows, wrong], kind="stable")][:EXAMPLES]
        examples[true_label, predicted_label] = [
            {
                "id": answers.papers[row].id,
                "title": answers.papers[row].title,
                "abstract": answers.papers[row].abstract,
                "categories": answers.papers[row].categories,
                "answer": float(shares[row, wrong]),
                "truth": float(shares[row, true]),
            }
            for row in rows.tolist()
        ]
    return examples


def read_training(model: Path) -> list[dict[str, Any]]:
    """How a run, or each member of one, was trained, as `report_page` takes it; nothing of a bundle."""
    from arxonomy.artifacts.run import Run

    run, trainings = Run(model), []
    for part in run.members() if run.exists() else ():
        name = run.folder.name if part is run else f"{run.folder.name}, {part.folder.name}"
        if (epochs := part.folder / "epochs.jsonl").is_file():
            lines = epochs.read_text(encoding="utf-8").splitlines()
            trainings.append({"name": name, "epochs": [json.loads(line) for line in lines]})
        elif "tried" in (metrics := part.metrics()):
            trainings.append(
                {"name": name, **{key: metrics[key] for key in ("tried", "chosen", "chosen_by")}}
            )
    return trainings
