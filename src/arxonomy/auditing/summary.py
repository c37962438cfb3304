"""An audit in numbers, for JSON, text and reports."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from arxonomy.auditing.boilerplate import Boilerplate
from arxonomy.auditing.counts import (
    AuditedData,
    AuditedFile,
    BoilerplateCounts,
    Ceiling,
    Contradictions,
    NearDuplicateCounts,
    NoiseCounts,
    OutlierCounts,
)
from arxonomy.auditing.findings import Findings, collect_findings
from arxonomy.auditing.labels import (
    ClassSize,
    PrimaryAgreement,
    Spellings,
    compute_ceiling,
    count_class_sizes,
    find_alike,
    find_contradictions,
    measure_primary_agreement,
)
from arxonomy.auditing.near import RESEMBLANCE
from arxonomy.auditing.noise import FOLDS, MODEL, Noise, rank_confusions
from arxonomy.auditing.repeats import Leakage, Repeats, count_leaks, find_repeats
from arxonomy.auditing.text_report import format_audit
from arxonomy.config import DataSettings
from arxonomy.errors import needs_extra
from arxonomy.label_names import read_among
from arxonomy.papers import (
    AnyFiles,
    Dataset,
    Parts,
    Rest,
    are_files,
    check_rest,
    gather_papers,
    load_dataset,
    read_training_split,
)
from arxonomy.records import AnyPath, Paper

_BOUND = "an upper bound for any classifier that gives one answer per text"
_CONTRADICTING = "it measures contradicting labels alone, not other label errors or how hard the papers are"
_CLEAN = "no label contradicts another, so this bound is no estimate of difficulty: it says nothing of it"
_CONFUSIONS = 10
_SHARED = 5
_ALIKE = 0.5  # resemblance from which near-duplicates are rather one paper than two of one author


@dataclass(frozen=True)
class AuditSummary:
    """All numbers of an audit; shares are in 0..1."""

    data: AuditedData
    """What was audited."""
    rows: int
    """Rows of the file, bad ones apart."""
    bad_records: int
    """Records that were skipped."""
    unlabeled: int
    """Papers without a label, which were left out."""
    spellings: Spellings
    """Labels that are perhaps one in several spellings."""
    papers: int
    """Different papers."""
    repeats: Repeats
    """Exact copies."""
    boilerplate: BoilerplateCounts
    """Text that many different papers share, which makes none a copy or a near-duplicate."""
    near_duplicates: NearDuplicateCounts
    """Papers in two wordings."""
    contradictions: Contradictions
    """Copies with several labels."""
    ceiling: Ceiling
    """The best accuracy that these allow."""
    primary_category: PrimaryAgreement
    """How labels compare with the first listed category."""
    leakage: Mapping[str, Leakage] | None
    """Part (`validation`, `test`) -> papers that training has too; None without a split."""
    classes: tuple[ClassSize, ...]
    """The classes, largest first."""
    outliers: OutlierCounts
    """Papers unlike the rest."""
    noise: NoiseCounts | None
    """Label noise; None if it was not estimated."""

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON: the fields under their names.

        `ceiling.test_papers` and `noise.sampled_from` are left out if they are None, and `data.files` for one
        file.
        """
        answer: dict[str, Any] = orjson.loads(orjson.dumps(self))
        if self.ceiling.test_papers is None:
            del answer["ceiling"]["test_papers"]
        if self.noise is not None and self.noise.sampled_from is None:
            del answer["noise"]["sampled_from"]
        if not self.data.files:
            del answer["data"]["files"]
        return answer

    def to_text(self) -> str:
        """The summary as a readable report, without a newline at the end."""
        return format_audit(self)


@needs_extra("train")
def audit(
    data: Dataset | Sequence[Paper] | AnyFiles,
    split: Parts | AnyPath | None = None,
    *,
    rest: Rest | None = None,
    among: str | Mapping[str, Sequence[str]] | None = None,
    min_papers: int = 1,
    noise: bool = True,
) -> AuditSummary:
    """Audit the labels of papers: duplicates, contradictions, leakage, outliers, noise.

    Args:
        data: Labeled papers, or a file or several of them.
        split: Their split, to look for leakage across it: (N,) `train`, `validation`, `test` or empty, or a
            CSV file as `read_split` reads it.
        rest: `train` takes the papers that such a file does not name for training.
        among: Which labels are kept, and which are merged, as in `cs.AI-LG=cs.AI+cs.LG,*`; None: the labels
            as they are. A `Dataset` stays as it is.
        min_papers: Labels with fewer different papers are left out.
        noise: Also estimate label noise, which takes most of the time and needs scikit-learn.

    Raises:
        ArxonomyError: A file cannot be read, or has no labels.
        MissingExtraError: `noise` without scikit-learn.
    """
    settings = DataSettings(among=read_among(among or {}), min_papers=min_papers)
    if are_files(data):
        dataset = load_dataset(data, settings, any_labels=True)
    elif isinstance(data, Dataset):
        dataset = data
    else:
        dataset = gather_papers(data, settings, any_labels=True)
    check_rest(rest, split if isinstance(split, str | os.PathLike) else None)
    parts = read_training_split(split, dataset, rest) if isinstance(split, str | os.PathLike) else split
    return summarize(collect_findings(dataset, parts, noise=noise))


def summarize(findings: Findings) -> AuditSummary:
    """Count the findings of an audit."""
    data, groups, labels = findings.dataset, findings.groups, findings.labels
    contradicting = find_contradictions(groups, labels)
    leakage = None if findings.parts is None else count_leaks(findings.parts, groups, findings.near_groups)
    return AuditSummary(
        data=_describe_data(data),
        rows=len(labels),
        bad_records=data.bad,
        unlabeled=data.choice.unlabeled,
        spellings=find_alike(data),
        papers=len(np.unique(groups)),
        repeats=find_repeats(data.papers, groups),
        boilerplate=_count_boilerplate(findings.boilerplate),
        near_duplicates=_count_near_duplicates(findings),
        contradictions=Contradictions(len(np.unique(groups[contradicting])), int(contradicting.sum())),
        ceiling=_compute_ceilings(findings, clean=not contradicting.any()),
        primary_category=measure_primary_agreement(data.papers),
        leakage=leakage,
        classes=count_class_sizes(groups, labels, data.labels),
        outliers=_count_outliers(findings),
        noise=None if findings.noise is None else _summarize_noise(findings.noise, data.labels),
    )


def _describe_data(data: Dataset) -> AuditedData:
    files = data.files if len(data.files) > 1 else ()
    return AuditedData(data.name, data.sha256, tuple(AuditedFile(file.name, file.sha256) for file in files))


def _compute_ceilings(findings: Findings, clean: bool) -> Ceiling:
    groups, labels = findings.groups, findings.labels
    test_papers = None
    if findings.parts is not None and (test := findings.parts == "test").any():
        test_papers = compute_ceiling(groups[test], labels[test])
    return Ceiling(
        exact_copies=compute_ceiling(groups, labels),
        near_duplicates_too=compute_ceiling(findings.near_groups, labels),
        test_papers=test_papers,
        meaning=_BOUND,
        caution=_CLEAN if clean else _CONTRADICTING,
    )


def _count_boilerplate(boilerplate: Boilerplate) -> BoilerplateCounts:
    texts = boilerplate.texts
    return BoilerplateCounts(len(texts), boilerplate.with_any, texts[:_SHARED])


def _count_near_duplicates(findings: Findings) -> NearDuplicateCounts:
    near, labels = findings.near, findings.labels
    first, second = near.pairs.T
    return NearDuplicateCounts(
        pairs=len(near.pairs),
        pairs_alike_by_half=int((near.resemblance >= _ALIKE).sum()),
        papers=len(np.unique(near.pairs)),
        pairs_of_two_labels=int((labels[first] != labels[second]).sum()),
        least_resemblance=RESEMBLANCE,
    )


def _count_outliers(findings: Findings) -> OutlierCounts:
    outliers = findings.outliers
    low, high = outliers.usual_words
    median, bound = outliers.common_share
    return OutlierCounts(
        short=len(outliers.short),
        long=len(outliers.long),
        no_title=len(outliers.no_title),
        no_abstract=len(outliers.no_abstract),
        foreign=len(outliers.foreign),
        usual_words=(round(low), round(high)),
        common_words_median=round(median, 4),
        common_words_least=round(max(bound, 0.0), 4),
    )


def _summarize_noise(noise: Noise, names: Sequence[str]) -> NoiseCounts:
    return NoiseCounts(
        model=MODEL,
        folds=FOLDS,
        rows=len(noise.rows),
        labels_left_out=len(names) - len(noise.classes),
        out_of_fold_accuracy=round(noise.accuracy, 6),
        rate=round(noise.rate, 6),
        suspects=len(noise.suspects),
        confusions=rank_confusions(noise, names, _CONFUSIONS),
        sampled_from=noise.sampled_from,
    )
