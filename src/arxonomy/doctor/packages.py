"""The requirements and extras, by the metadata of the installed package."""

from __future__ import annotations

import csv
import functools
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from arxonomy.advice import advise_extra, advise_reinstall
from arxonomy.doctor.results import Extra, Package
from arxonomy.errors import ArxonomyError

_OWN = "arxonomy"
_FOR_DEVELOPERS = {"release", "test"}
_CODE = {".py", ".so", ".pyd", ".dylib", ".dll"}


def check_packages() -> tuple[tuple[Package, ...], tuple[Extra, ...]]:
    """Check the requirements of the plain install and of each extra; nothing is imported.

    Raises:
        ArxonomyError: Arxonomy has no metadata, or `packaging`, by which versions are compared, is missing.
    """
    try:
        own = distribution(_OWN)
    except PackageNotFoundError:
        raise ArxonomyError(
            "expected an installed package, found its source alone, so that requirements cannot be checked; "
            "install it: pip install arxonomy (or pip install -e . in the source folder)"
        ) from None
    check = functools.cache(_check)  # extras share packages, of which some have ten thousand files
    plain = tuple(check(name, wanted) for name, wanted in _list_requirements(own, "").items())
    names = {str(name) for name in own.metadata.get_all("Provides-Extra") or ()} - _FOR_DEVELOPERS
    return plain, tuple(
        _make_extra(name, [check(*one) for one in _list_requirements(own, name).items()])
        for name in sorted(names)
    )


def _list_requirements(own: Distribution, extra: str) -> dict[str, str]:
    """What an extra needs by itself, and through other extras of ours: name -> versions; `""` is no extra."""
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError as error:
        raise ArxonomyError(
            f"expected the package packaging, which every installation has, found none; {advise_reinstall()}"
        ) from error
    found: dict[str, str] = {}
    for text in own.requires or ():
        one = Requirement(text)
        of_extra = "extra ==" in text
        if of_extra != bool(extra) or (one.marker and not one.marker.evaluate({"extra": extra})):
            continue
        if one.name == _OWN:
            for inner in one.extras:
                found |= _list_requirements(own, inner)
        else:
            found[one.name] = str(one.specifier)
    return found


def _make_extra(name: str, packages: list[Package]) -> Extra:
    there = [one for one in packages if one.version is not None]
    complete = len(there) == len(packages)
    # A version of other programs is no problem as long as the extra is not installed.
    if any(one.fault is not None and (complete or one.damaged) for one in there):
        return Extra(name, "broken", tuple(packages), advise_extra(name))
    if complete:
        return Extra(name, "installed", tuple(packages), None)
    return Extra(name, "incomplete" if there else "missing", tuple(packages), advise_extra(name))


def _check(name: str, wanted: str) -> Package:
    from packaging.specifiers import SpecifierSet

    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Package(name, wanted, None)
    version = found.version
    if missing := find_missing_files(found):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return Package(name, wanted, version, f"its files are not complete: {missing[0]}{more} missing", True)
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return Package(name, wanted, version, f"expected version {wanted}, found {version}")
    return Package(name, wanted, version)


def find_missing_files(found: Distribution) -> list[str]:
    """List the files of code that were installed with a package and are gone."""
    rows = csv.reader((found.read_text("RECORD") or "").splitlines())
    names = [row[0] for row in rows if row and Path(row[0]).suffix in _CODE]
    return [name for name in names if not Path(str(found.locate_file(name))).exists()]
