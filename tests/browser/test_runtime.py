"""ONNX Runtime for browsers: fetched once, known by its hash, or taken from a file."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.conftest import serve_folder

from arxonomy.browser import runtime
from arxonomy.browser.runtime import FILES, read_runtime
from arxonomy.errors import InputError, RemoteError

ARCHIVE = f"onnxruntime-web-{runtime.VERSION}.tgz"
CONTENTS = {name: f"the {name} of a test".encode() for name in FILES}


def make_package() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, packed in FILES.items():
            entry = tarfile.TarInfo(f"package/dist/{packed}")
            entry.size = len(CONTENTS[name])
            archive.addfile(entry, io.BytesIO(CONTENTS[name]))
    return data.getvalue()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package of a few bytes that has the right hash, and an empty cache."""
    data = make_package()
    monkeypatch.setattr(runtime, "INTEGRITY", base64.b64encode(hashlib.sha512(data).digest()).decode())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return data


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Sets the registry; the result is where it would have the package."""

    def use(url: str) -> Path:
        monkeypatch.setenv("npm_config_registry", url + "/")
        place = tmp_path / "registry" / "onnxruntime-web" / "-" / ARCHIVE
        place.parent.mkdir(parents=True)
        return place

    return use


def test_it_is_fetched_once(tmp_path: Path, package: bytes, registry: Callable[[str], Path]) -> None:
    (tmp_path / "registry").mkdir()
    with serve_folder(tmp_path / "registry") as served:
        registry(served.url).write_bytes(package)
        assert read_runtime() == CONTENTS
    assert read_runtime() == CONTENTS  # nothing answers any more


def test_a_damaged_copy_in_the_cache_is_replaced(
    tmp_path: Path, package: bytes, registry: Callable[[str], Path]
) -> None:
    (tmp_path / "registry").mkdir()
    cached = tmp_path / "cache" / "arxonomy" / ARCHIVE
    cached.parent.mkdir(parents=True)
    cached.write_bytes(package[:-1])
    with serve_folder(tmp_path / "registry") as served:
        registry(served.url).write_bytes(package)
        assert read_runtime() == CONTENTS
    assert cached.read_bytes() == package


def test_another_package_is_refused_and_not_kept(
    tmp_path: Path, package: bytes, registry: Callable[[str], Path]
) -> None:
    (tmp_path / "registry").mkdir()
    with serve_folder(tmp_path / "registry") as served:
        registry(served.url).write_bytes(package + b"x")
        with pytest.raises(RemoteError, match="SHA-512 differs"):
            read_runtime()
    assert not (tmp_path / "cache").exists()


def test_a_registry_that_does_not_answer_is_said_with_what_to_do(
    package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("http://127.0.0.1:9", "file:///etc"):
        monkeypatch.setenv("npm_config_registry", address)
        with pytest.raises(RemoteError, match="runtime='onnxruntime-web-"):
            read_runtime()


def test_a_file_needs_no_registry(tmp_path: Path, package: bytes) -> None:
    (tmp_path / "mine.tgz").write_bytes(package)
    assert read_runtime(tmp_path / "mine.tgz") == CONTENTS
    (tmp_path / "mine.tgz").write_bytes(b"no package")
    with pytest.raises(InputError, match=r"npm pack onnxruntime-web@"):
        read_runtime(tmp_path / "mine.tgz")
    with pytest.raises(InputError, match="cannot be read"):
        read_runtime(tmp_path / "none.tgz")
