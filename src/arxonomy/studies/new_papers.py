"""New labeled papers for a model to be trained further on: which they are, and their split by days."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.advice import name_option
from arxonomy.artifacts.saved_model import SavedModel
from arxonomy.errors import DataError, SettingsError
from arxonomy.evaluation.drift import FEWEST_DAYS, FEWEST_PAPERS
from arxonomy.label_names import normalize_label
from arxonomy.messages import format_count, list_some
from arxonomy.papers import Dataset, Parts
from arxonomy.papers.dates import UNKNOWN, find_days
from arxonomy.studies.source import Source
from arxonomy.studies.views import Scored

VALIDATION_SHARE = 0.15
"""Share of the other papers that choose among the new weights and calibrate them."""

_LOG = logging.getLogger(__name__)


def harvest_later(saved: SavedModel, contact: str | None, tell: Callable[[str], None]) -> Path:
    """Harvest what arXiv has changed since the last month that a model has learned from.

    It goes on where an earlier call with the same file has stopped.

    Args:
        saved: The model.
        contact: How arXiv may reach the user.
        tell: Gets a line for each page.

    Returns:
        The file, `runs/harvest-from-MONTH.parquet`.

    Raises:
        SettingsError: The model does not say the month.
        DataError: Not all that arXiv lists was harvested.
        RemoteError: arXiv does not answer, or not as expected.
    """
    from arxonomy.harvest import Client, find_services, harvest_range

    month = saved.last_month
    if month is None:
        raise SettingsError(
            f"the model {saved.path.resolve().name} does not say up to which month it has learned; give "
            "files of new papers"
        )
    path = Path("runs", f"harvest-from-{month}.parquet")
    path.parent.mkdir(exist_ok=True)
    with Client(find_services(), contact=contact) as client:
        report = harvest_range(client, path, (), date.fromisoformat(f"{month}-01"), tell=tell)
    _LOG.info("%s: %s", path, report.to_text())
    if not report.is_complete:
        raise DataError(f"{path} is not complete; run the same command again, or give that file as it is")
    return path


def read_new_papers(source: Source, saved: SavedModel) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """Read the papers that a model can learn from further.

    Args:
        source: Labeled papers.
        saved: The model.

    Returns:
        Papers with an id, a day and a category of the model, none of which it has seen; all its labels, in
        its order. And the days (N,).

    Raises:
        DataError: There are none.
    """
    dataset = Scored(saved, None, None).read(source)
    labels = tuple(map(normalize_label, saved.labels))
    days = find_days(dataset.papers).numbers
    checks = {
        "that the model has seen": saved.find_trained_on(dataset.papers),
        "of categories that it does not know": np.array(
            [own.category not in labels for own in dataset.papers]
        ),
        "without an id": np.array([own.id == str(own.row + 1) for own in dataset.papers]),
        "without a day": days == UNKNOWN,
    }
    left = np.zeros(len(days), dtype=np.bool_)
    parts = []
    for what, is_so in checks.items():
        if count := int((is_so & ~left).sum()):
            parts.append(f"{format_count(count, 'paper')} {what}")
        left |= is_so
    if left.all():
        raise DataError(
            f"expected new papers to learn from, found only {'; '.join(parts)}; give newer papers"
        )
    if parts:
        _LOG.info("left out: %s", "; ".join(parts))
    rows = np.flatnonzero(~left).tolist()
    kept = replace(
        dataset,
        papers=tuple(dataset.papers[row] for row in rows),
        labels=labels,
        original_labels=tuple(dataset.original_labels[row] for row in rows)
        if dataset.original_labels
        else (),
    )
    return kept, days[~left]


def split_by_day(
    dataset: Dataset, days: npt.NDArray[np.int64], held_out_days: int, last_month: str | None = None
) -> Parts:
    """Split papers: the newest days are the test part, and of the rest a share validates.

    Copies of a paper are in one part; those of a held-out paper are in none but its own.

    Args:
        dataset: N papers.
        days: (N,) their days.
        held_out_days: How many days are held out.
        last_month: The month of the newest paper that the model has seen; None where it is not known.

    Returns:
        (N,) the part of each paper, empty for a copy that is left out.

    Raises:
        SettingsError: `held_out_days` is less than 1.
        DataError: There are too few papers, or they are older than those that the model has seen.
    """
    if held_out_days < 1:
        raise SettingsError(f"{name_option('--held-out-days')}: expected at least 1, found {held_out_days}")
    newest = date.fromordinal(int(days.max())).isoformat()
    if last_month is not None and newest[:7] < last_month:
        raise DataError(
            f"expected papers as new as those that the model has seen, of {last_month}, found papers until "
            f"{newest}: a model that is better on these may be worse on today's; give newer papers, too"
        )
    held = days > days.max() - held_out_days
    count, different = int(held.sum()), len(np.unique(days[held]))
    if count < FEWEST_PAPERS or different < FEWEST_DAYS:
        raise DataError(
            f"expected {FEWEST_PAPERS:,} papers of {FEWEST_DAYS} days or more to compare the models on, "
            f"found {count:,} of {format_count(different, 'day')}; give more papers, or hold out more days "
            f"({name_option('--held-out-days')})"
        )
    if (others := int((~held).sum())) < FEWEST_PAPERS:
        raise DataError(
            f"expected {FEWEST_PAPERS:,} new papers or more before the days that are held out, found "
            f"{others:,}; give more papers, or hold out fewer days ({name_option('--held-out-days')})"
        )
    groups, random = dataset.groups, np.random.default_rng(42)
    validates = random.random(len(days)) < VALIDATION_SHARE
    parts = np.where(validates[groups], "validation", "train").astype("U10")
    parts[np.isin(groups, groups[held])] = ""
    parts[held] = "test"
    return parts


def find_absent(dataset: Dataset, parts: Parts) -> list[str]:
    """Find the labels of no training paper, and warn of them: training drives their probabilities down."""
    present = set(dataset.get_label_ids()[parts == "train"].tolist())
    absent = [label for number, label in enumerate(dataset.labels) if number not in present]
    if absent:
        _LOG.warning(
            "no new training paper has the label %s: the new model knows it from before alone, and will "
            "answer it less often; add papers of it, older ones too",
            list_some(absent),
        )
    return absent
