"""What computes a network, and the outputs of many papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from arxonomy.text import EncodedPaper, collate, make_length_batches, restore_order


class Backend(Protocol):
    """Computes a network: ONNX Runtime or PyTorch."""

    name: str
    """`onnx` or `torch`."""
    batch_size: int
    """How many papers it computes fastest at a time."""

    def run(
        self, inputs: Mapping[str, npt.NDArray[np.int64]], outputs: Sequence[str]
    ) -> list[npt.NDArray[np.float32]]:
        """Compute the named outputs.

        Args:
            inputs: `title_ids` (B, T) and `abstract_ids` (B, L), padding (0) on the right, T and L >= 1,
                and what else the network reads, as `text.collate` makes them.
            outputs: Any of `logits` (B, C), `title_attention`, `abstract_attention`, `fusion_weights` (as
                `HybridCNNLSTM.forward` describes them), and of a network with a second head its
                `listed_logits` (B, C) and `features` (B, W).
        """
        ...


def compute_outputs(
    network: Backend, papers: Sequence[EncodedPaper], outputs: Sequence[str]
) -> list[npt.NDArray[np.float32]]:
    """Compute the named outputs of N >= 1 papers, (N, ...) each, in the papers' order."""
    batches = make_length_batches(papers, network.batch_size)
    parts = [network.run(collate([papers[i] for i in batch]), outputs) for batch in batches]
    return [restore_order(own, batches) for own in zip(*parts, strict=True)]
