"""Papers in, predictions out: the same prediction whatever the batch, the padding or the backend."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from arxonomy.artifacts.saved_model import SavedModel
from arxonomy.errors import SettingsError
from arxonomy.evaluation.calibration import softmax
from arxonomy.evaluation.calibration_by_part import Calibrations
from arxonomy.evaluation.class_prior import estimate_prior
from arxonomy.evaluation.listed_calibration import ListedCalibration
from arxonomy.inference.answers import Adjustment, AllProbabilities, Answers, Probabilities, vote
from arxonomy.inference.class_prior import Prior, require_prior, resolve_class_prior
from arxonomy.inference.members import Backend, Member, NetworkMember
from arxonomy.inference.paper_like import PaperLike, iterate_papers
from arxonomy.inference.predictions import check_options, make_predictions
from arxonomy.records import Paper, Prediction
from arxonomy.taxonomy import Taxonomy, find_taxonomy
from arxonomy.text import Encoder

if TYPE_CHECKING:
    from arxonomy.explain import Explanation

UNKNOWN_WORDS_LIMIT = 0.3
"""Share of unknown words above which a prediction is not trusted; a bundle may state another."""

WINDOW = 2048  # papers held at a time


class Classifier:
    """Classifies papers. Made by `arxonomy.load`; many threads may use it at once.

    A paper may have a title alone or an abstract alone: `Prediction.read` says what it had, and probabilities
    are calibrated for such papers. A model from before there were such calibrations has one for all papers.
    One model predicts its calibrated probabilities. An ensemble predicts the soft vote: the mean of its
    members' probabilities, whose logarithm is calibrated in turn.

    Attributes:
        members: The models; one, or those of an ensemble.
        labels: The categories, in the order of the columns of `probabilities`.
        sources: The runs and bundles that it was loaded from; empty for one that was made in Python.
        backend: `onnx`, `torch` or `baseline`; several with a `+` for members of several kinds.
        network: Computes the logits of the first member that is a network; None where all are baselines.
        encoder: Turns papers into its word ids.
        calibrations: Calibrations of the logits; for an ensemble, of the logarithm of its vote. Each paper
            gets the one for the parts that it has: title and abstract, or one of them alone.
        listed_calibrations: The same for an ensemble's vote on what papers list; of no use to one model.
        unknown_words_limit: Share in 0..1 of unknown words above which a prediction is not trusted.
        training_prior: Share of each category among the papers that the calibration was fitted on, which
            the probabilities therefore assume; None if that is not known.
        prior: Share of each category among the papers to classify, where `with_prior` stated it.
        taxonomy: The hierarchy of the categories, with their names: one that training was given, or arXiv's
            where most labels are its categories; None if neither is so.

    Where most words of a paper are unknown to the model (another language, another field, noise), its
    probabilities are shrunk (`answers.Adjustment`), and the prediction carries a warning. A paper of another
    field that is written in known words is not noticed: it gets one of the model's categories, perhaps with a
    high probability and without a warning.
    """

    def __init__(
        self,
        members: Sequence[Member],
        labels: Sequence[str],
        *,
        calibrations: Calibrations | None = None,
        listed_calibrations: Calibrations | None = None,
        unknown_words_limit: float = UNKNOWN_WORDS_LIMIT,
        sources: Sequence[SavedModel] = (),
        training_prior: Sequence[float] | None = None,
        prior: Sequence[float] | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> None:
        self.members = tuple(members)
        first = next((member for member in self.members if isinstance(member, NetworkMember)), None)
        self.network: Backend | None = first.network if first else None
        self.encoder: Encoder | None = first.encoder if first else None
        self.labels = tuple(labels)
        if len(self.members) == 1:  # nothing to vote on
            calibrations = self.members[0].calibrations
        self.calibrations = calibrations or Calibrations.identity(len(self.labels))
        identity = Calibrations.identity(len(self.labels), ListedCalibration)
        self.listed_calibrations = listed_calibrations or identity
        self.unknown_words_limit = unknown_words_limit
        self.sources = tuple(sources)
        self.training_prior = None if training_prior is None else tuple(training_prior)
        self.prior = None if prior is None else tuple(prior)
        self.taxonomy = taxonomy or find_taxonomy(self.labels)
        self.backend = "+".join(sorted({member.name for member in self.members}))

    @property
    def knows_lists(self) -> bool:
        """Whether it says which categories a paper may list: one of its members has learned lists."""
        return any(isinstance(own, NetworkMember) and own.listed_calibrations for own in self.members)

    @property
    def source(self) -> SavedModel | None:
        """The one run or bundle that it was loaded from; None if there are several or none."""
        return self.sources[0] if len(self.sources) == 1 else None

    @property
    def name(self) -> str:
        """The name of its recipe; empty for models that were combined while loading."""
        return self.source.name if self.source else ""

    def with_prior(self, prior: Prior | None) -> Classifier:
        """This classifier for papers with another class prior; it shares the models of this one.

        Probabilities become proportional to p(category | paper) * share stated / share in
        `training_prior` (see `evaluation.shift_prior`), which is right when only the prior differs.

        Args:
            prior: Shares of all categories, with the sum 1; or of some, and the others divide the rest in
                proportion to `training_prior`; or `uniform`. None states nothing.

        Raises:
            SettingsError: An unknown category, an impossible share or sum, or no `training_prior`.
        """
        shares = None
        if prior is not None:
            shares = resolve_class_prior(prior, self.labels, require_prior(self.training_prior))
        stated = copy.copy(self)
        stated.prior = shares
        return stated

    def estimate_prior(self, papers: Iterable[PaperLike]) -> dict[str, float]:
        """Estimate the class prior of unlabeled papers, for `with_prior`; see `evaluation.estimate_prior`.

        Papers with too many unknown words are left out. All probabilities are held at once.

        Returns:
            Category -> share > 0, with the sum 1.

        Raises:
            InputError: As for `classify`.
            SettingsError: `training_prior` is None.
        """
        training_prior = require_prior(self.training_prior)
        rows = [
            row
            for _, votes in self._iterate_windows(papers, WINDOW)
            for share, row in zip(votes.unknown, votes.probabilities, strict=True)
            if share <= self.unknown_words_limit
        ]
        shares = estimate_prior(np.reshape(rows, (-1, len(training_prior))), training_prior)
        return dict(zip(self.labels, shares.tolist(), strict=True))

    def classify(
        self,
        papers: Iterable[PaperLike],
        top_k: int | None = None,
        *,
        min_confidence: float | None = None,
    ) -> list[Prediction]:
        """Classify papers.

        Args:
            papers: Papers, mappings or (title, abstract) pairs, or a table of pandas, polars or PyArrow; keys
                and columns may have the names that files have. One without an id gets its number, from 1.
            top_k: Keep this many categories of each prediction, >= 1; None keeps all.
            min_confidence: Probability in 0..1, calibrated and with the prior, that the best category must
                reach; a paper whose best does not is given no category (`Prediction.abstained`).

        Returns:
            One prediction per paper, in the papers' order.

        Raises:
            InputError: A paper has neither title nor abstract, or is none of the three kinds; or an option
                is out of range.
        """
        return list(self.stream(papers, top_k, min_confidence=min_confidence))

    def stream(
        self,
        papers: Iterable[PaperLike],
        top_k: int | None = None,
        window: int = WINDOW,
        *,
        min_confidence: float | None = None,
    ) -> Iterator[Prediction]:
        """Classify any number of papers in bounded memory; the order is kept.

        Papers are read `window` at a time, since batches of papers of near-equal length are fastest; the
        first prediction comes when the first window is read. A slow source needs a small window.

        Args:
            papers: As for `classify`; read only as far as is needed.
            top_k: As for `classify`.
            window: Papers held at a time, >= 1.
            min_confidence: As for `classify`.

        Raises:
            InputError: As for `classify`, when the paper's window is reached.
        """
        check_options(top_k, min_confidence)
        for group, votes in self._iterate_windows(papers, window):
            yield from make_predictions(
                group,
                self._get_adjustment().apply(votes),
                self.labels,
                top_k=top_k,
                min_confidence=min_confidence,
                unknown_words_limit=self.unknown_words_limit,
            )

    def probabilities(self, papers: Iterable[PaperLike]) -> Probabilities:
        """The probabilities of `classify` as an array.

        Returns:
            Float64 (N, C), columns in the order of `labels`, each row in 0..1 with sum 1.

        Raises:
            InputError: As for `classify`.
        """
        return self.compute_all(papers).after

    def listed_probabilities(self, papers: Iterable[PaperLike]) -> Probabilities:
        """The probabilities that papers list the categories, their own included; `prior` changes nothing.

        Returns:
            Float64 (N, C), columns in the order of `labels`, each in 0..1 and independent of the others.

        Raises:
            InputError: As for `classify`.
            SettingsError: The model knows nothing of lists.
        """
        listed = self.compute_all(papers).listed
        if listed is None:
            raise SettingsError(
                "this model knows nothing of lists; train the recipe arxonomy, or another with "
                "training.listed_loss, on papers that list several categories"
            )
        return listed

    def explain(self, paper: PaperLike, **options: Any) -> Explanation:
        """Find the words that drove the prediction for one paper; see `arxonomy.explain.explain_prediction`.

        Args:
            paper: As for `classify`.
            options: `method`, `category` and `against`, as there.

        Raises:
            ArxonomyError: As there.
        """
        from arxonomy.explain import explain_prediction

        return explain_prediction(self, paper, **options)

    def plain_probabilities(self, papers: Sequence[Paper]) -> Probabilities:
        """The probabilities of the models themselves, to explain a prediction: unknown words change nothing.

        No copies are classified in a paper's place, and a paper may be without any words. All else, the
        votes, the calibration and the prior, is as in `probabilities`.

        Args:
            papers: N >= 1 papers.

        Returns:
            Float64 (N, C) as `probabilities` gives them.
        """
        votes = self._compute_votes(papers, [member.simplify() for member in self.members])
        return self._get_adjustment().apply_to(votes.probabilities, [0.0] * len(papers))

    def compute_all(self, papers: Iterable[PaperLike]) -> AllProbabilities:
        """Compute all that is known of papers, as arrays.

        Raises:
            InputError: As for `classify`.
        """
        adjustment, nothing = self._get_adjustment(), np.empty((0, len(self.labels)))
        before, after, listed = [nothing], [nothing], [nothing]
        for _, votes in self._iterate_windows(papers, WINDOW):
            answers = adjustment.apply(votes)
            undone = softmax(self.calibrations.undo(votes.probabilities, votes.reads))
            before.append(adjustment.apply_to(undone, votes.unknown))
            after.append(answers.probabilities)
            if answers.listed is not None:
                listed.append(answers.listed)
        lists = np.concatenate(listed) if self.knows_lists else None
        return AllProbabilities(np.concatenate(before), np.concatenate(after), lists)

    def _iterate_windows(
        self, papers: Iterable[PaperLike], window: int
    ) -> Iterator[tuple[list[Paper], Answers]]:
        """Windows of papers, and the votes on them."""
        source = iterate_papers(papers)
        while group := list(islice(source, max(1, window))):
            yield group, self._compute_votes(group, self.members)

    def _compute_votes(self, papers: Sequence[Paper], members: Sequence[Member]) -> Answers:
        """The models' answers to N papers as one."""
        answers = [member.answer(papers) for member in members]
        if len(answers) == 1:
            return answers[0]
        return vote(answers, self.calibrations, self.listed_calibrations)

    def _get_adjustment(self) -> Adjustment:
        priors = None if self.prior is None else (require_prior(self.training_prior), self.prior)
        return Adjustment(self.unknown_words_limit, priors)
