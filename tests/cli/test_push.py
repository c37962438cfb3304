"""`arxonomy push` and docs/hub.md, whose commands run one after the other, against a server on loopback."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from arxonomy.artifacts.bundle import find_packaged_bundle

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "hub.md").read_text(encoding="utf-8")
TITLE = ("--title", "A parsing corpus of sentence grammar", "--format", "jsonl")


@pytest.mark.slow
def test_the_commands_of_the_document_run(arxonomy, hub, papers_csv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    Path("papers.csv").symlink_to(papers_csv)
    assert arxonomy("train", "papers.csv", "--recipe", "linear-svm").exit_code == 0
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    commands = [line for language, text in blocks if not language for line in text.splitlines()]
    publishing = [line for line in commands if "COMMIT" not in line]
    assert len(publishing) == 2 and len(commands) == 4
    name = ""
    for line in publishing + [line for line in commands if "COMMIT" in line]:
        words = shlex.split(line.replace("hf://my-name/my-model@COMMIT", name))
        done = arxonomy(*words[1:])
        assert (words[0], done.exit_code) == ("arxonomy", 0), done.output
        name = done.stdout.strip() if words[1] == "push" else name
    assert re.fullmatch(r"hf://my-name/my-model@[0-9a-f]{40}", name)
    (python,) = [text for language, text in blocks if language == "python"]
    names = {}
    exec(python.replace("hf://my-name/my-model@COMMIT", name), names)
    assert names["classifier"].labels == ("cs.CL", "cs.CV", "cs.LG")
    assert "\nlicense: cc-by-4.0\n" in Path("my-bundle/README.md").read_text(encoding="utf-8")
    answers = [arxonomy("classify", *TITLE, "--model", model) for model in (name, "my-bundle")]
    assert answers[0].output == answers[1].output != ""


def test_what_is_printed_is_the_name_and_who_can_read_it(arxonomy, hub):
    done = arxonomy("push", find_packaged_bundle(), "anna/model")
    name = f"hf://anna/model@{hub.repositories['anna/model'].head}"
    assert (done.exit_code, done.stdout) == (0, f"{name}\n"), done.output
    assert "only its owners can read it\n" in done.stderr and f"--model {name}" in done.stderr
    assert hub.repositories["anna/model"].private
    again = arxonomy("push", find_packaged_bundle(), "anna/open", "--public")
    assert "everybody can read it\n" in again.stderr and not hub.repositories["anna/open"].private


def test_a_refusal_is_one_line_and_status_1(arxonomy, hub, tmp_path):
    done = arxonomy("push", tmp_path, "anna/model")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {tmp_path}: expected a bundle or a run folder")
    done = arxonomy("push", find_packaged_bundle(), "model")
    assert (done.exit_code, done.stderr) == (
        1,
        "error: expected a repository as in owner/name, found `model`\n",
    )
    assert hub.requests == []


def test_the_advice_for_a_public_repository_is_an_option_of_the_command(arxonomy, hub):
    arxonomy("push", find_packaged_bundle(), "anna/open", "--public")
    done = arxonomy("push", find_packaged_bundle(), "anna/open")
    assert done.exit_code == 1 and done.stderr.endswith("everybody may read the model: --public\n")
