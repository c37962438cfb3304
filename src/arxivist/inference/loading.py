"""A bundle or a run folder -> `Classifier`."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Literal

from arxivist.errors import BundleError, SettingsError
from arxivist.inference.bundle import Bundle, is_bundle
from arxivist.inference.classifier import Backend, Classifier
from arxivist.inference.export import calibrate, needs_torch
from arxivist.inference.onnx_backend import OnnxBackend
from arxivist.text import Encoder
from arxivist.training.run import Run

BackendName = Literal["auto", "onnx", "torch"]


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    backend: BackendName = "auto",
    threads: int | None = None,
    device: str = "auto",
) -> Classifier:
    """Load a classifier.

    Args:
        path: A bundle, or a run folder whose training has ended; None takes the model that comes with
            the package.
        backend: `onnx` (bundles only), `torch`, or `auto`: `onnx` for a bundle unless `device` is
            `cuda`, `torch` for a run.
        threads: Threads of one computation, >= 1; None leaves the choice to the backend.
        device: `auto`, `cpu` or `cuda`; only PyTorch uses a GPU.

    Returns:
        The classifier, ready for use.

    Raises:
        BundleError: The bundle is missing, of another format or damaged, or PyTorch is needed and not
            installed.
        RunError: The run is damaged, or its training has not ended.
        SettingsError: An unknown backend or device, or a combination that cannot work.
    """
    _check_options(backend, threads, device)
    folder = _own_bundle() if path is None else Path(path)
    run = Run(folder)
    if run.exists() and not is_bundle(folder):
        if backend == "onnx":
            raise SettingsError(
                f"{folder} is a run, which has no ONNX graph; make a bundle with `arxivist export`, "
                "or take the backend torch"
            )
        return _load_run(run, threads, device)
    bundle = Bundle(folder)
    if backend == "torch" or device == "cuda":
        network: Backend = _torch_backend(bundle, threads, device)
    else:
        network = OnnxBackend(bundle.graph, threads)
    return Classifier(
        network,
        Encoder(bundle.vocabulary(), bundle.text),
        bundle.labels,
        temperature=bundle.info["temperature"],
        biases=bundle.info["biases"],
        unknown_words_limit=bundle.info["unknown_words_limit"],
        info=bundle.info,
    )


def _check_options(backend: str, threads: int | None, device: str) -> None:
    choices = {"backend": (backend, ["auto", "onnx", "torch"]), "device": (device, ["auto", "cpu", "cuda"])}
    for option, (value, known) in choices.items():
        if value not in known:
            raise SettingsError(f"{option}: expected one of {', '.join(known)}; found `{value}`")
    if backend == "onnx" and device == "cuda":
        raise SettingsError("the backend onnx computes on the CPU; for device cuda take the backend torch")
    if threads is not None and threads < 1:
        raise SettingsError(f"threads: expected at least 1, found {threads}")


def _own_bundle() -> Path:
    """The bundle inside the package."""
    folder = Path(str(resources.files("arxivist"))) / "model"
    if not is_bundle(folder):
        raise BundleError(
            "this installation comes without a model; name a bundle or a run with --model "
            "(in Python: arxivist.load(path))"
        )
    return folder


def _load_run(run: Run, threads: int | None, device: str) -> Classifier:
    with needs_torch("a run folder"):
        from arxivist.inference.torch_backend import TorchBackend
        from arxivist.training.train import load_network
    info, (temperature, biases, _) = run.info(), calibrate(run)
    return Classifier(
        TorchBackend(load_network(run), threads, device),
        Encoder(run.vocabulary(), run.recipe().text),
        info["labels"],
        temperature=temperature,
        biases=biases,
        info=info,
    )


def _torch_backend(bundle: Bundle, threads: int | None, device: str) -> Backend:
    with needs_torch("the backend torch"):
        from arxivist.inference.torch_backend import TorchBackend, bundled_network
    return TorchBackend(bundled_network(bundle), threads, device)
