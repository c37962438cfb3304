"""Whether an idea is significantly better than what it is compared with, from the answers in the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arxonomy.evaluation.significance import (
    LEVEL,
    bootstrap,
    compute_interval,
    correct_p_values,
    estimate_over_seeds,
    run_paired_test,
)
from network.records import Record
from network.systems import System


@dataclass(frozen=True)
class Gain:
    """A difference in accuracy."""

    value: float
    """The difference, as a share."""
    low: float
    """Low end of its 95% interval, over papers, and over seeds where there are several."""
    high: float
    """High end."""
    p_value: float
    """Of no difference, with Holm's correction over the ideas of a table."""

    @property
    def significant(self) -> bool:
        """Whether chance is an unlikely reason."""
        return self.p_value < LEVEL


def measure_gains(records: Mapping[str, Record], systems: Sequence[System]) -> dict[str, Gain]:
    """The gain of each system that has something to be compared with; validation papers.

    Args:
        records: System -> its runs.
        systems: Those of a table.
    """
    found = {}
    for system in systems:
        if system.against in records and system.name in records:
            pair = [records[name].get_hits("validation") for name in (system.name, system.against)]
            if pair[0].shape[1:] == pair[1].shape[1:]:
                found[system.name] = measure_gain(pair[0], pair[1])
    corrected = correct_p_values([gain.p_value for gain in found.values()]) if found else []
    return {
        name: Gain(gain.value, gain.low, gain.high, p_value)
        for (name, gain), p_value in zip(found.items(), corrected, strict=True)
    }


def measure_gain(first: np.ndarray, second: np.ndarray) -> Gain:
    """The difference of two systems' hits, (S, N) and (T, N)."""
    value = float(first.mean() - second.mean())
    over = estimate_over_seeds(first, second)
    if over is not None:
        return Gain(value, *over.interval, over.p_value)
    apart = (first[0].astype(np.int64) - second[0])[:, None]
    low, high = compute_interval(bootstrap(apart, lambda sums: sums[:, 0] / len(apart)))
    return Gain(value, float(low), float(high), run_paired_test(first, second)[1])
