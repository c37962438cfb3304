"""Requirements and extras, in installations that are complete, too old, half-installed or damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from arxonomy.doctor.packages import check_packages
from arxonomy.errors import ArxonomyError

Install = Callable[..., None]

REQUIREMENTS = (
    "alpha-one>=1.0",
    'windows-only>=1; sys_platform == "nowhere"',
    'arxonomy[low]; extra == "high"',
    'beta-two>=2; extra == "high"',
    'gamma-three>=3; extra == "low"',
    'delta-four; extra == "test"',
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`install("beta-two", "2.1")`: a package of one file, found before all that is really installed."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, version: str, *requirements: str, extras: str = "", complete: bool = True) -> None:
        module = name.replace("-", "_")
        folder = tmp_path / f"{module}-{version}.dist-info"
        folder.mkdir()
        lines = [f"Name: {name}", f"Version: {version}"]
        lines += [f"Provides-Extra: {extra}" for extra in extras.split()]
        lines += [f"Requires-Dist: {one}" for one in requirements]
        (folder / "METADATA").write_text(
            "Metadata-Version: 2.1\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
        (folder / "RECORD").write_text(f"{module}.py,,\n{module}.txt,,\n", encoding="utf-8")
        if complete:
            (tmp_path / f"{module}.py").write_text("", encoding="utf-8")

    install("arxonomy", "9.9", *REQUIREMENTS, extras="low high test")
    return install


def find_states() -> dict[str, str]:
    return {extra.name: extra.state for extra in check_packages()[1]}


def test_a_plain_install_lacks_its_extras_and_that_is_no_fault(install: Install) -> None:
    install("alpha-one", "1.4")
    (alpha,), (high, low) = check_packages()
    assert (alpha.name, alpha.wanted, alpha.version, alpha.fault) == ("alpha-one", ">=1.0", "1.4", None)
    assert [own.name for own in high.packages] == ["gamma-three", "beta-two"]
    assert (low.state, low.advice) == ("missing", "pip install 'arxonomy[low]'")


def test_a_missing_requirement_has_no_version(install: Install) -> None:
    assert [own.version for own in check_packages()[0]] == [None]


def test_a_version_that_is_too_old_is_named_with_the_one_that_works(install: Install) -> None:
    install("alpha-one", "0.9")
    assert [own.fault for own in check_packages()[0]] == ["expected version >=1.0, found 0.9"]


def test_a_release_candidate_of_a_later_version_works(install: Install) -> None:
    install("alpha-one", "2.0rc1")
    assert [own.fault for own in check_packages()[0]] == [None]


def test_an_extra_within_an_extra_leaves_it_incomplete(install: Install) -> None:
    install("gamma-three", "3.0")
    assert find_states() == {"high": "incomplete", "low": "installed"}


def test_another_programs_old_package_does_not_break_an_extra_that_is_not_installed(install: Install) -> None:
    install("beta-two", "1.0")
    assert find_states() == {"high": "incomplete", "low": "missing"}


def test_a_complete_extra_with_an_old_package_is_broken(install: Install) -> None:
    install("beta-two", "1.0")
    install("gamma-three", "3.0")
    assert find_states() == {"high": "broken", "low": "installed"}


def test_a_half_installed_package_breaks_each_extra_that_needs_it(install: Install) -> None:
    install("gamma-three", "3.0", complete=False)
    high, low = check_packages()[1]
    assert (high.state, low.state) == ("broken", "broken")
    (gamma,) = low.packages
    assert gamma.fault == "its files are not complete: gamma_three.py missing"


def test_source_without_an_installation_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(ArxonomyError, match="install it: pip install arxonomy"):
        check_packages()
