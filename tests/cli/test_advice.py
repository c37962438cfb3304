"""What a message advises exists: each option, command and setting that the program names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import arxonomy
from arxonomy.cli import COMMANDS, _load_command
from arxonomy.config import Recipe
from arxonomy.config.baselines import BASELINE_KINDS

PACKAGE = Path(arxonomy.__file__).parent


def read_strings(pattern: str, with_docstrings: bool = True) -> Iterator[tuple[str, Any]]:
    """File and match of every string of the program."""
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and (with_docstrings or id(node) not in docstrings):
                for match in re.findall(pattern, node.value):
                    yield str(file.relative_to(PACKAGE)), match


def test_every_option_that_is_named_exists() -> None:
    known = {"--version", "--help", "--head", "--nproc-per-node"}  # the last of `ray start`, of torchrun
    known |= {"--force-reinstall", "--no-deps"}  # of pip
    for name in COMMANDS:
        for parameter in _load_command(name).params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    named = list(read_strings(r"(?<![\w-])--[a-z][a-z-]+\b"))
    assert len(named) > 60
    assert [(file, option) for file, option in named if option not in known] == []


def test_every_command_that_is_named_exists() -> None:
    named = list(read_strings(r"`arxonomy ([a-z][a-z-]*)"))
    assert len(named) > 10
    assert [(file, name) for file, name in named if name not in COMMANDS] == []


def test_every_setting_that_is_named_exists() -> None:
    tables = {name: set(field.annotation.model_fields) for name, field in Recipe.model_fields.items()
              if hasattr(field.annotation, "model_fields")}  # fmt: skip
    tables["baseline"] = {name for table in BASELINE_KINDS.values() for name in table.model_fields}
    named = list(read_strings(rf"\b({'|'.join(tables)})\.([a-z_]+)(?=[=`\s,;)]|$)", False))
    assert len(named) > 20
    files = ("json", "safetensors", "toml", "csv", "md", "py", "html", "onnx")
    unknown = [(file, f"{table}.{name}") for file, (table, name) in named
               if name not in tables[table] and name not in files]  # fmt: skip
    assert unknown == []
