"""Answers, networks and tiny runs, compared with files that were written once: nothing of it may change.

`WRITE_GOLDEN=1 pytest tests/test_golden.py` rewrites the files of `tests/golden`, after a change that is
meant to change them. Files are compared as they were written: names, keys and their order, and text
exactly, numbers with fractions as closely as another machine computes them.
"""

from __future__ import annotations

import csv
import inspect
import io
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.conftest import write_papers
from safetensors.numpy import load_file
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.config import ModelSettings
from arxonomy.models import ARCHITECTURES, build_model
from arxonomy.records import Paper

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parent.parent / "examples" / "papers.jsonl"

# Other on each machine, or the package's own name.
LEFT_OUT = {"command", "cpu_seconds", "models", "papers_per_second", "seconds", "sha256"}
VERSION = "arxonomy"  # the key under which the package's version is kept

SENTENCES = {"verdict", "warnings"}
"""Keys whose text is prose: only whether there is any is compared."""

SMALL = {"embed_dim": 12, "num_filters": 8, "kernel_sizes": [3, 4, 5], "lstm_hidden": 8, "dropout": 0.5}
ON_CPU = ("--threads", 1, "--device", "cpu")
# The reference system's weights of the classes; recipes name no label.
WEIGHTS = "training.class_weights=cs.AI-LG=1.0,cs.CL=2.0,cs.CV=1.8"
MEMBERS = {"v2": "cs.AI-LG=1.0,cs.CL=1.5,cs.CV=1.5", "baseline": "cs.AI-LG=1.0,cs.CL=1.0,cs.CV=1.8"}
TINY = [
    *("model.embed_dim=16", "model.num_filters=8", "model.lstm_hidden=8"),
    *("model.dropout=0.2", "training.batch_size=16", "training.epochs=3", "training.learning_rate=1e-3"),
    "training.precision='32'",
]
RUNS = {
    "plain": ("v1", [*TINY, WEIGHTS, "training.weight_average=none"]),
    "weight-average": ("v1", [*TINY, WEIGHTS, "training.weight_average=0.8", "training.augment.share=0.8"]),
    "average-from": (
        "v4-deep",
        [
            *TINY,
            WEIGHTS,
            "training.batch_size=8",
            "training.learning_rate=5e-3",
            "training.accumulate=2",
            "training.average_from=2",
            "training.mixup_share=0.5",
        ],
    ),
    "linear-svm": ("linear-svm", ["baseline.c=[0.02, 0.5]"]),
    "ensemble": ("ensemble", [*TINY, "ensemble.seeds=[1, 2]", "ensemble.copies=2"]),  # of `MEMBERS`
}
WITH_VECTORS = "weight-average"


def assert_close(
    found: Any, expected: Any, *, absolute: float = 0.0, relative: float = 0.0, path: str = "$"
) -> None:
    """Fail at the first difference, and say where it is."""
    if isinstance(expected, float) and isinstance(found, float):
        assert math.isclose(found, expected, abs_tol=absolute, rel_tol=relative), (
            f"{path}: expected {expected!r}, found {found!r}"
        )
        return
    assert type(found) is type(expected), f"{path}: expected {expected!r}, found {found!r}"
    if path.rpartition(".")[2] in SENTENCES:
        found, expected = bool(found), bool(expected)
    inner: list[tuple[str, Any, Any]] = []
    if isinstance(expected, dict):
        assert list(found) == list(expected), f"{path}: expected keys {list(expected)}, found {list(found)}"
        inner = [(f"{path}.{key}", found[key], expected[key]) for key in expected]
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{path}: expected {len(expected)} entries, found {len(found)}"
        inner = [(f"{path}[{place}]", *pair) for place, pair in enumerate(zip(found, expected, strict=True))]
    else:
        assert found == expected, f"{path}: expected {expected!r}, found {found!r}"
    for where, inner_found, inner_expected in inner:
        assert_close(inner_found, inner_expected, absolute=absolute, relative=relative, path=where)


def check(name: str, found: Any, *, absolute: float = 0.0, relative: float = 0.0) -> None:
    """Compare with the JSON file of that name, or write it where that is asked for."""
    file = GOLDEN / f"{name}.json"
    if os.environ.get("WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(_written(found) + "\n", encoding="utf-8")
    assert_close(
        json.loads(json.dumps(found)),
        json.loads(file.read_text(encoding="utf-8")),
        absolute=absolute,
        relative=relative,
        path=name,
    )


def _written(value: Any, indent: str = "") -> str:
    """JSON in which what fits on a line is on one line, so that differences can be read."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= 110 or not isinstance(value, (dict, list)):
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_written(own, deeper)}" for key, own in value.items()
        ]
    else:
        parts = [_written(own, deeper) for own in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{indent}{closing}"


def command(*words: object) -> str:
    """What a command writes on stdout."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout


def json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def without_machine(value: Any) -> Any:
    """The same, with nothing in the place of what differs between machines, and without the version."""
    if isinstance(value, dict):
        return {
            key: None if key in LEFT_OUT else without_machine(own)
            for key, own in value.items()
            if key != VERSION
        }
    return [without_machine(own) for own in value] if isinstance(value, list) else value


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def shapes_of(tensors: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{value.dtype} {list(value.shape)}" for name, value in sorted(tensors.items())}


def numbers_of(values: Any) -> Any:
    """As nested lists, in the digits of 32 bits."""
    array = np.asarray(values, dtype=np.float64)
    return np.vectorize(lambda number: float(f"{number:.8g}"))(array).tolist()


def produce_answers() -> dict[str, Any]:
    """What the packaged model says of the examples, in all forms."""
    rows = list(csv.DictReader(io.StringIO(command("classify", EXAMPLES, "--format", "csv"))))[:4]
    for row in rows:
        for name in ("predicted_probability", "unknown_words"):
            row[name] = float(row[name])  # type: ignore[assignment]
    title, abstract = "A grammar for parsing", "We parse a corpus of (zyzzyva) dialogue with cameras."
    paper = ("--title", title, "--abstract", abstract)
    explained = {
        "occlusion": ("--method", "occlusion"),
        "against": ("--category", "cs.CV", "--against", "cs.CL"),
        "attention": ("--method", "attention"),
        "gradients": ("--method", "gradients", *ON_CPU),
    }
    return {
        "jsonl": json_lines(command("classify", EXAMPLES)),
        "csv": rows,
        "torch": json_lines(command("classify", EXAMPLES, "--backend", "torch", "--top-k", 1, *ON_CPU)),
        "top-k": json_lines(command("classify", EXAMPLES, "--top-k", 2)),
        "min-confidence": json_lines(command("classify", EXAMPLES, "--min-confidence", 0.6)),
        "prior": json_lines(command("classify", EXAMPLES, "--prior", "cs.CL=0.7")),
        "unknown words": json_lines(command("classify", "--title", "Zyzzyva qwertz asdfgh")),
        "explain": {
            name: json_lines(command("explain", *paper, "--format", "jsonl", *words))
            for name, words in explained.items()
        },
    }


def produce_networks() -> tuple[dict[str, Any], dict[str, Any]]:
    """Of each architecture: what it computes of a padded batch; and the sums of its weights at the start."""
    import torch

    answers, starts = {}, {}
    titles = torch.tensor([[3, 14, 15, 9, 26], [5, 35, 8, 0, 0], [0, 0, 0, 0, 0]])
    abstracts = torch.tensor([[2, 7, 18, 28, 18, 28, 45, 9, 4], [0] * 9, [27, 1, 8, 0, 0, 0, 0, 0, 0]])
    spellings = torch.from_numpy(np.random.default_rng(0).integers(1, 38, (50, 6)))
    spellings[0] = 0
    for name in ARCHITECTURES:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            network = build_model(ModelSettings(architecture=name, **SMALL), 50, 3).eval()
        inputs = {"title_ids": titles, "abstract_ids": abstracts}
        if "spellings" in inspect.signature(network.forward).parameters:
            inputs |= {"spellings": spellings, "title_words": titles, "abstract_words": abstracts}
        with torch.inference_mode():
            logits, maps = network(**inputs)
        answers[name] = {
            "tensors": shapes_of(network.state_dict()),
            "logits": numbers_of(logits),
            "maps": {key: numbers_of(value) for key, value in maps.items()},
        }
        starts[name] = {
            key: float(f"{value.detach().double().abs().sum().item():.9g}")
            for key, value in network.named_parameters()
        }
    return answers, starts


def produce_run(folder: Path) -> dict[str, Any]:
    """What training left in a folder, but for the epochs and the validation papers' logits."""
    made: dict[str, Any] = {"files": files_in(folder)}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.name in ("vocabulary.json", "metrics.json"):
            made[name] = without_machine(json.loads(file.read_text(encoding="utf-8")))
        elif file.suffix == ".safetensors" and (file.parent == folder or file.name != "last.safetensors"):
            made[name] = shapes_of(load_file(file))
    return made


def produce_epochs(folder: Path) -> dict[str, Any]:
    return {
        file.relative_to(folder).as_posix(): without_machine(json_lines(file.read_text(encoding="utf-8")))
        for file in sorted(folder.rglob("epochs.jsonl"))
    }


def produce_logits(folder: Path) -> dict[str, Any]:
    return {
        file.relative_to(folder).as_posix(): {
            name: value.tolist() if value.dtype.kind == "i" else numbers_of(value)
            for name, value in sorted(load_file(file).items())
        }
        for file in sorted(folder.rglob("validation.safetensors"))
    }


def keys_of(file: Path) -> list[str]:
    """The keys at the top and one level deeper."""
    tree = json.loads(file.read_text(encoding="utf-8"))
    deeper = [f"{key}.{name}" for key, own in tree.items() if isinstance(own, dict) for name in own]
    return sorted([*tree, *deeper])


@pytest.fixture(scope="module")
def papers_csv(tmp_path_factory: pytest.TempPathFactory, invented_papers: list[Paper]) -> Path:
    return write_papers(tmp_path_factory.mktemp("data") / "papers.csv", invented_papers)


@pytest.fixture(scope="module", autouse=True)
def _no_pictures() -> Iterator[None]:
    """Drawing takes longer than the training."""

    def drawn(figure: Any, file: Any, **_: Any) -> None:
        file.write(b"drawn") if hasattr(file, "write") else Path(file).write_bytes(b"drawn")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.figure.Figure.savefig", drawn)
        yield


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, papers_csv: Path, invented_papers: Sequence[Paper]
) -> dict[str, Path]:
    """A folder for each of `RUNS`."""
    folder, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    texts = [f"{paper.title} {paper.abstract}" for paper in invented_papers]
    words = sorted({word for text in texts for word in text.lower().replace(".", "").split()})
    vectors = folder / "vectors.txt"
    vectors.write_text(
        "".join(f"{word} {' '.join(f'{x:.4f}' for x in rng.normal(0.2, 0.3, 16))}\n" for word in words)
    )
    for name, weights in MEMBERS.items():
        member = f'base = "{name}"\n[training]\nclass_weights = "{weights}"\n'
        (folder / f"{name}.toml").write_text(member, encoding="utf-8")
    members = f"ensemble.members={[str(folder / f'{name}.toml') for name in MEMBERS]}"
    for name, (recipe, settings) in RUNS.items():
        given = ["--vectors", vectors] if name == WITH_VECTORS else []
        settings = [*settings, *([members] if recipe == "ensemble" else [])]
        changed = [word for setting in settings for word in ("--set", setting)]
        options = (*ON_CPU, "--out", folder / name)
        command("train", papers_csv, "--recipe", recipe, *changed, *given, *options)
    return {name: folder / name for name in RUNS}


def test_answers_of_the_packaged_model() -> None:
    check("answers", produce_answers(), absolute=1e-5)


def test_networks() -> None:
    answers, starts = produce_networks()
    check("networks", answers, absolute=1e-5)
    check("starts", starts, absolute=1e-9, relative=1e-5)


@pytest.mark.parametrize("name", RUNS)
def test_files_of_a_run(name: str, runs: dict[str, Path]) -> None:
    check(f"run-{name}", produce_run(runs[name]), absolute=1e-3)
    check(f"epochs-{name}", produce_epochs(runs[name]), relative=3e-3)
    check(f"logits-{name}", produce_logits(runs[name]), absolute=5e-3)
    check(f"keys-run-{name}", keys_of(runs[name] / "run.json"))


def test_one_split(runs: dict[str, Path]) -> None:
    file = GOLDEN / "split.csv"
    found = (runs["plain"] / "split.csv").read_bytes()
    if os.environ.get("WRITE_GOLDEN"):
        file.write_bytes(found)
    for run in runs.values():
        assert (run / "split.csv").read_bytes() == file.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "ensemble"])
def test_bundle(name: str, runs: dict[str, Path], tmp_path: Path, invented_papers: list[Paper]) -> None:
    bundle = tmp_path / "bundle"
    command("export", runs[name], "--out", bundle)
    file = write_papers(tmp_path / "some.csv", invented_papers[:8])
    answers = json_lines(command("classify", file, "--model", bundle, *ON_CPU))
    check(f"bundle-{name}", {"files": files_in(bundle), "answers": answers}, absolute=3e-3)
    check(f"keys-bundle-{name}", keys_of(bundle / "bundle.json"))


@pytest.mark.parametrize("name", RUNS)
def test_evaluate(name: str, runs: dict[str, Path], papers_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    command("evaluate", runs[name], papers_csv, *ON_CPU, "-o", out)
    scores = without_machine(json.loads(out.read_text(encoding="utf-8")))
    check(f"evaluate-{name}", {"files": files_in(runs[name]), "scores": scores}, absolute=3e-3)


def test_compare(runs: dict[str, Path], papers_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "numbers.json"
    options = (*ON_CPU, "--bootstrap", 200, "-o", out)
    command("compare", runs["plain"], runs["average-from"], "--data", papers_csv, *options)
    check("compare", without_machine(json.loads(out.read_text(encoding="utf-8"))), absolute=1e-3)
    check("keys-compare", keys_of(out))


def test_audit(papers_csv: Path, invented_papers: list[Paper], tmp_path: Path) -> None:
    out, copies = tmp_path / "report.json", tmp_path / "papers.csv"
    first, second, *_ = invented_papers
    changed = [
        Paper("wrong", first.title, first.abstract, second.category),
        Paper("again", second.title, second.abstract + " indeed", second.category),
    ]
    command("audit", write_papers(copies, [*invented_papers, *changed]), "-o", out)
    check("audit", without_machine(json.loads(out.read_text(encoding="utf-8"))), absolute=1e-3)


def test_a_difference_is_named() -> None:
    expected = {"a": [1, {"b": 0.5}], "c": "text"}
    assert_close({"a": [1, {"b": 0.5004}], "c": "text"}, expected, absolute=1e-3)
    with pytest.raises(AssertionError, match=r"\$\.a\[1\]\.b: expected 0.5, found 0.502"):
        assert_close({"a": [1, {"b": 0.502}], "c": "text"}, expected, absolute=1e-3)
    with pytest.raises(AssertionError, match=r"\$\.a\[0\]: expected 1, found 2"):
        assert_close({"a": [2, {"b": 0.5}], "c": "text"}, expected, absolute=9)
    with pytest.raises(AssertionError, match=r"\$: expected keys"):
        assert_close({"c": "text", "a": [1, {"b": 0.5}]}, expected)
