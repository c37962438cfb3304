"""The training loop: every random number is a function of seed, epoch and batch.

So a resumed run needs no saved generator states: it draws, from any batch on, what the uninterrupted
run drew, and on a CPU ends with the same weights bit for bit.

Several processes run this loop in step, each on its share of every batch, and have the same weights after
each step. The first one alone validates and writes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from arxonomy.artifacts.checkpoint import Progress, load_checkpoint, save_checkpoint
from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import tensors_to_bytes
from arxonomy.atomic import write_atomic
from arxonomy.config import TrainingSettings
from arxonomy.errors import RunError
from arxonomy.evaluation import Calibration, monitor_score
from arxonomy.models.batch_norm import synchronize_batch_norm
from arxonomy.models.predict import predict_logits
from arxonomy.text import EncodedPaper, make_shuffled_batches
from arxonomy.training.averaging import WeightAverage, refresh_batch_norm
from arxonomy.training.callbacks import TrainingCallback, start_callbacks
from arxonomy.training.data import Labels, TrainingData, compute_class_weights
from arxonomy.training.graphs import WIDTHS, CudaCapture, GraphedSteps
from arxonomy.training.objective import Objective
from arxonomy.training.optimizer import Schedule, list_dense, list_sparse_tables, make_optimizer
from arxonomy.training.processes import GradientSum
from arxonomy.training.reporter import Reporter
from arxonomy.training.stored import StoredPapers

CHECKPOINT_SECONDS = 60.0
"""Seconds between checkpoints within an epoch."""
REFRESHING_BATCHES = 50
"""Batches from which the BatchNorm statistics of an equal average of weights are recomputed."""


def fit(
    fabric: Fabric,
    network: nn.Module,
    settings: TrainingSettings,
    data: TrainingData,
    run: Run,
    *,
    reporter: Reporter,
    pretrained: bool = False,
    callbacks: Sequence[TrainingCallback] = (),
) -> Progress:
    """Train until the epochs are over or the validation score has stalled.

    Resumes from the run's checkpoint, if it has one. Leaves the newest checkpoint, the best epoch's
    weights and `epochs.jsonl` in the run folder.

    Args:
        fabric: The device, the precision and the processes.
        network: Its weights are trained in place.
        settings: The table `[training]`.
        data: The papers.
        run: The run folder.
        reporter: Called after each batch and epoch.
        pretrained: Whether the network's word vectors come from a file or from another run.
        callbacks: Called at the start and after each epoch.

    Returns:
        The state at the end, with the epochs' records.

    Raises:
        RunError: The checkpoint is damaged, or the loss is no finite number any more.
    """
    train, validation = data.train, data.validation
    rank, processes = fabric.global_rank, fabric.world_size
    if processes > 1:
        synchronize_batch_norm(network)
    model, optimizer = fabric.setup(network, make_optimizer(network, settings, pretrained))
    dense = list_dense(optimizer.optimizer)
    gradients = GradientSum(fabric, dense, list_sparse_tables(network))
    progress, average = Progress(), WeightAverage(network, settings)
    if run.checkpoint.is_file():
        progress = load_checkpoint(run.checkpoint, network, optimizer.optimizer, average.tensors)
    fabric.barrier()  # all have read the checkpoint before the first one writes another
    schedule = Schedule(optimizer.optimizer, settings, progress)
    weights = compute_class_weights(settings, data.get_labels(), data.labels).to(fabric.device)
    stored = store_papers(train.papers, fabric.device, WIDTHS if settings.cuda_graphs else {})
    objective = Objective(model, settings, data, weights, stored)

    def backward(loss: Tensor) -> None:
        fabric.backward(loss / settings.accumulate)

    graphs = GraphedSteps(objective, backward, CudaCapture()) if settings.cuda_graphs else None

    def save() -> None:
        if not fabric.is_global_zero:
            return
        progress.schedule = schedule.state()
        save_checkpoint(run.checkpoint, progress, network, optimizer.optimizer, average.tensors)

    start_callbacks(callbacks, run, progress.history)
    saved = time.monotonic()
    while not progress.finished:
        epoch = progress.epoch + 1
        rows = data.draw_rows(settings, epoch)
        shuffled = make_shuffled_batches(
            [train.papers[row] for row in rows],
            processes * settings.batch_size,
            np.random.default_rng([settings.seed, epoch]),
            smallest=max(2, processes),
        )
        batches = [rows[places] for places in shuffled]
        reporter.epoch_started(epoch, settings.epochs, len(batches), progress.batch)
        model.train()
        started = time.monotonic() - progress.seconds
        for number in range(progress.batch, len(batches)):
            batch = batches[number]
            share = batch[rank::processes]
            schedule.before_batch(progress.epoch + number / len(batches))
            # Dropout draws from PyTorch's generator; augmentation, dropped parts and mixup from NumPy's. Both
            # restart at every batch, so a resumed run needs to know only which batch comes next.
            draw = number * processes + rank
            _seed(settings.seed, epoch, draw)
            rng = np.random.default_rng([settings.seed, epoch, draw])
            if graphs is not None:
                loss = graphs.run(share, rng)
            else:
                backward(loss := objective.compute(share, rng, batch if processes > 1 else None))
            value = fabric.strategy.all_reduce(loss.detach(), reduce_op="sum").item()
            # Checked before the step: the last checkpoint still holds finite weights.
            if not math.isfinite(value):
                raise RunError(
                    f"{run.folder}: the loss became {value} in epoch {epoch}; train again with a lower "
                    "training.learning_rate"
                )
            # Sums are part of the checkpoint, so an epoch's mean loss does not depend on where a run stopped.
            progress.loss_sum += value * len(batch)
            reporter.batch_done(value)
            if (number + 1) % settings.accumulate and number + 1 < len(batches):
                continue  # a checkpoint here would lose the gradients added up so far
            gradients.reduce()
            if settings.clip_norm is not None:
                nn.utils.clip_grad_norm_(dense, settings.clip_norm)
            optimizer.step()
            # Filling the gradients' memory costs less than allocating it for each batch.
            optimizer.zero_grad(set_to_none=False)
            # Counted in batches since the start, not in steps, and so the same after a resume.
            average.after_step(progress.epoch * len(batches) + number)
            progress.batch = number + 1
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                progress.seconds = time.monotonic() - started
                save()
                saved = time.monotonic()
        average.after_epoch(epoch)

        validated = average.network_after(epoch)
        if validated is not network and settings.average_from is not None:
            # No BatchNorm statistics belong to a mean of weights: they are recomputed from training
            # papers, under dropout as in training.
            _seed(settings.seed, epoch, len(batches) * processes + rank)
            some = (
                objective.make_inputs([train.papers[row] for row in rows], rows)
                for rows in (batch[rank::processes] for batch in batches[:REFRESHING_BATCHES])
            )
            with fabric.autocast():
                refresh_batch_norm(validated, some)
        validation_logits = fabric.broadcast(
            predict_logits(validated, validation.papers) if fabric.is_global_zero else np.empty(0, np.float32)
        )
        progress.seconds = time.monotonic() - started
        best = end_epoch(progress, validation_logits, validation.labels, settings, schedule, len(rows))
        # Weights and history are written before the checkpoint, which may say that training has ended. A run
        # that is killed in between resumes from the checkpoint before, and writes the same again.
        if best and fabric.is_global_zero:
            write_atomic(run.weights, tensors_to_bytes(validated.state_dict()))
        if fabric.is_global_zero:
            run.write_history(progress.history)
        save()
        saved = time.monotonic()
        reporter.epoch_done(asdict(progress.history[-1]))
        for callback in callbacks:
            callback.epoch_ended(progress.history[-1])
    return progress


def store_papers(
    papers: Sequence[EncodedPaper], device: torch.device, multiples: Mapping[str, int]
) -> StoredPapers | None:
    """Store training papers on a GPU; None on a CPU, or where a network reads the words themselves."""
    if device.type == "cpu" or any(paper.abstract_words is not None for paper in papers):
        return None
    return StoredPapers(papers, device, multiples)


def _seed(seed: int, epoch: int, batch: int) -> None:
    """Seed all that PyTorch draws for a batch by these three.

    As `torch.manual_seed`, which also formats a stack trace for each kind of device that is not in use:
    on a CPU that takes as long as a small batch.
    """
    number = ((seed << 40) + (epoch << 20) + batch) % 2**64
    torch.default_generator.manual_seed(number)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(number)


def end_epoch(
    progress: Progress,
    logits: npt.NDArray[np.float32],
    truth: Labels,
    settings: TrainingSettings,
    schedule: Schedule,
    train_papers: int,
) -> bool:
    """Score an epoch, move `progress` to the next one and say whether this was the best so far."""
    # Class weights in the loss distort how often a class is predicted, differently after each epoch. What is
    # scored is what the finished model would predict: the calibrated probabilities.
    probabilities = Calibration.fit(logits, truth).apply(logits)
    predicted = probabilities.argmax(axis=1)
    loss = float(-np.log(probabilities[np.arange(len(truth)), truth]).mean())
    score = monitor_score(settings.monitor, truth, predicted)
    progress.epoch += 1
    progress.history.append(
        EpochRecord(
            epoch=progress.epoch,
            train_loss=round(progress.loss_sum / train_papers, 5),
            validation_loss=round(loss, 5),
            validation_accuracy=round(monitor_score("accuracy", truth, predicted), 5),
            validation_macro_f1=round(monitor_score("macro_f1", truth, predicted), 5),
            learning_rate=schedule.rate(),
            seconds=round(progress.seconds, 1),
        )
    )
    progress.batch, progress.loss_sum, progress.seconds = 0, 0.0, 0.0
    best = score > progress.best_score
    if best:
        progress.best_epoch, progress.best_score = progress.epoch, score
    patience = settings.stop_patience
    waited = progress.epoch - progress.best_epoch
    progress.finished = progress.epoch >= settings.epochs or (patience is not None and waited >= patience)
    schedule.after_epoch(score)
    return best
