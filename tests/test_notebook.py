"""The notebook for a class runs from top to bottom, exercises included."""

from __future__ import annotations

import ast
import csv
import importlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from warm_process import Warm

from arxonomy.records import Paper

REPO = Path(__file__).resolve().parent.parent
NOTEBOOK = REPO / "notebooks" / "hybrid_cnn_lstm.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
SOURCES = {cell["id"]: "".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"}
EXERCISES = {
    cell["id"]: re.search(r"```python\n(.*?)```", "".join(cell["source"]), re.DOTALL)[1]
    for cell in CELLS
    if cell["id"].startswith("exercise-")
}
# Both runs have a vocabulary of 60 words, so that one trace of the network serves to export both.
TINY = """
base = "arxonomy"
[model]
embed_dim = 8
num_filters = 4
lstm_hidden = 4
pair_dim = 4
pair_buckets = 64
[text]
max_words = 60
"""


# Of the model in the package alone: they say the same whatever the settings.
PACKAGED = {"outside", "title-alone", "why", "packaged-attention"}

Outputs = dict[str, Any]  # of each cell by its id
SWITCH = """
import os
os.environ |= {settings!r}
os.chdir({folder!r})
%reset -f
"""


def execute(warm: Warm, folder: Path, cells: list[tuple[str, str]], environment: dict[str, str]) -> Outputs:
    """Run the cells as if the notebook were in `folder`; returns the outputs of each."""
    (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
    environment = environment | {
        "IPYTHONDIR": str(folder / "ipython"),  # not the user's settings
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as a kernel of Jupyter sets it
    }
    with open(os.devnull, "rb") as nothing, (folder / "talk").open("w+b") as talk:
        streams = {"stdin": nothing.fileno(), "stdout": talk.fileno(), "stderr": talk.fileno()}
        child = warm.start("test_notebook:run_cells", str(folder), **streams, env=environment)
        assert child.wait() == 0, (folder / "talk").read_text(encoding="utf-8")
    return {name: SimpleNamespace(**outputs) for name, outputs in read_json(folder / "outputs.json").items()}


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def run_cells(folder: str) -> None:
    """Run cells by IPython, as a kernel of Jupyter does, in a fork of a process that has imported PyTorch."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    os.chdir(Path(folder) / "notebooks")
    shell = InteractiveShell.instance()
    sys.stdout, sys.stderr = out, err = io.StringIO(), io.StringIO()  # for all cells: a logger keeps them
    outputs = {}
    for name, source in read_json(Path(folder) / "cells.json"):
        with capture_output(stdout=False, stderr=False) as captured:
            result = shell.run_cell(source)
        if not result.success:
            os.write(2, f"{name}: {out.getvalue()}\n{err.getvalue()}".encode())
            sys.exit(1)
        pictures = sum("image/png" in output.data for output in captured.outputs)
        outputs[name] = {"stdout": out.getvalue(), "stderr": err.getvalue(), "pictures": pictures}
        for stream in (out, err):
            stream.seek(0)
            stream.truncate()
    (Path(folder) / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")


def make_folder(folder: Path, **settings: object) -> dict[str, str]:
    """Make room for the notebook; returns its settings: of a tiny network, and these."""
    (folder / "notebooks").mkdir()
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    settings = {"RECIPE": folder / "tiny.toml", "EPOCHS": 2, "OUT": folder / "out"} | settings
    return {f"ARXONOMY_NOTEBOOK_{name}": str(value) for name, value in settings.items()}


@pytest.fixture(scope="module")
def both(warm: Warm, tmp_path_factory: pytest.TempPathFactory, invented_papers: list[Paper]) -> Outputs:
    """All cells twice, as when readers change the settings and run everything again.

    At first as in a clone, without any file of the reader's, with the exercises. Then with the reader's
    papers and word vectors, in a folder that holds nothing else beside the notebook: a cell before has
    changed the settings and the folder, and has cleared all names. The ids of the second run's cells begin
    with `own-`.
    """
    toy, own = tmp_path_factory.mktemp("toy"), tmp_path_factory.mktemp("own")
    shutil.copytree(REPO / "examples", toy / "examples")
    with open(own / "papers.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "abstract", "category", "all_categories", "published"])
        writer.writerows(
            (p.id, p.title, p.abstract, p.category, " ".join(p.categories), p.published)
            for p in invented_papers
        )
    vectors = "".join(f"{word} {'0.5 ' * 7}0.25\n" for word in ("sentence", "pixel", "gradient"))
    (own / "vectors.txt").write_text(vectors, encoding="utf-8")
    settings = make_folder(own, DATA=own / "papers.csv", VECTORS=own / "vectors.txt")

    switch = SWITCH.format(settings=settings, folder=str(own / "notebooks"))
    cells = [(cell["id"], "".join(cell["source"])) for cell in CELLS]
    first = [(name, EXERCISES.get(name, source)) for name, source in cells if name in SOURCES | EXERCISES]
    second = [(f"own-{name}", source) for name, source in cells if name in SOURCES.keys() - PACKAGED]
    return execute(warm, toy, [*first, ("switch", switch), *second], make_folder(toy))


@pytest.fixture(scope="module")
def toy(both: Outputs) -> Outputs:
    """As in a clone, without any file of the reader's, with the exercises."""
    return {name: outputs for name, outputs in both.items() if not name.startswith("own-")}


@pytest.fixture(scope="module")
def own(both: Outputs) -> Outputs:
    """With the reader's papers and word vectors, and nothing else beside the notebook."""
    return {name.removeprefix("own-"): outputs for name, outputs in both.items() if name.startswith("own-")}


@pytest.mark.slow
@pytest.mark.parametrize("which", ["toy", "own"])
def test_it_runs_and_draws(which: str, request: pytest.FixtureRequest) -> None:
    outputs = request.getfixturevalue(which)
    drawn = {name for name, output in outputs.items() if output.pictures}
    assert drawn >= {"curves", "test", "calibration", "attention", "leave-out"}
    assert "Warning" not in "".join(output.stderr for output in outputs.values())
    assert re.findall(r"^epoch +(\d+): loss", outputs["training"].stdout, re.MULTILINE) == ["1", "2"]
    assert "epoch=2" in outputs["curves"].stdout
    for cell, limit in (("padding", 1e-4), ("export", 1e-5)):
        (difference,) = re.findall(r"differ\w* .*?(\d\.\de[+-]\d+)", outputs[cell].stdout)
        assert float(difference) < limit


@pytest.mark.slow
def test_the_packaged_model_answers_explains_and_refuses(toy: Outputs) -> None:
    answers = toy["packaged"].stdout
    assert "149 categories, by onnx" in answers
    assert re.search(r"^cond-mat\.str-el +\d+%", answers, re.MULTILINE)
    assert re.search(r"^none .* A Sourdough That Rises Overnight$", answers, re.MULTILINE)
    assert re.search(r"^bread +none +outside: \d+\.\d%$", toy["outside"].stdout, re.MULTILINE)
    assert len(re.findall(r"title alone", toy["title-alone"].stdout)) == 3
    assert re.fullmatch(r"gates: title 0\.\d\d, abstract 0\.\d\d, bag of words 0\.\d\d\n", toy["why"].stdout)
    assert toy["why"].pictures == toy["packaged-attention"].pictures == 1


def test_the_numbers_of_the_packaged_model_are_those_of_the_record() -> None:
    record = json.loads((REPO / "experiments/records/packaged/test.json").read_text(encoding="utf-8"))
    shares = {"/".join(part["given"]): f"{part['accuracy']:.1%}" for part in record["by_part"]}
    (text,) = ("".join(cell["source"]) for cell in CELLS if cell["id"] == "title-alone-text")
    stated = (
        f"{shares['title/abstract']} of whole papers, {shares['abstract']} of abstracts alone "
        f"and {shares['title']} of titles alone"
    )
    assert stated in " ".join(text.split())


@pytest.mark.slow
def test_the_parts_tell_their_shapes(toy: Outputs) -> None:
    shapes = toy["network"].stdout
    tokens, places = re.findall(r"_ids \(4, (\d+)\)", toy["batch"].stdout)
    for name, given, made in (
        ("lstm", f"4 × {tokens} × 8", f"4 × {tokens} × 8"),
        ("lstm_attention", f"4 × {tokens} × 8", "4 × 8"),
        ("cnn_blocks.0", f"4 × {places} × 8", f"4 × {places} × 4"),
        ("cnn_attention", f"4 × {places} × 4", "4 × 4"),
        ("bag", f"4 × {tokens} + 4 × {places}", "4 × 8"),
        ("fusion", "4 × 8 + 4 × 4 + 4 × 8", "4 × 20"),
        ("classifier", "4 × 20", "4 × 3"),
        ("listed", "4 × 20", "4 × 3"),
    ):
        assert re.search(rf"^{re.escape(name)} +{re.escape(given)} -> {made} +[\d,]+$", shapes, re.MULTILINE)


@pytest.mark.slow
def test_the_toy_papers_need_no_file(toy: Outputs) -> None:
    table = toy["load"].stdout
    assert re.search(r"^ +cs\.CL +cs\.CV +cs\.LG$", table, re.MULTILINE)
    yours, packaged = toy["classify"].stdout.split("The model is the package's:")
    assert "Der Garten als Archiv" in yours  # one of examples/papers.jsonl
    assert re.search(r"^  none +\d+%  Der Garten als Archiv", packaged, re.MULTILINE)
    assert re.search(r"^  astro-ph\.EP +\d+%  A Hazy Terminator", packaged, re.MULTILINE)


@pytest.mark.slow
def test_the_reader_s_files_are_used(own: Outputs) -> None:
    assert "word vectors cover 3 of" in own["training"].stdout
    assert sum(map(int, re.findall(r"\d+", own["load"].stdout.split("\n\n")[0]))) == 90
    assert "Spin Waves in a Stretched Triangular Magnet" in own["classify"].stdout


@pytest.mark.slow
def test_the_exercises_run(toy: Outputs) -> None:
    assert len(EXERCISES) == 6
    assert re.search(r"title only +\d+\.\d%\nabstract only +\d+\.\d%", toy["exercise-1"].stdout)
    assert toy["exercise-2"].pictures == toy["exercise-3"].pictures == 1
    assert toy["exercise-4"].stdout.count("unknown") >= 1
    assert "TF-IDF + LinearSVC" in toy["exercise-5"].stdout
    # 100 of the 900 rows give a second label to a paper; each of these costs one of its two rows.
    assert "900 rows, 800 different papers" in toy["exercise-6"].stdout
    assert "at most 88.9%" in toy["exercise-6"].stdout


def test_the_file_holds_no_outputs() -> None:
    nbformat.validate(nbformat.read(NOTEBOOK, as_version=4))
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
    for cell in CELLS:
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)


def test_every_import_from_the_package_exists() -> None:
    names = []
    for source in (*SOURCES.values(), *EXERCISES.values()):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "arxonomy":
                names += [(node.module, alias.name) for alias in node.names]
    assert ("arxonomy.training.train", "train") in names
    for module, name in names:
        assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"


@pytest.mark.parametrize(
    ("beside", "installed"),
    [
        ("arxonomy-0.1.0-py3-none-any.whl", "arxonomy-0.1.0-py3-none-any.whl[train]"),
        ("clone/src/arxonomy/version.py", "clone[train]"),
        ("papers.csv", None),
    ],
)
def test_the_install_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str, installed: str | None
) -> None:
    here = tmp_path / "content"
    (here / beside).parent.mkdir(parents=True)
    (here / beside).touch()
    commands: list[list[str]] = []

    def version(package: str) -> str:
        if not commands:
            raise importlib.metadata.PackageNotFoundError(package)
        return "0.1.0"

    def run(command: list[str], **options: Any) -> Any:
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.chdir(here)
    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(subprocess, "run", run)
    if installed is None:
        with pytest.raises(SystemExit, match="next to this notebook"):
            exec(SOURCES["install"], {})
        assert commands == []
    else:
        exec(SOURCES["install"], {})
        assert commands == [[sys.executable, "-m", "pip", "install", str(here.resolve() / installed)]]
