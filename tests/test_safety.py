"""Files that people exchange are read without running anything in them; this gate keeps it so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src"

# Each of these runs code that is hidden in a file.
MODULES = {"cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
BUILTINS = {"compile", "eval", "exec"}


def hazards(source: str) -> list[str]:
    """`line: reason` for everything in a module's source that could run a file's content."""
    tree = ast.parse(source)
    names = {}  # local name -> what it stands for, so that `import torch as t` hides nothing
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        else:
            continue
        found += [(node.lineno, f"imports {name}") for name in modules if name.split(".")[0] in MODULES]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [(node.lineno, reason) for reason in call_hazards(node, names)]
    return [f"{line}: {reason}" for line, reason in sorted(found)]


def call_hazards(call: ast.Call, names: dict[str, str]) -> list[str]:
    written, _, rest = ast.unparse(call.func).partition(".")
    function = ".".join(part for part in (names.get(written, written), rest) if part)
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    reasons = []
    if function in BUILTINS:
        reasons.append(f"calls {function}")
    if function == "torch.load" and keywords.get("weights_only") != "True":
        reasons.append("torch.load without weights_only=True")
    if function in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}:
        reasons.append(f"{function} instead of yaml.safe_load")
    if keywords.get("allow_pickle", "False") != "False":
        reasons.append("allow_pickle")
    if function in {"__import__", "importlib.import_module"} and call.args:
        argument = call.args[0]
        if isinstance(argument, ast.Constant) and str(argument.value).split(".")[0] in MODULES:
            reasons.append(f"imports {argument.value}")
    return reasons


def test_nothing_in_the_package_can_run_a_file() -> None:
    files = sorted(SOURCE.rglob("*.py"))
    assert files
    assert [f"{file}:{line}" for file in files for line in hazards(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import os, joblib.numpy_pickle as j",
        "from marshal import loads",
        "def later():\n    import shelve",
        "import importlib\nimportlib.import_module('pickle')",
        "eval('1')",
        "exec(open('x').read())",
        "import yaml\nyaml.load(text)",
        "from yaml import load as read\nread(text)",
        "import torch\ntorch.load('x.pth')",
        "import torch as t\nt.load('x.pth', weights_only=False)",
        "from torch import load\nload('x.pth')",
        "import numpy as np\nnp.load('x.npy', allow_pickle=True)",
    ],
)
def test_the_gate_sees_a_hazard(source: str) -> None:
    assert len(hazards(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "import re\nre.compile('a')",
        "import torch\ntorch.load('x.pth', weights_only=True, map_location='cpu')",
        "import yaml\nyaml.safe_load(text)",
        "import numpy as np\nnp.load('x.npy', allow_pickle=False)",
        "from .pickle import jar",
    ],
)
def test_the_gate_lets_safe_code_pass(source: str) -> None:
    assert hazards(source) == []
