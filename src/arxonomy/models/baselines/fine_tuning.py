"""Fine-tuning of the transformer of `minilm`: all its weights learn from the labels of training papers."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.config.baselines import MiniLmSettings
from arxonomy.messages import format_count

BATCH = 32
HEAD_LEARNING_RATE = 2e-3
"""Of the layer of the classes, which starts at random."""
WARMUP = 0.1
"""Share of the steps in which the learning rate rises; then it falls to 0."""
SCALE = 8.0
"""Sentence vectors have length 1; the layer of the classes reads longer ones."""
SORTED = 32
"""Batches whose texts are sorted by length together, so that little is computed for padding."""

_LOG = logging.getLogger(__name__)


def fine_tune(
    transformer: Any, texts: Sequence[str], labels: npt.NDArray[np.int64], settings: MiniLmSettings, seed: int
) -> Any:
    """Fine-tune a copy of a transformer, with a linear layer over its sentence vectors.

    As Devlin et al. 2019 (arXiv:1810.04805, section 4.1) do with the vector of their first token.

    Args:
        transformer: A `SentenceTransformer`, which stays as it is.
        texts: N texts.
        labels: (N,) the class of each.
        settings: Epochs and learning rate of the transformer, and its precision.
        seed: Of the order of the texts and of the first weights of the layer; the same seed gives the same
            weights on the same machine.

    Returns:
        The transformer, in evaluation mode; the layer is not kept, since the baseline fits its own.
    """
    import torch
    from torch.nn import functional as F

    tuned = copy.deepcopy(transformer).train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**64)
        head = torch.nn.Linear(tuned.get_sentence_embedding_dimension(), int(labels.max()) + 1)
        optimizer = torch.optim.AdamW(
            [
                {"params": list(tuned.parameters()), "lr": settings.learning_rate},
                {"params": list(head.parameters()), "lr": HEAD_LEARNING_RATE},
            ],
            weight_decay=0.01,
        )
        steps = settings.epochs * -(-len(texts) // BATCH)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            lambda step: min((step + 1) / (WARMUP * steps), (steps - step) / ((1 - WARMUP) * steps)),
        )
        rng = np.random.default_rng(seed)
        for epoch in range(settings.epochs):
            _LOG.info(
                "fine-tuning on %s, epoch %s of %s",
                format_count(len(texts), "paper"),
                epoch + 1,
                settings.epochs,
            )
            for rows in _draw_batches([len(text) for text in texts], rng):
                pieces = tuned.tokenize([texts[row] for row in rows])
                with torch.autocast("cpu", torch.bfloat16, enabled=settings.precision == "bfloat16"):
                    vectors = tuned(pieces)["sentence_embedding"]  # (B, D)
                loss = F.cross_entropy(head(SCALE * vectors.float()), torch.from_numpy(labels[rows]))
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(tuned.parameters(), 1.0)
                optimizer.step()
                schedule.step()
    return tuned.eval()


def _draw_batches(lengths: Sequence[int], rng: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """Rows of the batches of an epoch: texts of similar lengths together, in random order."""
    order, batches = rng.permutation(len(lengths)), []
    for start in range(0, len(order), BATCH * SORTED):
        rows = np.array(sorted(order[start : start + BATCH * SORTED], key=lambda row: lengths[row]))
        batches += [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
    for place in rng.permutation(len(batches)):
        yield batches[place]
