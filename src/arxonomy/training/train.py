"""Labeled papers and a recipe -> a run folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
import torch
from lightning_fabric import Fabric

from arxonomy.artifacts.networks import load_network
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.tensors import tensors_to_bytes
from arxonomy.atomic import write_atomic
from arxonomy.config import Recipe
from arxonomy.errors import DataError, RunError
from arxonomy.evaluation import Calibration, save_curves, score
from arxonomy.models import build_model, check_recipe
from arxonomy.models.predict import predict_logits
from arxonomy.papers import Dataset, Parts, write_split
from arxonomy.runtime import choose_device
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.augment import Augmenter
from arxonomy.text.vectors import read_vectors
from arxonomy.training.loop import Examples, Reporter, Silent, choose_precision, fit, source_weights
from arxonomy.training.provenance import check_same, describe, note_machine


def train(
    dataset: Dataset,
    parts: Parts,
    recipe: Recipe,
    out: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str] | None = None,
    resume: bool = False,
    device: str = "auto",
    command: Sequence[str] = (),
    reporter: Reporter | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Run:
    """Train a recipe, or go on with a run that was stopped.

    Args:
        dataset: Labeled papers.
        parts: (N,) `train`, `validation`, `test` or empty for each paper.
        recipe: The settings.
        out: The run folder.
        vectors: Word vectors to start from; without, they start at random.
        resume: Go on with the run in `out`, if there is one.
        device: `auto`, `cpu` or `cuda`.
        command: The command line, to be kept in the run.
        reporter: Told after each batch and epoch.
        say: Told what is worth a line.

    Returns:
        The finished run.

    Raises:
        RunError: `out` holds another run, or is damaged.
        DataError: A part without papers, or a label without training papers.
        SettingsError: The device is not there, or WordNet was asked for and is not.
    """
    run = Run(out)
    if run.exists() and not resume:
        raise RunError(f"{run.folder} already holds a run; go on with --resume, or choose another --out")
    check_parts(dataset, parts)
    if recipe.ensemble.members:
        from arxonomy.training.ensemble import train_ensemble  # here, since it trains with this function

        return train_ensemble(
            dataset,
            parts,
            recipe,
            run,
            vectors=vectors,
            device=device,
            command=command,
            reporter=reporter,
            say=say,
        )
    check_recipe(recipe)
    if recipe.baseline is not None:
        from arxonomy.training.baselines import (
            train_baseline,  # here, since it takes the checks of this module
        )

        return train_baseline(
            dataset, parts, recipe, run, vectors=vectors, device=device, command=command, reporter=reporter
        )
    accelerator = choose_device(device)
    precision = choose_precision(recipe.training.precision, accelerator)
    fabric = Fabric(accelerator=accelerator, devices=1, precision=precision)
    train_rows = np.flatnonzero(parts == "train")
    if run.exists():
        run.clear_partial()
        vectors = vectors or run.info()["vectors"]["path"]
        check_same(run, dataset, parts, recipe, vectors)
        if not run.metrics():
            note_machine(run.info(), str(fabric.device), precision, say)
        vocabulary = run.vocabulary()
    else:
        vocabulary = Vocabulary.build((dataset.papers[i] for i in train_rows), recipe.text)
    table = None
    if vectors is not None:
        table = read_vectors(vectors, vocabulary, recipe.model.embed_dim)
        say(table.coverage())
    augmenter = Augmenter(recipe.training.augment, table, vocabulary.words)
    if not run.exists():
        info = describe(dataset, recipe, vectors, command) | {
            "seed": recipe.training.seed,
            "words": len(vocabulary),
            "device": str(fabric.device),
            "precision": precision,
            "threads": torch.get_num_threads(),
        }
        info["vectors"]["coverage"] = None if table is None else round(table.share(), 4)
        write_split(run.split, dataset.papers, parts, dataset.sha256)
        run.create(info, recipe, vocabulary)
    _note_unused(dataset, recipe, augmenter, say)

    # The caller's random numbers are the caller's.
    with torch.random.fork_rng(devices=[fabric.device] if fabric.device.type == "cuda" else []):
        torch.manual_seed(recipe.training.seed % 2**64)
        network = build_model(recipe.model, len(vocabulary), len(dataset.labels))
        pretrained = table is not None and not recipe.training.from_scratch
        if table is not None and pretrained:
            with torch.no_grad():
                network.get_parameter("embedding.weight").copy_(
                    torch.from_numpy(table.embedding(recipe.training.seed))
                )
        encoder = Encoder(vocabulary, recipe.text)
        sources = dataset.sources or [dataset.labels[i] for i in dataset.label_ids()]
        train_set, validation = (
            Examples(
                [encoder.encode(dataset.papers[i]) for i in rows],
                dataset.label_ids()[rows],
                source_weights(recipe.training, [sources[i] for i in rows]),
            )
            for rows in (train_rows, np.flatnonzero(parts == "validation"))
        )
        progress = fit(
            fabric,
            network,
            recipe.training,
            train_set,
            validation,
            dataset.labels,
            augmenter,
            run,
            reporter or Silent(),
            pretrained,
        )
    if not run.metrics():
        logits = predict_logits(load_network(run), validation.papers)
        kept = {"logits": torch.from_numpy(logits), "labels": torch.from_numpy(validation.labels)}
        write_atomic(run.validation, tensors_to_bytes(kept))
        probabilities = Calibration.fit(logits, validation.labels).apply(logits)
        scores = score(validation.labels, probabilities, dataset.labels)
        save_curves(progress.history, run.curves)
        run.write_metrics({"best_epoch": progress.best_epoch, "validation": scores})  # the last of all files
    return run


def check_parts(dataset: Dataset, parts: Parts) -> None:
    """Make sure that there is something to learn from and to choose by.

    Raises:
        DataError: A part without papers, or a label without training papers.
    """
    for part in ("train", "validation"):
        if not (parts == part).any():
            raise DataError(
                f"the split has no {part} papers, and at least one is needed; give another split, or other "
                "shares (data.test_share, data.validation_share)"
            )
    missing = set(range(len(dataset.labels))) - set(dataset.label_ids()[parts == "train"].tolist())
    if missing:
        names = ", ".join(dataset.labels[i] for i in sorted(missing))
        raise DataError(
            f"no training paper has the label {names}; add papers, or drop it with --set data.labels=[...]"
        )


def _note_unused(dataset: Dataset, recipe: Recipe, augmenter: Augmenter, say: Callable[[str], None]) -> None:
    augment, weights = recipe.training.augment, recipe.training.class_weights
    if augment.share > 0 and (note := augmenter.note()):
        say(note)
    unused = sorted(set(weights) - set(dataset.labels)) if isinstance(weights, dict) else []
    if unused:
        say(f"note: class weights for labels that the data lacks are not used: {', '.join(unused)}")
