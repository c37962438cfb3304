"""docs/reference_managers.md: each way runs, with small stand-ins for what is no part of this machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from serving.servers import Live
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.inference import Classifier
from arxonomy.papers import read_papers

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = (REPO / "docs" / "reference_managers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
JABREF = (REPO / "tests" / "papers" / "exports" / "jabref.bib").read_text(encoding="utf-8")
RIS = (REPO / "tests" / "papers" / "forms" / "library.ris").read_text(encoding="utf-8")
WHOLE = re.sub(r"@Article\{broken,.*?\n\n", "", JABREF, flags=re.DOTALL)
"""The library without its broken entry."""
NEW_ENTRY = '@misc{new, title = {Parsing "sentences": a [[grammar]]}, abstract = {Of dialogues.}}\n'
TAG = r"arxiv:[a-z-]+(?:\.[A-Za-z-]+)?"

STAND_IN = """
const [code, state] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const items = state.map(({ fields, tags, regular = true }) => ({
  fields, tags, saved: 0,
  isRegularItem: () => regular,
  getField(name) { return this.fields[name] ?? ""; },
  getTags() { return this.tags.map((tag) => ({ ...tag })); },
  removeTag(name) { this.tags = this.tags.filter(({ tag }) => tag !== name); },
  addTag(tag, type = 0) { this.tags.push({ tag, type }); },
  async saveTx() { this.saved += 1; },
}));
const Zotero = {
  getActiveZoteroPane: () => ({ getSelectedItems: () => items }),
  HTTP: {
    async request(method, url, { headers, body, responseType }) {
      const answer = await fetch(url, { method, headers, body });
      if (!answer.ok) throw new Error(`${method} ${url} failed with status code ${answer.status}`);
      return { status: answer.status, response: responseType === "json" ? await answer.json() : null };
    },
  },
};
const AsyncFunction = (async () => {}).constructor;
new AsyncFunction("Zotero", code)(Zotero).then((said) => console.log(JSON.stringify({ said, items })));
"""
"""What the code of the document uses of Zotero, over items that come on stdin with the code."""


@pytest.fixture
def tags(classifier: Classifier, tmp_path: Path) -> list[str]:
    """The tags of the library's papers; those that are refused as of no field have none."""
    file = tmp_path / "whole.bib"
    file.write_text(WHOLE)
    answers = classifier.classify(read_papers(file))
    found = [f"arxiv:{answer.category}" for answer in answers if answer.category]
    assert 0 < len(found) < len(answers) == 6
    return found


def find_block(kind: str) -> str:
    (code,) = [text for own, text in BLOCKS if own == kind]
    return code


def find_command(word: str) -> list[str]:
    """The words after `arxonomy` of the one command that has a word."""
    lines = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
    (line,) = [line for line in lines if word in line]
    return shlex.split(line)[1:]


def run(*words: str):
    return CliRunner().invoke(app, [*words, "--threads", "1"], prog_name="arxonomy")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_the_code_for_zotero_tags_the_selected_items(live: Live):
    zotero = {"tag": "syntax", "type": 0}
    parsing = {"title": "Parsing sentences", "abstractNote": "A grammar of <i>dialogue</i>."}
    recipe = {"title": "Sourdough", "abstractNote": "Mix flour and salt; bake until golden; eat with butter."}
    state = [
        {"fields": parsing, "tags": [zotero, {"tag": "arxiv:math.AG", "type": 1}]},
        {"fields": recipe, "tags": [{"tag": "arxiv:cs.CL", "type": 1}]},
        {"fields": {"title": " "}, "tags": []},
        {"fields": {}, "tags": [], "regular": False},
        *[{"fields": {"title": "Parsing sentences"}, "tags": []}] * 501,  # more than one request holds
    ]
    code = find_block("js").replace("http://127.0.0.1:8000", live.url)
    assert live.url in code
    done = subprocess.run(
        ["node", "-e", STAND_IN], input=json.dumps([code, state]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["said"] == "502 of 503 items have a category"
    parsed, sourdough, blank, note, *others = answer["items"]
    assert parsed["tags"] == [zotero, {"tag": "arxiv:cs.CL", "type": 1}]
    assert sourdough["tags"] == [] and sourdough["saved"] == 1  # of no field: the earlier tag is gone
    assert blank["saved"] == note["saved"] == 0
    assert {own["tag"] for item in others for own in item["tags"]} == {"arxiv:cs.CL"}


def test_keywords_come_back_in_ris_for_zotero(tmp_path, monkeypatch, tags):
    monkeypatch.chdir(tmp_path)
    Path("library.ris").write_text(RIS)
    done = run(*find_command("library.ris"))
    assert done.exit_code == 1 and "library.ris" in done.stderr  # its broken entry is named
    assert re.findall(rf"KW  - ({TAG})\n", Path("tagged.ris").read_text()) == tags
    assert re.sub(rf"KW  - {TAG}\r?\n", "", Path("tagged.ris").read_text()) == RIS


def test_a_library_of_jabref_gets_keywords_in_place_and_once(tmp_path, monkeypatch, tags):
    monkeypatch.chdir(tmp_path)
    library = Path("library.bib")
    library.write_text(WHOLE)
    words = find_command("library.bib")
    assert run(*words).exit_code == 0
    tagged = library.read_text()
    assert re.findall(TAG, tagged) == tags
    bare = re.sub(rf", {TAG}\}}", "}", tagged)
    assert re.sub(rf"\n  keywords = \{{{TAG}\}},?", "", bare) == WHOLE
    assert run(*words).exit_code == 0 and library.read_text() == tagged


def read_note(note: Path) -> dict:
    _, front, body = note.read_text(encoding="utf-8").split("---\n")
    assert body == ""
    return yaml.safe_load(front)


def test_notes_for_obsidian_have_the_category_and_keep_what_was_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hostile = "@misc{a/../b, title = {Parsing: \x85 ---\n\n---\n'x' \"y\" #z}, abstract = {{{tp.web}} <b>}}\n"
    Path("library.bib").write_text(JABREF.replace("@Comment", NEW_ENTRY + hostile + "@Comment"))
    code = compile(find_block("python"), "reference_managers.md", "exec")
    exec(code, {})
    assert "line " in capsys.readouterr().out  # the broken entry
    notes = {note.name: read_note(note) for note in Path("vault/Papers").iterdir()}
    assert len(notes) == 8 and "a%2F..%2Fb.md" in notes
    new = notes["new.md"]
    assert new["title"] == 'Parsing "sentences": a [[grammar]]' and new["tags"] == ["arxiv/cs/CL"]
    assert new["category"] == "cs.CL" and 0 < new["probability"] <= 1
    assert all(list(own) == list(new) for own in notes.values())
    assert '"y" #z' in notes["a%2F..%2Fb.md"]["title"]
    mine = Path("vault/Papers/new.md")
    mine.write_text("mine")
    exec(code, {})
    assert mine.read_text() == "mine" and len(list(mine.parent.iterdir())) == 8


class Repository:
    """A repository with a bibliography, its origin, and the steps of the document's workflow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.workflow = yaml.safe_load(find_block("yaml"))
        self.env = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPO / "src"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        program = folder / "arxonomy"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m arxonomy "$@"\n')
        program.chmod(0o755)
        self.shell("git init -q --bare ../origin.git", folder / "origin.git")
        self.shell("git clone -q ../origin.git . 2>/dev/null", self.folder)
        self.commit(WHOLE)

    def shell(self, script: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a script as GitHub does."""
        (folder or self.folder).mkdir(exist_ok=True)
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=folder or self.folder, env=self.env, capture_output=True, text=True, check=False
        )

    def commit(self, text: str) -> None:
        (self.folder / "references.bib").write_text(text)
        done = self.shell("git add . && git -c user.name=a -c user.email=a@b commit -qm mine && git push -q")
        assert done.returncode == 0, done.stderr

    def read_pushed(self) -> str:
        return self.shell("git fetch -q && git show @{upstream}:references.bib").stdout

    def run_steps(self) -> list[int]:
        """Run the steps that are commands; a step after a failed one, only if it always runs."""
        first, second, install, *steps = self.workflow["jobs"]["classify"]["steps"]
        assert "checkout" in first["uses"] and "setup-python" in second["uses"]
        assert install == {"run": "pip install arxonomy"}
        statuses: list[int] = []
        for step in steps:
            if not any(statuses) or step.get("if") == "always()":
                statuses.append(self.shell(step["run"]).returncode)
        return statuses


@pytest.mark.slow
def test_the_steps_of_the_workflow_push_the_categories_once(tmp_path, tags):
    repository = Repository(tmp_path)
    assert repository.workflow[True]["push"]["paths"] == ["references.bib"]  # YAML reads `on` as true
    assert repository.run_steps() == [0, 0]
    assert re.findall(TAG, repository.read_pushed()) == tags
    count = repository.shell("git rev-list --count HEAD").stdout
    assert count == "2\n" and repository.run_steps() == [0, 0]
    assert repository.shell("git rev-list --count HEAD").stdout == count  # nothing new to commit
    repository.commit(JABREF.replace("@Comment", NEW_ENTRY + "@Comment"))
    assert repository.run_steps() == [1, 0]  # a broken entry
    assert re.findall(TAG, repository.read_pushed()) == [*tags, "arxiv:cs.CL"]
    assert "{broken," in repository.read_pushed()
