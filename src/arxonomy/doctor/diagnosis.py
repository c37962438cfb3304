"""Looks at all parts, and collects the problems."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from arxonomy.advice import advise_reinstall
from arxonomy.doctor.machine import describe_machine, read_environment
from arxonomy.doctor.packages import check_packages
from arxonomy.doctor.results import Diagnosis, Extra, Folder, Model, Package, Speed
from arxonomy.errors import ArxonomyError
from arxonomy.version import __version__


def diagnose(seconds: float = 2.0) -> Diagnosis:
    """Look at this installation: what is there, what is broken, and how fast it is.

    No text of a paper, key or token is part of the result, and the user's home folder is `~` in it. The
    network is used only where the model that answers is one on the Hugging Face Hub.

    Args:
        seconds: For about how long the speed is measured; 0 measures nothing.
    """
    packages: tuple[Package, ...] = ()
    extras: tuple[Extra, ...] = ()
    folders: tuple[Folder, ...] = ()
    models: list[Model] = []
    speed: Speed | None = None
    faults: list[str] = []
    with _collect(faults, "the packages cannot be inspected"):
        packages, extras = check_packages()
    # What these import may be what is missing.
    with _collect(faults, "the folders cannot be inspected"):
        from arxonomy.doctor.folders import check_folders

        folders = check_folders()
    with _collect(faults, "no model can be loaded"):
        from arxonomy.doctor.models import check_models
        from arxonomy.doctor.speed import measure_speed

        models, classifier = check_models()
        if classifier is not None and seconds:
            speed = measure_speed(classifier, seconds)
    problems = [
        *faults,
        *_find_package_problems(packages, extras),
        *_find_model_problems(models),
        *_find_folder_problems(folders),
    ]
    diagnosis = Diagnosis(
        version=__version__,
        machine=describe_machine(),
        packages=packages,
        extras=extras,
        models=tuple(models),
        folders=folders,
        environment=read_environment(),
        speed=speed,
        problems=tuple(problems),
    )
    shown: Diagnosis = hide_home(diagnosis)
    return shown


@contextmanager
def _collect(faults: list[str], what: str) -> Iterator[None]:
    """Make a fault of whatever an inspection fails with, so that the others still take place."""
    try:
        yield
    except ArxonomyError as error:
        faults.append(str(error))
    except Exception as error:  # of libraries that are broken, or that the environment misleads
        faults.append(f"{what} ({type(error).__name__}: {error}); {advise_reinstall()}")


def _find_package_problems(packages: tuple[Package, ...], extras: tuple[Extra, ...]) -> Iterator[str]:
    for own in packages:
        advice = advise_reinstall(own.name + own.wanted)
        if own.version is None:
            yield f"{own.name}: expected version {own.wanted or 'any'}, found none; {advice}"
        elif own.fault is not None:
            yield f"{own.name}: {own.fault}; {advice}"
    known = {own.name for own in packages}
    faulty = {
        own.name: own
        for extra in extras
        if extra.state == "broken"
        for own in extra.packages
        if own.fault is not None and own.name not in known
    }
    for own in faulty.values():
        names = ", ".join(extra.name for extra in extras if own in extra.packages)
        yield f"{own.name} (extra {names}): {own.fault}; {advise_reinstall(own.name + own.wanted)}"


def _find_model_problems(models: list[Model]) -> Iterator[str]:
    for own in models:
        if own.fault is not None:
            advice = f"; {advise_reinstall()}" if own.name == "packaged" else ""
            yield f"model {own.name}: {own.fault}{advice}"


def _find_folder_problems(folders: tuple[Folder, ...]) -> Iterator[str]:
    for own in folders:
        if own.fault is not None:
            yield (
                f"{own.path} ({own.purpose}): expected a folder that can be written to, found {own.fault}; "
                "change its rights, make room, or name another folder"
            )


def hide_home(value: Any) -> Any:
    """Write the user's home folder as `~` in all texts of a result: its name is often that of a person."""
    if isinstance(value, str):
        for home in _list_homes():
            value = re.sub(re.escape(home) + r"(?![\w.-])", "~", value)
        return value
    if isinstance(value, tuple):
        return tuple(hide_home(one) for one in value)
    if isinstance(value, dict):
        return {name: hide_home(one) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{field.name: hide_home(getattr(value, field.name)) for field in fields(value)}
        )
    return value


def _list_homes() -> list[str]:
    """List the spellings of the home folder; none where it is the root, or where there is no such folder."""
    home = Path(os.path.expanduser("~"))
    return [str(path) for path in dict.fromkeys((home, home.resolve())) if len(path.parts) > 1]
