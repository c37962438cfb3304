"""Where models live: one rule finds them, and what is put in use can be undone."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from platformdirs import user_data_path

import arxonomy
from arxonomy.artifacts import installed
from arxonomy.artifacts.bundle import find_packaged_bundle, read_manifest, write_manifest
from arxonomy.artifacts.installed import (
    PACKAGED,
    VARIABLE,
    find_model,
    get_models_folder,
    list_models,
    roll_back,
    use_model,
)
from arxonomy.errors import ArxonomyError, BundleError, SettingsError


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def make_bundle(bundle_of, tmp_path):
    """`make_bundle("june")`: a bundle that differs from all others in its facts."""

    def make(name: str) -> Path:
        folder = shutil.copytree(bundle_of(), tmp_path / name)
        write_manifest(folder, read_manifest(folder).model_copy(update={"recipe": name}))
        return folder

    return make


def test_tests_never_touch_the_models_of_the_user(monkeypatch):
    monkeypatch.undo()
    assert os.environ["XDG_DATA_HOME"].rpartition("/")[2].startswith("arxonomy-tests-")
    assert user_data_path("arxonomy").is_relative_to(os.environ["XDG_DATA_HOME"])
    assert VARIABLE not in os.environ


def test_a_named_model_comes_before_the_variable_before_the_one_in_use_before_the_packages(
    make_bundle, monkeypatch, notes
):
    june, july = make_bundle("june"), make_bundle("july")
    assert find_model() == installed.FoundModel(find_packaged_bundle(), "package")
    assert notes() == []
    name = use_model(june)
    assert find_model().folder == get_models_folder() / name
    assert notes() == [f"model: {name}, which is in use (see arxonomy models)"]
    monkeypatch.setenv(VARIABLE, str(july))
    assert find_model().folder == july
    assert notes()[1:] == [f"model: {july}, as {VARIABLE} says"]
    assert find_model(june) == installed.FoundModel(june, "named")
    assert notes()[2:] == []
    monkeypatch.setenv(VARIABLE, "")
    assert find_model().origin == "in use"


def test_python_loads_the_model_in_use(make_bundle):
    use_model(make_bundle("june"))
    assert arxonomy.load().labels == ("cs.CL", "cs.CV", "cs.LG")
    use_model(PACKAGED)
    assert len(arxonomy.load().labels) == 149


def test_the_installed_bundle_is_a_copy(make_bundle):
    june = make_bundle("june")
    name = use_model(june)
    assert name == f"june-{read_manifest(june).sha256[:8]}"
    shutil.rmtree(june)
    assert arxonomy.load().source.manifest.recipe == "june"


def test_rolling_back_undoes_each_use_in_turn(make_bundle):
    first, second = use_model(make_bundle("june")), use_model(make_bundle("july"))
    use_model(second)  # it is in use already
    use_model(PACKAGED)
    assert [roll_back(), roll_back(), roll_back()] == [second, first, PACKAGED]
    with pytest.raises(SettingsError, match="found none: the one of the package is in use"):
        roll_back()


def test_an_installed_model_is_put_in_use_by_its_name(make_bundle):
    first = use_model(make_bundle("june"))
    use_model(make_bundle("july"))
    use_model(first)
    assert [model.name for model in list_models() if model.in_use] == [first]


def test_the_list_says_what_each_model_is(make_bundle):
    name = use_model(make_bundle("june"))
    packaged, own = list_models()
    assert (packaged.name, packaged.in_use) == (PACKAGED, False)
    assert (own.name, own.in_use, own.recipe, own.part) == (name, True, "june", "validation")
    assert own.last_month == "2025-03"
    assert own.accuracy == read_manifest(own.folder).metrics.get_scores("validation").accuracy


def test_a_damaged_bundle_is_refused_and_nothing_changes(make_bundle):
    before, damaged = use_model(make_bundle("june")), make_bundle("july")
    (damaged / "vocabulary.json").write_text("[]")
    with pytest.raises(BundleError, match="its SHA-256 differs"):
        use_model(damaged)
    assert [model.name for model in list_models()] == [PACKAGED, before]
    assert find_model().folder.name == before


def test_a_wrong_name_suggests_a_right_one(make_bundle):
    name = use_model(make_bundle("june"))
    with pytest.raises(SettingsError, match=f"did you mean `{name}`"):
        use_model(name[:-1])


def test_a_run_is_not_installed(run_of):
    with pytest.raises(BundleError, match=r"found the run .*arxonomy export"):
        use_model(run_of("v1").folder)


@pytest.mark.parametrize("killed", ["_write_history", "shutil.copytree"])
def test_what_is_killed_leaves_the_old_model_in_use(make_bundle, monkeypatch, killed):
    before, july = use_model(make_bundle("june")), make_bundle("july")

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"arxonomy.artifacts.installed.{killed}", die)
        with pytest.raises(KeyboardInterrupt):
            use_model(july)
    assert find_model().folder.name == before
    partial = get_models_folder() / ".july.x.partial"  # of a process that had no time to tidy up
    (partial / "july").mkdir(parents=True)
    assert find_model().folder.name == before
    assert find_model().folder.name != use_model(july) == find_model().folder.name
    assert not partial.exists()


def test_processes_that_choose_at_once_do_not_lose_each_others_choice(make_bundle):
    bundles = [make_bundle(name) for name in ("june", "july", "august", "september")]
    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(use_model, bundles))
    assert names == {find_model().folder.name, roll_back(), roll_back(), roll_back()}
    assert roll_back() == PACKAGED


def test_a_model_in_use_that_is_gone_is_an_error_and_not_another_model(make_bundle):
    name = use_model(make_bundle("june"))
    shutil.rmtree(get_models_folder() / name)
    with pytest.raises(BundleError, match=f"expected the model {name} .* found none; put another one"):
        arxonomy.load()
    assert [model.fault is None for model in list_models()] == [True, False]
    use_model(PACKAGED)
    with pytest.raises(BundleError, match="found none"):
        roll_back()


@pytest.mark.parametrize("content", ["{}", "[1", '["../june"]', "[3]"])
def test_a_damaged_list_is_an_error(content):
    get_models_folder().mkdir(parents=True)
    (get_models_folder() / "in_use.json").write_text(content)
    with pytest.raises((ArxonomyError, BundleError)):
        find_model()
