"""The folder of the page: complete, replaced at once, and never over anything else."""

from __future__ import annotations

import base64
import hashlib
import re
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from browser.test_runtime import CONTENTS, make_package

from arxonomy.browser import runtime, write_page
from arxonomy.errors import BundleError, InputError
from arxonomy.inference import load
from arxonomy.text import Encoder, Vocabulary


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime of a few bytes, since no browser runs it here."""
    data = make_package()
    monkeypatch.setattr(runtime, "INTEGRITY", base64.b64encode(hashlib.sha512(data).digest()).decode())
    (tmp_path / "runtime.tgz").write_bytes(data)
    return tmp_path / "runtime.tgz"


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_page_has_all_that_it_names(tmp_path: Path, package: Path) -> None:
    sizes = write_page(tmp_path / "site", runtime=package)
    files = list_files(tmp_path / "site")
    assert sum(map(len, files.values())) == sizes.runtime + sizes.model + sizes.page
    assert sizes.runtime == sum(map(len, CONTENTS.values()))
    (folder,) = {name.split("/")[0] for name in files if "/" in name}
    html = files["index.html"].decode()
    for address in re.findall(r'(?:src|href)="([^"#]+)"', html):
        assert address in files or address == "docs", address
    for name, data in files.items():
        if name.endswith(".js"):
            for imported in re.findall(r'^import .*?"\./([\w.]+)";$', data.decode(), re.MULTILINE):
                assert f"{folder}/{imported}" in files, (name, imported)
    assert not re.search(r"<script(?!(?: async)? type=\"module\" src=)|<style|\son\w+=|\sstyle=", html)
    assert "data-service" not in html
    assert "unsafe-inline" not in html


def test_the_same_model_gives_the_same_page(tmp_path: Path, package: Path) -> None:
    write_page(tmp_path / "one", runtime=package)
    write_page(tmp_path / "two", runtime=package)
    assert list_files(tmp_path / "one") == list_files(tmp_path / "two")


def test_a_page_is_replaced_and_anything_else_is_kept(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()  # an empty folder may be filled
    write_page(site, runtime=package)
    before = list_files(site)
    monkeypatch.setattr("arxonomy.browser.page._list_page_files", lambda: {"page.js": b"other"})
    write_page(site, runtime=package)
    after = list_files(site)
    assert before.keys() & after.keys() == {"index.html"}  # no file of one is taken for that of the other
    (site / ".git").mkdir()
    with pytest.raises(InputError, match=r"\.git"):
        write_page(site, runtime=package)
    (site / ".git").rmdir()
    monkeypatch.setattr("arxonomy.browser.page._make_index", lambda _folder: "no bytes")
    with pytest.raises(TypeError):
        write_page(site, runtime=package)
    assert list_files(site) == after
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


@pytest.mark.parametrize("name", ["index.html", "thesis.tex"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, package: Path, name: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / name).write_text("mine")
    with pytest.raises(InputError, match=name):
        write_page(tmp_path / "site", runtime=package)
    with pytest.raises(InputError, match="is a file"):
        write_page(tmp_path / "site" / name, runtime=package)
    assert list_files(tmp_path / "site") == {name: b"mine"}


def test_a_model_that_scripts_do_not_compute_is_refused(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(threads=1)
    (member,) = model.members
    settings = member.encoder.settings.model_copy(update={"word_chars": 8})
    others = {
        "several models": (member, member),
        "a run folder": (replace(member, network=object()),),
        "copies of papers": (replace(member, copier=object()),),
        "reads characters": (replace(member, encoder=Encoder(Vocabulary(["<PAD>", "<UNK>"]), settings)),),
    }
    for found, members in others.items():
        other = copy(model)
        other.members = members
        monkeypatch.setattr("arxonomy.browser.facts.load", lambda *_words, other=other, **_options: other)
        with pytest.raises(BundleError, match=found):
            write_page(tmp_path / "site", runtime=package)
    assert not (tmp_path / "site").exists()
