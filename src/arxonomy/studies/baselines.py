"""A baseline that sorts the papers that a model sorts, so that no number of a report stands alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxonomy.cli.messages import say
from arxonomy.errors import RunError
from arxonomy.studies.provenance import origin, setting_words

if TYPE_CHECKING:
    from arxonomy.artifacts.run import Run
    from arxonomy.cli.evaluate import Answers
    from arxonomy.inference import Classifier
    from arxonomy.papers import Dataset
    from arxonomy.studies.selection import Selection

BASELINE, OTHER_BASELINE = "linear-svm", "nb-svm"
"""The recipe that is trained as a baseline, and the one for a model that is the first itself."""

_KEPT = (
    *("accuracy", "accuracy_interval", "any_listed_accuracy", "top2_accuracy", "macro_f1"),
    *("balanced_accuracy", "log_loss", "expected_calibration_error", "expected_calibration_error_interval"),
)  # of a baseline's scores


@dataclass(frozen=True)
class Baseline:
    """A baseline that sorts the papers that the model sorts."""

    name: str
    """As it is shown."""
    description: str
    """What it is, as the end of a sentence."""
    probabilities: Any
    """(N, C) in the order of the model's labels."""
    seen: int
    """How many of the papers it was trained on or chosen by."""
    made: dict[str, Any]
    """Where it is from; see `origin`."""
    competes: bool = True
    """Whether a difference from it tells anything: not where it knows the very labels that are scored."""


def commonest(answers: Answers) -> Baseline:
    """A floor where no baseline can be trained: the shares of the categories among the very papers scored."""
    import numpy as np

    shares = np.bincount(answers.truth, minlength=len(answers.labels)) / len(answers.truth)
    return Baseline(
        "the commonest category",
        f"no model: it always answers {answers.labels[int(shares.argmax())]}, the commonest category of "
        "these papers, a floor that any model must pass. A real baseline cannot be trained here, since the "
        "papers that the bundle was trained on are not at hand; one can be named with --baseline",
        np.tile(shares, (len(answers.truth), 1)),
        0,
        {"kind": "the shares of the categories among the papers scored"},
        competes=False,
    )


def trained(
    run: Run, model: Classifier, answers: Answers, selection: Selection, dataset: Dataset, parts: Any
) -> Baseline:
    """A baseline of a run, fitted on the run's own training papers and tuned on its validation papers.

    Args:
        run: The run.
        model: What was loaded of it.
        answers: Its answers to the papers.
        selection: How those were chosen.
        dataset: All papers of the run.
        parts: (N,) the part of each in the run's split.

    Raises:
        DataError: The papers have no words.
    """
    import numpy as np

    from arxonomy.config import load_recipe
    from arxonomy.evaluation import Calibration
    from arxonomy.inference import Classifier
    from arxonomy.inference.class_prior import compute_class_prior
    from arxonomy.inference.members import BaselineMember
    from arxonomy.training.baselines import tune_baseline

    own = run.recipe().baseline
    name = OTHER_BASELINE if own is not None and own.kind == BASELINE else BASELINE
    say(f"report: training the baseline {name} on the run's own training papers")
    recipe = load_recipe(name, [f"training.seed={run.recipe().training.seed}"])
    tuned = tune_baseline(dataset, parts, recipe)
    mix = compute_class_prior(np.bincount(tuned.labels, minlength=len(dataset.labels)))
    member = BaselineMember(tuned.baseline, Calibration.fit(tuned.logits, tuned.labels))
    sorter = Classifier([member], dataset.labels, get_training_prior=mix)
    what = recipe.description.removeprefix("Baseline: ")
    return Baseline(
        name,
        f"{what}; trained on the very training papers of the model, and tuned on its validation papers",
        _under_the_same_prior(sorter, model).probabilities(answers.papers),
        selection.seen,  # as the run itself
        {
            "kind": "trained for this report",
            "recipe": name,
            "seed": recipe.training.seed,
            "chosen": setting_words(tuned.chosen),
        },
    )


def loaded(
    baseline: Path,
    model: Classifier,
    answers: Answers,
    dataset: Dataset,
    load: Callable[[Path], Classifier],
) -> Baseline:
    """A run or bundle that was named as the baseline.

    Args:
        baseline: The run or bundle.
        model: The model that it is compared with.
        answers: The model's answers to the papers.
        dataset: All papers of their file.
        load: Loads the baseline.

    Raises:
        SettingsError: Its labels are others.
        RunError: It is a run on another file.
        BundleError: It is neither, or damaged.
    """
    from arxonomy.artifacts.run import Run
    from arxonomy.inference import trained_on
    from arxonomy.inference.calibration import check_labels
    from arxonomy.papers import read_split

    classifier, run = load(baseline), Run(baseline)
    check_labels([("the model", answers.labels), (str(baseline), classifier.labels)])
    if not run.exists():
        seen = trained_on(baseline, answers.papers)
    elif run.info()["data"]["sha256"] != dataset.sha256:
        raise RunError(
            f"expected a baseline that was trained on {dataset.source}, so that it is known which papers it has "
            f"seen; found that {baseline} was trained on {run.info()['data']['name']}; export it, and name the "
            "bundle"
        )
    else:
        parts = read_split(run.split, answers.papers).tolist()
        seen = sum(part in ("train", "validation") for part in parts)
    if seen:
        of = f"of these {len(answers.papers):,} papers"
        say(f"warning: {seen:,} {of} were used to train or to choose the baseline {baseline}")
    made = origin(baseline)
    return Baseline(
        baseline.resolve().name,
        " ".join(f"the {made['kind']} {baseline.resolve().name}: {made['description']}".split()).rstrip(" :"),
        _under_the_same_prior(classifier, model).probabilities(answers.papers),
        seen,
        made,
    )


def compared(name: str, answers: Answers, baseline: Baseline) -> dict[str, Any]:
    """The scores of a baseline, and its `comparison` with the model called `name`, or None."""
    from arxonomy.evaluation import score
    from arxonomy.evaluation.comparison import compare
    from arxonomy.papers import group_copies

    listed = [paper.categories for paper in answers.papers]
    scores = score(answers.truth, baseline.probabilities, answers.labels, listed)
    found = {
        "name": baseline.name,
        "description": baseline.description,
        "seen": baseline.seen,
        "made": baseline.made,
        **{key: scores[key] for key in _KEPT if key in scores},
    }
    if len(answers.papers) < 2 or not baseline.competes:
        return found | {"comparison": None}
    systems = {name: [answers.probabilities], f"{name} (baseline)": [baseline.probabilities]}
    groups = group_copies(answers.papers)
    (pair,) = compare(answers.truth, systems, answers.labels, listed, groups=groups)["pairs"]
    kept = ("accuracy", "accuracy_interval", "only_first_right", "only_second_right", "test", "p_value")
    return found | {"comparison": {key: pair[key] for key in kept} | {"better": pair["better"] is not None}}


def _under_the_same_prior(baseline: Classifier, model: Classifier) -> Classifier:
    """The baseline for papers of the class mix that was stated for the model."""
    return (
        baseline
        if model.prior is None
        else baseline.with_prior(dict(zip(model.labels, model.prior, strict=True)))
    )
