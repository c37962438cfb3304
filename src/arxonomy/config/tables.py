"""The settings of a recipe, table by table.

Read and checked by `arxonomy.config`, which is where the rest of the package takes them from; the settings
of baselines are in `arxonomy.config.baselines`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from arxonomy.errors import SettingsError
from arxonomy.label_names import Among, check_among, normalize_label, parse_among, parse_numbers

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Parsed = TypeVar("Parsed")
Dropout = Annotated[float, Field(ge=0.0, lt=1.0)]


LEAST_ROWS = 6
"""Rows of the smallest table of a linear branch."""


class Settings(BaseModel):
    """A table of a recipe: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _replace_none(cls, values: Any) -> Any:
        """TOML has no null, so a recipe states "none"."""
        if not isinstance(values, Mapping):
            return values
        return {key: None if value == "none" else value for key, value in values.items()}


def _convert_fault(parse: Callable[[Any], Parsed], value: Any) -> Parsed:
    """Parse a value; a fault is raised as pydantic collects it."""
    try:
        return parse(value)
    except SettingsError as error:
        raise ValueError(str(error)) from None


class DataSettings(Settings):
    """Which labels are learned and how papers are split."""

    among: dict[str, list[str]] = {}
    """Which labels are kept and what is merged: new label -> the file's labels that it is made of, or a text
    as for `--among`; `"*" = []` keeps all others. Empty: the file's labels as they are."""
    active_only: bool = False
    """Whether papers are left out whose label is no category of arXiv's today, such as those of a retired
    archive (`astro-ph`); for papers whose labels are arXiv's."""
    min_papers: int = Field(1, ge=1)
    """Labels with fewer different papers are left out."""
    split: Literal["grouped", "random"] = "grouped"
    """`grouped` keeps copies of a paper in one part; `random` ignores copies (the reference system)."""
    split_seed: int = 42
    """Seed of the split; independent of the seed of training."""
    test_share: Share = 0.15
    """Share of the papers that become test papers."""
    validation_share: Share = 0.15
    """Share of the papers that become validation papers."""

    @field_validator("among", mode="before")
    @classmethod
    def _parse_among(cls, value: Any) -> Any:
        return _convert_fault(parse_among, value) if isinstance(value, str) else value

    @field_validator("among")
    @classmethod
    def _check_among(cls, among: Among) -> Among:
        return _convert_fault(check_among, among)


class TextSettings(Settings):
    """How text becomes token ids."""

    title_tokens: int = Field(30, ge=1)
    """Tokens kept of a title."""
    abstract_tokens: int = Field(300, ge=1)
    """Tokens kept of an abstract."""
    min_count: int = Field(2, ge=1)
    """A word enters the vocabulary when the training papers have it this many times."""
    max_words: int = Field(50_000, ge=2)
    """Vocabulary size at most, `<PAD>` and `<UNK>` included."""
    word_chars: int = Field(0, ge=0)
    """Characters kept of a word for a network that reads them (`v4-deep`); 0 for one that does not."""


class ModelSettings(Settings):
    """Which network, and how wide."""

    architecture: str = "v1"
    """A name of `arxonomy.models.ARCHITECTURES`."""
    embed_dim: int = Field(300, ge=1)
    """Width of a word vector; must equal the width of the vector file, if one is given."""
    num_filters: int = Field(128, ge=1)
    """Convolution filters of each kernel size."""
    kernel_sizes: list[Annotated[int, Field(ge=1)]] = Field([3, 4, 5], min_length=1)
    """Convolution widths in tokens."""
    lstm_hidden: int = Field(128, ge=1)
    """Hidden units of the LSTM in each direction."""
    dropout: Dropout = 0.6
    """Dropout of word vectors, LSTM and classifier; convolution blocks use half of it."""
    word_dropout: Dropout = 0.0
    """Share of a paper's words that are replaced by `<UNK>` in training (`arxonomy` alone)."""
    branch_dropout: Dropout = 0.0
    """Share of the papers for which title, abstract or bag of words is left out in training, each by itself
    (`arxonomy` alone)."""
    pair_dim: int = Field(64, ge=1)
    """Width of the vectors of words and of word pairs that are summed (`arxonomy` alone)."""
    pair_buckets: int = Field(262_144, ge=2)
    """Rows of the table of word pairs, which are found by a hash (`arxonomy` alone)."""
    linear_rows: int = Field(0, ge=0)
    """Rows of the table of a linear branch, a multinomial logistic regression of tf-idf that is fitted
    once the network is trained, and added to it as far as that helps on validation papers (`arxonomy` alone);
    0: no such branch."""
    variational: bool = True
    """One dropout mask per paper on word vectors, shared by its tokens; false: each element independently."""
    without: list[
        Literal[
            "title",
            "abstract",
            "title-attention",
            "abstract-attention",
            "gate",
            "residual",
            "bag",
            "pairs",
            "linear",
        ]
    ] = []
    """Parts that are removed from the network to measure what they contribute (the last three of
    `arxonomy` alone, none of `baseline`); `arxonomy.models.ablated` lists what replaces them."""

    @field_validator("linear_rows")
    @classmethod
    def _check_rows(cls, rows: int) -> int:
        if 0 < rows < LEAST_ROWS:
            raise ValueError(f"expected 0, or at least {LEAST_ROWS} rows for words and for pairs")
        return rows

    @field_validator("without")
    @classmethod
    def _check_text_left(cls, parts: list[str]) -> list[str]:
        if {"title", "abstract"} <= set(parts):
            raise ValueError("expected one of title and abstract at most, since something must be read")
        return parts


class AugmentSettings(Settings):
    """Easy data augmentation (Wei & Zou 2019, arXiv:1901.11196) of training abstracts."""

    share: Share = 0.0
    """Share of the abstracts that are changed, resampled each epoch."""
    alpha: Share = 0.1
    """Share of an abstract's words that one operation touches."""
    operations: list[Literal["synonym", "swap", "delete", "insert"]] = Field(
        ["synonym", "swap", "delete"], min_length=1
    )
    """Operations drawn from; one is applied. `insert` puts synonyms of random words at random places."""
    synonyms: Literal["vectors", "wordnet", "auto"] = "vectors"
    """`vectors`: near words in the run's own vectors, opposites among them (`high`, `low`); `wordnet`: NLTK's
    WordNet, if installed (`pip install nltk`, `python -m nltk.downloader wordnet`); `auto`: that, or else
    vectors."""
    min_similarity: Share = 0.5
    """Minimum cosine similarity of a synonym from vectors."""


class TrainingSettings(Settings):
    """Optimizer, schedule and regularization."""

    seed: int = Field(42, ge=0)
    """Fixes initial weights, order of papers, dropout and augmentation."""
    epochs: int = Field(30, ge=1)
    """Epochs at most."""
    batch_size: int = Field(64, ge=2)
    """Papers in a batch."""
    accumulate: int = Field(1, ge=1)
    """Batches whose gradients are added up for one step."""
    learning_rate: float = Field(1e-3, gt=0)
    """AdamW's learning rate."""
    table_learning_rate: float | None = Field(None, gt=0)
    """Sparse Adam's learning rate for the tables of summed vectors (`arxonomy` alone); none: as the rest."""
    weight_decay: float = Field(1e-3, ge=0)
    """AdamW's weight decay."""
    clip_norm: float | None = Field(1.0, gt=0)
    """Gradient norm above which gradients are scaled down; none switches it off."""
    listed_loss: float = Field(0.0, ge=0)
    """Weight of the loss of the second head, which learns every category that a paper lists (`arxonomy`
    alone); the first head's loss has weight 1."""
    label_smoothing: Share = 0.1
    """Probability mass spread over all classes in the target."""
    cross_lists: Share = 0.0
    """Share of a paper's target that is spread evenly over all the kept labels that the paper lists, its own
    included; the rest stays on its own."""
    teacher_share: Share = 0.0
    """Share of a labeled paper's target that is what teachers answer who were not trained on the paper; the
    rest is its own."""
    unlabeled_ratio: float = Field(1.0, ge=0)
    """Papers without labels, answered by teachers, for each labeled one in an epoch, which takes as much
    longer; each epoch draws others, so that all are seen before one is seen twice."""
    unlabeled_weight: float = Field(1.0, gt=0)
    """Weight of such a paper in the loss; a labeled one has 1."""
    class_weights: Literal["balanced", "balanced-sources"] | dict[str, Annotated[float, Field(gt=0)]] = {}
    """Weight of each label in the loss (1.0 when not named), as a table or a text like `cs.CL=2,cs.CV=1.8`;
    or `balanced`: inverse to its frequency, or `balanced-sources`: each paper inverse to the frequency of its
    label before merging."""
    focal_gamma: float = Field(0.0, ge=0)
    """Exponent of the focal loss, which down-weights papers that are already right; 0 is cross-entropy."""
    mixup_share: Share = 0.0
    """Share of the batches whose fused features are mixed in pairs (`v4-deep` alone)."""
    mixup_alpha: float = Field(0.2, gt=0)
    """Both parameters of the Beta distribution that mixup's share is drawn from."""
    round_tables: bool = False
    """Whether the numbers of the tables of words and word pairs are rounded to 4 bits once the network is
    trained (`arxonomy` alone). What is validated is then what a compact bundle stores, which is smaller."""
    linear_since: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    """Month, such as `2020-01`, before which the linear branch learns from no paper that has a date, since
    words go out of use (`arxonomy` alone); none: it learns from all."""
    cuda_graphs: bool = False
    """Whether a GPU takes steps as CUDA graphs, one for each shape of a batch, instead of kernel by kernel
    (networks that learn labels alone, and have no tables with sparse gradients)."""
    schedule: Literal["plateau", "cosine"] = "plateau"
    """`plateau` lowers the rate when validation stalls; `cosine` goes down to zero over the epochs."""
    warmup_epochs: float = Field(0.0, ge=0)
    """Epochs over which a `cosine` schedule rises from zero."""
    plateau_factor: float = Field(0.5, gt=0, lt=1)
    """Factor by which a plateau lowers the learning rate."""
    plateau_patience: int = Field(5, ge=0)
    """Epochs without a better validation accuracy before the rate is lowered."""
    stop_patience: int | None = Field(7, ge=1)
    """Epochs without a better validation accuracy before training stops; none trains to the end."""
    monitor: Literal["accuracy", "macro_f1", "balanced_accuracy"] = "accuracy"
    """Validation score that chooses the best epoch."""
    embedding_learning_rate: float | None = Field(None, ge=0)
    """Learning rate of word vectors from a file (default: `learning_rate`, which vectors that start at random
    always have); 0 freezes both."""
    from_scratch: bool = False
    """Word vectors start at random even where a vector file is given, which then gives synonyms alone."""
    average_from: int | None = Field(None, ge=1)
    """Epoch from which the weights at the end of each epoch are averaged, all alike (stochastic weight
    averaging), and the average is validated and kept; none: no such average."""
    average_learning_rate: float | None = Field(None, gt=0)
    """Learning rate from that epoch on (default: that of the schedule)."""
    weight_average: float | None = Field(None, gt=0, lt=1)
    """Decay of an exponential moving average of the weights that is validated and kept; none: the weights."""
    precision: Literal["auto", "32", "bf16"] = "auto"
    """`bf16` computes in mixed bfloat16; `auto` does so where the machine has the instructions."""
    drop_title: Share = 0.0
    """Share of the training papers that are read without their title, resampled each epoch, so that the
    network also learns from abstracts alone; a paper without an abstract keeps its title."""
    drop_abstract: Share = 0.0
    """Share of the training papers that are read without their abstract, likewise; never the same ones."""
    title_loss: float = Field(0.0, ge=0)
    """Weight of a second loss in every step, that of the same papers read by their titles alone; the loss of
    the papers has the weight 1. A title takes little time, and no abstract is left out for it."""
    augment: AugmentSettings = AugmentSettings()
    """Augmentation of the training abstracts."""

    @field_validator("class_weights", mode="before")
    @classmethod
    def _parse_class_weights(cls, value: Any) -> Any:
        if isinstance(value, str) and "=" in value:
            return _convert_fault(lambda text: parse_numbers(text, "cs.CL=2,cs.CV=1.8"), value)
        return (
            {normalize_label(str(name)): weight for name, weight in value.items()}
            if isinstance(value, Mapping)
            else value
        )

    @model_validator(mode="after")
    def _check_dropped(self) -> TrainingSettings:
        if self.drop_title + self.drop_abstract > 1:
            raise ValueError(
                "expected drop_title and drop_abstract with a sum of at most 1, since a paper loses one of "
                f"them at most; found {self.drop_title} and {self.drop_abstract}"
            )
        return self


class EnsembleSettings(Settings):
    """Models whose probabilities are averaged (soft vote). Without members a recipe is one model.

    `[data]` is that of the ensemble, for all members. Settings that the ensemble states in `[text]`,
    `[model]` and `[training]` change the recipe of every member.
    """

    members: list[str] = []
    """Recipe of each member, by name or file; one recipe can be named several times."""
    seeds: list[Annotated[int, Field(ge=0)]] = []
    """Seed of each member. If `training.seed` is stated, other seeds are drawn from it."""
    copies: int = Field(0, ge=0)
    """Augmented copies of a paper that are classified instead of it and averaged; 0: the paper itself."""
    alpha: Share = 0.1
    """Share of an abstract's words that one operation touches in a copy."""

    @model_validator(mode="after")
    def _check_members(self) -> EnsembleSettings:
        if len(self.members) == 1 or len(self.seeds) != len(self.members):
            raise ValueError("expected two members or more, and a seed for each")
        if self.copies and not self.members:
            raise ValueError(
                "expected members to classify the copies; one model takes them when it is exported"
            )
        return self
