"""A folder of the package imports only from the folders before it, and no modules import each other."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "arxonomy"

# The first layer holds the nouns, which may use one another; the last may import everything.
LAYERS = [
    [
        "records",
        "output",
        "errors",
        "advice",
        "atomic",
        "sanitize",
        "messages",
        "platforms",
        "rendering",
        "runtime",
        "version",
        "label_names",
    ],
    ["config"],
    ["taxonomy"],
    ["markup"],
    ["papers"],
    ["harvest"],
    ["writing"],
    ["text"],
    ["evaluation"],
    ["models"],
    ["artifacts"],
    ["training"],
    ["auditing"],
    ["inference"],
    ["explain"],
    ["checking"],
    ["feed"],
    ["bulk"],
    ["studies"],
    ["serving"],
    ["browser"],
    ["doctor"],
    ["scaling"],
    ["recipes"],
    ["cli"],
    ["__init__", "__main__", "estimator"],
]
# A classifier explains itself, so that its user needs nothing else.
ALLOWED = {("inference/classifier.py", "arxonomy.explain")}
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def list_imports(tree: ast.AST, package: list[str]) -> list[tuple[int, str]]:
    """(line, dotted name) of every import anywhere in a module of `package`, functions included."""
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # One dot means the module's own package, each further dot the one around it.
            base = package[: len(package) - node.level + 1] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else [])]
            # `from arxonomy import text` names a layer; `from arxonomy import load` the package itself.
            imports += [(node.lineno, ".".join([*parts, alias.name])) for alias in node.names]
    return imports


def is_allowed(file: Path, root: Path, name: str) -> bool:
    return (file.relative_to(root).as_posix(), ".".join(name.split(".")[:2])) in ALLOWED


def find_violations(root: Path) -> list[str]:
    faults = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        layer = parts[0]
        if layer not in RANK:
            faults.append(f"{layer}: a new folder needs a place in LAYERS (and in docs/architecture.md)")
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for line, name in list_imports(tree, [root.name, *parts[:-1]]):
            top, *below = name.split(".")
            if top != root.name or is_allowed(file, root, name):
                continue
            target = below[0] if below and below[0] in RANK else "__init__"
            if RANK[target] > RANK[layer]:
                faults.append(f"{file.relative_to(root)}:{line}: {layer} must not import {name}")
    return faults


def drop_type_checks(tree: ast.AST) -> ast.AST:
    """The module without its `if TYPE_CHECKING:` blocks, which never run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return tree


def read_graph(root: Path) -> dict[str, set[str]]:
    """Module -> modules of the package that it imports when it is loaded or its functions run."""
    files = {}
    for file in root.rglob("*.py"):
        parts = file.relative_to(root.parent).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    graph = {}
    for module, file in files.items():
        tree = drop_type_checks(ast.parse(file.read_text(encoding="utf-8")))
        package = list(file.parent.relative_to(root.parent).parts)
        names = [name for _, name in list_imports(tree, package) if not is_allowed(file, root, name)]
        targets = {name if name in files else name.rpartition(".")[0] for name in names}
        graph[module] = targets & files.keys() - {module}
    return graph


def find_circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of two modules and more."""

    def reach(start: str) -> Iterator[str]:
        seen, waiting = set(), [start]
        while waiting:
            for target in graph[waiting.pop()] - seen:
                seen.add(target)
                waiting.append(target)
                yield target

    reached = {module: set(reach(module)) for module in graph}
    circles = {
        tuple(sorted(other for other in reached[module] if module in reached[other])) for module in graph
    }
    return sorted(list(circle) for circle in circles if circle)


def test_every_import_points_to_an_earlier_layer() -> None:
    assert find_violations(PACKAGE) == []


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
    assert find_violations(root) == [
        "errors.py:1: errors must not import arxonomy.papers",
        "inference/__init__.py:1: inference must not import arxonomy.load",
        "models/deep/net.py:1: models must not import arxonomy.training.fit",
        "newcomer: a new folder needs a place in LAYERS (and in docs/architecture.md)",
        "papers/csv.py:2: papers must not import arxonomy.text.tokenize",
        "text/__init__.py:2: text must not import arxonomy.models",
    ]


def test_no_modules_import_each_other() -> None:
    assert find_circles(read_graph(PACKAGE)) == []


def test_nothing_is_imported_whose_types_mypy_skips() -> None:
    tables = tomllib.loads((PACKAGE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    overrides = tables["tool"]["mypy"]["overrides"]
    (skipped,) = [table["module"] for table in overrides if table.get("follow_imports") == "skip"]
    names = [f"{name.removesuffix('.*')}." for name in skipped]
    assert "torch._dynamo." in names
    faults = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for line, name in list_imports(ast.parse(file.read_text(encoding="utf-8")), []):
            if any(f"{name}.".startswith(skip) for skip in names):
                faults.append(
                    f"{file.relative_to(PACKAGE)}:{line}: {name}: take it off the list in pyproject.toml"
                )
    assert faults == []


def test_a_circle_can_be_found(tmp_path: Path) -> None:
    root = tmp_path / "arxonomy"
    files = {
        "__init__.py": "from arxonomy.records import Paper",
        "records.py": "",
        "papers/__init__.py": "from .csv import read",
        "papers/csv.py": "from arxonomy.papers import lines",
        "papers/lines.py": "def read():\n    from arxonomy.papers.csv import read",
        "text.py": "from arxonomy.vocabulary import words",
        "vocabulary.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from arxonomy import text",
        "inference/classifier.py": "from arxonomy.explain import words",
        "explain.py": "from arxonomy.inference.classifier import Classifier",
    }
    for name, source in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source, encoding="utf-8")
    assert find_circles(read_graph(root)) == [["arxonomy.papers.csv", "arxonomy.papers.lines"]]
