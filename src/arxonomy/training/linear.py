"""Fits the linear branch of a network: one pass over the training papers, apart from the network.

The loss is cross-entropy with an L2 penalty. Each row of the table has a learning rate of its own, Adagrad's
(Duchi et al. 2011, JMLR 12, "Adaptive Subgradient Methods") with one sum of squares for a row: rows of rare
words, which few batches move, then move further. A row is penalized when a batch has it, by a share that
comes to the same for all of them in the whole pass.

Shapes: B papers, N words and word pairs of a paper, U different ones of a batch, R rows of the table, C
classes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy import sparse
from torch import Tensor

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.artifacts.weights import round_table, unpack
from arxonomy.atomic import write_atomic
from arxonomy.config import TrainingSettings
from arxonomy.evaluation import Calibration
from arxonomy.models.arxonomy import ArxonomyNetwork
from arxonomy.models.linear import LinearBranch
from arxonomy.models.ngram_rows import find_keys, hash_words
from arxonomy.models.predict import predict_logits
from arxonomy.text import Vocabulary, collate
from arxonomy.text.vocabulary import UNK
from arxonomy.training.data import Examples, Labels, TrainingData, compute_class_weights

BATCH = 1024
"""Papers in a batch."""
LEARNING_RATE = 0.3
"""At the beginning; it falls to nothing at the end of the pass."""
BIAS_RATE = 0.02
"""Learning rate of the bias as a share of that."""
FIRST_SQUARES = 1e-3
"""What the sums of squared gradients begin with."""
PENALTY = 0.3
"""Weight of the L2 penalty of a row, in the whole pass."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much of the branch is tried: what its logits are multiplied by before they are added."""
TOLERANCE = 0.01
"""By how much, of the least loss, that of a larger share may be above it: the loss hardly depends on the
share, and more of the branch tells texts of other fields apart better."""

CURVATURES = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1)
"""Those that are tried of the sum of both (`LinearBranch.join_logits`)."""

_LOG = logging.getLogger(__name__)


def has_linear_branch(run: Run) -> bool:
    """Whether the branch is among a run's weights; it is written once it is fitted."""
    return "linear.table" in read_tensors(run.weights)[0]


def fit_linear_branch(
    linear: LinearBranch, keys: Tensor, data: TrainingData, settings: TrainingSettings, rows: Labels
) -> None:
    """Fit a branch in place, in some 0.5 GB of memory beyond its table.

    Args:
        linear: The branch, with all weights zero.
        keys: (V,) the key of each word that pairs are hashed by.
        data: The papers to learn from, with their targets; a paper's own weight and that of its class count.
        settings: The class weights and the seed are read.
        rows: (P,) which training papers it learns from.
    """
    started, train, papers = time.monotonic(), data.train, len(rows)
    counts = _count_papers(linear, keys, train, rows)
    idf = (torch.log((1 + papers) / (1 + counts)) + 1).half().float()  # as scikit-learn's, smoothed
    idf[0] = 0.0
    linear.idf.copy_(idf[:, None])
    penalties = PENALTY / counts.clamp(min=1)  # (R,)
    squares = torch.full((len(idf),), FIRST_SQUARES)
    class_weights = compute_class_weights(settings, data.get_labels(), data.labels)
    order = np.random.default_rng([settings.seed, papers]).permutation(rows)
    batches = list(_draw_batches(order))
    for number, batch in enumerate(batches):
        rate = LEARNING_RATE * (1 - number / len(batches))
        own, matrix = _weigh_papers(linear, *linear.weigh_rows(*_collate(train, batch), keys))
        times = torch.from_numpy(np.bincount(matrix.indices, minlength=len(own)))  # (U,) papers that have it
        weight = linear.table[own, : linear.classes]  # (U, C)
        logits = torch.from_numpy(matrix @ weight.numpy()) + linear.bias
        targets = torch.from_numpy(train.get_targets(batch))  # (B,) or (B, C)
        shares = F.one_hot(targets, linear.classes) if targets.dim() == 1 else targets
        shares = shares * class_weights * torch.from_numpy(train.weights[batch])[:, None]
        error = logits.softmax(dim=1) * shares.sum(dim=1, keepdim=True) - shares  # (B, C)
        gradient = torch.from_numpy(matrix.T.tocsr() @ error.numpy())
        gradient += weight * (times * penalties[own])[:, None]
        squares[own] += gradient.square().mean(dim=1)
        linear.table[own, : linear.classes] = weight - rate * gradient / squares[own].sqrt()[:, None]
        linear.table[0] = 0.0
        linear.bias -= rate * BIAS_RATE * error.mean(dim=0)
    linear.table *= linear.idf
    _LOG.info("linear branch: fitted on %s papers in %.0f s", f"{papers:,}", time.monotonic() - started)


def copy_linear_branch(
    linear: LinearBranch, vocabulary: Vocabulary, labels: Sequence[str], init: Run | Bundle
) -> bool:
    """Copy the branch of another run, or of a bundle, word by word: it knows more papers than a new one.

    Args:
        linear: The branch, with all weights zero; filled in place.
        vocabulary: The words of its rows.
        labels: Its labels, in the order of its logits.
        init: What `open_init` returned.

    Returns:
        Whether there was one of the same labels and size; otherwise `linear` is as it was.
    """
    old = unpack(read_tensors(init.weights)[0])
    words = init.vocabulary()
    same_labels = (init.labels if isinstance(init, Bundle) else init.info().labels) == tuple(labels)
    before = LinearBranch(len(words), len(linear.table), linear.classes)
    shape = old["linear.table"].shape if "linear.table" in old else None
    if not same_labels or shape != linear.table.shape or before.own != linear.own:
        return False
    for name, tensor in linear.state_dict().items():
        tensor.copy_(old[f"linear.{name}"])
    ids = torch.tensor([[words.ids.get(word, UNK) for word in vocabulary.words[: linear.own]]])
    rows = before.find_word_rows(ids, find_keys(ids, hash_words(words.words)))[0]
    for tensor, name in ((linear.table, "linear.table"), (linear.idf, "linear.idf")):
        tensor[: linear.own] = old[name][rows]
    return True


def add_linear_branch(run: Run, network: ArxonomyNetwork, linear: LinearBranch, validation: Examples) -> None:
    """Write a branch into a run, beside the weights of its network.

    How much of it is added is decided by the loss on validation papers (`choose_share`), and so is the
    curvature of the sum; temperature and biases are fitted again each time. The table is rounded to what a
    compact bundle stores, so that both are the same model.

    Args:
        run: A run whose network is trained; its weights are written again.
        network: Its network without the branch; gets the run's weights.
        linear: The branch; multiplied by what is taken of it.
        validation: The papers that decide.
    """
    stored, _ = read_tensors(run.weights)
    network.load_state_dict(stored)
    keys, truth = network.bag.keys.cpu(), validation.labels
    before = predict_logits(network, validation.papers)
    batches = _draw_batches(np.arange(len(truth)))
    added = np.concatenate([linear(*_collate(validation, batch), keys).numpy() for batch in batches])
    losses = [_compute_loss(before + share * added, truth) for share in SHARES]
    share = choose_share(losses)
    linear.table.copy_(round_table(linear.table * share))
    linear.bias *= share
    curved_losses = {}
    for curvature in CURVATURES if share else CURVATURES[:1]:
        linear.curvature.fill_(curvature)
        joined = linear.join_logits(torch.from_numpy(before), torch.from_numpy(share * added))
        curved_losses[curvature] = _compute_loss(joined.numpy(), truth)
    linear.curvature.fill_(min(curved_losses, key=curved_losses.__getitem__))
    state = {f"linear.{name}": value for name, value in linear.state_dict().items()}
    write_atomic(run.weights, tensors_to_bytes(stored | state))
    taken = f"{losses[SHARES.index(share)]:.4f} with {share:g} of it"
    curved = f"{min(curved_losses.values()):.4f} with a curvature of {linear.curvature.item():g}"
    _LOG.info(
        "linear branch: the calibrated loss on validation papers is %.4f without it, %s",
        losses[0],
        f"{taken}, {curved}" if share else "which adding it does not lower: left out",
    )


def choose_share(losses: Sequence[float]) -> float:
    """Choose a share by its loss: the largest within `TOLERANCE` of the least; 0 where none lowers it."""
    bound = min(losses[0], (1 + TOLERANCE) * min(losses))
    return max((share for share, loss in zip(SHARES, losses, strict=True) if loss < bound), default=0.0)


def _count_papers(linear: LinearBranch, keys: Tensor, train: Examples, rows: Labels) -> Tensor:
    """(R,) how many papers have each row of the table."""
    counts = torch.zeros(len(linear.idf), dtype=torch.int64)
    for batch in _draw_batches(rows):
        ordered = linear.find_rows(*_collate(train, batch), keys).sort(dim=1)[0]
        new = F.pad(ordered[:, 1:] != ordered[:, :-1], (1, 0), value=True)
        counts += torch.bincount(ordered[new], minlength=len(counts))
    return counts


def _weigh_papers(linear: LinearBranch, rows: Tensor, weights: Tensor) -> tuple[Tensor, sparse.csr_array]:
    """(B, N) rows and their weights to the U different ones, and the papers' tf-idf vectors (B, U)."""
    values = linear.idf[rows].squeeze(2) * weights
    own, columns = np.unique(rows.numpy(), return_inverse=True)  # (U,), (B, N)
    starts = np.arange(0, rows.numel() + 1, rows.shape[1])
    entries = (values.numpy().ravel(), columns.ravel(), starts)
    matrix = sparse.csr_array(entries, shape=(len(rows), len(own)))
    matrix.sum_duplicates()
    return torch.from_numpy(own), matrix


def _draw_batches(order: Labels) -> Iterator[Labels]:
    yield from (order[start : start + BATCH] for start in range(0, len(order), BATCH))


def _collate(examples: Examples, batch: Labels) -> tuple[Tensor, Tensor]:
    inputs = collate([examples.papers[row] for row in batch])
    return torch.from_numpy(inputs["title_ids"]), torch.from_numpy(inputs["abstract_ids"])


def _compute_loss(logits: npt.NDArray[np.floating[Any]], truth: Labels) -> float:
    logits = logits.astype(np.float32)
    probabilities = Calibration.fit(logits, truth).apply(logits)
    return float(-np.log(probabilities[np.arange(len(truth)), truth]).mean())
