"""Run folders -> a bundle, written atomically, and only if both backends give the same predictions."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from arxonomy.advice import advise_option, name_option
from arxonomy.artifacts.baselines import load_baseline, write_baseline
from arxonomy.artifacts.bundle import (
    CARD,
    NEAR_WORDS,
    is_bundle,
    list_member_folders,
    pack_hashes,
    write_manifest,
)
from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.kept_papers import read_kept_papers
from arxonomy.artifacts.network_features import copy_network
from arxonomy.artifacts.own_taxonomy import read_own_taxonomy, write_own_taxonomy
from arxonomy.artifacts.run import Run, write_json, write_recipe
from arxonomy.artifacts.saved_model import NETWORK, TRAINED_ON, open_model, read_own_identities
from arxonomy.artifacts.validation import read_validation
from arxonomy.artifacts.weights import Weights
from arxonomy.atomic import replace_folder, write_atomic
from arxonomy.config import EnsembleSettings, Recipe
from arxonomy.errors import BundleError, PackingError, SettingsError, needs_extra
from arxonomy.evaluation import Agreement, Calibrations, compare_answers
from arxonomy.inference.calibration import check_labels
from arxonomy.inference.card import render_card
from arxonomy.inference.manifest import describe_ensemble, describe_run, make_ensemble_recipe
from arxonomy.models.backend import Backend
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import AnyPath, Paper
from arxonomy.text import EncodedPaper, Encoder, collate, make_length_batches
from arxonomy.text.copier import find_near_words

_LOG = logging.getLogger(__name__)

LARGEST_DIFFERENCE = 1e-5
"""Largest difference in probability between the backends; a bundle with more is not written."""


def export_bundle(
    run: AnyPath | Sequence[AnyPath],
    out: AnyPath,
    *,
    weights: Weights = "float32",
    copies: int | None = None,
    license: str = "unknown",
    card_extra: str = "",
) -> Path:
    """Make a bundle of a run, or of several that vote.

    The folder is built next to `out` and replaces it at the end, so that a bundle which was there
    before is kept when anything goes wrong.

    Args:
        run: A run folder whose training has ended, of one model or of an ensemble; or several with the
            same labels, which become an ensemble. Their vote is calibrated if all have the same papers
            and split; otherwise `calibration` in `bundle.json` is None.
        out: The bundle's folder; another bundle there is replaced, anything else is kept.
        weights: `float32`, or `compact` (about a quarter of the size; see `weights.pack`).
        copies: Augmented copies of a paper that the bundle classifies in its place and averages (test-time
            augmentation), >= 0; None is what the run's recipe states. This leaves the calibration as it is.
        license: The identifier of the model's license for the model card, as the Hugging Face Hub spells it
            (`apache-2.0`, `cc-by-4.0`).
        card_extra: Markdown to add to the model card.

    Returns:
        `out`.

    Raises:
        RunError: A run is damaged, or its training has not ended.
        SettingsError: The runs' labels differ, there are none, or `copies` is less than 0 (with a baseline:
            not 0).
        BundleError: `out` is something else, the backends disagree, or PyTorch is not installed.
        PackingError: Compact weights answer too differently from those of the run (`evaluation.agreement`).
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    runs = [Run(folder) for folder in ([run] if isinstance(run, str | os.PathLike) else run)]
    check_labels([(str(run.folder), run.info().labels) for run in runs])
    members = [(part, part.recipe().baseline) for run in runs for part in run.members()]
    if copies is not None and copies < 0:
        raise SettingsError(f"copies: expected at least 0, found {copies}")
    if copies and (baselines := [part.folder for part, baseline in members if baseline]):
        raise SettingsError(
            f"{baselines[0]} is a baseline, which has no word vectors to make copies of papers by; expected "
            f"0 copies, found {copies}"
        )
    target = Path(out).resolve()
    if not all(baseline for _, baseline in members):
        with needs_extra("train", "exporting"):
            import torch  # noqa: F401
    if target.exists() and not is_bundle(target):
        raise BundleError(
            f"{target} exists and is no bundle; it is left alone: choose another {name_option('--out')}"
        )
    with replace_folder(target) as fresh:
        _write_bundle(fresh, runs, weights, copies, license, card_extra)
    return Path(out)


def _write_bundle(
    folder: Path, runs: Sequence[Run], weights: Weights, copies: int | None, license: str, extra: str
) -> None:
    write_own_taxonomy(folder, next(filter(None, (read_own_taxonomy(run.folder) for run in runs)), None))
    stated = runs[0].recipe().ensemble if len(runs) == 1 else EnsembleSettings()
    wanted = stated.copies if copies is None else copies
    tta = {"copies": wanted, "alpha": stated.alpha} if wanted else {}
    members = [member for run in runs for member in run.members()]
    if len(members) == 1:
        manifest = describe_run(members[0], weights).model_copy(update=tta)
        _write_model(folder, members[0], manifest, bool(wanted), license, extra)
        return
    manifests = []
    for member, place in zip(members, list_member_folders(folder, len(members)), strict=True):
        place.mkdir()
        manifests.append(_write_model(place, member, describe_run(member, weights), bool(wanted), license))
    recipe = make_ensemble_recipe(runs, members, stated.model_copy(update={"copies": wanted}))
    write_recipe(folder, recipe)
    manifest = describe_ensemble(runs, members, manifests, recipe).model_copy(update=tta)
    write_atomic(folder / CARD, render_card(manifest, extra, license=license))
    write_manifest(folder, manifest)


def _write_model(
    folder: Path, run: Run, manifest: Manifest, with_synonyms: bool, license: str, extra: str = ""
) -> Manifest:
    """Write the bundle of one model; returns the completed manifest."""
    from safetensors.numpy import save

    # Of hundreds of thousands of papers, two may have the same hash: both count among those that are named.
    seen = read_own_identities(open_model(run.folder))
    write_atomic(folder / TRAINED_ON, save({"papers": pack_hashes(np.sort(seen))}))
    write_recipe(folder, _name_network(run.recipe()))
    if (run.folder / NETWORK).is_dir():
        copy_network(run.folder / NETWORK, folder)
    if manifest.baseline:
        baseline = load_baseline(run)
        write_baseline(folder, baseline, manifest.weights)
        manifest = manifest.model_copy(update={"words": baseline.count_words()})
    else:
        manifest = _write_network(folder, run, manifest, with_synonyms)
    write_atomic(folder / CARD, render_card(manifest, extra, license=license))
    write_manifest(folder, manifest)
    return manifest


def _name_network(recipe: Recipe) -> Recipe:
    """The recipe without the folder of the network that a baseline reads by: the bundle has a copy of it."""
    own = recipe.baseline
    if own is None or own.kind != "network-head" or own.network is None:
        return recipe
    return recipe.model_copy(update={"baseline": own.model_copy(update={"network": Path(own.network).name})})


def _write_network(folder: Path, run: Run, manifest: Manifest, with_synonyms: bool) -> Manifest:
    """Write a network's files; returns the manifest with how far the backends differ."""
    from safetensors.numpy import save

    from arxonomy.artifacts.networks import load_network
    from arxonomy.artifacts.tensors import tensors_to_bytes
    from arxonomy.artifacts.weights import WORD_VECTORS, pack, unpack
    from arxonomy.inference.onnx_export import export_onnx
    from arxonomy.inference.torch_backend import TorchBackend

    network, vocabulary = load_network(run), run.vocabulary()
    write_json(folder / "vocabulary.json", list(vocabulary.words))
    if with_synonyms:
        table = network.get_parameter(WORD_VECTORS).detach().numpy()
        write_atomic(folder / f"{NEAR_WORDS}.safetensors", save({NEAR_WORDS: find_near_words(table)}))

    stored = pack(network.state_dict(), manifest.weights)
    write_atomic(folder / "model.safetensors", tensors_to_bytes(stored))
    network.load_state_dict(unpack(stored))
    probes = list(_make_probes(Encoder(vocabulary, run.recipe().text)))
    heads = {"logits": manifest.get_calibrations()}
    if (listed := manifest.get_listed_calibrations()) is not None:
        heads["listed_logits"] = listed
    before = _compute_probabilities(TorchBackend(network, device="cpu"), probes, heads)
    export_onnx(
        network,
        folder / "model.safetensors",
        folder / "model.onnx",
        manifest.model,
        manifest.text.word_chars,
    )
    exported = OnnxBackend(folder / "model.onnx")
    after = _compute_probabilities(exported, probes, heads)
    difference = float(np.abs(after - before).max())
    if not difference <= LARGEST_DIFFERENCE:
        raise BundleError(
            f"expected the same probabilities from PyTorch and ONNX Runtime to {LARGEST_DIFFERENCE}, found a "
            f"difference of {difference:.2g}; no bundle was written. Please report this with the recipe"
        )
    found: dict[str, object] = {"backends_differ_by": difference}
    if (agreement := _check_packed(run, manifest, exported)) is not None:
        found["packed_agreement"] = agreement
    return manifest.model_copy(update=found)


def _check_packed(run: Run, manifest: Manifest, exported: Backend) -> Agreement | None:
    """Compare packed weights with the trained ones, on the papers that the run has kept for it.

    Raises:
        PackingError: They differ by more than `evaluation.agreement` allows.
    """
    if manifest.weights == "float32":
        return None
    if (kept := read_kept_papers(run)) is None:
        _LOG.info("%s: no papers were kept to compare packed weights with the trained ones on", run.folder)
        return None
    scores, calibrations = read_validation(run).papers, manifest.get_calibrations()
    orders = make_length_batches(kept.papers, 32)
    batches = [[kept.papers[place] for place in order] for order in orders]
    after = _compute_probabilities(exported, batches, {"logits": calibrations})[0]
    rows = kept.rows[np.concatenate(orders)]
    reads = [paper.read for batch in batches for paper in batch]
    before = calibrations.apply(scores.given[rows], reads)
    agreement = compare_answers(before, after, scores.labels[rows])
    if faults := agreement.find_faults():
        raise PackingError(
            f"{run.folder}: packed weights answer too differently from trained ones; "
            f"{'; '.join(faults)}. No bundle was written. {advise_option('--weights', 'float32')} "
            "keeps them as they are"
        )
    return agreement


def _make_probes(encoder: Encoder) -> Iterator[list[EncodedPaper]]:
    """Make batches of invented texts: long, short, empty, padded and alone."""
    generator = random.Random(0)
    words = ["a-word-that-no-vocabulary-has", *encoder.vocabulary.words[2:]]

    def make_text(longest: int) -> str:
        return " ".join(generator.choices(words, k=generator.choice((0, 1, 5, longest))))

    for papers in (1, 1, 5, 5, 24, 24):
        pairs = [
            (make_text(encoder.settings.title_tokens), make_text(encoder.settings.abstract_tokens))
            for _ in range(papers)
        ]
        yield [encoder.encode(Paper("", title, abstract)) for title, abstract in pairs]


def _compute_probabilities(
    backend: Backend, batches: Sequence[Sequence[EncodedPaper]], heads: Mapping[str, Calibrations]
) -> npt.NDArray[np.float64]:
    """Compute calibrated probabilities (H, N, C) of H heads, given the calibrations of each output."""
    outputs = zip(*(backend.run(collate(batch), list(heads)) for batch in batches), strict=True)
    reads = [paper.read for batch in batches for paper in batch]
    return np.stack(
        [own.apply(np.concatenate(head), reads) for own, head in zip(heads.values(), outputs, strict=True)]
    )
