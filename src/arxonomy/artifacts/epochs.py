"""What is known of a finished epoch: a line of `epochs.jsonl`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch of a network; the fields are the keys of its line, in their order."""

    epoch: int
    """From 1."""
    train_loss: float
    """Mean over the training papers, under dropout, class weights and the like."""
    validation_loss: float
    """Negative log-likelihood of the calibrated probabilities of the validation papers."""
    validation_accuracy: float
    """In 0..1."""
    validation_macro_f1: float
    """In 0..1."""
    learning_rate: float
    """The rate of the last batch."""
    seconds: float
    """Seconds of training and validation."""
