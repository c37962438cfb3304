"""The bill of materials: the wheel, the model inside of it and the locked packages, with their hashes."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pytest
import sbom

WEIGHTS = b"weights"
LOCK = """\
alpha-one==1.0 \\
    --hash=sha256:{} \\
    --hash=sha256:{}
colorama==0.4 ; sys_platform == 'win32' \\
    --hash=sha256:{}
""".format("a" * 64, "b" * 64, "c" * 64)


def make_wheel(folder: Path, listed: bytes = WEIGHTS) -> Path:
    """A wheel whose bundle lists the hash of these weights."""
    manifest = {
        "recipe": "bundled",
        "labels": ["cs.CL", "cs.CV"],
        "sha256": "d" * 64,
        "files": {"model.safetensors": hashlib.sha256(listed).hexdigest()},
    }
    path = folder / "arxonomy-9.9-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "arxonomy-9.9.dist-info/METADATA",
            "Metadata-Version: 2.4\nName: arxonomy\nVersion: 9.9\nSummary: Papers\n"
            "License-Expression: Apache-2.0\n",
        )
        archive.writestr("arxonomy/bundled/bundle.json", json.dumps(manifest))
        archive.writestr("arxonomy/bundled/model.safetensors", WEIGHTS)
    return path


def write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "lock.txt").write_text(LOCK, encoding="utf-8")
    out = folder / "sbom.json"
    words = ["sbom.py", str(make_wheel(folder)), "--lock", str(folder / "lock.txt"), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", words)
    sbom.main()
    return out


@pytest.mark.slow
def test_it_lists_the_wheel_the_model_and_every_locked_package(tmp_path, monkeypatch) -> None:
    out = write(tmp_path, monkeypatch)
    found = json.loads(out.read_text(encoding="utf-8"))
    own = found["metadata"]["component"]
    wheel = hashlib.sha256((tmp_path / "arxonomy-9.9-py3-none-any.whl").read_bytes()).hexdigest()
    assert (own["name"], own["version"], own["hashes"][0]["content"]) == ("arxonomy", "9.9", wheel)
    model, alpha, colorama = found["components"]
    assert model["type"] == "machine-learning-model"
    assert model["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(WEIGHTS).hexdigest()}]
    assert (alpha["purl"], colorama["purl"]) == ("pkg:pypi/alpha-one@1.0", "pkg:pypi/colorama@0.4")
    hashes = {one["content"] for source in alpha["externalReferences"] for one in source["hashes"]}
    assert hashes == {"a" * 64, "b" * 64}
    assert len(found["dependencies"][0]["dependsOn"]) == 3
    assert str(tmp_path) not in out.read_text(encoding="utf-8")


def test_what_cyclonedx_does_not_allow_is_not_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        sbom, "make_sbom", lambda *_: {"bomFormat": "CycloneDX", "specVersion": "1.6", "x": 1}
    )
    with pytest.raises(SystemExit, match="expected a bill of materials of CycloneDX"):
        write(tmp_path, monkeypatch)
    assert not (tmp_path / "sbom.json").exists()


def test_a_model_that_is_not_the_one_of_its_manifest_is_refused(tmp_path) -> None:
    with pytest.raises(SystemExit, match="expected the weights that"):
        sbom.describe_model(make_wheel(tmp_path, listed=b"others"))
