"""The command line as a whole, and the small commands."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_plain_install import EXTRAS
from typer.testing import CliRunner

from arxonomy.cli import COMMANDS, app
from arxonomy.config import list_recipes, load_recipe
from arxonomy.version import __version__

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
    # Typer imports pydantic when it reads a command's options, and `serve` has its settings from there.
    done = run_without([*HEAVY, "pydantic"] if words == ["--help"] else HEAVY, *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_imports_no_command():
    script = """
import atexit, sys
sys.argv[1:] = ["--help"]
atexit.register(lambda: print(*sorted(name for name in sys.modules if name.startswith("arxonomy.cli."))))
from arxonomy.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == ""


def test_help_loads_nothing_that_it_can_do_without():
    heavy = ["httpx2", "mcp", "numpy", "onnxruntime", "pyarrow", "pydantic", "sklearn", "torch"]
    code = (
        "import sys, arxonomy.cli\n"
        "sys.argv[1:] = ['--help']\n"
        "try: arxonomy.cli.main()\n"
        f"finally: print(sorted(sys.modules.keys() & {set(heavy)!r}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "classify" in done.stdout, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_each_ones_first_line(name):
    module = importlib.import_module(f"arxonomy.cli.{name.replace('-', '_')}")
    assert COMMANDS[name] == inspect.getdoc(module.command).splitlines()[0]


def test_every_module_with_a_command_is_listed():
    folder = Path(inspect.getfile(importlib.import_module("arxonomy.cli"))).parent
    files = {
        file.stem for file in folder.glob("*.py") if "\ndef command(" in file.read_text(encoding="utf-8")
    }
    assert files == {name.replace("-", "_") for name in COMMANDS}


def test_the_help_lists_every_command(arxonomy):
    listed = [line.strip("│ ").split()[0] for line in arxonomy("--help").stdout.splitlines() if "│" in line]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_each_commands_help_has_an_example(arxonomy):
    for name in COMMANDS:
        assert f"Example: arxonomy {name}" in arxonomy(name, "--help").stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("arxonomy cl", ["classify"]),
        ("arxonomy c", [name for name in COMMANDS if name.startswith("c")]),
        ("arxonomy classify --top", ["--top-k"]),
        ("arxonomy classify --format js", ["jsonl"]),
    ],
)
def test_shell_completion(words, completed):
    index = str(len(words.split()) - 1)
    settings = {"_ARXONOMY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": index}
    done = CliRunner().invoke(app, prog_name="arxonomy", env=settings)
    assert done.stdout.split() == completed


def test_version():
    command = [sys.executable, "-m", "arxonomy", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"arxonomy {__version__}\n")


def test_pytorchs_caches_are_kept_small_unless_the_user_says_otherwise():
    """They are read when PyTorch is loaded, so that each needs its own process."""
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
    for settings, shown in (({}, "32 32"), ({"LRU_CACHE_CAPACITY": "7"}, "32 7")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=clean | settings,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.splitlines()[-1] == shown


def test_wrong_usage(arxonomy):
    assert arxonomy("clasify").exit_code == 2
    assert arxonomy("classify", "--nope").exit_code == 2
    assert "arxonomy classify --help" in arxonomy("classify", "--nope").stderr


def test_classify_after_a_plain_install(bundle, papers_csv):
    done = run_without(EXTRAS, "classify", papers_csv, "--model", bundle, "--top-k", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 90


ALL_WITHOUT = """
import contextlib, io, json, sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))
from arxonomy.cli import main
for words in json.loads(sys.argv[2]):
    sys.argv[1:] = words
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as done:
            status = done.code
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


def test_a_missing_extra_is_named(papers_csv, bundle, run_folder, tmp_path):
    commands = [
        ["train", papers_csv, "--recipe", "v1", "--out", tmp_path / "run"],
        ["embed", papers_csv, "--out", tmp_path / "vectors.txt"],
        ["evaluate", bundle, papers_csv],
        ["cross-validate", papers_csv, "--recipe", "v1"],
        ["ablate", papers_csv, "--recipe", "v1"],
        ["curve", papers_csv, "--recipe", "majority"],
        ["export", run_folder, "--out", tmp_path / "bundle"],
    ]
    listed = json.dumps(commands, default=str)
    command = [sys.executable, "-c", ALL_WITHOUT, " ".join(EXTRAS), listed]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    for (name, *_), (status, out, err) in zip(commands, results, strict=True):
        assert (name, status, out) == (name, 1, "")
        lines = err.splitlines()
        needs = "exporting needs `" if name == "export" else "this needs `"
        assert lines[-1].startswith(f"error: {needs}"), name
        assert lines[-1].endswith(
            "which is not installed; install it with `pip install 'arxonomy[train]'`"
        ), name
        assert "Traceback" not in err, name


def test_recipes(arxonomy):
    done = arxonomy("recipes")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list_recipes()
    unknown = arxonomy("recipes", "nope")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


@pytest.mark.parametrize("name", list_recipes())
def test_a_printed_recipe_can_be_used(arxonomy, tmp_path: Path, name):
    file = tmp_path / "copy.toml"
    file.write_text(arxonomy("recipes", name).stdout, encoding="utf-8")
    assert load_recipe(file) == load_recipe(name)


@pytest.mark.slow
def test_compact_bundle_is_smaller(arxonomy, run_folder, bundle, tmp_path):
    done = arxonomy("export", run_folder, "--out", tmp_path / "small", "--weights", "compact")
    assert done.exit_code == 0, done.output

    def weights(folder: Path) -> int:
        return sum(file.stat().st_size for file in folder.rglob("*.safetensors"))

    assert weights(tmp_path / "small") < weights(bundle)


PRINT_A_NAME = """
import arxonomy.cli
arxonomy.cli.app = lambda **options: print("b\\udcff")
arxonomy.cli.main()
"""


def test_a_name_that_no_encoding_has_is_printed_with_a_question_mark():
    """Python stands such a character for a byte of a file's name that is not UTF-8."""
    done = subprocess.run([sys.executable, "-c", PRINT_A_NAME], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"b?\n"


def test_a_requirement_that_is_gone_is_named_without_a_traceback(tmp_path):
    (tmp_path / "library.bib").write_text("@article{one, title={Parsing dialects}}", encoding="utf-8")
    done = run_without(["bibtexparser"], "classify", tmp_path / "library.bib")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "the module bibtexparser" in done.stderr and "`arxonomy doctor`" in done.stderr
