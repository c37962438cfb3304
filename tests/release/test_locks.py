"""Each lock file has all that an installation needs, in the versions of constraints.txt, with hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPO = Path(__file__).resolve().parents[2]
LOCKS = {"plain": (), "server": ("serve", "mcp", "hub", "formats")}
"""File -> its extras, as the target `lock` of the Makefile has them."""


def read_lock(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Package -> (its line, the hashes of its files)."""
    text = (REPO / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ").splitlines()
    found = {}
    for entry in entries:
        line, *hashes = entry.split("--hash=")
        requirement = Requirement(line.strip())
        found[canonicalize_name(requirement.name)] = (requirement, [one.strip() for one in hashes])
    return found


def read_constraints() -> dict[str, str]:
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): f"=={version}" for name, version in pairs}


def list_wanted(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What pyproject.toml asks for, with what extras ask for through other extras."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for text in [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]:
        requirement = Requirement(text)
        if requirement.name != project["name"]:
            yield requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_has_the_version_of_the_constraints_and_hashes(name: str) -> None:
    constraints = read_constraints()
    for package, (requirement, hashes) in read_lock(name).items():
        assert str(requirement.specifier) == constraints[package], "run `make lock`"
        assert hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), package


@pytest.mark.parametrize("name", LOCKS)
def test_all_that_pyproject_asks_for_is_locked(name: str) -> None:
    locked = read_lock(name)
    for requirement in list_wanted(LOCKS[name]):
        entry, _ = locked[canonicalize_name(requirement.name)]
        version = str(entry.specifier).removeprefix("==")
        assert version in requirement.specifier, f"{requirement}: run `make lock`"


def test_compiled_packages_have_the_files_of_several_systems() -> None:
    """One file would be that of the machine on which the lock was made."""
    for package in ("numpy", "onnxruntime", "orjson", "pydantic-core"):
        assert len(read_lock("plain")[package][1]) > 5, package


def test_the_makefile_makes_these_locks() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for name, extras in LOCKS.items():
        words = "".join(f" --extra {extra}" for extra in extras)
        assert f"$(LOCK){words} --output-file locks/{name}.txt\n" in makefile
    assert {file.stem for file in (REPO / "locks").iterdir()} == set(LOCKS)
