"""Where models live, and which one answers where none is named.

A model that is named comes first; then the one that the variable `ARXONOMY_MODEL` names; then the one in use
in the user's data folder; then the one in the package. Every command, Python, the service and bulk find
their model by `find_model`. A name is a folder, or `hf://owner/name@commit` (see `hub.py`).

In the user's data folder (`~/.local/share/arxonomy/models` on Linux; `XDG_DATA_HOME` moves it):

NAME/         a bundle, kept when another one is put in use; its name ends with 8 digits of its SHA-256
in_use.json   the names that were put in use, oldest first: the last one is in use. None: the package's
lock          held while one of these changes

The file is replaced at once, after the bundle is complete, so that whatever is killed leaves either the old
model in use or the new one.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle, is_bundle, read_manifest
from arxonomy.artifacts.hub import find_folder
from arxonomy.artifacts.saved_model import choose_scores, find_last_month
from arxonomy.atomic import PARTIAL, write_atomic
from arxonomy.errors import ArxonomyError, BundleError, SettingsError, suggest_name
from arxonomy.evaluation.results import Interval
from arxonomy.records import AnyPath

VARIABLE = "ARXONOMY_MODEL"
"""The variable of the environment that names a bundle or a run folder."""

PACKAGED = "packaged"
"""The name of the model in the package."""

_LOG = logging.getLogger(__name__)

_LOCKED_FOR = 60  # seconds of waiting for another process
_HISTORY = "in_use.json"


@dataclass(frozen=True)
class FoundModel:
    """A bundle or a run folder, and why it is that one."""

    folder: Path
    """Where it is."""
    origin: Literal["named", "variable", "in use", "package"]
    """By which part of the rule it was found."""


@dataclass(frozen=True)
class InstalledModel:
    """A model that can be put in use."""

    name: str
    """Its name."""
    folder: Path
    """Its bundle."""
    in_use: bool
    """Whether it is in use."""
    recipe: str = ""
    """The recipe's name."""
    last_month: str | None = None
    """The month of the newest paper that it was trained on or chosen by; None where it does not say."""
    accuracy: Interval | None = None
    """Its own test score, or else its validation score; None where it has none."""
    part: str | None = None
    """Which of the two it is."""
    fault: str | None = None
    """Why it cannot be read; None where it can."""


def get_models_folder() -> Path:
    """Get the folder of the user's models, whether it exists or not."""
    return user_data_path("arxonomy", appauthor=False) / "models"


def find_model(path: AnyPath | None = None) -> FoundModel:
    """Find the model to load, by the rule that is stated above; a note says where it is not the obvious one.

    Args:
        path: The bundle or run folder that was named, or `hf://owner/name@commit`; None: none was.

    Raises:
        BundleError: There is none, or the one in use is gone.
        ArxonomyError: The Hub does not give it out; see `find_folder`.
    """
    if path is not None:
        return FoundModel(find_folder(path), "named")
    if named := os.environ.get(VARIABLE):
        _LOG.info("model: %s, as %s says", named, VARIABLE)
        return FoundModel(find_folder(named), "variable")
    if (name := get_name_in_use()) != PACKAGED:
        folder = _find_installed(name)
        _LOG.info("model: %s, which is in use (see arxonomy models)", name)
        return FoundModel(folder, "in use")
    return FoundModel(find_packaged_bundle(), "package")


def get_name_in_use() -> str:
    """Get the name of the model in use; `PACKAGED` where the user has chosen none."""
    return [PACKAGED, *_read_history()][-1]


def list_models() -> list[InstalledModel]:
    """List the models that can be put in use: that of the package, and the installed ones by name."""
    used, root = get_name_in_use(), get_models_folder()
    folders = sorted(path for path in root.glob("*") if is_bundle(path) and not path.name.startswith("."))
    found = {path.name: path for path in folders}
    try:
        found = {PACKAGED: find_packaged_bundle(), **found}
    except BundleError:  # an installation without a model
        pass
    if used not in found:
        found[used] = root / used
    return [_describe(name, folder, name == used) for name, folder in found.items()]


def use_model(model: AnyPath) -> str:
    """Put a model in use; the one that was in use is kept, and `roll_back` goes back to it.

    Args:
        model: The name of an installed model, `PACKAGED`, or a bundle (a folder, or on the Hub), which is
            copied into the user's data folder and checked there.

    Returns:
        The model's name.

    Raises:
        BundleError: It is no bundle, or damaged.
        SettingsError: There is neither such a model nor such a folder.
        ArxonomyError: The folder cannot be written to, or another process has locked it for long.
    """
    with _lock():
        name = str(model)
        if name == PACKAGED:
            find_packaged_bundle()
        elif name != Path(name).name or not is_bundle(get_models_folder() / name):
            name = _install(model)
        history = _read_history()
        if [PACKAGED, *history][-1] != name:
            _write_history([*history, name])
        return name


def roll_back() -> str:
    """Go back to the model that was in use before.

    Returns:
        Its name.

    Raises:
        SettingsError: There was none before.
        BundleError: It is gone.
        ArxonomyError: See `use_model`.
    """
    with _lock():
        history = _read_history()
        if not history:
            raise SettingsError(
                "expected a model that was in use before, found none: the one of the package is in use"
            )
        before = [PACKAGED, *history][-2]
        _find_installed(before)
        _write_history(history[:-1])
        return before


def _find_installed(name: str) -> Path:
    """Find the bundle of a model by its name."""
    if name == PACKAGED:
        return find_packaged_bundle()
    folder = get_models_folder() / name
    if not is_bundle(folder):
        raise BundleError(
            f"expected the model {name} in {folder.parent}, found none; put another one in use with "
            f"`arxonomy models use NAME`, or that of the package with `arxonomy models use {PACKAGED}`"
        )
    return folder


def _describe(name: str, folder: Path, in_use: bool) -> InstalledModel:
    try:
        manifest = read_manifest(folder)
    except BundleError as error:
        return InstalledModel(name, folder, in_use, fault=str(error))
    part, scores = choose_scores(manifest.metrics) or (None, None)
    return InstalledModel(
        name,
        folder,
        in_use,
        recipe=manifest.recipe,
        last_month=find_last_month(member.data for member in manifest.get_members()),
        accuracy=scores.accuracy if scores else None,
        part=part,
    )


def _install(model: AnyPath) -> str:
    """Copy a bundle into the user's folder, unless it is there; returns its name."""
    source = find_folder(model)
    if not source.exists():
        names = [model.name for model in list_models()]
        raise SettingsError(
            f"there is neither a model nor a folder `{source}`: {suggest_name(str(source), names)}"
        )
    if (source / "run.json").is_file() and not is_bundle(source):
        raise BundleError(
            f"expected a bundle, found the run {source}; make one of it: `arxonomy export RUN --out BUNDLE`"
        )
    root, own = get_models_folder(), Bundle(source)
    plain = Path(model).resolve().name.partition("@")[0]  # of a model on the Hub, without its commit
    plain = re.sub(r"[^\w.-]+|^[.-]+", "-", plain, flags=re.ASCII).strip("-") or "model"
    name = f"{plain}-{own.manifest.sha256[:8]}"
    if is_bundle(root / name):
        Bundle(root / name)
        return name
    with tempfile.TemporaryDirectory(PARTIAL, f".{name}.", root) as temporary:
        fresh = shutil.copytree(source, Path(temporary) / name)
        Bundle(fresh)  # what was copied is what was exported
        fresh.rename(root / name)
    return name


@contextmanager
def _lock() -> Iterator[None]:
    from filelock import FileLock, Timeout  # here, since few commands change anything

    root = get_models_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "lock", timeout=_LOCKED_FOR):
            for leftover in root.glob(f".*{PARTIAL}"):  # of a process that was killed
                shutil.rmtree(leftover, ignore_errors=True)
            yield
    except Timeout:
        raise ArxonomyError(
            f"{root} is locked by another process; wait until that has ended, and run the command again"
        ) from None
    except OSError as error:
        raise ArxonomyError(f"cannot write {root}: {error.strerror or error}") from error


def _read_history() -> list[str]:
    path = get_models_folder() / _HISTORY
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ArxonomyError(
            f"{path}, which says which model is in use, cannot be read: {error.strerror or error}; name a "
            f"model with {VARIABLE}, or another folder with XDG_DATA_HOME"
        ) from error
    except ValueError:
        names = None
    if not isinstance(names, list) or any(str(name) != Path(str(name)).name for name in names):
        raise ArxonomyError(
            f"{path}: expected the names of models, found something else; delete it, and choose a model with "
            "`arxonomy models use NAME`"
        )
    return list(map(str, names))


def _write_history(names: list[str]) -> None:
    write_atomic(get_models_folder() / _HISTORY, json.dumps(names, indent=0) + "\n")
