"""Trains one network: vocabulary, word vectors, the loop, and the scores of its best epoch."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from arxonomy.artifacts.facts import RunMetrics
from arxonomy.artifacts.kept_papers import write_kept_papers
from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import read_tensors, tensors_to_bytes
from arxonomy.artifacts.validation import Validation
from arxonomy.artifacts.weights import TABLES, round_table
from arxonomy.atomic import write_atomic
from arxonomy.models import build_model
from arxonomy.models.arxonomy import ArxonomyNetwork
from arxonomy.models.ngram_rows import hash_words
from arxonomy.models.predict import predict_heads
from arxonomy.runtime import choose_device
from arxonomy.text import EncodedPaper, Encoder, Vocabulary
from arxonomy.text.augment import Augmenter
from arxonomy.text.vectors import WordVectors, read_vectors
from arxonomy.training.callbacks import end_callbacks
from arxonomy.training.creation import create_run
from arxonomy.training.data import Examples
from arxonomy.training.examples import make_training_data
from arxonomy.training.graphs import check_graphs
from arxonomy.training.init import extend_vocabulary, open_init, start_from
from arxonomy.training.job import TrainingJob
from arxonomy.training.linear import (
    add_linear_branch,
    copy_linear_branch,
    fit_linear_branch,
    has_linear_branch,
)
from arxonomy.training.loop import fit
from arxonomy.training.precision import choose_precision
from arxonomy.training.processes import connect
from arxonomy.training.provenance import check_same, check_same_processes, describe, log_machine_changes
from arxonomy.training.reporter import Reporter
from arxonomy.training.results import score_heads, write_results

_LOG = logging.getLogger(__name__)


def train_network(job: TrainingJob, reporter: Reporter) -> Run:
    """Train one network, or resume its run; see `train`, which calls this.

    Of several processes the first one creates the run and writes all its files; the others read them.

    Raises:
        SettingsError: The device is not there, or WordNet was asked for and is not.
    """
    run, recipe = job.run, job.recipe
    init = None if job.init is None else open_init(job.init, recipe.model)
    accelerator = choose_device(job.device)
    precision = choose_precision(recipe.training.precision, accelerator)
    if recipe.training.cuda_graphs:
        check_graphs(recipe, accelerator, job.processes.count)
    # Fabric logs each precision that it uses; the run folder has it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = connect(job.processes, accelerator, precision)
    first = fabric.is_global_zero
    if not first:
        fabric.barrier()  # until the first process has created the run
    if not first or run.exists():
        if first:
            run.clear_partial()
        job = replace(job, vectors=job.vectors or run.info().vectors.path)
        check_same(run, job)
        if not run.metrics():
            check_same_processes(run, fabric.world_size)
        if first and not run.metrics():
            log_machine_changes(run.info(), str(fabric.device), precision)
        vocabulary = run.vocabulary()
    else:
        taught = [] if job.teaching is None else job.teaching.papers
        vocabulary = Vocabulary.build([*job.papers("train"), *taught], recipe.text)
        if init is not None:
            vocabulary = extend_vocabulary(vocabulary, init, recipe.text.max_words)
    table = None
    if job.vectors is not None:
        table = read_vectors(job.vectors, vocabulary, recipe.model.embed_dim)
        _LOG.info("%s", table.describe_coverage())
    augmenter = Augmenter(recipe.training.augment, table, vocabulary.words)
    if first and not run.exists():
        info = describe(job)
        coverage = None if table is None else round(table.share, 4)
        info = info.model_copy(
            update={
                "vectors": info.vectors.model_copy(update={"coverage": coverage}),
                "words": len(vocabulary),
                "device": str(fabric.device),
                "precision": precision,
                "threads": torch.get_num_threads(),
                **({"processes": fabric.world_size} if fabric.world_size > 1 else {}),
            }
        )
        create_run(job, info, vocabulary)
    if first:
        fabric.barrier()
    _log_unused(job, augmenter)

    data = make_training_data(job, Encoder(vocabulary, recipe.text), augmenter)
    read_from_file = table is not None and not recipe.training.from_scratch
    # The caller's random numbers stay the caller's.
    with torch.random.fork_rng(devices=[fabric.device] if fabric.device.type == "cuda" else []):
        torch.manual_seed(recipe.training.seed % 2**64)
        network = build_model(recipe.model, len(vocabulary), len(job.dataset.labels))
        linear = None
        if isinstance(network, ArxonomyNetwork):
            if network.bag.keys is not None:  # else the bag was taken out
                network.bag.keys.copy_(hash_words(vocabulary.words))
            linear, network.linear = network.linear, None  # fitted once the rest is trained
        if table is not None and read_from_file:
            _copy_vectors(network, table, recipe.training.seed)
        if init is not None and not run.checkpoint.is_file():
            start_from(network, recipe.model, vocabulary, job.dataset.labels, init)
        pretrained = read_from_file or init is not None
        progress = fit(
            fabric,
            network,
            recipe.training,
            data,
            run,
            reporter=reporter,
            pretrained=pretrained,
            callbacks=job.callbacks,
        )
    if first and not run.metrics():
        if recipe.training.round_tables:
            round_tables(run)
        if linear is not None and not has_linear_branch(run):
            assert isinstance(network, ArxonomyNetwork)
            if init is None or not copy_linear_branch(linear, vocabulary, job.dataset.labels, init):
                rows = _find_recent(job, recipe.training.linear_since, len(data.train.papers))
                fit_linear_branch(linear, network.bag.keys.cpu(), data, recipe.training, rows)
            add_linear_branch(run, network, linear, data.validation)
        validation = _score_validation(job, load_network(run), data.validation)
        write_kept_papers(run, data.validation.papers)
        write_results(job, validation, RunMetrics(best_epoch=progress.best_epoch))
    fabric.barrier()  # until the run is finished for all
    end_callbacks(job.callbacks, run)
    return run


def _score_validation(job: TrainingJob, network: nn.Module, examples: Examples) -> Validation:
    """Score the validation papers by the network's first head, and by its second if it has learned lists."""
    truth = [examples.labels]
    if examples.listed is not None:
        truth.append(examples.listed.astype(np.int64))
    scored, *listed = score_heads(
        examples.papers,
        truth,
        [paper.read for paper in examples.papers],
        EncodedPaper.keep_part,
        lambda some: predict_heads(network, some),
    )
    with_lists = np.flatnonzero(examples.have_lists(np.arange(len(examples.papers))))
    return Validation(scored, listed=listed[0].keep(with_lists) if listed else None)


def round_tables(run: Run) -> None:
    """Round the tables of a run's network to 4 bits; doing so again changes nothing."""
    stored, _ = read_tensors(run.weights)
    rounded = {
        name: round_table(stored[name])
        for name in TABLES
        if name in stored and stored[name].shape[1] % 2 == 0
    }
    write_atomic(run.weights, tensors_to_bytes(stored | rounded))


def _find_recent(job: TrainingJob, since: str | None, papers: int) -> npt.NDArray[np.int64]:
    """The first `papers` training papers that the linear branch learns from: none from before `since`."""
    every = [*job.papers("train"), *([] if job.teaching is None else job.teaching.papers)][:papers]
    return np.flatnonzero(
        [since is None or not paper.published or paper.published >= since for paper in every]
    )


def _copy_vectors(network: nn.Module, table: WordVectors, seed: int) -> None:
    """Start the network's word vectors from those of a file."""
    with torch.no_grad():
        network.get_parameter("embedding.weight").copy_(torch.from_numpy(table.make_embedding(seed)))


def _log_unused(job: TrainingJob, augmenter: Augmenter) -> None:
    augment, weights = job.recipe.training.augment, job.recipe.training.class_weights
    if augment.share > 0 and (note := augmenter.describe_synonyms()):
        _LOG.info("%s", note)
    unused = sorted(set(weights) - set(job.dataset.labels)) if isinstance(weights, dict) else []
    if unused:
        _LOG.info("note: class weights for labels that the data lacks are not used: %s", ", ".join(unused))
