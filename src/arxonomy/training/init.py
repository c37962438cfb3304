"""Starts a network from the weights of another run, or of a bundle, whose labels and words may be others."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from arxonomy.advice import name_option
from arxonomy.artifacts.bundle import Bundle, is_bundle
from arxonomy.artifacts.hub import find_folder
from arxonomy.artifacts.run import Run, read_recipe
from arxonomy.artifacts.tensors import read_tensors
from arxonomy.artifacts.weights import unpack
from arxonomy.config import ModelSettings
from arxonomy.errors import RunError, SettingsError
from arxonomy.models import build_model
from arxonomy.records import AnyPath
from arxonomy.text import Vocabulary

_LOG = logging.getLogger(__name__)
_SHOWN = 6
"""Tensors that are named in the note."""


def open_finished(path: AnyPath, option: str) -> Run:
    """Open a run that another one is to be made from.

    Args:
        path: The run folder.
        option: The option that named it.

    Raises:
        SettingsError: It is a bundle, which does not say what it has seen.
        RunError: There is no run, or its training has not ended.
    """
    run = Run(path)
    if not run.exists() and is_bundle(Path(path)):
        raise SettingsError(
            f"{name_option(option)}: expected a run folder, found the bundle {path}, which does not say "
            "which texts it has seen; give the run that it was exported from"
        )
    if not run.exists():
        raise RunError(f"{name_option(option)}: expected a run folder, found none at {path}")
    if run.metrics() is None:
        raise RunError(
            f"{name_option(option)}: the training of {path} has not ended; resume it with `arxonomy train "
            "--resume`"
        )
    return run


def open_init(path: AnyPath, settings: ModelSettings) -> Run | Bundle:
    """Open the run or the bundle that a network is to start from.

    Args:
        path: Its folder, or the name of a bundle on the Hugging Face Hub.
        settings: The network's.

    Raises:
        SettingsError: It has another architecture, or none.
        RunError: There is no run, or its training has not ended.
        BundleError: The bundle is damaged.
    """
    found: Run | Bundle
    folder = find_folder(path)
    if is_bundle(folder) and not Run(folder).exists():
        found = Bundle(folder)
        recipe = read_recipe(found.folder)
    else:
        found = open_finished(folder, "--init")
        recipe = found.recipe()
    is_network = recipe.baseline is None and not recipe.ensemble.members
    if is_network and recipe.model.architecture == settings.architecture:
        return found
    kind = f"architecture {recipe.model.architecture}"
    if not is_network:
        kind = f"{'baseline' if recipe.baseline else 'ensemble'} {recipe.name}"
    raise SettingsError(
        f"{name_option('--init')}: expected a run of the architecture {settings.architecture}, found the "
        f"{kind} in {path}; give another run, or train its recipe"
    )


def extend_vocabulary(vocabulary: Vocabulary, init: Run | Bundle, max_words: int) -> Vocabulary:
    """Add the words that the run before knows, by their frequency there, as far as there is room.

    A paper to classify may have them though the training papers do not.
    """
    new = [word for word in init.vocabulary().words if word not in vocabulary.ids]
    return Vocabulary([*vocabulary.words, *new[: max(0, max_words - len(vocabulary))]])


def start_from(
    network: nn.Module,
    settings: ModelSettings,
    vocabulary: Vocabulary,
    labels: tuple[str, ...],
    init: Run | Bundle,
) -> None:
    """Copy the weights of another run, as far as they fit; a note says what was copied, a warning if little.

    Tables with a row for each word are copied by word. Every other tensor of equal name and shape is copied,
    except that what belongs to the labels is copied only where these are the same.

    Args:
        network: Its weights are replaced in place.
        settings: The network's.
        vocabulary: The words of its tables.
        labels: Its labels, in the order of its logits.
        init: What `open_init` returned.

    Raises:
        RunError: The weights there are damaged.
        SettingsError: Nothing fits.
    """
    old = unpack(read_tensors(init.weights)[0])
    new = network.state_dict()  # shares memory with the network
    tables, heads = _find_sized(settings)
    same_labels = (init.labels if isinstance(init, Bundle) else init.info().labels) == labels
    places = {word: row for row, word in enumerate(init.vocabulary().words)}
    known = [(row, places[word]) for row, word in enumerate(vocabulary.words) if word in places]
    rows, old_rows = (torch.tensor(column) for column in zip(*known, strict=True))
    left, copied, words = [], 0, 0
    with torch.no_grad():
        for name, tensor in new.items():
            if name.startswith("linear."):  # fitted once the rest is trained
                continue
            given = old.get(name)
            if name in tables and given is not None and given.shape[1:] == tensor.shape[1:]:
                tensor[rows] = given[old_rows].to(tensor)
                copied, words = copied + 1, len(known)
            elif given is None or given.shape != tensor.shape or (name in heads and not same_labels):
                left.append(name)
            else:
                tensor.copy_(given)
                copied += tensor.dim() > 1  # counts of batches and biases fit by chance
    if not copied:
        raise SettingsError(
            f"{name_option('--init')}: no weight of {init.folder} fits this network; train it with the same "
            "settings of [model]"
        )
    named = ", ".join(left[:_SHOWN]) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
    fits = len(new) - len(left)
    _LOG.log(
        logging.INFO if 2 * fits >= len(new) else logging.WARNING,
        "init: %s of %s words and %d of %d tensors are those of %s; new: %s",
        f"{words:,}",
        f"{len(vocabulary):,}",
        fits,
        len(new),
        init.folder,
        named or "none",
    )


def _find_sized(settings: ModelSettings) -> tuple[set[str], set[str]]:
    """The tensors with a row for each word, and those whose shape depends on the number of labels."""

    def list_shapes(words: int, labels: int) -> Mapping[str, Tensor]:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            return build_model(settings, words, labels).state_dict()

    base, wordier, finer = list_shapes(10, 5), list_shapes(11, 5), list_shapes(10, 6)
    tables = {name for name in base if base[name].shape != wordier[name].shape}
    return tables, {name for name in base if base[name].shape != finer[name].shape}
