"""What is broken is found and named with what to do; what is private is not shown."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path

import pytest

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.artifacts.installed import use_model
from arxonomy.doctor import diagnose
from arxonomy.doctor.diagnosis import hide_home
from arxonomy.doctor.results import Extra, Folder, Package
from arxonomy.doctor.text_report import format_diagnosis

SECRETS = ("ARXONOMY_API_KEY", "HF_TOKEN", "HTTPS_PROXY")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's models; packages are another file's subject, and take a second."""
    monkeypatch.setattr("arxonomy.doctor.diagnosis.check_packages", lambda: ((), ()))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "arxonomy" / "models"


@pytest.fixture
def bundle() -> Path:
    return find_packaged_bundle()


def find_problems() -> tuple[str, ...]:
    return diagnose(0).problems


def test_without_any_choice_the_packages_model_answers_and_nothing_is_broken() -> None:
    found = diagnose(0.01)
    (model,) = found.models
    assert (model.name, model.answers, model.fault, model.weights) == ("packaged", True, None, "compact")
    assert found.problems == ()
    assert found.speed is not None and found.speed.papers >= 128
    assert found.speed.papers_per_second > 0 and found.speed.milliseconds > 0
    assert diagnose(0).speed is None


def test_the_model_in_use_comes_first_and_says_why(bundle: Path) -> None:
    name = use_model(bundle)
    first, packaged = diagnose(0).models
    assert (first.name, first.answers, first.origin) == (name, True, "arxonomy models use")
    assert first.sha256 == json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["sha256"]
    assert (packaged.name, packaged.answers, packaged.fault) == ("packaged", False, None)


def test_the_variable_comes_before_the_model_in_use(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = use_model(bundle)
    named = shutil.copytree(bundle, tmp_path / "named")
    monkeypatch.setenv("ARXONOMY_MODEL", str(named))
    found = diagnose(0)
    assert found.models[0].origin == "the variable ARXONOMY_MODEL names it"
    assert {own.name: own.answers for own in found.models[1:]} == {"packaged": False, name: False}
    assert found.environment["ARXONOMY_MODEL"] == str(named)


def test_a_file_that_is_gone_is_named(bundle: Path, data: Path) -> None:
    name = use_model(bundle)
    (data / name / "vocabulary.json").unlink()
    (problem,) = find_problems()
    assert problem.startswith(f"model {name}: ") and "vocabulary.json: cannot be read" in problem


@pytest.mark.parametrize("answers", [True, False])
def test_a_file_with_another_hash_is_named_whether_the_model_answers_or_not(
    bundle: Path, data: Path, answers: bool
) -> None:
    name = use_model(bundle)
    if not answers:
        use_model("packaged")
    with open(data / name / "model.safetensors", "ab") as file:
        file.write(b"\0")
    found = diagnose(0)
    assert [own.name for own in found.models if own.answers] == [name if answers else "packaged"]
    (problem,) = find_problems()
    assert "model.safetensors: expected the file as it was exported" in problem
    assert problem.endswith("copy, install or export the bundle again")


def test_a_model_in_use_that_is_gone_is_named_with_how_to_choose_another(bundle: Path, data: Path) -> None:
    name = use_model(bundle)
    shutil.rmtree(data / name)
    found = diagnose(0.01)
    assert found.models[0].name == name and found.speed is None
    (problem,) = find_problems()
    assert problem.startswith(f"model {name}: expected the model {name} in")
    assert "`arxonomy models use packaged`" in problem


def test_a_variable_that_names_nothing_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARXONOMY_MODEL", str(tmp_path / "gone"))
    (problem,) = find_problems()
    assert problem.startswith("model gone: ") and "expected a bundle or a run folder" in problem


def test_a_damaged_file_of_the_model_in_use_is_a_problem(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "in_use.json").write_text("{", encoding="utf-8")
    (problem,) = find_problems()
    assert "in_use.json: expected the names of models" in problem and "delete it" in problem


def test_a_damaged_model_of_the_package_says_to_install_again(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    damaged = shutil.copytree(bundle, tmp_path / "package")
    (damaged / "model.onnx").write_bytes(b"")
    monkeypatch.setattr("arxonomy.artifacts.installed.find_packaged_bundle", lambda: damaged)
    (problem,) = find_problems()
    assert "model.onnx" in problem and problem.endswith("; pip install --force-reinstall --no-deps arxonomy")


def test_a_folder_that_cannot_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file in its way stops even those who may write everywhere."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    (problem,) = find_problems()
    assert problem.startswith(f"{tmp_path / 'file' / 'arxonomy'} (models in use, feed history): ")
    assert "change its rights" in problem
    assert not diagnose(0).folders[0].exists


def test_a_requirement_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arxonomy.doctor.models", None)
    (problem,) = find_problems()
    assert problem.startswith("no model can be loaded (")
    assert problem.endswith("; pip install --force-reinstall --no-deps arxonomy")


def test_nothing_private_is_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bundle: Path) -> None:
    home = tmp_path / "jane-doe"
    shutil.copytree(bundle, home / "bundle")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("ARXONOMY_MODEL", str(home / "bundle"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    for name in SECRETS:
        monkeypatch.setenv(name, "open-sesame")
    (home / "bundle" / "vocabulary.json").write_bytes(b"")
    found = diagnose(0)
    shown = format_diagnosis(found) + json.dumps(dataclasses.asdict(found))
    assert "jane" not in shown and "sesame" not in shown
    assert found.environment["ARXONOMY_MODEL"].replace("\\", "/") == "~/bundle"
    assert any("~/bundle/vocabulary.json" in text.replace("\\", "/") for text in found.problems)


def test_another_users_folder_with_a_longer_name_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = str(tmp_path / "jan")
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USERPROFILE", home)
    shown = hide_home(Folder("models", f"{home}et/models", True, f"{home}/x, {home}"))
    assert (shown.path, shown.fault) == (f"{home}et/models", "~/x, ~")


def test_each_faulty_package_is_one_problem_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Package("beta-two", ">=2", "1.0", "expected version >=2, found 1.0")
    extras = tuple(
        Extra(name, "broken", (old,), f"pip install 'arxonomy[{name}]'") for name in ("low", "high")
    )
    missing = Package("alpha-one", ">=1.0", None)
    monkeypatch.setattr("arxonomy.doctor.diagnosis.check_packages", lambda: ((missing,), extras))
    assert find_problems() == (
        "alpha-one: expected version >=1.0, found none; "
        "pip install --force-reinstall --no-deps 'alpha-one>=1.0'",
        "beta-two (extra low, high): expected version >=2, found 1.0; "
        "pip install --force-reinstall --no-deps 'beta-two>=2'",
    )


def test_a_missing_extra_is_shown_with_its_command_and_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = Extra("low", "missing", (Package("beta-two", ">=2", None),), "pip install 'arxonomy[low]'")
    monkeypatch.setattr("arxonomy.doctor.diagnosis.check_packages", lambda: ((), (lacking,)))
    found = diagnose(0)
    assert found.problems == ()
    assert "  low  missing: pip install 'arxonomy[low]'" in format_diagnosis(found).splitlines()


def test_hostile_names_do_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARXONOMY_MODEL", "\x1b[31mred\nline")
    assert "\x1b" not in format_diagnosis(diagnose(0))
