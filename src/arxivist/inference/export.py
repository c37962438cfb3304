"""A run folder -> a bundle, whole or not at all, and only if both backends give the same answers."""

from __future__ import annotations

import csv
import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from arxivist.errors import ArxivistError, BundleError, RunError
from arxivist.evaluation import expected_calibration_error, fit_calibration, softmax
from arxivist.files import PARTIAL, sha256_file, write_atomic
from arxivist.inference.bundle import identities, is_bundle, write_manifest
from arxivist.inference.card import model_card
from arxivist.inference.classifier import UNKNOWN_WORDS_LIMIT, Backend
from arxivist.inference.onnx_backend import OnnxBackend
from arxivist.records import Paper
from arxivist.text import Encoder, collate
from arxivist.training.run import Run, write_json
from arxivist.version import __version__

if TYPE_CHECKING:
    from torch import nn

MOST_DIFFERENT = 1e-5
"""Largest difference in probability between the backends; a bundle with more is not written."""


def export_bundle(
    run: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    weights: Literal["float32", "compact"] = "float32",
    card_extra: str = "",
) -> Path:
    """Make a bundle of a run.

    The folder is built beside `out` and takes its place at the end, so that a bundle which was there
    before is kept when anything goes wrong.

    Args:
        run: A run folder whose training has ended.
        out: The bundle's folder; another bundle there is replaced, anything else is kept.
        weights: `float32`, or `compact` (about a quarter of the size; see `weights.pack`).
        card_extra: Markdown to add to the model card.

    Returns:
        `out`.

    Raises:
        RunError: The run is damaged, or its training has not ended.
        BundleError: `out` is something else, the backends disagree, or PyTorch is not installed.
        ArxivistError: The disk is full, or the folder cannot be written to.
    """
    source, target = Run(run), Path(out).resolve()
    with needs_torch("exporting"):
        from arxivist.training.train import load_network
    info = _describe(source, weights)
    network = load_network(source)
    if target.exists() and not is_bundle(target):
        raise BundleError(f"{target} exists and is no bundle; it is left alone: choose another --out")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(PARTIAL, f".{target.name}.", target.parent) as temporary:
            fresh, old = Path(temporary) / "new", Path(temporary) / "old"
            fresh.mkdir()
            _write_files(fresh, source, network, info, card_extra)
            if target.exists():
                target.rename(old)
            try:
                fresh.rename(target)
            except BaseException:
                if old.exists():
                    old.rename(target)
                raise
    except OSError as error:
        raise ArxivistError(f"cannot write the bundle {target}: {error.strerror or error}") from error
    return Path(out)


def calibrate(run: Run) -> tuple[float, list[float], dict[str, Any]]:
    """The temperature and biases that fit a run's validation papers, and what they change there.

    Returns:
        The temperature, the biases (C), and `papers` with `accuracy`, `expected_calibration_error` and
        `log_loss` (nats) `before` and `after`.

    Raises:
        RunError: Training has not ended, or the file is damaged.
    """
    with needs_torch("a run folder"):
        from arxivist.training.checkpoint import read_tensors
    if not run.validation.is_file():
        raise RunError(f"{run.folder}: training has not ended; go on with `arxivist train --resume`")
    tensors, _ = read_tensors(run.validation)
    logits, truth = tensors["logits"].numpy(), tensors["labels"].numpy()
    temperature, biases = fit_calibration(logits, truth)
    report: dict[str, Any] = {"papers": len(truth)}
    for when, shares in (("before", softmax(logits)), ("after", softmax(logits, temperature, biases))):
        report[when] = {
            "accuracy": float((shares.argmax(axis=1) == truth).mean()),
            "expected_calibration_error": expected_calibration_error(truth, shares),
            "log_loss": float(-np.log(shares[np.arange(len(truth)), truth]).mean()),
        }
    return temperature, biases.tolist(), report


@contextmanager
def needs_torch(what: str) -> Iterator[None]:
    """Turn a missing module into advice: PyTorch and its companions come with an extra.

    Raises:
        BundleError: A module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise BundleError(f"{what} needs PyTorch: pip install 'arxivist[train]' ({error})") from error


def _describe(run: Run, weights: str) -> dict[str, Any]:
    """What `bundle.json` says of a run; paths of the machine that trained it stay behind."""
    info, recipe = run.info(), run.recipe()
    temperature, biases, calibration = calibrate(run)
    vectors = info["vectors"]
    return {
        "arxivist": __version__,
        "recipe": recipe.name,
        "seed": info["seed"],
        "labels": info["labels"],
        "merge": recipe.data.merge,
        "temperature": temperature,
        "biases": biases,
        "unknown_words_limit": UNKNOWN_WORDS_LIMIT,
        "weights": weights,
        "words": info["words"],
        "text": recipe.text.model_dump(),
        "model": recipe.model.model_dump(),
        "data": info["data"],
        "split": {
            "sha256": sha256_file(run.split),
            "setting": recipe.data.split,
            "seed": recipe.data.split_seed,
        },
        "vectors": vectors | {"path": Path(vectors["path"]).name} if vectors["path"] else None,
        "metrics": run.metrics(),
        "calibration": calibration,
    }


def _write_files(folder: Path, run: Run, network: nn.Module, info: dict[str, Any], extra: str) -> None:
    import torch

    from arxivist.inference.onnx_export import export_onnx
    from arxivist.inference.torch_backend import TorchBackend
    from arxivist.inference.weights import pack, unpack
    from arxivist.training.checkpoint import tensors_to_bytes

    with run.split.open(encoding="utf-8", newline="") as file:
        next(file)  # the comment
        rows = list(csv.DictReader(file))
    parts = {name: [row for row in rows if row["split"] == name] for name in ("train", "validation", "test")}
    seen = identities((int(row["row"]), row["id"]) for row in parts["train"] + parts["validation"])
    info["split"] |= {name: len(members) for name, members in parts.items()}
    write_atomic(
        folder / "trained_on.safetensors", tensors_to_bytes({"papers": torch.from_numpy(np.sort(seen))})
    )
    write_json(folder / "recipe.json", run.recipe().model_dump())
    write_json(folder / "vocabulary.json", list(run.vocabulary().words))

    stored = pack(network.state_dict(), info["weights"])
    write_atomic(folder / "model.safetensors", tensors_to_bytes(stored))
    network.load_state_dict(unpack(stored))
    probes = list(_probes(Encoder(run.vocabulary(), run.recipe().text)))
    before = _answers(TorchBackend(network, device="cpu"), probes, info)
    export_onnx(network, folder / "model.safetensors", folder / "model.onnx", info["text"]["word_chars"])
    after = _answers(OnnxBackend(folder / "model.onnx"), probes, info)
    difference = float(np.abs(after - before).max())
    if not difference <= MOST_DIFFERENT:
        raise BundleError(
            f"expected the same probabilities from PyTorch and ONNX Runtime to {MOST_DIFFERENT}, found a "
            f"difference of {difference:.2g}; no bundle was written. Please report this with the recipe"
        )
    info["backends_differ_by"] = difference
    write_atomic(folder / "README.md", model_card(info, extra))
    write_manifest(folder, info)


def _probes(encoder: Encoder) -> Iterator[dict[str, npt.NDArray[np.int64]]]:
    """Batches of made-up texts: long, short, empty, padded and alone."""
    draw = random.Random(0)
    words = ["a-word-that-no-vocabulary-has", *encoder.vocabulary.words[2:]]

    def text(most: int) -> str:
        return " ".join(draw.choices(words, k=draw.choice((0, 1, 5, most))))

    for papers in (1, 1, 5, 5, 24, 24):
        pairs = [
            (text(encoder.settings.title_tokens), text(encoder.settings.abstract_tokens))
            for _ in range(papers)
        ]
        yield collate([encoder.encode(Paper("", title, abstract)) for title, abstract in pairs])


def _answers(
    backend: Backend, batches: Sequence[Mapping[str, npt.NDArray[np.int64]]], info: dict[str, Any]
) -> npt.NDArray[np.float64]:
    """Calibrated probabilities (N, C)."""
    logits = np.concatenate([backend.run(batch, ["logits"])[0] for batch in batches])
    return softmax(logits, info["temperature"], info["biases"])
