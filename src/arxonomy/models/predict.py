"""Logits of many papers of any length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from arxonomy.text import EncodedPaper, collate, make_length_batches, restore_order

Logits = npt.NDArray[np.float32]


def predict_logits(model: nn.Module, papers: Sequence[EncodedPaper], batch_size: int = 256) -> Logits:
    """Compute the logits (N, C) of the category as `predict_heads` does."""
    return predict_heads(model, papers, batch_size)[0]


def predict_heads(model: nn.Module, papers: Sequence[EncodedPaper], batch_size: int = 256) -> list[Logits]:
    """Run `model`, in evaluation mode and full precision, over one paper or more.

    Papers of similar length share a batch.

    Returns:
        (N, C) logits of the category in the papers' order; after them those of being listed, where the
        network has a second head.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    parts: list[list[Logits]] = []
    batches = make_length_batches(papers, batch_size)
    with torch.inference_mode():
        for batch in batches:
            inputs = collate([papers[i] for i in batch])
            logits, maps = model(**{name: torch.from_numpy(ids).to(device) for name, ids in inputs.items()})
            heads = [logits] + [maps[name] for name in ("listed_logits",) if name in maps]
            parts.append([head.float().cpu().numpy() for head in heads])
    model.train(was_training)
    return [restore_order(head, batches) for head in zip(*parts, strict=True)]
