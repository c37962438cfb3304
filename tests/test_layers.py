"""A folder of the package imports only from the folders before it; else the design's order is a wish."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "arxonomy"

# The first layer holds the nouns, which may use one another; the last may import everything.
LAYERS = [
    ["records", "errors", "atomic", "html", "sanitize", "rendering", "runtime", "version"],
    ["config"],
    ["papers"],
    ["text"],
    ["evaluation"],
    ["models"],
    ["artifacts"],
    ["training"],
    ["auditing"],
    ["inference"],
    ["explain"],
    ["studies"],
    ["serving"],
    ["scaling"],
    ["recipes"],
    ["cli"],
    ["__init__", "__main__", "estimator"],
]
# A classifier explains itself, so that whoever has one needs nothing else.
ALLOWED = {("inference/classifier.py", "arxonomy.explain")}
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def imported(tree: ast.AST, package: list[str]) -> list[tuple[int, str]]:
    """(line, dotted name) of every import anywhere in a module of `package`, functions included."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # One dot means the module's own package, each further dot the one around it.
            base = package[: len(package) - node.level + 1] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else [])]
            # `from arxonomy import text` names a layer; `from arxonomy import load` the package itself.
            found += [(node.lineno, ".".join([*parts, alias.name])) for alias in node.names]
    return found


def violations(root: Path) -> list[str]:
    faults = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        layer = parts[0]
        if layer not in RANK:
            faults.append(f"{layer}: a new folder needs a place in LAYERS (and in the design's list)")
            continue
        for line, name in imported(ast.parse(file.read_text(encoding="utf-8")), [root.name, *parts[:-1]]):
            top, *below = name.split(".")
            if top != root.name:
                continue
            if (file.relative_to(root).as_posix(), ".".join(name.split(".")[:2])) in ALLOWED:
                continue
            target = below[0] if below and below[0] in RANK else "__init__"
            if RANK[target] > RANK[layer]:
                faults.append(f"{file.relative_to(root)}:{line}: {layer} must not import {name}")
    return faults


def test_every_import_points_to_an_earlier_layer() -> None:
    assert violations(PACKAGE) == []


def test_the_check_can_fail(tmp_path: Path) -> None:
    root = tmp_path / "arxonomy"
    files = {
        "__init__.py": "from arxonomy.cli import main",
        "config.py": "from arxonomy.errors import SettingsError",
        "errors.py": "import arxonomy.papers",
        "papers/__init__.py": "from arxonomy.papers.csv import read\nfrom .. import records",
        "papers/csv.py": "def read():\n    from ..text import tokenize",
        "text/__init__.py": "import json\nfrom arxonomy import models, papers",
        "models/deep/net.py": "from ...training import fit\nfrom arxonomy.text import tokenize",
        "inference/__init__.py": "from arxonomy import load",
        "cli/__init__.py": "from arxonomy.inference import Classifier",
        "newcomer.py": "",
    }
    for name, source in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source, encoding="utf-8")
    assert violations(root) == [
        "errors.py:1: errors must not import arxonomy.papers",
        "inference/__init__.py:1: inference must not import arxonomy.load",
        "models/deep/net.py:1: models must not import arxonomy.training.fit",
        "newcomer: a new folder needs a place in LAYERS (and in the design's list)",
        "papers/csv.py:2: papers must not import arxonomy.text.tokenize",
        "text/__init__.py:2: text must not import arxonomy.models",
    ]
