"""What a report needs besides scores: a peer on the same papers, an audit of the labels, origins."""

from __future__ import annotations

import json
import platform
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arxivist.cli.talk import say
from arxivist.errors import RunError

if TYPE_CHECKING:
    from arxivist.cli.evaluate import Answers, Selection
    from arxivist.evaluation.confusions import Pair
    from arxivist.inference import Classifier
    from arxivist.papers import Dataset
    from arxivist.training.run import Run

PEER, OTHER_PEER = "linear-svm", "nb-svm"
"""The recipe that is trained as a peer, and the one for a model that is the first itself."""
EXAMPLES = 2
"""Papers shown of a pair of categories that are confused."""

_KEPT = (
    *("accuracy", "accuracy_interval", "any_listed_accuracy", "top2_accuracy", "macro_f1"),
    *("balanced_accuracy", "log_loss", "expected_calibration_error", "expected_calibration_error_interval"),
)  # of a peer's scores


@dataclass(frozen=True)
class _Peer:
    """A peer that sorts the papers that the model sorts."""

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


def evidence(
    model: Path,
    classifier: Classifier,
    answers: Answers,
    selection: Selection,
    data: Path,
    sha256: str,
    *,
    named_peer: Path | None,
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
        named_peer: A run or bundle to compare with. None: for a run a peer is trained on the run's own
            training papers and tuned on its validation papers; for a bundle, whose training papers are not
            at hand, it is the commonest category of the papers scored, a floor.
        columns: Field of a paper -> the file's column, as it was read.
        bad_records: Records of the file that were passed over.
        load: Loads the named peer.

    Returns:
        What JSON can hold: `peer`, its scores and its `comparison` with the model (model - peer, as
        `evaluation.comparison.compare` says); `audit`, as `audit.summary` says, without noise; and `about`:
        `model` (see `origin`), `seen`, the papers that it was trained on or chosen by, `without_id`, the
        papers of which that cannot be told, and the `versions` of what measured.

    Raises:
        ArxivistError: The named peer has other labels, was trained on other papers, or is damaged; or one
            cannot be trained.
    """
    import numpy as np

    from arxivist.audit import audit, summary
    from arxivist.papers import Dataset
    from arxivist.training.run import Run
    from arxivist.version import __version__

    run = Run(model)
    names = tuple(sorted({str(paper.category) for paper in selection.whole}))
    dataset = Dataset(tuple(selection.whole), names, sha256, str(data), bad_records, dict(columns))
    parts = None if selection.parts is None else np.array(selection.parts)
    if named_peer is not None:
        peer = _loaded(named_peer, classifier, answers, dataset, load)
    elif run.exists():
        assert parts is not None  # a run has a split
        peer = _trained(run, classifier, answers, selection, dataset, parts)
    else:
        peer = _commonest(answers)
    say("report: looking for what is wrong with the labels")
    # Papers that a run's split tells apart need no ids.
    unknown = 0 if run.exists() else sum(paper.id == str(paper.row + 1) for paper in answers.papers)
    import sklearn

    return {
        "peer": _compared(model.name, answers, peer),
        "audit": summary(audit(dataset, parts, noise=False)),
        "about": {
            "model": origin(model),
            "seen": selection.seen,
            "without_id": unknown,
            "versions": {
                "arxivist": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scikit-learn": sklearn.__version__,
            },
        },
    }


def _compared(name: str, answers: Answers, peer: _Peer) -> dict[str, Any]:
    from arxivist.evaluation import score
    from arxivist.evaluation.comparison import compare
    from arxivist.papers import copy_groups

    listed = [paper.categories for paper in answers.papers]
    scores = score(answers.truth, peer.probabilities, answers.labels, listed)
    found = {
        "name": peer.name,
        "description": peer.description,
        "seen": peer.seen,
        "made": peer.made,
        **{key: scores[key] for key in _KEPT if key in scores},
    }
    if len(answers.papers) < 2:
        return found | {"comparison": None}
    systems = {name: [answers.probabilities], f"{name} (peer)": [peer.probabilities]}
    groups = copy_groups(answers.papers)
    (pair,) = compare(answers.truth, systems, answers.labels, listed, groups=groups)["pairs"]
    kept = ("accuracy", "accuracy_interval", "only_first_right", "only_second_right", "test", "p_value")
    return found | {"comparison": {key: pair[key] for key in kept} | {"better": pair["better"] is not None}}


def _commonest(answers: Answers) -> _Peer:
    """The shares of the categories among the very papers, for every paper."""
    import numpy as np

    shares = np.bincount(answers.truth, minlength=len(answers.labels)) / len(answers.truth)
    return _Peer(
        "the commonest category",
        f"no model: it always answers {answers.labels[int(shares.argmax())]}, the commonest category of "
        "these papers, a floor that any model must pass. A real peer cannot be trained here, since the "
        "papers that the bundle was trained on are not at hand; one can be named with --peer",
        np.tile(shares, (len(answers.truth), 1)),
        0,
        {"kind": "the shares of the categories among the papers scored"},
    )


def _trained(
    run: Run, classifier: Classifier, answers: Answers, selection: Selection, dataset: Dataset, parts: Any
) -> _Peer:
    import numpy as np

    from arxivist.config import load_recipe
    from arxivist.evaluation import fit_calibration
    from arxivist.inference import Classifier
    from arxivist.inference.members import PeerMember
    from arxivist.inference.priors import class_mix
    from arxivist.training.peers import tune_peer

    own = run.recipe().peer
    name = OTHER_PEER if own is not None and own.kind == PEER else PEER
    say(f"report: training the peer {name} on the run's own training papers")
    recipe = load_recipe(name, [f"training.seed={run.recipe().training.seed}"])
    tuned = tune_peer(dataset, parts, recipe)
    temperature, biases = fit_calibration(tuned.logits, tuned.labels)
    mix = class_mix(np.bincount(tuned.labels, minlength=len(dataset.labels)))
    member = PeerMember(tuned.peer, temperature, tuple(biases))
    sorter = Classifier([member], dataset.labels, own_mix=mix)
    what = recipe.description.removeprefix("Peer: ")
    return _Peer(
        name,
        f"{what}; trained on the very training papers of the model, and tuned on its validation papers",
        _under_the_same_prior(sorter, classifier).probabilities(answers.papers),
        selection.seen,  # as the run itself
        {
            "kind": "trained for this report",
            "recipe": name,
            "seed": recipe.training.seed,
            "chosen": _words(tuned.chosen),
        },
    )


def _loaded(
    peer: Path,
    model: Classifier,
    answers: Answers,
    dataset: Dataset,
    load: Callable[[Path], Classifier],
) -> _Peer:
    from arxivist.inference import trained_on
    from arxivist.inference.calibrated import check_labels
    from arxivist.papers import read_split
    from arxivist.training.run import Run

    classifier, run = load(peer), Run(peer)
    check_labels([("the model", answers.labels), (str(peer), classifier.labels)])
    if not run.exists():
        seen = trained_on(peer, answers.papers)
    elif run.info()["data"]["sha256"] != dataset.sha256:
        raise RunError(
            f"expected a peer that was trained on {dataset.source}, so that it is known which papers it has "
            f"seen; found that {peer} was trained on {run.info()['data']['name']}; export it, and name the "
            "bundle"
        )
    else:
        parts = read_split(run.split, answers.papers).tolist()
        seen = sum(part in ("train", "validation") for part in parts)
    if seen:
        of = f"of these {len(answers.papers):,} papers"
        say(f"warning: {seen:,} {of} were used to train or to choose the peer {peer}")
    made = origin(peer)
    return _Peer(
        peer.resolve().name,
        " ".join(f"the {made['kind']} {peer.resolve().name}: {made['description']}".split()).rstrip(" :"),
        _under_the_same_prior(classifier, model).probabilities(answers.papers),
        seen,
        made,
    )


def origin(model: Path) -> dict[str, Any]:
    """What a run or bundle is and where it is from: `kind`, `description`, `recipe`, `seed`, `data`...

    Names of folders are left out: they differ from machine to machine.
    """
    from arxivist.cli.systems import info_of
    from arxivist.files import sha256_file
    from arxivist.papers.splits import PARTS
    from arxivist.training.run import Run

    info, run = info_of(model), Run(model)
    found: dict[str, Any] = {"kind": "bundle", "description": run.recipe().description.removeprefix("Peer: ")}
    found |= {key: info[key] for key in ("recipe", "seed", "split", "sha256") if key in info}
    if run.exists():
        parts = Counter(line.rpartition(",")[2] for line in run.split.read_text(encoding="utf-8").split("\n"))
        own = {"sha256": sha256_file(run.split), **{part: parts[part] for part in PARTS}}
        found |= {"kind": "run", "split": own}
        found["command"] = " ".join(map(_without_folder, info.get("command", ())))
        found["chosen"] = _words(run.metrics().get("chosen", {})) or None
    if members := len(run.recipe().ensemble.members):
        found["members"] = members
    if (vectors := info.get("vectors") or {}).get("path"):
        found["vectors"] = {"name": Path(vectors["path"]).name, "sha256": vectors["sha256"]}
    found["data"] = {key: info["data"][key] for key in ("name", "sha256", "papers")}
    found["versions"] = {"arxivist": info["arxivist"], **info.get("versions", {})}
    return found


def _without_folder(word: str) -> str:
    return shlex.quote(word if word.startswith("-") or "=" in word else Path(word).name)


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


def examples(scores: Mapping[str, Any], answers: Answers) -> dict[Pair, list[dict[str, Any]]]:
    """Of each of the most confused pairs the papers whose wrong answer was the most probable.

    Returns:
        (true, predicted) label -> papers, as `report_page` takes them.
    """
    import numpy as np

    from arxivist.evaluation.confusions import confused_pairs

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
    from arxivist.training.run import Run

    run, found = Run(model), []
    for part in run.members() if run.exists() else ():
        name = run.folder.name if part is run else f"{run.folder.name}, {part.folder.name}"
        if (epochs := part.folder / "epochs.jsonl").is_file():
            lines = epochs.read_text(encoding="utf-8").splitlines()
            found.append({"name": name, "epochs": [json.loads(line) for line in lines]})
        elif "tried" in (metrics := part.metrics()):
            found.append({"name": name, **{key: metrics[key] for key in ("tried", "chosen", "chosen_by")}})
    return found


def _under_the_same_prior(peer: Classifier, model: Classifier) -> Classifier:
    """The peer for papers of the class mix that was stated for the model."""
    return peer if model.prior is None else peer.with_prior(dict(zip(model.labels, model.prior, strict=True)))
