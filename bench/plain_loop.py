"""The yardstick: V1 and one training epoch, written the plain way of a first PyTorch project.

Nothing is tuned and nothing is shared with the package: padded batches, no masks but the one of
the title's attention keys, elementwise dropout, a default AdamW, single precision, one process that loads the
data. Timed in the same process as the package's epoch, it shows what the package's optimizations gain.
"""

from __future__ import annotations

import math
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

TITLE_TOKENS, ABSTRACT_TOKENS = 30, 300


class PaperDataset(Dataset):
    """Padded title ids (N, 30), padded abstract ids (N, 300) and labels (N,)."""

    def __init__(self, titles, abstracts, labels):
        self.titles = torch.as_tensor(titles)
        self.abstracts = torch.as_tensor(abstracts)
        self.labels = torch.as_tensor(labels)

    def __len__(self):
        """The number of papers."""
        return len(self.labels)

    def __getitem__(self, i):
        """One paper: title ids (30,), abstract ids (300,), label."""
        return self.titles[i], self.abstracts[i], self.labels[i]


class ResidualBlock(nn.Module):
    """Two convolutions with a skip: (B, 300, L) -> (B, 128, L)."""

    def __init__(self, in_channels, out_channels, kernel_size, dropout):
        super().__init__()
        padding = kernel_size // 2
        self.conv1 = nn.Conv1d(in_channels, out_channels, kernel_size, padding=padding)
        self.bn1 = nn.BatchNorm1d(out_channels)
        self.conv2 = nn.Conv1d(out_channels, out_channels, kernel_size, padding=padding)
        self.bn2 = nn.BatchNorm1d(out_channels)
        self.skip = nn.Conv1d(in_channels, out_channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        """Map (B, 300, L) to (B, 128, L)."""
        out = self.dropout(torch.relu(self.bn1(self.conv1(x))))
        out = self.bn2(self.conv2(out))
        out = out[:, :, : x.size(2)]  # an even kernel makes the result longer
        return torch.relu(out + self.skip(x))


class SelfAttention(nn.Module):
    """Multi-head self-attention over a title: (B, T, D) -> (B, T, D)."""

    def __init__(self, width, heads=4, dropout=0.1):
        super().__init__()
        self.heads, self.head_width = heads, width // heads
        self.q_linear = nn.Linear(width, width)
        self.k_linear = nn.Linear(width, width)
        self.v_linear = nn.Linear(width, width)
        self.out_linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x, mask):
        """Map (B, T, D) and the mask of tokens (B, T) to (B, T, D)."""
        batch, tokens, width = x.shape
        shape = (batch, tokens, self.heads, self.head_width)
        q = self.q_linear(x).view(shape).transpose(1, 2)
        k = self.k_linear(x).view(shape).transpose(1, 2)
        v = self.v_linear(x).view(shape).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.head_width)  # (B, heads, T, T)
        scores = scores.masked_fill(mask[:, None, None, :] == 0, -1e9)
        weights = self.dropout(torch.softmax(scores, dim=-1))
        context = (weights @ v).transpose(1, 2).reshape(batch, tokens, width)
        return self.layer_norm(x + self.out_linear(context))


class GlobalAttention(nn.Module):
    """Multi-head pooling over an abstract: (B, L, D) -> (B, D)."""

    def __init__(self, width, heads=4):
        super().__init__()
        self.attention = nn.Linear(width, heads)
        self.projection = nn.Linear(width, width)
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, x):
        """Map (B, L, D) to (B, D)."""
        weights = torch.softmax(self.attention(x), dim=1)  # (B, L, heads)
        pooled = (weights.transpose(1, 2) @ x).mean(dim=1)  # (B, heads, D) -> (B, D)
        return self.layer_norm(pooled + self.projection(pooled))


class GatedFusion(nn.Module):
    """Each branch times its gate: (B, 256) and (B, 384) -> (B, 640)."""

    def __init__(self, title_width, abstract_width):
        super().__init__()
        both = title_width + abstract_width
        self.title_gate = nn.Sequential(nn.Linear(both, title_width), nn.Sigmoid())
        self.abstract_gate = nn.Sequential(nn.Linear(both, abstract_width), nn.Sigmoid())
        self.layer_norm = nn.LayerNorm(both)

    def forward(self, title, abstract):
        """Map (B, 256) and (B, 384) to (B, 640)."""
        both = torch.cat([title, abstract], dim=1)
        return self.layer_norm(
            torch.cat([title * self.title_gate(both), abstract * self.abstract_gate(both)], dim=1)
        )


class PlainModel(nn.Module):
    """V1, the plain way: padded titles (B, 30) and abstracts (B, 300) -> logits (B, classes)."""

    def __init__(self, vocab_size, classes=3):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 300, padding_idx=0)
        self.embedding_dropout = nn.Dropout(0.6)
        self.lstm = nn.LSTM(300, 128, num_layers=2, batch_first=True, bidirectional=True, dropout=0.6)
        self.lstm_attention = SelfAttention(256)
        self.cnn_blocks = nn.ModuleList([ResidualBlock(300, 128, k, 0.3) for k in (3, 4, 5)])
        self.cnn_attention = GlobalAttention(384)
        self.fusion = GatedFusion(256, 384)
        self.classifier = nn.Sequential(
            nn.LayerNorm(640), nn.Dropout(0.6), nn.Linear(640, 256), nn.ReLU(),
            nn.LayerNorm(256), nn.Dropout(0.6), nn.Linear(256, classes),
        )  # fmt: skip

    def forward(self, titles, abstracts):
        """Map title ids (B, 30) and abstract ids (B, 300) to logits (B, classes)."""
        title, _ = self.lstm(self.embedding_dropout(self.embedding(titles)))
        title = self.lstm_attention(title, titles != 0).mean(dim=1)
        abstract = self.embedding_dropout(self.embedding(abstracts)).transpose(1, 2)
        abstract = torch.cat([block(abstract) for block in self.cnn_blocks], dim=1)
        abstract = self.cnn_attention(abstract.transpose(1, 2))
        return self.classifier(self.fusion(title, abstract))


def make_plain_model(vocab_size: int) -> nn.Module:
    """V1 for 3 classes with PyTorch's initial weights (they cost no time in an epoch)."""
    return PlainModel(vocab_size)


def plain_epoch(model, titles, abstracts, labels, batch_size: int = 64, seed: int = 0) -> float:
    """Train one epoch the plain way.

    Args:
        model: What `make_plain_model` returned; trained in place.
        titles: Int64 array (N, 30), padded with 0.
        abstracts: Int64 array (N, 300), padded with 0.
        labels: Int64 array (N,), in 0..2.
        batch_size: Papers in a batch.
        seed: Fixes the order of the papers and the dropout.

    Returns:
        Seconds of wall clock for the loop over the batches.
    """
    torch.manual_seed(seed)
    loader = DataLoader(PaperDataset(titles, abstracts, labels), batch_size, shuffle=True, num_workers=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-3)
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.8]), label_smoothing=0.1)
    model.train()
    total_loss, correct = 0.0, 0
    start = time.perf_counter()
    for title, abstract, label in loader:
        optimizer.zero_grad()
        logits = model(title, abstract)
        loss = criterion(logits, label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total_loss += loss.item() * len(label)
        correct += (logits.argmax(dim=1) == label).sum().item()
    seconds = time.perf_counter() - start
    if not math.isfinite(total_loss):
        raise RuntimeError(f"the plain loop diverged ({correct} papers right): its time means nothing")
    return seconds
