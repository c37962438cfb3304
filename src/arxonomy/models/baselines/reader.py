"""What reads papers for a baseline, and the types that all readers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from arxonomy.records import Paper

Floats = npt.NDArray[np.floating[Any]]
Tensors = dict[str, npt.NDArray[Any]]
"""Arrays by name, as a safetensors file holds them."""
Facts = Mapping[str, str | list[str]]
"""What a reader knows besides tensors, as JSON holds it: its words, or a hash."""
GridEntry = Mapping[str, int | float]
"""One value of each setting that is tried, by name."""


class Reader(Protocol):
    """Turns papers into features; what it knows, it has learned from the training papers."""

    @property
    def width(self) -> int | None:
        """F, the number of features; None where only computing them would tell."""
        ...

    def compute_features(self, papers: Sequence[Paper]) -> Any:
        """(N, F) features, a NumPy array or a SciPy sparse matrix."""
        ...

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """Scores (N, C) of N >= 1 papers: their features times weights (F, C), and a bias (C,).

        Needs no more than a plain install has, except for `minilm`.
        """
        ...

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share in 0..1 of each paper's words that it does not know; 1.0 for a paper without words."""
        ...

    def get_state(self) -> tuple[Tensors, Facts]:
        """All that it knows, as tensors and as what JSON can hold."""
        ...
