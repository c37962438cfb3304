from __future__ import annotations

import json
import shutil

from arxonomy.atomic import hash_file
from arxonomy.studies.provenance import describe_origin


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
    found = describe_origin(run)
    assert found["command"] == (
        "arxonomy train 'papers of mine.csv' --split=s.csv --vectors v.txt --set 'x={\"a/b\"=1}'"
    )
    assert found["vectors"] == {"name": "v.txt", "sha256": "ab"}
    assert found["split"] == {
        "sha256": hash_file(run / "split.csv"),
        "train": 62,
        "validation": 14,
        "test": 14,
    }
    assert (found["kind"], found["recipe"], found["seed"]) == ("run", "v1", 42)
    assert "/home/me" not in json.dumps(found)


def test_a_bundle_says_what_its_manifest_says(bundle):
    found, manifest = (
        describe_origin(bundle),
        json.loads((bundle / "bundle.json").read_text(encoding="utf-8")),
    )
    assert found["kind"] == "bundle" and found["sha256"] == manifest["sha256"]
    assert found["split"] == manifest["split"] and found["data"]["papers"] == manifest["data"]["papers"]
