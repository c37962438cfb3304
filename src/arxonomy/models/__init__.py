"""Networks: word ids -> logits and attention maps. One file per architecture, readable alone.

arxonomy.py            `arxonomy`: narrow, with a bag of words and word pairs
linear.py              its linear branch, a logistic regression of tf-idf
ngram_rows.py          words and word pairs -> rows of the tables of both
hybrid.py              `v1`: a title by a BiLSTM, an abstract by a residual CNN
deep.py                `v4-deep`: deeper and wider, with the characters of each word
reference_baseline.py  `baseline`: the reference system's first network
ablated.py             a hybrid network without some of its components
layers.py              layers that several architectures use unchanged
batch_norm.py          batch normalization over tokens alone, and over several processes
backend.py             what computes a network: the interface of the next, and of PyTorch's
onnx_backend.py        computes with ONNX Runtime, which every installation has
predict.py             logits of many papers of any length
reference_weights.py   checkpoints of the reference system -> a network
baselines/             the simpler classifiers that networks are compared with
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from arxonomy.config import ModelSettings, Recipe, Settings
from arxonomy.errors import SettingsError, needs_extra, suggest_name

if TYPE_CHECKING:
    from torch import nn

    from arxonomy.models.hybrid import HybridCNNLSTM as HybridCNNLSTM

ARCHITECTURES = {
    "arxonomy": ("arxonomy.models.arxonomy", "ArxonomyNetwork"),
    "baseline": ("arxonomy.models.reference_baseline", "BaselineCNNLSTM"),
    "v1": ("arxonomy.models.hybrid", "HybridCNNLSTM"),
    "v4-deep": ("arxonomy.models.deep", "DeepHybridCNNLSTM"),
}
"""Name of an architecture -> the module and class that define it, imported only when it is built."""
PAIR_SETTINGS = ["word_dropout", "branch_dropout", "pair_dim", "pair_buckets", "linear_rows"]
"""Settings of networks that sum the vectors of words and word pairs."""


def build_model(settings: ModelSettings, vocab_size: int, num_classes: int) -> nn.Module:
    """Build a network with initial weights.

    Raises:
        SettingsError: The architecture is unknown or lacks a part of `model.without`.
        MissingExtraError: PyTorch is not installed.
    """
    network = _import_network(settings.architecture)
    names = ["embed_dim", "num_filters", "kernel_sizes", "lstm_hidden", "dropout"]
    names += PAIR_SETTINGS if getattr(network, "sums_pairs", False) else ["variational"]
    own = {name: getattr(settings, name) for name in names}
    model: nn.Module = network(vocab_size=vocab_size, num_classes=num_classes, **own)
    if settings.without:
        from arxonomy.models.ablated import remove_parts

        remove_parts(model, settings.without)
    return model


def check_recipe(recipe: Recipe) -> None:
    """Make sure that a recipe's text and training settings fit its network, or its baseline.

    Raises:
        SettingsError: They do not, there is no such network, or a baseline needs a package that is not
            installed.
    """
    if recipe.baseline:
        _check_baseline(recipe, recipe.baseline.kind)
        return
    network, name = _import_network(recipe.model.architecture), recipe.model.architecture
    reads, chars = getattr(network, "reads_characters", False), recipe.text.word_chars
    if reads and not chars:
        raise SettingsError(
            f"setting `text.word_chars`: {name} reads characters; expected 1 or more, found 0"
        )
    if chars and not reads:
        raise SettingsError(
            f"setting `text.word_chars`: {name} reads no characters; expected 0, found {chars}"
        )
    if recipe.training.mixup_share and not getattr(network, "mixes", False):
        raise SettingsError(
            f"setting `training.mixup_share`: {name} cannot mix features; expected 0, "
            f"found {recipe.training.mixup_share}"
        )
    sums_pairs = getattr(network, "sums_pairs", False)
    # A file with all settings, such as `arxonomy recipes` prints, states the defaults too.
    own = [f"model.{key}" for key in PAIR_SETTINGS if _is_changed(recipe.model, key)]
    own += [
        f"training.{key}"
        for key in ("table_learning_rate", "listed_loss", "round_tables", "linear_since")
        if _is_changed(recipe.training, key)
    ]
    if own and not sums_pairs:
        raise SettingsError(
            f"setting `{min(own)}`: {name} has neither word pairs, a second head nor a linear branch; "
            "leave the setting out"
        )
    if recipe.model.without:
        from arxonomy.models.ablated import check_removable

        check_removable(network, recipe.model.without)


def _is_changed(settings: Settings, key: str) -> bool:
    """Whether a setting has another value than its default."""
    return bool(getattr(settings, key) != type(settings).model_fields[key].default)


def _check_baseline(recipe: Recipe, kind: str) -> None:
    """Refuse settings that a baseline would ignore, and a baseline whose packages are missing."""
    from arxonomy.models.baselines import check_installed

    used = {"training": {"seed", "monitor"}, "text": set[str](), "model": set[str]()}
    for table, names in used.items():
        if unused := sorted(getattr(recipe, table).model_fields_set - names):
            raise SettingsError(
                f"setting `{table}.{unused[0]}`: it is for networks, and the recipe {recipe.name} trains a "
                "baseline, which has its own settings in `baseline`; leave it out"
            )
    check_installed(kind)


def _import_network(architecture: str) -> Any:
    if architecture not in ARCHITECTURES:
        hint = suggest_name(architecture, ARCHITECTURES)
        raise SettingsError(f"no architecture is called `{architecture}`: {hint}")
    module, name = ARCHITECTURES[architecture]
    with needs_extra("train", f"the architecture {architecture}"):
        return getattr(importlib.import_module(module), name)


def __getattr__(name: str) -> Any:
    if name == "HybridCNNLSTM":  # lazily: importing PyTorch takes seconds
        from arxonomy.models.hybrid import HybridCNNLSTM

        return HybridCNNLSTM
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
