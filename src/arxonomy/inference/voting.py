"""The models of a classifier: one, or several that vote, with the prior and the view that were stated."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Self

from arxonomy.artifacts.saved_model import SavedModel
from arxonomy.evaluation.calibration_by_part import Calibrations
from arxonomy.evaluation.check_thresholds import CheckThresholds
from arxonomy.evaluation.listed_calibration import ListedCalibration
from arxonomy.inference.adjustment import Adjustment
from arxonomy.inference.answers import Answers, Probabilities, vote
from arxonomy.inference.class_prior import Prior
from arxonomy.inference.members import Member, NetworkMember
from arxonomy.inference.view import View, make_view, replace_aliases
from arxonomy.label_names import read_among
from arxonomy.models.backend import Backend
from arxonomy.records import Paper
from arxonomy.taxonomy import Levels, Taxonomy, find_levels, find_taxonomy
from arxonomy.text import Encoder

UNKNOWN_WORDS_LIMIT = 0.3
"""Share of unknown words above which a prediction is not trusted; a bundle may state another."""


class VotingModels:
    """One model, or several with the same labels that vote; what a `Classifier` has, it has from here.

    Attributes:
        members: The models; one, or those of an ensemble.
        model_labels: The K labels that the models know.
        adjustment: What is done to their answers in the end; it has the stated prior and the view.
        sources: The runs and bundles that it was loaded from; empty for one that was made in Python.
        backend: `onnx`, `torch` or `baseline`; several with a `+` for members of several kinds.
        network: Computes the logits of the first member that is a network; None where all are baselines.
        encoder: Turns papers into its word ids.
        calibrations: Calibrations of the logits; for an ensemble, of the logarithm of its vote. Each paper
            gets the one for the parts that it has: title and abstract, or one of them alone.
        listed_calibrations: The same for an ensemble's vote on what papers list; of no use to one model.
        listed_threshold: The probability from which a category counts as listed, chosen on validation papers;
            None for older models, and for several that were combined while loading.
        check_thresholds: Where the categories that authors chose are doubted, from validation papers; None
            for older models, for too few such papers, and for several that were combined while loading.
        taxonomy: The hierarchy of the models' labels, with their names: one that training was given, or
            arXiv's where most labels are its categories; None if neither is so. A view does not change it.
    """

    def __init__(
        self,
        members: Sequence[Member],
        labels: Sequence[str],
        *,
        calibrations: Calibrations | None = None,
        listed_calibrations: Calibrations | None = None,
        listed_threshold: float | None = None,
        check_thresholds: CheckThresholds | None = None,
        unknown_words_limit: float = UNKNOWN_WORDS_LIMIT,
        sources: Sequence[SavedModel] = (),
        training_prior: Sequence[float] | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> None:
        self.members = tuple(members)
        first = next((member for member in self.members if isinstance(member, NetworkMember)), None)
        self.network: Backend | None = first.network if first else None
        self.encoder: Encoder | None = first.encoder if first else None
        self.model_labels = tuple(labels)
        self.adjustment = Adjustment(
            self.model_labels,
            unknown_words_limit,
            None if training_prior is None else tuple(training_prior),
        )
        if len(self.members) == 1:  # nothing to vote on
            calibrations = self.members[0].calibrations
        self.calibrations = calibrations or Calibrations.identity(len(self.model_labels))
        identity = Calibrations.identity(len(self.model_labels), ListedCalibration)
        self.listed_calibrations = listed_calibrations or identity
        self.listed_threshold = listed_threshold
        self.check_thresholds = check_thresholds
        self.sources = tuple(sources)
        self.taxonomy = taxonomy or find_taxonomy(self.model_labels)
        self.backend = "+".join(sorted({member.name for member in self.members}))

    @property
    def labels(self) -> tuple[str, ...]:
        """The C categories of its answers, in the order of the columns of `probabilities`."""
        return self.adjustment.labels

    @property
    def names(self) -> dict[str, str]:
        """The human names that its categories, what holds them, and the models' labels have."""
        holders = chain.from_iterable(self.levels.values())
        return self.taxonomy.get_names([*self.labels, *self.model_labels, *holders]) if self.taxonomy else {}

    @property
    def view(self) -> View | None:
        """Which labels the categories are made of, where `with_view` stated it; None: all, as they are."""
        return self.adjustment.view

    @property
    def training_prior(self) -> tuple[float, ...] | None:
        """Share of each category among the papers of the calibration; None if that is not known."""
        return self.adjustment.training_prior

    @property
    def prior(self) -> tuple[float, ...] | None:
        """Share of each category among the papers to classify, where `with_prior` stated it."""
        return self.adjustment.prior

    @property
    def unknown_words_limit(self) -> float:
        """Share in 0..1 of unknown words above which a prediction is not trusted."""
        return self.adjustment.unknown_words_limit

    @property
    def levels(self) -> Levels:
        """What holds each of the C categories at each level of the taxonomy; empty where there is none.

        A category that was merged, in training or by a view, is held by what holds all that it is made of.
        """
        if self.taxonomy is None:
            return {}
        trained = {new: olds for source in self.sources for new, olds in source.recipe.data.among.items()}
        parts = {label: (label,) for label in self.labels} if self.view is None else dict(self.view.parts)
        codes = {
            name: [code for own in olds for code in trained.get(own) or [own]] for name, olds in parts.items()
        }
        return find_levels(self.taxonomy, codes)

    @property
    def knows_lists(self) -> bool:
        """Whether it says which categories a paper may list: one of its members has learned lists."""
        return any(isinstance(own, NetworkMember) and own.listed_calibrations for own in self.members)

    @property
    def knows_typicality(self) -> bool:
        """Whether it says how typical texts are of its field: one of its members can tell."""
        return any(member.typicality is not None for member in self.members)

    @property
    def source(self) -> SavedModel | None:
        """The one run or bundle that it was loaded from; None if there are several or none."""
        return self.sources[0] if len(self.sources) == 1 else None

    @property
    def name(self) -> str:
        """The name of its recipe; empty for models that were combined while loading."""
        return self.source.name if self.source else ""

    def with_prior(self, prior: Prior | None) -> Self:
        """This classifier for papers with another class prior; it shares the models of this one.

        Probabilities become proportional to p(category | paper) * share stated / share in
        `training_prior` (see `evaluation.shift_prior`), which is right when only the prior differs.

        Args:
            prior: Shares of all categories, with the sum 1; or of some, and the others divide the rest in
                proportion to `training_prior`; `uniform`; or `arxiv`, the shares among the papers of some
                months of arXiv, for a model of its categories. An alias or a retired name of the taxonomy
                stands for the category in its place. Under a view they are those of its categories among its
                papers: how many papers are outside is left as it is, but by `arxiv`. None states nothing.

        Raises:
            SettingsError: An unknown category, an impossible share or sum, or no `training_prior`.
        """
        return self._with_adjustment(self.adjustment.with_prior(prior, self.taxonomy))

    def with_view(self, among: str | Mapping[str, Sequence[str]] | None) -> Self:
        """This classifier with answers among some of its labels, or with several as one; models are shared.

        Probabilities of merged labels add up, and those of all categories of the view are divided by their
        sum. What was outside before that is `Prediction.outside`; above one half no category is given, and a
        warning says where the probability is. A class prior that was stated before stays.

        Args:
            among: As in `cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV`, or `{"cs.AI-LG": ["cs.AI", "cs.LG"], ...}`; `*`
                stands for all labels that are not named; an alias or a retired name of the taxonomy for the
                category in its place. None: all labels of the models. It replaces another
                view, and is of the models' labels, not of that view's.

        Raises:
            SettingsError: The text is no such list, the models lack a label, or see `make_view`.
        """
        view = None
        if among is not None:
            named = replace_aliases(read_among(among), self.model_labels, self.taxonomy)
            view = make_view(named, self.model_labels)
        return self._with_adjustment(replace(self.adjustment, view=view))

    def plain_probabilities(self, papers: Sequence[Paper]) -> Probabilities:
        """The probabilities of the models themselves, to explain a prediction: unknown words change nothing.

        No copies are classified in a paper's place, a paper may be without any words, and there is no view.
        All else, the votes, the calibration and the prior, is as in `probabilities`.

        Args:
            papers: N >= 1 papers.

        Returns:
            Float64 (N, K), columns in the order of `model_labels`.
        """
        votes = self._compute_votes(papers, [member.simplify() for member in self.members])
        return self.adjustment.apply_to(votes.probabilities, [0.0] * len(papers))

    def _compute_votes(self, papers: Sequence[Paper], members: Sequence[Member]) -> Answers:
        """The models' answers to N papers as one."""
        answers = [member.answer(papers) for member in members]
        if len(answers) == 1:
            return answers[0]
        return vote(answers, self.calibrations, self.listed_calibrations)

    def _with_adjustment(self, adjustment: Adjustment) -> Self:
        adjusted = copy.copy(self)
        adjusted.adjustment = adjustment
        return adjusted
