"""The network whose features a baseline `network-head` reads: a bundle, of which each run has a copy."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle, read_manifest
from arxonomy.artifacts.hub import find_folder
from arxonomy.artifacts.origin_facts import ModelSource
from arxonomy.artifacts.saved_model import NETWORK
from arxonomy.atomic import PARTIAL
from arxonomy.config.baselines import NetworkHeadSettings
from arxonomy.errors import SettingsError
from arxonomy.models.baselines.network_head import FEATURES, FeatureReader
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import AnyPath
from arxonomy.text import Encoder


def find_network(settings: NetworkHeadSettings) -> Path:
    """Find the bundle that the settings name, or the packaged one."""
    return find_packaged_bundle() if settings.network is None else find_folder(settings.network)


def open_features(folder: AnyPath, threads: int | None = None) -> FeatureReader:
    """Open the network of a bundle, whose every byte is checked, as the reader of a baseline.

    Args:
        folder: The bundle.
        threads: Threads of one computation, >= 1; None takes all cores.

    Raises:
        BundleError: It is no bundle, or damaged.
        SettingsError: It has no features: an ensemble, a baseline, or a network of another architecture or
            from before there were any.
    """
    bundle = Bundle(folder)
    manifest = bundle.manifest
    if manifest.members:
        found = "an ensemble"
    elif manifest.baseline:
        found = f"the baseline {manifest.baseline}"
    else:
        network = OnnxBackend(bundle.graph, threads)
        if FEATURES in network.outputs:
            return FeatureReader(network, Encoder(bundle.vocabulary(), bundle.text), manifest.sha256)
        found = f"one of the architecture {manifest.model.architecture} without them"
    raise SettingsError(
        f"{folder}: expected a network that gives out its features, found {found}; export a run of the "
        "architecture arxonomy with this version, and name its bundle (baseline.network, or `arxonomy train "
        "--on BUNDLE`)"
    )


def describe_network(settings: NetworkHeadSettings) -> ModelSource:
    """Describe the network for what is made on it.

    Raises:
        BundleError: It is no bundle, or its description is damaged.
    """
    folder = find_network(settings)
    manifest = read_manifest(folder)
    return ModelSource(name=folder.resolve().name, recipe=manifest.recipe, sha256=manifest.sha256)


def copy_network(bundle: Path, folder: Path) -> None:
    """Copy a bundle as the network of a run or a bundle, unless it has one; a copy is whole or not there."""
    target = folder / NETWORK
    if target.is_dir():
        return
    with tempfile.TemporaryDirectory(PARTIAL, f".{NETWORK}.", folder) as temporary:
        shutil.copytree(bundle, Path(temporary) / NETWORK).rename(target)
