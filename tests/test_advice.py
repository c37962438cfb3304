"""Advice works where it is shown: options on the command line, arguments in Python."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import arxonomy
from arxonomy import advice, papers
from arxonomy.artifacts.hub import push_bundle
from arxonomy.browser import write_page
from arxonomy.bulk import Options
from arxonomy.inference.export import export_bundle
from arxonomy.studies import ablation, cross_validation
from arxonomy.studies.source import LabeledFiles
from arxonomy.text.embed import EmbedSettings

SOURCE = Path(arxonomy.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
SHELL_ONLY = ("cli/", "serving/", "advice.py")
"""These speak to those who type commands; `advice.py` chooses the words."""
OUTPUT = {
    "auditing/text_report.py",
    "auditing/labels.py",
    "evaluation/text_report.py",
    "evaluation/comparison_text.py",
}
"""Reports, which name the option of the command that prints them."""


def list_texts() -> Iterator[tuple[str, str]]:
    """(file, text) of each text in the package that is no docstring."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(SHELL_ONLY) or name in OUTPUT:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                yield name, node.value


def test_messages_name_options_in_the_words_of_the_interface() -> None:
    """An option is a text of its own, for `name_option`; but for whole commands, which are for a shell."""
    allowed = ("arxonomy ", "--resume`", "--no-pool", "in Python: ", "`ray start", "torchrun ")
    bad = [
        (name, text)
        for name, text in list_texts()
        if OPTION.search(text) and not OPTION.fullmatch(text) and not any(word in text for word in allowed)
    ]
    assert not bad


def test_every_option_that_a_message_names_is_an_argument() -> None:
    functions = (
        arxonomy.load,
        arxonomy.train,
        arxonomy.evaluate,
        arxonomy.compare,
        arxonomy.tune,
        arxonomy.audit,
        arxonomy.check,
        arxonomy.drift,
        arxonomy.refresh,
        ablation.ablate,
        cross_validation.cross_validate,
        export_bundle,
        papers.read_papers,
        EmbedSettings,
        LabeledFiles,
        Options,
        push_bundle,
        write_page,
    )
    known = {name for function in functions for name in inspect.signature(function).parameters}
    # `pool=False` is the first, and `feed` is a command alone.
    options = {text for _, text in list_texts() if OPTION.fullmatch(text)} - {"--no-pool", "--like"}
    assert len(options) > 10
    assert {option for option in options if advice.name_option(option).strip("`") not in known} == set()


def test_options_and_arguments() -> None:
    with advice.use_interface(advice.Interface.COMMAND_LINE):
        assert advice.name_option("--range") == "--range"
        assert advice.advise_option("--resume", True) == "--resume"
        assert advice.advise_option("--teacher", "my run") == "--teacher 'my run'"
    assert advice.name_option("--range") == "`ranges`"
    assert advice.advise_option("--teacher", "linear-svm") == "teachers='linear-svm'"
