"""What is done to the models' answers in the end: a stated class prior, unknown words, a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arxonomy.evaluation.class_prior import shift_prior
from arxonomy.inference.answers import Answers, Probabilities
from arxonomy.inference.class_prior import Prior, require_prior, resolve_class_prior
from arxonomy.inference.view import View
from arxonomy.taxonomy import Taxonomy


@dataclass(frozen=True)
class Adjustment:
    """Answers among the K labels of the models are shifted to a stated prior, shrunk, and viewed.

    A paper most of whose words are unknown still gets logits, and they may look confident. When the share of
    unknown words u (the mean over the models) exceeds `unknown_words_limit`, the probabilities p are shrunk
    toward the uniform distribution over the K labels, or toward the stated prior: p' = (1 - u) p + u / K;
    those of being listed are shrunk toward 0. A text without any words has u = 1: all labels are equally
    probable, and most of that is outside of a view with few of them; its typicality is 0. Nothing else here
    changes a typicality, which is of the logits.
    """

    model_labels: tuple[str, ...]
    """The K labels."""
    unknown_words_limit: float
    """Share of unknown words above which a paper's probabilities are shrunk by that share."""
    model_training_prior: tuple[float, ...] | None = None
    """(K,) the class prior that the probabilities assume; None if that is not known."""
    model_prior: tuple[float, ...] | None = None
    """(K,) the one that was stated instead; None: none was."""
    view: View | None = None
    """C categories out of the K labels; None: all, as they are."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The C categories; the K labels without a view."""
        return self.model_labels if self.view is None else self.view.labels

    @property
    def outside_labels(self) -> tuple[str, ...]:
        """The labels outside of the view; none without one."""
        return () if self.view is None else self.view.outside_labels

    @property
    def training_prior(self) -> tuple[float, ...] | None:
        """(C,) the class prior that the probabilities assume, among the papers of the view."""
        return self._narrow_prior(self.model_training_prior)

    @property
    def prior(self) -> tuple[float, ...] | None:
        """(C,) the one that was stated, among the papers of the view."""
        return self._narrow_prior(self.model_prior)

    def with_prior(self, prior: Prior | None, taxonomy: Taxonomy | None = None) -> Adjustment:
        """This adjustment to a class prior of the C categories; see `Classifier.with_prior`.

        Args:
            prior: The class prior; None: that of the training papers.
            taxonomy: As for `resolve_class_prior`.
        """
        if prior is None:
            return replace(self, model_prior=None)
        if self.view is None or prior == "arxiv":  # that of arXiv's papers says what is outside of a view too
            assumed = require_prior(self.model_training_prior)
            shares = resolve_class_prior(prior, self.model_labels, assumed, taxonomy)
        else:
            shares = resolve_class_prior(prior, self.labels, require_prior(self.training_prior), taxonomy)
            shares = self.view.lift_prior(shares, require_prior(self.model_training_prior))
        return replace(self, model_prior=shares)

    def apply(self, answers: Answers) -> Answers:
        """The models' answers shifted to the stated prior, which says nothing of lists; shrunk; viewed."""
        shares = self.apply_to(answers.probabilities, answers.unknown)
        listed = None if answers.listed is None else (1.0 - self._weigh(answers.unknown)) * answers.listed
        typicality = answers.typicality
        if typicality is not None:  # a model has read nothing of a text without a known word
            typicality = np.where(np.array(answers.unknown) == 1.0, 0.0, typicality)
        adjusted = answers._replace(probabilities=shares, listed=listed, typicality=typicality)
        return adjusted if self.view is None else self.view.apply(adjusted)

    def apply_to(self, probabilities: Probabilities, unknown: Sequence[float]) -> Probabilities:
        """(N, K) probabilities of the labels, shifted and shrunk likewise, and not viewed."""
        target = np.full(probabilities.shape[1], 1 / probabilities.shape[1])
        if self.model_prior is not None:
            assumed, stated = require_prior(self.model_training_prior), self.model_prior
            probabilities, target = shift_prior(probabilities, assumed, stated), np.array(stated)
        weights = self._weigh(unknown)
        return np.asarray((1.0 - weights) * probabilities + weights * target)

    def narrow(self, probabilities: Probabilities) -> Probabilities:
        """(N, K) probabilities -> (N, C) those of the view."""
        return probabilities if self.view is None else self.view.narrow(probabilities)

    def _narrow_prior(self, prior: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if prior is None or self.view is None:
            return prior
        return tuple(self.view.narrow(np.array([prior]))[0].tolist())

    def _weigh(self, unknown: Sequence[float]) -> Probabilities:
        """(N, 1) how much each paper is shrunk."""
        return np.array([[u if u > self.unknown_words_limit else 0.0] for u in unknown])
