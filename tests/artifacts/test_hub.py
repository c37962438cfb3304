"""A model on the Hub is exactly what was exported, is named by its commit alone, and brings no code."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest
from hub_server import HubServer, Repository
from huggingface_hub import constants

import arxonomy
from arxonomy.artifacts.bundle import CONFIG, find_packaged_bundle, read_manifest, write_manifest
from arxonomy.artifacts.hub import PATTERNS, find_folder, push_bundle
from arxonomy.artifacts.installed import VARIABLE, find_model, list_models, use_model
from arxonomy.artifacts.saved_model import open_model
from arxonomy.errors import BundleError, MissingExtraError, RemoteError, SettingsError

NOWHERE = "0" * 40
PAPERS = [("Parsing a corpus", "The grammar of a sentence is parsed by token."), ("A camera", "")]


@pytest.fixture
def bundle(bundle_of) -> Path:
    return bundle_of()


@pytest.fixture
def pushed(hub: HubServer, bundle: Path) -> str:
    """The name of a bundle that is on the Hub; what was asked for it is forgotten."""
    name = push_bundle(bundle, "anna/model").name
    hub.requests.clear()
    return name


def add_commit(hub: HubServer, **changes: bytes | None) -> str:
    """A commit with other contents of some files, or without them; returns its name."""
    own = hub.repositories["anna/model"]
    files = {**own.commits[own.head], **{name.replace("__", "."): data for name, data in changes.items()}}
    return f"hf://anna/model@{own.commit({name: data for name, data in files.items() if data is not None})}"


@pytest.mark.slow
def test_a_pushed_bundle_gives_the_same_answers_as_its_folder(hub: HubServer, bundle: Path) -> None:
    pushed = push_bundle(bundle, "anna/model")
    own = hub.repositories["anna/model"]
    assert pushed.private and own.private
    assert (pushed.name, len(own.commits)) == (f"hf://anna/model@{own.head}", 2)  # the first is the Hub's own
    expected = arxonomy.load(bundle, threads=1)
    loaded = arxonomy.load(pushed.name, threads=1)
    assert loaded.classify(PAPERS) == expected.classify(PAPERS)
    assert loaded.source.sha256 == expected.source.sha256


def test_large_files_go_through_git_lfs_where_the_server_has_no_xet(hub: HubServer, pushed: str) -> None:
    own = hub.repositories["anna/model"]
    large = {data for path, data in own.commits[own.head].items() if path.endswith((".safetensors", ".onnx"))}
    assert set(hub.objects.values()) == large and len(large) == 3


@pytest.mark.parametrize("write", [str, Path])
def test_every_way_to_name_a_model_takes_one_on_the_hub(pushed, write, monkeypatch) -> None:
    folder = find_folder(pushed)
    assert find_model(write(pushed)).folder == open_model(write(pushed)).path == folder
    monkeypatch.setenv(VARIABLE, pushed)
    assert (find_model().folder, find_model().origin) == (folder, "variable")


def test_a_model_on_the_hub_can_be_put_in_use(hub, pushed, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    name = use_model(pushed)
    assert name == f"model-{open_model(pushed).sha256[:8]}"
    shutil.rmtree(constants.HF_HUB_CACHE)
    hub.repositories.clear()
    assert [own.fault for own in list_models() if own.in_use] == [None]
    assert not find_model().folder.joinpath("bundle.json").is_symlink()


def test_only_the_files_of_a_bundle_are_downloaded(hub: HubServer, pushed: str) -> None:
    name = add_commit(
        hub,
        model__pkl=b"pickle",
        pytorch_model__bin=b"pickle",
        load__py=b"code",
        notes__md=b"Mine",
        setup__json=b"1",
    )
    folder = find_folder(name)
    manifest = read_manifest(folder)
    assert (
        hub.list_downloads() == {path.name for path in folder.iterdir()} == {"bundle.json", *manifest.files}
    )


def test_a_cached_model_needs_no_network_and_says_nothing(hub, pushed, monkeypatch, notes, capfd) -> None:
    folder = find_folder(pushed)
    assert notes() == [f"model: downloading {pushed}"]
    hub.requests.clear()
    capfd.readouterr()
    assert find_folder(pushed) == folder
    assert (hub.requests, len(notes()), *capfd.readouterr()) == ([], 1, "", "")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert find_folder(pushed) == folder
    with pytest.raises(
        RemoteError, match=r"cannot be reached, and anna/model@0+ is not complete in the cache"
    ):
        find_folder(f"hf://anna/model@{NOWHERE}")
    with pytest.raises(RemoteError, match="HF_HUB_OFFLINE is set"):
        push_bundle(folder, "anna/other")


@pytest.mark.parametrize("revision", ["", "@main", "@" + "{head:.7}"])
def test_a_name_without_a_commit_is_refused_with_the_commit_that_it_is_now(hub, pushed, revision) -> None:
    head = hub.repositories["anna/model"].head
    named = f"hf://anna/model{revision.format(head=head)}"
    if revision.endswith("}"):
        hub.repositories["anna/model"].tags[head[:7]] = head
    with pytest.raises(SettingsError) as refusal:
        find_folder(named)
    assert f"found `{named}`" in str(refusal.value) and str(refusal.value).endswith(f"it is now {pushed}")
    assert hub.list_downloads() == set()


def test_a_name_without_a_commit_is_refused_without_a_network_too(pushed, monkeypatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SettingsError, match=r"write it as hf://anna/model@COMMIT \(HF_HUB_OFFLINE is set"):
        find_folder("hf://anna/model@main")


@pytest.mark.parametrize(
    "name", ["hf://", "hf://anna", "hf://anna/a/b@" + NOWHERE, "hf://anna/a b@" + NOWHERE]
)
def test_what_is_no_name_is_refused(name) -> None:
    with pytest.raises(SettingsError, match="expected a model as in hf://owner/name@commit"):
        find_folder(name)


@pytest.mark.parametrize("file", ["model.safetensors", "vocabulary.json", "config.json", "bundle.json"])
def test_a_file_that_was_changed_under_the_same_commit_is_refused(hub, pushed, file) -> None:
    files = hub.repositories["anna/model"].commits[pushed[-40:]]
    files[file] = files[file].replace(b"a", b"b")
    with pytest.raises(BundleError, match=f"^{pushed}: .*SHA-256 differs") as refusal:
        arxonomy.load(pushed)
    cached = Path(str(refusal.value).partition("again, delete ")[2].partition(", and")[0])
    assert cached.is_dir() and cached.parent == Path(constants.HF_HUB_CACHE)


def test_what_another_program_left_in_the_cache_is_completed(hub: HubServer, pushed: str) -> None:
    from huggingface_hub import hf_hub_download

    hf_hub_download("anna/model", "config.json", revision=pushed[-40:])
    assert (find_folder(pushed) / "model.safetensors").is_file()


def test_a_file_that_is_missing_is_refused(hub, pushed) -> None:
    with pytest.raises(BundleError, match=r"vocabulary\.json: cannot be read"):
        find_folder(add_commit(hub, vocabulary__json=None))


def test_a_bundle_of_a_later_format_says_what_to_update(hub, pushed, bundle) -> None:
    later = sign(read_manifest(bundle).to_dict() | {"format": 9})
    with pytest.raises(BundleError, match=r"format 1 to 3, found 9; update arxonomy"):
        find_folder(add_commit(hub, bundle__json=later))


def test_a_manifest_names_no_file_outside_of_its_folder(hub, pushed, bundle, tmp_path) -> None:
    manifest = read_manifest(bundle)
    changed = manifest.model_copy(update={"files": {"../../secret.json": NOWHERE}})
    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "bundle.json").write_bytes(sign(changed.to_dict()))
    data = (copy / "bundle.json").read_bytes()
    with pytest.raises(BundleError, match="String should match pattern"):
        find_folder(add_commit(hub, bundle__json=data))
    with pytest.raises(BundleError, match="String should match pattern"):
        read_manifest(copy)


def sign(content: dict) -> bytes:
    """A manifest with its own hash, as anybody can compute it."""
    empty = (json.dumps({**content, "sha256": NOWHERE + "0" * 24}, indent=2) + "\n").encode()
    return empty.replace(b"0" * 64 + b'"\n}', hashlib.sha256(empty).hexdigest().encode() + b'"\n}')


def test_a_repository_that_is_no_bundle_is_refused(hub: HubServer) -> None:
    own = hub.repositories["anna/model"] = Repository()
    commit = own.commit({"config.json": b"{}", "pytorch_model.bin": b""})
    with pytest.raises(BundleError, match=r"expected a bundle, found no bundle\.json in that commit"):
        find_folder(f"hf://anna/model@{commit}")


def test_a_download_that_breaks_leaves_no_half_of_a_model(hub, pushed, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    hub.cut = "model.safetensors"
    with pytest.raises(RemoteError, match="the connection to the Hub failed"):
        find_folder(pushed)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(RemoteError, match="is not complete in the cache"):
        find_folder(pushed)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    hub.cut = None
    assert set(read_manifest(find_folder(pushed)).files) < {
        path.name for path in find_folder(pushed).iterdir()
    }


def test_each_refusal_of_the_hub_says_what_to_do(hub: HubServer, pushed: str, monkeypatch) -> None:
    gated = hub.repositories["anna/gated"] = Repository(gated=True)
    commit = gated.commit({"bundle.json": b"{}"})
    with pytest.raises(RemoteError, match=r"the revision 0+ in anna/model, found none"):
        find_folder(f"hf://anna/model@{NOWHERE}")
    with pytest.raises(RemoteError, match="the model repository anna/none on the Hub, found none"):
        find_folder(f"hf://anna/none@{NOWHERE}")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(RemoteError, match=r"anna/gated is gated: ask for access .* HF_TOKEN"):
        find_folder(f"hf://anna/gated@{commit}")
    with pytest.raises(RemoteError, match=r"found none that you may read; .* if it is private, set HF_TOKEN"):
        find_folder(pushed)
    with pytest.raises(RemoteError, match=r"found the status 401: Invalid credentials.*HF_TOKEN"):
        push_bundle(find_packaged_bundle(), "anna/model")


def test_the_missing_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'arxonomy\[hub\]'"):
        find_folder(f"hf://anna/model@{NOWHERE}")


def test_a_public_repository_gets_no_private_model(hub: HubServer, bundle: Path) -> None:
    with pytest.raises(SettingsError, match="found that anna/model is public"):
        hub.repositories["anna/model"] = Repository()
        hub.repositories["anna/model"].commit({})
        push_bundle(bundle, "anna/model")
    assert len(hub.repositories["anna/model"].commits) == 1
    assert not push_bundle(bundle, "anna/model", public=True).private
    assert not push_bundle(bundle, "anna/new", public=True).private
    assert not hub.repositories["anna/new"].private


def test_another_bundle_replaces_the_files_of_the_first_and_no_others(hub, pushed, bundle) -> None:
    add_commit(
        hub, picture__png=b"Mine", near_words__safetensors=b"of a bundle before", taxonomy__json=b"too"
    )
    name = push_bundle(bundle, "anna/model").name
    files = hub.repositories["anna/model"].commits[name[-40:]]
    assert files.keys() == {".gitattributes", "picture.png", "bundle.json", *read_manifest(bundle).files}


def test_the_hub_validates_the_card_before_anything_is_uploaded(hub: HubServer, bundle: Path) -> None:
    hub.metadata_errors = ['"license" must be one of [apache-2.0, ...]']
    with pytest.raises(SettingsError, match=r'the Hub refuses the card: .*"license" must be one of'):
        push_bundle(bundle, "anna/model")
    assert len(hub.repositories["anna/model"].commits) == 1 and hub.objects == {}


def test_an_upload_that_fails_is_no_commit(hub: HubServer, bundle: Path) -> None:
    hub.refuses_uploads = True
    with pytest.raises(RemoteError, match="the connection to the Hub failed"):
        push_bundle(bundle, "anna/model")
    assert len(hub.repositories["anna/model"].commits) == 1


def test_what_another_user_pushed_meanwhile_is_not_replaced(hub, pushed, bundle, monkeypatch) -> None:
    describe = HubServer.find_files
    monkeypatch.setattr(HubServer, "find_files", lambda own, *about: (NOWHERE, describe(own, *about)[1]))
    with pytest.raises(RemoteError, match="found the status 412"):
        push_bundle(bundle, "anna/model")
    assert hub.repositories["anna/model"].head == pushed[-40:]


def test_a_bundle_from_before_there_was_a_config_still_loads_and_is_not_pushed(hub, bundle, tmp_path) -> None:
    old = shutil.copytree(bundle, tmp_path / "old")
    files = {name: digest for name, digest in read_manifest(old).files.items() if name != CONFIG}
    (old / CONFIG).unlink()
    (old / "bundle.json").write_bytes(sign(read_manifest(old).to_dict() | {"files": files}))
    assert arxonomy.load(old, threads=1).classify(PAPERS) == arxonomy.load(bundle, threads=1).classify(PAPERS)
    with pytest.raises(BundleError, match=r"expected a bundle with a config\.json"):
        push_bundle(old, "anna/model")
    assert hub.requests == []


def test_a_damaged_bundle_is_not_pushed(hub, bundle, tmp_path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "README.md").write_text("another card")
    with pytest.raises(BundleError, match=r"README\.md: expected the file as it was exported"):
        push_bundle(copy, "anna/model")
    assert hub.requests == []


def test_what_lies_beside_a_bundle_is_not_pushed(hub, bundle, tmp_path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / "notes.txt").write_text("private")
    name = push_bundle(copy, "anna/model").name
    assert "notes.txt" not in hub.repositories["anna/model"].commits[name[-40:]]


def test_no_pattern_lets_code_or_a_pickle_in() -> None:
    assert {Path(pattern).suffix for pattern in PATTERNS} == {".json", ".md", ".onnx", ".safetensors"}


def test_the_config_follows_the_manifest(bundle, tmp_path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    manifest = read_manifest(copy)
    write_manifest(copy, manifest.model_copy(update={"labels": ("a", "b", "c")}))
    config = json.loads((copy / CONFIG).read_text(encoding="utf-8"))
    assert config == {
        "model_type": "arxonomy",
        "architectures": ["v1"],
        "bundle": "bundle.json",
        "id2label": {"0": "a", "1": "b", "2": "c"},
        "label2id": {"a": 0, "b": 1, "c": 2},
    }
    assert CONFIG in read_manifest(copy).files
