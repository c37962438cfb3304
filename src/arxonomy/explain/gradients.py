"""Integrated gradients: what each word's vector adds on the path from a paper of zero vectors to this one.

Source: Sundararajan et al. 2017 (arXiv:1703.01365), sections 3 and 5; computed by Captum (arXiv:2009.07896).

A word of the network `arxonomy` also has a vector in the bag of words, and half of the vectors of its pairs;
and, where there is a linear branch, the logits that it adds there, and half of those of its pairs. All are
zero at the beginning of the path, and a word's share is what all of them have together.

Shapes: S steps on the path, T title words, L abstract words, N = T + L, C classes, D width of all vectors of
a word.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from arxonomy.advice import advise_option
from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibration, Read
from arxonomy.explain.target import Target
from arxonomy.explain.words import PaperWords, Scores
from arxonomy.inference import Classifier
from arxonomy.inference.members import NetworkMember
from arxonomy.inference.torch_backend import TorchBackend
from arxonomy.models.arxonomy import ArxonomyNetwork, BagOfWords
from arxonomy.models.layers import WordEmbedding
from arxonomy.models.linear import LinearBranch
from arxonomy.records import Paper
from arxonomy.text import collate, find_read_parts

STEPS = (32, 64, 128, 256)
"""Steps on the path, tried in turn until the scores add up."""
TOLERANCE = 0.05
"""Log-odds by which the sum of all scores may miss what they should add up to."""

_AT_ONCE = 16  # steps held at a time


def integrate_gradients(
    classifier: Classifier, paper: Paper, target: Target, words: PaperWords
) -> tuple[Scores, Scores]:
    """Compute the share of each word in the log-odds of a paper.

    The path begins at as many words whose vectors are all zero, as those of padding are, and leads straight
    to the paper. All members of an ensemble follow it together, so that the whole vote is explained.

    Args:
        classifier: Networks that PyTorch computes.
        paper: The paper.
        target: What is explained.
        words: Its T and L words; one that no network reads has no share.

    Returns:
        (T,) and (L,) shares, whose sum is the log-odds of the paper less those at the beginning, within
        `TOLERANCE` if the last of `STEPS` suffices.

    Raises:
        SettingsError: A member is a baseline, or is computed by something else.
    """
    members = [_Member(member, paper) for member in _get_networks(classifier)]
    vote = _Vote(classifier, target, members, find_read_parts(paper))
    vectors = tuple(member.vectors for member in members)
    title, abstract = np.zeros(len(words.title)), np.zeros(len(words.abstract))
    if not len(title) + len(abstract):
        return title, abstract
    shares: tuple[Tensor, ...] = ()
    for steps in STEPS:
        with torch.backends.cudnn.flags(enabled=False):  # its LSTM has gradients only while training
            shares, gap = IntegratedGradients(vote).attribute(
                vectors,
                tuple(map(torch.zeros_like, vectors)),
                n_steps=steps,
                method="gausslegendre",
                internal_batch_size=_AT_ONCE,
                return_convergence_delta=True,
            )
        if gap.abs().max() <= TOLERANCE:
            break
    for member, share in zip(members, shares, strict=True):
        shares_of_words = share[0].sum(dim=1).double().cpu().numpy()  # (N,)
        title[: member.title] += shares_of_words[: member.title]
        abstract[: len(shares_of_words) - member.title] += shares_of_words[member.title :]
    return title, abstract


def _get_networks(classifier: Classifier) -> list[NetworkMember]:
    networks = [
        member
        for member in classifier.members
        if isinstance(member, NetworkMember) and isinstance(member.network, TorchBackend)
    ]
    if len(networks) < len(classifier.members):
        raise SettingsError(
            f"gradients need networks that PyTorch computes, found the backend {classifier.backend}: load "
            f"with {advise_option('--backend', 'torch')}, or take the method occlusion, which needs nothing"
        )
    return networks


class _WordVectors(nn.Module):
    """Replaces a network's word vectors: id i gets row i of `rows`, of which the first `width` columns.

    The other columns are what the word has in other parts of the network.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.rows = torch.empty(0)

    def sum_columns(self, title_ids: Tensor, abstract_ids: Tensor, first: int, width: int) -> list[Tensor]:
        """The sums (S, `width`) of a title's and of an abstract's columns from `first` on."""
        columns = self.rows[:, first : first + width]
        return [columns[ids].sum(dim=1) for ids in (title_ids, abstract_ids)]

    def draw_paper_mask(self, papers: int) -> None:
        return None

    def forward(self, ids: Tensor, mask: Tensor | None = None, papers: Tensor | None = None) -> Tensor:
        vectors = self.rows[:, : self.width][ids]
        return vectors if mask is None else vectors * mask.to(vectors.dtype).unsqueeze(-1)


class _BagVectors(nn.Module):
    """Replaces the bag of words: id i adds row i of the word vectors' `rows`, from column `first` on."""

    def __init__(self, bag: BagOfWords, word_vectors: _WordVectors, first: int) -> None:
        super().__init__()
        self.bag, self.word_vectors, self.first = bag, word_vectors, first
        self.keys = bag.keys

    def forward(self, title_ids: Tensor, abstract_ids: Tensor) -> Tensor:
        width = self.bag.words.embedding_dim
        return self.bag.join_texts(*self.word_vectors.sum_columns(title_ids, abstract_ids, self.first, width))


class _LinearLogits(nn.Module):
    """Replaces the linear branch: id i adds row i of the word vectors' `rows`, from column `first` on.

    The length of the paper's vector stays that of the whole paper, so that each word's part is its own.
    """

    def __init__(self, linear: LinearBranch, word_vectors: _WordVectors, first: int) -> None:
        super().__init__()
        self.linear, self.word_vectors, self.first = linear, word_vectors, first
        self.join_logits = linear.join_logits

    def forward(self, title_ids: Tensor, abstract_ids: Tensor, keys: Tensor) -> Tensor:
        sums = self.word_vectors.sum_columns(title_ids, abstract_ids, self.first, self.linear.classes)
        return sums[0] + sums[1] + self.linear.bias


class _Member:
    """A network, and the paper as it reads it."""

    def __init__(self, member: NetworkMember, paper: Paper) -> None:
        assert isinstance(member.network, TorchBackend)
        encoded = member.encoder.encode(paper)
        self.calibration = member.calibrations.choose(encoded.read)
        network, self.device = member.network.network, member.network.device
        self.inputs = {
            name: torch.from_numpy(ids).to(self.device) for name, ids in collate([encoded]).items()
        }
        self.title = len(encoded.title)
        ids = torch.from_numpy(np.concatenate([encoded.title, encoded.abstract]).astype(np.int64))
        words = network.embedding
        assert isinstance(words, WordEmbedding)  # as in all networks of arxonomy.models
        with torch.no_grad():
            self.padding = words.weight[:1]  # (1, D)
            self.vectors: Tensor = words(ids.to(self.device))[None]  # (1, N, D)
        self.word_vectors = _WordVectors(self.vectors.shape[2])
        self.network = _copy_with_words(network, self.word_vectors)
        if isinstance(network, ArxonomyNetwork):
            self._add_tables(network, len(encoded.abstract))

    def _add_tables(self, network: ArxonomyNetwork, abstract: int) -> None:
        """Give the words what they have in the bag and in the linear branch; L of them are the abstract's."""
        texts = [self.inputs[name] for name in ("title_ids", "abstract_ids")]
        if isinstance(bag := network.bag, BagOfWords):
            self.network.bag = _BagVectors(bag, self.word_vectors, self.vectors.shape[2])
            with torch.no_grad():
                self._add_columns([bag.share_vectors(ids) for ids in texts], abstract)
        if (linear := network.linear) is not None:
            self.network.linear = _LinearLogits(linear, self.word_vectors, self.vectors.shape[2])
            with torch.no_grad():
                self._add_columns(linear.share_logits(texts[0], texts[1], network.bag.keys), abstract)

    def _add_columns(self, texts: Sequence[Tensor], abstract: int) -> None:
        """Add columns to the words' vectors: of (1, T', W) and (1, L', W) those of words, without padding."""
        both = torch.cat([texts[0][:, : self.title], texts[1][:, :abstract]], dim=1)
        self.vectors = torch.cat([self.vectors, both], dim=2)
        self.padding = F.pad(self.padding, (0, both.shape[2]))

    def compute_logits(self, vectors: Tensor) -> Tensor:
        """(S, N, D) vectors of the paper's words -> (S, C)."""
        steps, words, width = vectors.shape
        # Each step has words of its own: id 1 + s N + i is word i of step s, and 0 the padding.
        ids = 1 + torch.arange(steps * words, device=self.device).reshape(steps, words)  # (S, N)
        inputs = {
            name: values if name == "spellings" else values.expand(steps, -1)
            for name, values in self.inputs.items()
        }
        texts = {"title_ids": ids[:, : self.title], "abstract_ids": ids[:, self.title :]}
        # An empty text stays the one padding that it is.
        inputs |= {name: text_ids for name, text_ids in texts.items() if text_ids.shape[1]}
        self.word_vectors.rows = torch.cat([self.padding, vectors.reshape(-1, width)])
        logits: Tensor = self.network(**inputs)[0]
        return logits


def _copy_with_words(network: nn.Module, word_vectors: nn.Module) -> nn.Module:
    """Copy a network, which other threads may be using: other word vectors, the same tensors otherwise."""
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    copied = copy.deepcopy(network, shared)
    copied.embedding = word_vectors
    return copied


class _Vote:
    """The log-odds of the classifier's vote as a function of word vectors."""

    def __init__(self, classifier: Classifier, target: Target, members: list[_Member], read: Read) -> None:
        self.target, self.members = target, members
        self.calibration = classifier.calibrations.choose(read)
        self.shift = np.zeros(len(classifier.model_labels))  # what a stated prior adds to the logarithms
        adjustment = classifier.adjustment
        if adjustment.model_prior is not None:
            quotients = np.divide(adjustment.model_prior, np.asarray(adjustment.model_training_prior))
            self.shift = np.log(np.maximum(quotients, np.finfo(np.float32).tiny))

    def __call__(self, *vectors: Tensor) -> Tensor:
        """(S, N, D) of each member -> (S,) log-odds."""
        votes = [
            _calibrate(member.compute_logits(member_vectors), member.calibration)
            for member, member_vectors in zip(self.members, vectors, strict=True)
        ]
        vote = votes[0]  # (S, C) logarithms of probabilities
        if len(votes) > 1:
            mean = torch.stack(votes).logsumexp(dim=0) - np.log(len(votes))
            vote = _calibrate(mean, self.calibration)
        vote = vote + vote.new_tensor(self.shift)
        others = vote[:, list(self.target.others)].logsumexp(dim=1)
        return vote[:, list(self.target.columns)].logsumexp(dim=1) - others


def _calibrate(logits: Tensor, calibration: Calibration) -> Tensor:
    """Turn (S, C) logits into the logarithms of calibrated probabilities."""
    return (logits / calibration.temperature + logits.new_tensor(calibration.biases)).log_softmax(dim=1)
