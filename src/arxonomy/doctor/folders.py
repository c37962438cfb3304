"""The folders that are written to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from arxonomy.artifacts.installed import get_models_folder
from arxonomy.doctor.results import Folder


def check_folders() -> tuple[Folder, ...]:
    """Check the folders that are written to, by writing an unnamed file to each."""
    hub = Path(os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface"))
    return (
        _check("models in use, feed history", get_models_folder().parent),
        _check("cache of arxonomy page", user_cache_path("arxonomy")),
        _check("models of the Hugging Face Hub", hub),
        _check("temporary files", Path(tempfile.gettempdir())),
    )


def _check(purpose: str, folder: Path) -> Folder:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):  # rights alone do not tell of a file system that is read-only
            pass
    except OSError as error:
        return Folder(purpose, str(folder), folder.exists(), f"{there}: {error.strerror or error}")
    return Folder(purpose, str(folder), folder.exists())
