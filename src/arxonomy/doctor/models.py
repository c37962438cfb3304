"""The model that answers, and the others that are installed; each of their bytes is checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.installed import (
    PACKAGED,
    VARIABLE,
    FoundModel,
    InstalledModel,
    find_model,
    get_name_in_use,
    list_models,
)
from arxonomy.artifacts.saved_model import open_model
from arxonomy.doctor.results import Model
from arxonomy.errors import ArxonomyError
from arxonomy.runtime import count_cores

if TYPE_CHECKING:
    from arxonomy.inference import Classifier

_ORIGINS = {
    "named": "it was named",
    "variable": f"the variable {VARIABLE} names it",
    "in use": "arxonomy models use",
    "package": "in the package, and no other one is named or in use",
}


def check_models() -> tuple[list[Model], Classifier | None]:
    """Check the model that answers where none is named, and all others that are installed.

    Returns:
        The models, that which answers first, and its classifier; None where it cannot be loaded.

    Raises:
        ArxonomyError: The file that says which model is in use is damaged.
    """
    try:
        found = find_model()
    except ArxonomyError as error:  # it is gone, or the Hub does not answer
        name = os.environ.get(VARIABLE) or get_name_in_use()
        answering, classifier = Model(name, "not found", True, fault=str(error)), None
    else:
        answering, classifier = _check_answering(found)
    others = [
        _check_installed(own)
        for own in list_models()
        if str(own.folder) != answering.folder and (classifier is not None or own.name != answering.name)
    ]
    return [answering, *others], classifier


def _check_answering(found: FoundModel) -> tuple[Model, Classifier | None]:
    name = PACKAGED if found.origin == "package" else found.folder.name
    folder, origin = str(found.folder), _ORIGINS[found.origin]
    try:
        from arxonomy.inference import load

        classifier = load(found.folder)
        saved = open_model(found.folder)
    except (ArxonomyError, ImportError, OSError) as error:
        return Model(name, folder, True, origin, fault=str(error)), None
    libraries = {"onnx": "ONNX Runtime, float32", "torch": "PyTorch, float32", "baseline": "NumPy"}
    used = sorted({libraries[member.name] for member in classifier.members})
    model = Model(
        name,
        folder,
        True,
        origin,
        recipe=saved.name,
        last_month=saved.last_month,
        sha256=saved.sha256,
        weights=saved.manifest.weights if saved.manifest else "float32",
        computed=f"{' and '.join(used)}, threads: {count_cores()}",
    )
    return model, classifier


def _check_installed(own: InstalledModel) -> Model:
    if own.fault is not None:
        return Model(own.name, str(own.folder), False, fault=own.fault)
    try:
        sha256 = Bundle(own.folder).manifest.sha256
    except ArxonomyError as error:
        return Model(own.name, str(own.folder), False, fault=str(error))
    return Model(
        own.name, str(own.folder), False, recipe=own.recipe, last_month=own.last_month, sha256=sha256
    )
