from __future__ import annotations

import json
import shutil

from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file
from arxonomy.studies.provenance import Origin, describe_origin


def test_a_run_says_how_it_was_trained_without_folders(run_folder, tmp_path):
    run = tmp_path / "copy"
    shutil.copytree(run_folder, run)
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    words = [
        "/home/me/papers of mine.csv",
        "--split=/home/me/s.csv",
        "--vectors",
        "../v.txt",
        "--set",
        'x={"a/b"=1}',
    ]
    info |= {"command": ["arxonomy", "train", *words], "vectors": {"path": "/home/me/v.txt", "sha256": "ab"}}
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    origin = describe_origin(open_model(run)).to_dict()
    assert origin["command"] == (
        "arxonomy train 'papers of mine.csv' --split=s.csv --vectors v.txt --set 'x={\"a/b\"=1}'"
    )
    assert origin["vectors"] == {"name": "v.txt", "sha256": "ab"}
    assert origin["split"] == {
        "sha256": hash_file(run / "split.csv"),
        "train": 62,
        "validation": 14,
        "test": 14,
    }
    assert (origin["kind"], origin["recipe"], origin["seed"]) == ("run", "v1", 42)
    assert "/home/me" not in json.dumps(origin)


def test_a_bundle_says_what_its_manifest_says(bundle):
    origin = describe_origin(open_model(bundle)).to_dict()
    manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    assert origin["kind"] == "bundle" and origin["sha256"] == manifest["sha256"]
    assert origin["split"] == manifest["split"] and origin["data"]["papers"] == manifest["data"]["papers"]


def test_what_is_not_known_is_left_out() -> None:
    assert Origin(kind="model").to_dict() == {"kind": "model"}
    assert Origin(kind="run", versions={"numpy": "2"}).to_dict() == {
        "kind": "run",
        "versions": {"numpy": "2"},
    }
