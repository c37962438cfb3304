"""`arxonomy models`, and which model the commands take where none is named."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_what_is_put_in_use_answers_until_it_is_rolled_back(arxonomy, bundle):
    title = ("--title", "A parsing corpus of sentence grammar", "--format", "jsonl")
    before = arxonomy("classify", *title)
    done = arxonomy("models", "use", bundle)
    assert done.exit_code == 0, done.output
    name = done.stderr.splitlines()[0].removeprefix("in use: ")
    answer = arxonomy("classify", *title)
    assert f"model: {name}, which is in use (see arxonomy models)" in answer.stderr
    assert answer.stdout == arxonomy("classify", *title, "--model", bundle).stdout != before.stdout
    done = arxonomy("models", "roll-back", "--json")
    assert [(own["name"], own["in_use"]) for own in json.loads(done.stdout)] == [
        ("packaged", True),
        (name, False),
    ]
    assert arxonomy("classify", *title).output == before.output


def test_the_list_is_a_table(arxonomy, bundle):
    arxonomy("models", "use", bundle)
    header, packaged, own = arxonomy("models").stdout.splitlines()
    assert header.split() == "in use name recipe papers until accuracy folder".split()
    assert packaged.split()[:2] == ["packaged", "bundled"]
    assert own.split()[0] == "yes"


def test_the_variable_comes_first_and_the_list_says_so(arxonomy, bundle, monkeypatch):
    monkeypatch.setenv("ARXONOMY_MODEL", str(bundle))
    assert f"note: ARXONOMY_MODEL is set, and comes first: {bundle}" in arxonomy("models").stderr
    answer = arxonomy("classify", "--title", "A corpus", "--format", "jsonl")
    assert f"model: {bundle}, as ARXONOMY_MODEL says" in answer.stderr


def test_bulk_classifies_with_the_model_in_use_in_all_its_processes(arxonomy, bundle, papers_csv, tmp_path):
    arxonomy("models", "use", bundle)
    done = arxonomy("bulk", papers_csv, tmp_path / "out", "--workers", "1")
    assert done.exit_code == 0, done.output
    plan = json.loads((tmp_path / "out/_arxonomy/manifest.json").read_text())
    assert json.loads((bundle / "bundle.json").read_text())["sha256"] in json.dumps(plan)


@pytest.mark.parametrize("words", [("use",), ("list", "x"), ("roll-back", "x")])
def test_a_model_is_named_with_use_alone(arxonomy, words):
    done = arxonomy("models", *words)
    assert (done.exit_code, "expected a model with use" in done.output) == (2, True)


def test_a_bundle_that_cannot_be_loaded_is_not_put_in_use(arxonomy, bundle, tmp_path):
    damaged = shutil.copytree(bundle, tmp_path / "damaged")
    (damaged / "model.onnx").write_bytes(b"")
    done = arxonomy("models", "use", damaged)
    assert (done.exit_code, "model.onnx: expected the file as it was exported" in done.stderr) == (1, True)
    assert len(json.loads(arxonomy("models", "--json").stdout)) == 1
