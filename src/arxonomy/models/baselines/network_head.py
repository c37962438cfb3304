"""A network that is trained already reads the papers; only a linear head is learned.

Title and abstract, both or one of them, are read as the network reads them, and what its own heads read of
them, its features, are those of the new one. ONNX Runtime computes them, so that PyTorch is not needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arxonomy.models.backend import compute_outputs
from arxonomy.models.baselines.reader import Facts, Floats, Tensors
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper, Encoder

FEATURES = "features"
"""The network's output, (B, F); see `models.arxonomy`."""


class FeatureReader:
    """Reads papers by a network; it learns nothing.

    Args:
        network: Computes the features.
        encoder: Turns papers into the network's word ids.
        sha256: The hash that stands for the network.
    """

    def __init__(self, network: OnnxBackend, encoder: Encoder, sha256: str) -> None:
        self.network, self.encoder, self.sha256 = network, encoder, sha256
        self._encoded: tuple[tuple[Paper, ...], list[EncodedPaper]] = (), []

    @property
    def width(self) -> None:
        """Not known before a paper is read."""
        return None

    @property
    def reads(self) -> tuple[int, int]:
        """How many words of a title and of an abstract it reads."""
        return self.encoder.settings.title_tokens, self.encoder.settings.abstract_tokens

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
        """(N, F) features of N >= 1 papers; the network has normalized them."""
        return compute_outputs(self.network, self._encode(papers), [FEATURES])[0]

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """See `Reader.compute_decision`."""
        return np.asarray(self.compute_features(papers) @ weights + bias, dtype=np.float64)

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share in 0..1 of each paper's words that the network does not know."""
        return [paper.unknown_words for paper in self._encode(papers)]

    def get_state(self) -> tuple[Tensors, Facts]:
        """The hash; the network's files lie beside the baseline's, see `artifacts.network_features`."""
        return {}, {"sha256": self.sha256}

    def _encode(self, papers: Sequence[Paper]) -> list[EncodedPaper]:
        """The papers' word ids; those of the last ones are kept, since an answer needs them twice."""
        last, encoded = self._encoded
        if last != tuple(papers):
            encoded = [self.encoder.encode(paper) for paper in papers]
            self._encoded = tuple(papers), encoded
        return encoded
