"""The plain install has no PyTorch and no scikit-learn: whatever it needs must import without them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parent.parent

# Import names of everything that only the extras bring.
EXTRAS = (
    "captum gensim httpx2 huggingface_hub lightning_fabric lxml matplotlib mcp mcp_types onnx onnx_ir "
    "onnxscript optuna pandas pyarrow python_calamine rdflib scipy sklearn tenacity tensorboard tomli_w torch"
).split()
PLAIN = [
    "arxonomy",
    "arxonomy.config",
    "arxonomy.papers",
    "arxonomy.text",
    "arxonomy.inference",
    "arxonomy.explain",
    "arxonomy.bulk",
    "arxonomy.serving.app",
    "arxonomy.browser",
    "arxonomy.cli",
]

# None in sys.modules is how Python itself marks a module that cannot be imported or found.
BLOCK = """
import importlib, sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
importlib.import_module(sys.argv[1])
"""


def import_without_extras(module: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK, module, *EXTRAS]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("module", PLAIN)
def test_imports_without_the_extras(module: str) -> None:
    done = import_without_extras(module)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["torch", "scipy.stats"])
def test_the_block_works(module: str) -> None:
    done = import_without_extras(module)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_every_requirement_has_one_exact_version() -> None:
    """The constraints fix all that pyproject.toml asks for, and the version they fix is allowed there."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    fixed = {name.lower().replace("_", "-"): version for name, version in pairs}
    assert len(fixed) == len(pairs)
    for text in [*project["dependencies"], *(one for extra in extras.values() for one in extra)]:
        requirement = Requirement(text)
        if requirement.name != project["name"]:
            assert fixed[requirement.name.lower().replace("_", "-")] in requirement.specifier, text
