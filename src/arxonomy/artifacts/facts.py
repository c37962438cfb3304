"""The facts of a run and of a bundle: the contents of `run.json`, `metrics.json` and `bundle.json`.

    RunInfo      run.json       data, word vectors, labels, seed, versions
    RunMetrics   metrics.json   scores, and what training chose
    Manifest     bundle.json    labels, calibration, settings, scores, and the hashes of the other files

A key that is missing on disk has its default here, and stays missing when it is written again. A key
that this version does not know stays too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from arxonomy.artifacts.calibration_facts import (
    CalibrationEffect,
    ListedParameters,
    PartCalibration,
    join_calibrations,
)
from arxonomy.artifacts.json_object import Facts, FileName, JsonObject
from arxonomy.artifacts.origin_facts import Origins
from arxonomy.artifacts.weights import Weights
from arxonomy.config import ModelSettings, TextSettings
from arxonomy.evaluation import (
    Agreement,
    Calibration,
    Calibrations,
    CheckThresholds,
    ListedCalibration,
    Scores,
    Typicality,
)
from arxonomy.evaluation.diversity import Diversity
from arxonomy.papers import DataFile

Seed = int | tuple[int, ...]
"""A model's seed; of an ensemble those of its members."""

Line = Mapping[str, bool | int | float | str]
"""One line of JSON: an epoch, or settings of a baseline and perhaps their scores."""


class FileInfo(Facts):
    """One of several files of labeled papers."""

    name: str
    """Its name, without its folder."""
    sha256: str
    """The hash of its bytes."""


class DataInfo(Facts):
    """The file of labeled papers that a model was trained on, or several."""

    name: str
    """Its name, without its folder; several joined by ` + `."""
    sha256: str
    """The hash of its bytes; of several, that of their hashes in order."""
    papers: int
    """Papers read."""
    bad_records: int = 0
    """Records that could not be read."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Field -> the column it was read from, where that was stated."""
    encoding: str | None = None
    """The encoding of the file, where that was stated."""
    files: tuple[FileInfo, ...] = ()
    """Several files in their order; empty for one."""
    last_month: str | None = None
    """The month, as in `2026-02`, of the newest paper that the model was trained on or chosen by, also of the
    one that it started from; None where the papers have no dates, and in older runs and bundles."""

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of all files, and the one that stands for them."""
        return frozenset([self.sha256, *(file.sha256 for file in self.files)])


def describe_files(files: Sequence[DataFile]) -> tuple[FileInfo, ...]:
    """Describe several files of labeled papers; empty for one, which the data's own name and hash are of."""
    if len(files) < 2:
        return ()
    return tuple(FileInfo(name=file.name, sha256=file.sha256) for file in files)


class VectorsInfo(Facts):
    """The word vectors that training started from."""

    path: str | None = None
    """Their file, in a bundle without its folder; None for a random start."""
    sha256: str | None = None
    """The hash of its bytes."""
    subwords_sha256: str | None = None
    """The hash of the subwords in the folder of the vectors; None where there are none."""
    coverage: float | None = None
    """Share in 0..1 of the training papers' words that have a vector."""


class SplitInfo(Facts):
    """How the papers were split."""

    sha256: str
    """The hash of the run's `split.csv`."""
    setting: str | None = None
    """`data.split` of the recipe; None where it was not noted, as is the next."""
    seed: int | None = None
    """`data.split_seed` of the recipe."""
    train: int = 0
    """Papers for training."""
    validation: int = 0
    """Papers for validation."""
    test: int = 0
    """Papers for testing."""


class RunInfo(Origins):
    """The contents of `run.json`."""

    format: int = 1
    """The version of the folder's layout."""
    arxonomy: str
    """The version that started the run."""
    recipe: str
    """The recipe's name."""
    labels: tuple[str, ...]
    """The categories, in the order of the logits."""
    data: DataInfo
    """The labeled papers."""
    vectors: VectorsInfo = VectorsInfo()
    """The word vectors."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of Python and of the libraries that compute."""
    command: tuple[str, ...] = ()
    """The command line."""
    seed: Seed = 42
    """The seed of training."""
    words: int = 0
    """Words of the vocabulary; 0 for a baseline or an ensemble."""
    device: str = ""
    """Where it was computed; empty for a baseline or an ensemble, as are the next two."""
    precision: str = ""
    """Lightning Fabric's name of the precision."""
    threads: int = 0
    """PyTorch's threads, of each process."""
    processes: int = 1
    """Processes that trained it together."""


class MemberMetrics(Facts):
    """What training chose of an ensemble's member."""

    recipe: str
    """The recipe's name."""
    seed: int
    """The seed of training."""
    best_epoch: int | None = None
    """See `RunMetrics`, as for the next."""
    chosen: Line | None = None
    """See there."""


class RunMetrics(Facts):
    """The contents of `metrics.json`. A part without a field of its own (`train`, `all`) is kept as it is."""

    best_epoch: int | None = None
    """The epoch whose weights are kept; None for a baseline or an ensemble."""
    tried: tuple[Line, ...] = ()
    """The settings of a baseline that were tried, with their scores; this and the next three are of a
    baseline alone."""
    chosen_by: str | None = None
    """The score that chose."""
    chosen: Line | None = None
    """The settings that were chosen."""
    cpu_seconds: float | None = None
    """Processor time of trying them."""
    members: tuple[MemberMetrics, ...] = ()
    """An ensemble's models."""
    diversity: Diversity | None = None
    """How different their errors are."""
    validation: JsonObject | None = None
    """Scores of the validation papers."""
    test: JsonObject | None = None
    """Scores of the test papers, as `arxonomy evaluate` adds them."""

    def get_scores(self, part: str) -> Scores | None:
        """The scores of a part of the split (`validation`, `test`); None where it was not scored."""
        numbers = getattr(self, part, None)
        return Scores.from_dict(numbers) if numbers else None

    def add_scores(self, part: str, scores: JsonObject) -> RunMetrics:
        """A copy in which the scores of a part are added or replaced."""
        return RunMetrics.model_validate(self.to_dict() | {part: scores})


class MemberInfo(Origins):
    """The facts of one model of an ensemble's bundle."""

    recipe: str
    """The recipe's name."""
    seed: int
    """The seed of training."""
    words: int
    """Words of the vocabulary."""
    baseline: str | None = None
    """The kind of baseline; None for a network."""
    text: TextSettings
    """Tokens and vocabulary."""
    model: ModelSettings
    """The architecture and its sizes."""
    data: DataInfo
    """The labeled papers."""
    split: SplitInfo
    """How they were split."""
    vectors: VectorsInfo | None = None
    """The word vectors; None for a random start."""


class Manifest(Origins):
    """The contents of `bundle.json`, of one model or of an ensemble."""

    format: int = 1
    """The version of the folder's layout."""
    arxonomy: str
    """The version that exported it."""
    recipe: str
    """The recipe's name."""
    seed: Seed
    """The seed of training."""
    labels: tuple[str, ...]
    """The categories, in the order of the logits."""
    merge: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """New label -> the labels merged into it."""
    temperature: float
    """Divides the logits, which for an ensemble are the logarithm of its vote; > 0."""
    biases: tuple[float, ...]
    """Added to the quotients, one per category."""
    parts: dict[str, PartCalibration] = Field(default_factory=dict)
    """The calibrations of papers with a `title` or an `abstract` alone. That of whole papers stands in for a
    missing one, as in bundles from before there were any."""
    listed: ListedParameters | None = None
    """The calibrations of each category's probability of being listed; None for a model that has not learned
    any lists."""
    typicality: Typicality | None = None
    """Tells texts that are no papers of the model's field, by its raw logits. None for too few validation
    papers, in older bundles, and for an ensemble, whose members have their own."""
    check: CheckThresholds | None = None
    """Where the categories that authors chose are doubted. None for too few validation papers, in older
    bundles, and for members without papers in common."""
    unknown_words_limit: float
    """Share in 0..1 of unknown words above which a prediction is not trusted."""
    weights: Weights
    """How the weights are stored."""
    words: int = 0
    """Words of the vocabulary; this and the next six are of one model, not of an ensemble."""
    baseline: str | None = None
    """The kind of baseline; None for a network, which alone has the next two."""
    text: TextSettings = TextSettings()
    """Tokens and vocabulary."""
    model: ModelSettings = ModelSettings()
    """The architecture and its sizes."""
    data: DataInfo | None = None
    """The labeled papers."""
    split: SplitInfo | None = None
    """How they were split."""
    vectors: VectorsInfo | None = None
    """The word vectors; None for a random start."""
    members: tuple[MemberInfo, ...] = ()
    """An ensemble's models, in the order of the folders `member-1`, `member-2`, ..."""
    metrics: RunMetrics = RunMetrics()
    """As in the run's `metrics.json`."""
    calibration: CalibrationEffect | None = None
    """What the calibration changes on validation papers; None for members without papers in common."""
    priors: tuple[float, ...] | None = None
    """(C,) mean > 0 of each category's calibrated probability over the validation papers, with the sum 1; in
    older bundles the share of the papers that have its label."""
    copies: int = 0
    """Augmented copies that are classified in a paper's place and averaged."""
    alpha: float | None = None
    """Share of the words that one operation on a copy touches."""
    backends_differ_by: float = 0.0
    """Largest difference in probability between ONNX Runtime and PyTorch, on texts made for that check."""
    packed_agreement: Agreement | None = None
    """How far packed weights answer as those that were trained; None where they are not packed, or could not
    be compared with these."""
    files: dict[FileName, str] = Field(default_factory=dict)
    """File -> its SHA-256; of a member's files only its `bundle.json`."""
    sha256: str = ""
    """The hash of this file, with zeros in the hash's place."""

    def get_calibrations(self) -> Calibrations:
        """The calibrations of the logits."""
        return join_calibrations(Calibration(self.temperature, self.biases), self.parts)

    def get_listed_calibrations(self) -> Calibrations | None:
        """The calibrations of the second head's logits; None where it has not learned any lists."""
        if (own := self.listed) is None:
            return None
        return join_calibrations(ListedCalibration(own.temperature, own.biases), own.parts)

    def get_members(self) -> tuple[Manifest | MemberInfo, ...]:
        """An ensemble's models; of one model, the manifest itself."""
        return self.members or (self,)
