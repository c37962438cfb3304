"""Texts and names use the field's words: none of the phrases and names that were replaced comes back.

Whole phrases are searched for, not words that have other uses, in the documents, in the docstrings and
other strings of the package, in the help of every command and in the texts of the pages.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arxonomy.cli import COMMANDS, app

REPO = Path(__file__).resolve().parent.parent
PACKAGE = REPO / "src" / "arxonomy"
BUNDLED = PACKAGE / "bundled"

# Replaced phrase -> what to write, as regular expressions over text whose white space is one space.
REPLACED = {
    r"sorts? scientific papers": "classifies scientific papers",
    r"\bsorts? (a |the |its |your |these |unlabeled )?papers?\b(?! by)": "classify papers",
    r"papers (are|were|is) sorted\b(?! by)": "papers are classified",
    r"papers? to sort\b": "papers to classify",
    r"\bsorting (a |the |your )?(paper|file)s?\b": "classifying papers",
    r"honest (probabilit|confidence)": "calibrated probability",
    r"too sure or too modest": "over- or underconfident",
    r"\bif not said\b": "(default: ...)",
    r"\banew\b": "again; resample; retrain",
    r"\bcommonest\b|the document wishes": "most frequent; as the reference system's description asks",
    r"no difference shown": "not significant",
    r"more than (the )?luck|\bluck of\b|chance alone decides": "significant; variance",
    r"whole or not at all|in full or not at all|all of it or nothing": "written atomically",
    r"words? that (decided|decide|speak|spoke)\b": "words that drove, support or oppose the prediction",
    r"speaks? (for|against) (a|the|it)\b": "supports, opposes",
    r"\bgoes on with\b|\bgo on with\b": "resumes with",
    r"the document (describes|says|states|reports|prints|trains)": "the reference system",
    r"\bthe document's (first|own|test|split|system|number)": "the reference system's",
    r"\b(system|model|network)s? of the document\b": "of the reference system",
    r"\b(class mix|mix of classes|own mix|mix of your classes)\b": "class prior",
    r"scores? flatter|flatters? (every|the) scores?|flattering": "inflated, optimistic scores",
    r"\b(can|could) mend\b|\bthe mend\b|faults? mended": "fix; bugs fixed",
    r"throws? of (the )?dice": "noisy",
    r"learned by heart|learns? by heart": "memorized",
    r"\bof late\b|in the midst of|time and again|nobody's business": "recently; mid-; repeatedly; not logged",
    r"dear to compute|in their stead": "expensive; instead",
    r"\bwhoever\b|a stranger's": "a client; the user; untrusted",
    r"what moves the weights": "optimizer and learning-rate schedule",
    r"who is told how": "progress callbacks",
    r"to either side that a word is learned": "context window",
    r"numbers in a vector": "vector dimension",
    r"(?<!aria-)labelled|\bcolours?\b|\bcoloured\b|behaviour": "US spelling",
    r"\d %(?!\})": "82.2%, without a space",
    r"sorted by a model|\bmust not flatter\b|the user can mend": "predicted; be optimistic; fix",
    r"word vectors start short|equally long at any width": "small, width-independent initialization",
    r"how often papers": "number of bootstrap resamples",
    r"\blinear peers?\b|\bpeers? (is|are|of v1|that)\b": "baseline",
    r"\b(is|are|was|were) told\b|\btold (to|by|of) (the|it|them)\b": "reported; given",
}

# First words of functions that were replaced by verbs; `trained_on(papers)` reads as a question.
PARTICIPLES = {
    "answered", "cleaned", "compared", "commonest", "drawn", "found", "given", "known", "loaded",
    "mended", "named", "over", "printable", "said", "scored", "shown", "sorted", "told", "trained", "visible",
    "whole", "written",
}  # fmt: skip


def find_replaced(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [
        f"...{flat[max(match.start() - 30, 0) : match.end() + 30]}...: write {better}"
        for phrase, better in REPLACED.items()
        for match in re.finditer(phrase, flat, re.IGNORECASE)
    ]


def list_documents() -> Iterator[Path]:
    yield from sorted(REPO.glob("*.md"))
    yield from sorted((REPO / "docs").rglob("*.md"))
    for pattern in ("*.html", "*.js", "*.jinja", "*.toml"):
        yield from sorted(file for file in PACKAGE.rglob(pattern) if BUNDLED not in file.parents)


def test_documents_and_pages() -> None:
    texts = {file.relative_to(REPO): file.read_text(encoding="utf-8") for file in list_documents()}
    assert [f"{file}: {fault}" for file, text in texts.items() for fault in find_replaced(text)] == []


def read_texts(code: str) -> str:
    """The docstrings, other strings and comments of a module."""
    nodes = ast.walk(ast.parse(code))
    strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\n".join([*strings, *re.findall(r"(?m)#[ \t](.*)$", code)])


def test_docstrings_strings_and_comments() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    texts = {file.relative_to(PACKAGE): read_texts(file.read_text(encoding="utf-8")) for file in files}
    assert [f"{file}: {fault}" for file, text in texts.items() for fault in find_replaced(text)] == []


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)], ids=" ".join)
def test_help(words: list[str]) -> None:
    done = CliRunner().invoke(app, [*words, "--help"], prog_name="arxonomy", env={"COLUMNS": "400"})
    assert done.exit_code == 0
    assert find_replaced(re.sub("[│╭╮╰╯─]", " ", done.stdout)) == []


def test_functions_begin_with_a_verb() -> None:
    names = [
        f"{file.relative_to(PACKAGE)}: {node.name}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name != "trained_on"
        and node.name.lstrip("_").split("_")[0] in PARTICIPLES
        and not any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert names == []


@pytest.mark.parametrize(
    "text",
    [
        "Sorts scientific\npapers",
        "Run folder; runs/v1, if not said.",
        "Written whole or not at all",
        "the difference is more than the luck of the papers",
        "drawn anew",
    ],
)
def test_the_check_can_fail(text: str) -> None:
    assert len(find_replaced(text)) == 1


def test_other_uses_stay() -> None:
    text = "Sort papers by id. Papers are sorted by length. A document, a peer review, no luck: we sort rows."
    assert find_replaced(text) == []
