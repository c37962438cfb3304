"""What a report needs besides scores: a baseline on the same papers, an audit of the labels, origins."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.cli.messages import say
from arxonomy.studies.baselines import commonest, compared, loaded, trained
from arxonomy.studies.provenance import origin

if TYPE_CHECKING:
    from arxonomy.cli.evaluate import Answers
    from arxonomy.evaluation.confusions import Pair
    from arxonomy.inference import Classifier
    from arxonomy.studies.selection import Selection

EXAMPLES = 2
"""Papers shown of a pair of categories that are confused."""


def evidence(
    model: Path,
    classifier: Classifier,
    answers: Answers,
    selection: Selection,
    data: Path,
    sha256: str,
    *,
    named_baseline: Path | None,
    columns: Mapping[str, str],
    bad_records: int,
    load: Callable[[Path], Classifier],
) -> dict[str, Any]:
    """Gather what a report shows besides the scores.

    Args:
        model: The run or bundle.
        classifier: What was loaded of it.
        answers: Its answers.
        selection: The papers that were chosen to be scored.
        data: Their file.
        sha256: Of the file.
        named_baseline: A run or bundle to compare with. None: for a run a baseline is trained on the run's own
            training papers and tuned on its validation papers; for a bundle, whose training papers are not
            at hand, it is the commonest category of the papers scored, a floor.
        columns: Field of a paper -> the file's column, as it was read.
        bad_records: Records of the file that were passed over.
        load: Loads the named baseline.

    Returns:
        What JSON can hold: `baseline`, its scores and its `comparison` with the model (model - baseline, as
        `evaluation.comparison.compare` says); `audit`, as `AuditSummary.to_dict` returns it, without noise;
        and `about`: `model` (see `origin`), `seen`, the papers that it was trained on or chosen by, `without_id`, the
        papers of which that cannot be told, and the `versions` of what measured.

    Raises:
        ArxonomyError: The named baseline has other labels, was trained on other papers, or is damaged; or one
            cannot be trained.
    """
    import numpy as np

    from arxonomy.artifacts.run import Run
    from arxonomy.auditing import audit
    from arxonomy.papers import Dataset
    from arxonomy.version import __version__

    run = Run(model)
    names = tuple(sorted({str(paper.category) for paper in selection.whole}))
    dataset = Dataset(tuple(selection.whole), names, sha256, str(data), bad_records, dict(columns))
    parts = None if selection.parts is None else np.array(selection.parts)
    if named_baseline is not None:
        baseline = loaded(named_baseline, classifier, answers, dataset, load)
    elif run.exists():
        assert parts is not None  # a run has a split
        baseline = trained(run, classifier, answers, selection, dataset, parts)
    else:
        baseline = commonest(answers)
    say("report: looking for what is wrong with the labels")
    # Papers that a run's split tells apart need no ids.
    unknown = 0 if run.exists() else sum(paper.id == str(paper.row + 1) for paper in answers.papers)
    import sklearn

    return {
        "baseline": compared(model.name, answers, baseline),
        "audit": audit(dataset, parts, noise=False).to_dict(),
        "about": {
            "model": origin(model),
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


def examples(scores: Mapping[str, Any], answers: Answers) -> dict[Pair, list[dict[str, Any]]]:
    """Of each of the most confused pairs the papers whose wrong answer was the most probable.

    Returns:
        (true, predicted) label -> papers, as `report_page` takes them.
    """
    import numpy as np

    from arxonomy.evaluation.confusions import confused_pairs

    shares, truth, labels = answers.probabilities, np.asarray(answers.truth), answers.labels
    predicted = shares.argmax(axis=1)
    found = {}
    for (true, other), _ in confused_pairs(scores):
        own, taken = labels.index(true), labels.index(other)
        rows = np.flatnonzero((truth == own) & (predicted == taken))
        rows = rows[np.argsort(-shares[rows, taken], kind="stable")][:EXAMPLES]
        found[true, other] = [
            {
                "id": paper.id,
                "title": paper.title,
                "abstract": paper.abstract,
                "categories": paper.categories,
                "answer": float(shares[row, taken]),
                "truth": float(shares[row, own]),
            }
            for row in rows.tolist()
            for paper in [answers.papers[row]]
        ]
    return found


def training(model: Path) -> list[dict[str, Any]]:
    """How a run, or each member of one, was trained, as `report_page` takes it; nothing of a bundle."""
    from arxonomy.artifacts.run import Run

    run, found = Run(model), []
    for part in run.members() if run.exists() else ():
        name = run.folder.name if part is run else f"{run.folder.name}, {part.folder.name}"
        if (epochs := part.folder / "epochs.jsonl").is_file():
            lines = epochs.read_text(encoding="utf-8").splitlines()
            found.append({"name": name, "epochs": [json.loads(line) for line in lines]})
        elif "tried" in (metrics := part.metrics()):
            found.append({"name": name, **{key: metrics[key] for key in ("tried", "chosen", "chosen_by")}})
    return found
