"""Papers in, predictions out: the same prediction whatever the batch, the padding or the backend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from arxonomy.errors import SettingsError
from arxonomy.evaluation.calibration import softmax
from arxonomy.inference.answers import AllProbabilities, Answers, Probabilities
from arxonomy.inference.levels import answer_at_levels, check_level_options
from arxonomy.inference.paper_like import PaperLike, iterate_papers
from arxonomy.inference.predictions import check_options, make_predictions
from arxonomy.inference.prior_estimate import PriorEstimate, PriorTally
from arxonomy.inference.voting import VotingModels
from arxonomy.records import TOP_K, Paper, Prediction
from arxonomy.taxonomy import choose_levels

if TYPE_CHECKING:
    from arxonomy.explain import Explanation

WINDOW = 2048  # papers held at a time


class Classifier(VotingModels):
    """Classifies papers. Made by `arxonomy.load`; many threads may use it at once.

    A paper may have a title alone or an abstract alone: `Prediction.read` says what it had, and probabilities
    are calibrated for such papers. A model from before there were such calibrations has one for all papers.
    One model predicts its calibrated probabilities. An ensemble predicts the soft vote: the mean of its
    members' probabilities, whose logarithm is calibrated in turn.

    Where most words of a paper are unknown to the model (another language, another field, noise), its
    probabilities are shrunk (`Adjustment`), and the prediction carries a warning. A text of another field in
    known words is recognized by how alike its categories are to the model (`Prediction.typicality`), and gets
    none of them. A model without `knows_typicality` gives it one, perhaps without a warning.
    """

    def estimate_prior(self, papers: Iterable[PaperLike]) -> PriorEstimate:
        """Estimate the class prior of unlabeled papers; `with_prior` takes its `shares`.

        Expectation maximization (`evaluation.estimate_prior`), checked by the counts of answers
        (`evaluation.prior_check`). Papers with too many unknown words are left out, and so are those outside
        of a view or of the model's field.

        Raises:
            InputError: As for `classify`.
            SettingsError: `training_prior` is None.
        """
        tally = PriorTally(self)
        for _, votes in self._iterate_windows(papers, WINDOW):
            tally.add(votes)
        return tally.estimate()

    def classify(
        self,
        papers: Iterable[PaperLike],
        top_k: int | None = TOP_K,
        *,
        min_confidence: float | None = None,
        level: str | None = None,
        back_off: float | None = None,
        tally: PriorTally | None = None,
    ) -> list[Prediction]:
        """Classify papers.

        Args:
            papers: Papers, mappings or (title, abstract) pairs, or a table of pandas, polars or PyArrow; keys
                and columns may have the names that files have. One without an id gets its number, from 1.
            top_k: Keep this many categories of each prediction, >= 1; None keeps all.
            min_confidence: Probability in 0..1, calibrated, with the prior and within the view, that the best
                category must reach; a paper whose best does not is given none (`Prediction.abstained`).
            level: The level of the hierarchy to answer at, one of `levels`, such as `archive`. An answer's
                probability is the sum of those of the categories that it holds.
            back_off: Probability in 0..1 that an answer must reach: a paper is answered at the deepest level,
                down to `level`, whose best node does, and not at all where even the broadest has none.
            tally: Is given what an estimate of the class prior of the papers needs.

        Returns:
            One prediction per paper, in the papers' order.

        Raises:
            InputError: A paper has neither title nor abstract, or is none of the three kinds; or an option
                is out of range, or `back_off` and `min_confidence` are both given.
            SettingsError: There is no such level, or the model has no taxonomy.
        """
        return list(
            self.stream(
                papers, top_k, min_confidence=min_confidence, level=level, back_off=back_off, tally=tally
            )
        )

    def stream(
        self,
        papers: Iterable[PaperLike],
        top_k: int | None = TOP_K,
        window: int = WINDOW,
        *,
        min_confidence: float | None = None,
        level: str | None = None,
        back_off: float | None = None,
        tally: PriorTally | None = None,
    ) -> Iterator[Prediction]:
        """Classify any number of papers in bounded memory; the order is kept.

        Papers are read `window` at a time, since batches of papers of near-equal length are fastest; the
        first prediction comes when the first window is read. A slow source needs a small window.

        Args:
            papers: As for `classify`; read only as far as is needed.
            top_k: As for `classify`.
            window: Papers held at a time, >= 1.
            min_confidence: As for `classify`.
            level: As for `classify`.
            back_off: As for `classify`.
            tally: As for `classify`, while they are classified.

        Raises:
            InputError: As for `classify`, when the paper's window is reached.
            SettingsError: As for `classify`.
        """
        check_options(top_k, min_confidence)
        check_level_options(back_off, min_confidence)
        at_levels = level is not None or back_off is not None
        levels = choose_levels(self.levels, level) if at_levels else {}
        for group, votes in self._iterate_windows(papers, window):
            if tally is not None:
                tally.add(votes)
            answers = self.adjustment.apply(votes)
            predictions = make_predictions(
                group,
                answers,
                self.labels,
                top_k=1 if levels else top_k,
                min_confidence=None if levels else min_confidence,
                unknown_words_limit=self.unknown_words_limit,
                outside_labels=self.adjustment.outside_labels,
            )
            if levels:
                predictions = answer_at_levels(
                    predictions,
                    answers.probabilities,
                    self.labels,
                    levels,
                    top_k=top_k,
                    min_confidence=min_confidence,
                    back_off=back_off,
                )
            yield from predictions

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

    def compute_all(self, papers: Iterable[PaperLike]) -> AllProbabilities:
        """Compute all that is known of papers, as arrays.

        Raises:
            InputError: As for `classify`.
        """
        nothing = np.empty((0, len(self.labels)))
        before, after, listed = [nothing], [nothing], [nothing]
        unknown, outside, typicality = [np.empty(0)], [np.empty(0)], [np.empty(0)]
        for _, votes in self._iterate_windows(papers, WINDOW):
            undone = softmax(self.calibrations.undo(votes.probabilities, votes.reads))
            before.append(self.adjustment.narrow(self.adjustment.apply_to(undone, votes.unknown)))
            answers = self.adjustment.apply(votes)
            after.append(answers.probabilities)
            unknown.append(np.array(answers.unknown))
            if answers.listed is not None:
                listed.append(answers.listed)
            if answers.outside is not None:
                outside.append(answers.outside.sum(axis=1))
            if answers.typicality is not None:
                typicality.append(answers.typicality)
        return AllProbabilities(
            np.concatenate(before),
            np.concatenate(after),
            np.concatenate(listed) if self.knows_lists else None,
            np.concatenate(unknown),
            None if self.view is None else np.concatenate(outside),
            np.concatenate(typicality) if self.knows_typicality else None,
        )

    def _iterate_windows(
        self, papers: Iterable[PaperLike], window: int
    ) -> Iterator[tuple[list[Paper], Answers]]:
        """Windows of papers, and the votes on them."""
        source = iterate_papers(papers)
        while group := list(islice(source, max(1, window))):
            yield group, self._compute_votes(group, self.members)
