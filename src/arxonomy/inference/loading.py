"""Bundles or run folders -> `Classifier`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.bundle import CARD, Bundle, find_synonyms, is_bundle
from arxonomy.artifacts.installed import find_model
from arxonomy.artifacts.own_taxonomy import read_own_taxonomy
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.artifacts.validation import read_validation
from arxonomy.config import EnsembleSettings
from arxonomy.errors import SettingsError, needs_extra
from arxonomy.evaluation import Calibrations, Typicality
from arxonomy.inference.calibration import check_labels
from arxonomy.inference.card_metadata import drop_metadata
from arxonomy.inference.class_prior import (
    Prior,
    average_class_priors,
    get_training_prior,
)
from arxonomy.inference.classifier import Classifier
from arxonomy.inference.members import BaselineMember, Member, NetworkMember
from arxonomy.models.backend import Backend
from arxonomy.models.baselines.minilm import SentenceReader
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import AnyPath
from arxonomy.runtime import check_device, set_torch_threads
from arxonomy.text import Encoder
from arxonomy.text.copier import Copier

BackendName = Literal["auto", "onnx", "torch"]


def load(
    path: AnyPath | Sequence[AnyPath] | None = None,
    *,
    among: str | Mapping[str, Sequence[str]] | None = None,
    prior: Prior | None = None,
    copies: int | None = None,
    backend: BackendName = "auto",
    threads: int | None = None,
    device: str = "auto",
) -> Classifier:
    """Load a classifier.

    Args:
        path: A bundle, or a run folder whose training has ended, or `hf://owner/name@commit` for a bundle
            on the Hugging Face Hub (extra `hub`); None takes the one that the environment variable
            `ARXONOMY_MODEL` names, else the model in use (`arxonomy models`), else that of the package.
            Several of them, all with the same labels, vote: their probabilities are averaged.
            An ensemble among several counts as its members; `export_bundle` calibrates the votes too.
        among: The categories of the answers, and which of the model's labels they are made of, as in
            `cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV`; see `Classifier.with_view`. None: all that the model knows.
        prior: The class prior of the papers to classify, as in `{"cs.CL": 0.7}`, `uniform` or `arxiv`; see
            `Classifier.with_prior`. None leaves the prior that the model was calibrated on.
        copies: Augmented copies of a paper that are classified in its place and averaged (test-time
            augmentation), >= 0; None is what the bundle or run states, 0 classifies the paper itself.
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
        SettingsError: An unknown backend or device, a combination that cannot work, several models with
            different labels, an impossible prior, or categories that the model does not have; a name on
            the Hub without its commit.
        RemoteError: The Hub does not have the model, does not give it out or does not answer.
    """
    _check_options(backend, threads, device, copies)
    paths = [path] if path is None or isinstance(path, str | os.PathLike) else list(path)
    classifiers = []
    for source in paths:
        folder = find_model(source).folder
        run = Run(folder)
        if run.exists() and not is_bundle(folder):
            classifiers.append(_load_run(run, copies, backend, threads, device))
        else:
            classifiers.append(_load_bundle(Bundle(folder), copies, backend, threads, device))
    check_labels([(str(name), model.labels) for name, model in zip(paths, classifiers, strict=True)])
    if len(classifiers) == 1:
        return classifiers[0].with_view(among).with_prior(prior)
    ensemble = Classifier(
        [member for classifier in classifiers for member in classifier.members],
        classifiers[0].labels,
        unknown_words_limit=min(classifier.unknown_words_limit for classifier in classifiers),
        sources=[source for classifier in classifiers for source in classifier.sources],
        training_prior=average_class_priors([classifier.training_prior for classifier in classifiers]),
        taxonomy=classifiers[0].taxonomy,
    )
    return ensemble.with_view(among).with_prior(prior)


def _check_options(backend: str, threads: int | None, device: str, copies: int | None) -> None:
    if backend not in ("auto", "onnx", "torch"):
        raise SettingsError(f"backend: expected auto, onnx or torch, found `{backend}`")
    check_device(device)
    if backend == "onnx" and device == "cuda":
        raise SettingsError("the backend onnx computes on the CPU; for the device cuda use the backend torch")
    if threads is not None and threads < 1:
        raise SettingsError(f"threads: expected at least 1, found {threads}")
    if copies is not None and copies < 0:
        raise SettingsError(f"copies: expected at least 0, found {copies}")


def read_card(path: AnyPath) -> str | None:
    """Read the card of a bundle, in Markdown, without its metadata; None for a run, which has none."""
    folder = Path(path)
    return drop_metadata((folder / CARD).read_text(encoding="utf-8")) if is_bundle(folder) else None


def _load_run(run: Run, copies: int | None, backend: str, threads: int | None, device: str) -> Classifier:
    labels, settings = run.info().labels, run.recipe().ensemble
    parts = [(part, part.recipe()) for part in run.members()]
    copies = settings.copies if copies is None else copies
    if any(recipe.baseline for _, recipe in parts):
        _check_baseline(run.folder, copies, backend, device)
    elif backend == "onnx":
        raise SettingsError(
            f"{run.folder} is a run, which has no ONNX graph; make a bundle with `arxonomy export`, "
            "or use the backend torch"
        )
    validation = read_validation(run)
    with needs_extra("train", "a run folder"):  # SciPy fits
        calibrations, listed = validation.fit(), validation.fit_listed()
        threshold = validation.choose_listed_threshold(listed)
        check = validation.fit_check(calibrations, listed)
    members: list[Member] = []
    for part, recipe in parts:
        own, own_listed, own_validation = calibrations, listed, validation
        if part is not run:
            own_validation = read_validation(part)
            own, own_listed = own_validation.fit(), own_validation.fit_listed()
        typicality = own_validation.fit_typicality()
        if recipe.baseline:
            members.append(_load_baseline(part, own, typicality, threads))
            continue
        encoder = Encoder(part.vocabulary(), recipe.text)
        copier = None
        if copies:
            copier = Copier(find_synonyms(part.weights), encoder.vocabulary.words, copies, settings.alpha)
        network = _make_torch_backend(part, threads, device, "a run folder")
        members.append(NetworkMember(network, encoder, own, copier, own_listed, typicality))
    return Classifier(
        members,
        labels,
        calibrations=calibrations,
        listed_calibrations=listed,
        listed_threshold=threshold,
        check_thresholds=check,
        sources=[open_model(run.folder)],
        training_prior=validation.compute_prior(calibrations),
        taxonomy=read_own_taxonomy(run.folder),
    )


def _load_baseline(
    source: Run | Bundle, calibrations: Calibrations, typicality: Typicality | None, threads: int | None
) -> BaselineMember:
    baseline = load_baseline(source, threads)
    if isinstance(baseline.reader, SentenceReader):
        set_torch_threads(threads)  # for sentence vectors
    return BaselineMember(baseline, calibrations, typicality)


def _check_baseline(folder: Path, copies: int, backend: str, device: str) -> None:
    """Make sure that nothing is asked of a run or bundle with a baseline that a baseline cannot do."""
    if backend == "onnx":
        raise SettingsError(f"{folder} has a baseline, which has no ONNX graph; leave out the backend")
    if device == "cuda":
        raise SettingsError(f"{folder} has a baseline, which is computed on the CPU; leave out the device")
    if copies:
        raise SettingsError(
            f"{folder} has a baseline, which has no word vectors to make copies of papers by; expected "
            f"0 copies, found {copies}"
        )


def _load_bundle(
    bundle: Bundle, copies: int | None, backend: str, threads: int | None, device: str
) -> Classifier:
    manifest = bundle.manifest
    copies = manifest.copies if copies is None else copies
    alpha = EnsembleSettings().alpha if manifest.alpha is None else manifest.alpha
    members: list[Member] = []
    if any(part.manifest.baseline for part in bundle.members):
        _check_baseline(bundle.folder, copies, backend, device)
    for part in bundle.members:
        calibrations, typicality = part.manifest.get_calibrations(), part.manifest.typicality
        if part.manifest.baseline:
            members.append(_load_baseline(part, calibrations, typicality, threads))
            continue
        if backend == "torch" or device == "cuda":
            network: Backend = _make_torch_backend(part, threads, device, "the backend torch")
        else:
            network = OnnxBackend(part.graph, threads)
        encoder = Encoder(part.vocabulary(), part.text)
        copier = Copier(part.synonyms(), encoder.vocabulary.words, copies, alpha) if copies else None
        listed = part.manifest.get_listed_calibrations()
        members.append(NetworkMember(network, encoder, calibrations, copier, listed, typicality))
    return Classifier(
        members,
        bundle.labels,
        calibrations=manifest.get_calibrations(),
        listed_calibrations=manifest.get_listed_calibrations(),
        listed_threshold=manifest.listed.threshold if manifest.listed else None,
        check_thresholds=manifest.check,
        unknown_words_limit=manifest.unknown_words_limit,
        sources=[open_model(bundle.folder)],
        training_prior=get_training_prior(manifest)
        or average_class_priors([get_training_prior(part.manifest) for part in bundle.members]),
        taxonomy=read_own_taxonomy(bundle.folder),
    )


def _make_torch_backend(source: Run | Bundle, threads: int | None, device: str, what: str) -> Backend:
    """Make the backend of a network; `what` needs PyTorch, as a message says."""
    with needs_extra("train", what):
        from arxonomy.artifacts.networks import load_network
        from arxonomy.inference.torch_backend import TorchBackend
    return TorchBackend(load_network(source), threads, device)
