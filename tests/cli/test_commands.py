"""What concerns the command line as a whole, and the small commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_plain_install import EXTRAS

from arxonomy.cli import app
from arxonomy.config import load_recipe, recipe_names
from arxonomy.version import __version__

# Typer itself imports pydantic when it reads options.
HEAVY = ["lightning_fabric", "numpy", "onnxruntime", "orjson", "pyarrow", "sklearn", "torch"]
WITHOUT = """
import sys
blocked, words = sys.argv[1].split(), sys.argv[2:]
sys.modules.update(dict.fromkeys(blocked))
sys.argv[1:] = words
from arxonomy.cli import main
main()
"""


def run_without(modules: list[str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, " ".join(modules), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("words", [["--help"], ["classify", "--help"], ["train", "-h"], ["--version"]])
def test_help_needs_nothing_heavy(words):
    done = run_without(HEAVY, *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_commands_help_has_an_example(arxonomy):
    for name in (command.name for command in app.registered_commands):
        assert f"Example: arxonomy {name}" in arxonomy(name, "--help").stdout


def test_version():
    command = [sys.executable, "-m", "arxonomy", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"arxonomy {__version__}\n")


def test_pytorchs_caches_are_kept_small_unless_the_user_says_otherwise():
    """They are read when PyTorch is loaded, so that each needs a process of its own."""
    script = """
import atexit, os, sys
sys.argv[1:] = ["--version"]
caches = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
atexit.register(lambda: print(*(os.environ[name] for name in caches)))
from arxonomy.cli import main
main()
"""
    caches = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"}
    clean = {name: value for name, value in os.environ.items() if name not in caches}
    for own, found in (({}, "32 32"), ({"LRU_CACHE_CAPACITY": "7"}, "32 7")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=clean | own,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.splitlines()[-1] == found


def test_wrong_usage(arxonomy):
    assert arxonomy("clasify").exit_code == 2
    assert arxonomy("classify", "--nope").exit_code == 2
    assert "arxonomy classify --help" in arxonomy("classify", "--nope").stderr


def test_classify_after_a_plain_install(bundle, papers_csv):
    done = run_without(EXTRAS, "classify", papers_csv, "--model", bundle, "--top-k", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 90


@pytest.mark.parametrize("command", ["train", "embed", "evaluate", "compare", "ablate", "curve", "export"])
def test_a_missing_extra_is_named(command, papers_csv, bundle, run_folder, tmp_path):
    words = {
        "train": ["train", papers_csv, "--recipe", "v1", "--out", tmp_path / "run"],
        "embed": ["embed", papers_csv, "--out", tmp_path / "vectors.txt"],
        "evaluate": ["evaluate", bundle, papers_csv],
        "compare": ["compare", "--cv", 2, "--recipe", "v1", "--data", papers_csv],
        "ablate": ["ablate", papers_csv, "--recipe", "v1"],
        "curve": ["curve", papers_csv, "--recipe", "majority"],
        "export": ["export", run_folder, "--out", tmp_path / "bundle"],
    }[command]
    done = run_without(EXTRAS, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "pip install 'arxonomy[train]'" in done.stderr and "Traceback" not in done.stderr


def test_recipes(arxonomy):
    done = arxonomy("recipes")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == recipe_names()
    unknown = arxonomy("recipes", "nope")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


@pytest.mark.parametrize("name", recipe_names())
def test_a_printed_recipe_can_be_used(arxonomy, tmp_path: Path, name):
    file = tmp_path / "copy.toml"
    file.write_text(arxonomy("recipes", name).stdout, encoding="utf-8")
    assert load_recipe(file) == load_recipe(name)


def test_compact_bundle_is_smaller(arxonomy, run_folder, bundle, tmp_path):
    done = arxonomy("export", run_folder, "--out", tmp_path / "small", "--weights", "compact")
    assert done.exit_code == 0, done.output

    def weights(folder: Path) -> int:
        return sum(file.stat().st_size for file in folder.rglob("*.safetensors"))

    assert weights(tmp_path / "small") < weights(bundle)
