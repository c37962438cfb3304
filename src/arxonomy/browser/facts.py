"""What the scripts need to know of a model besides its weights: names, and how logits become an answer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arxonomy.errors import BundleError
from arxonomy.evaluation import Calibrations
from arxonomy.inference import Classifier, load
from arxonomy.inference.loading import read_card
from arxonomy.inference.members import NetworkMember
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import AnyPath
from arxonomy.serving.model_facts import describe_model


@dataclass(frozen=True)
class BrowserModel:
    """A model that a browser can compute."""

    folder: Path
    """Its bundle."""
    facts: dict[str, Any]
    """What the scripts need to know of it."""
    vocabulary: tuple[str, ...]
    """The words that it knows, in the order of their ids."""


def load_model(path: AnyPath | None) -> BrowserModel:
    """Load a model whose answers the scripts can give.

    Args:
        path: A bundle; None is the model in use.

    Raises:
        BundleError: It is damaged, or of a kind that the scripts do not compute: a run folder, several
            networks, a baseline, one that reads characters or classifies copies of papers.
    """
    classifier = load(path, backend="auto", threads=1)
    member, source = classifier.members[0], classifier.source
    if source is None or len(classifier.members) > 1 or not isinstance(member, NetworkMember):
        raise _refuse(path, "a baseline or several models")
    if not isinstance(member.network, OnnxBackend):
        raise _refuse(path, "a run folder")
    if member.copier is not None or member.encoder.settings.word_chars:
        raise _refuse(path, "a network that reads characters, or copies of papers")
    return BrowserModel(source.path, _describe(classifier, member), member.encoder.vocabulary.words)


def _refuse(path: AnyPath | None, found: str) -> BundleError:
    name = "the model in use" if path is None else os.fspath(path)
    return BundleError(
        f"{name}: expected a bundle of one network for the page, found {found}; export one network with "
        "`arxonomy export RUN --out BUNDLE --weights compact`"
    )


def _describe(classifier: Classifier, member: NetworkMember) -> dict[str, Any]:
    settings, typicality, listed = member.encoder.settings, member.typicality, member.listed_calibrations
    return {
        "model": describe_model(classifier, read_card(classifier.sources[0].path)).model_dump(),
        "text": {"title_tokens": settings.title_tokens, "abstract_tokens": settings.abstract_tokens},
        "calibrations": _describe_calibrations(member.calibrations),
        "listed": None if listed is None else _describe_calibrations(listed),
        "typicality": None if typicality is None else typicality.to_dict(),
    }


def _describe_calibrations(calibrations: Calibrations) -> dict[str, Any]:
    kinds = {"whole": calibrations.whole, "title": calibrations.title, "abstract": calibrations.abstract}
    return {name: {"temperature": one.temperature, "biases": one.biases} for name, one in kinds.items()}
