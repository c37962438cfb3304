"""docs/tracking.md: its callbacks run, with small stand-ins for the trackers, and go on when resumed."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_training import TINY
from typer.testing import CliRunner

import arxonomy
from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.artifacts.run import Run
from arxonomy.cli import app
from arxonomy.studies.train import train
from arxonomy.training.callbacks import RunStart, TrainingCallback
from arxonomy.training.tensorboard import TensorBoardCallback

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = (REPO / "docs" / "tracking.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


def find_code(word: str) -> str:
    """The one block of Python that has a word."""
    (code,) = [text for kind, text in BLOCKS if kind == "python" and word in text]
    return code


def format_table(settings: dict) -> str:
    """Settings as TOML; one that is off is left out."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items() if value is not None)


@pytest.fixture
def run_folder(dataset, tmp_path, monkeypatch) -> Iterator[Path]:
    """Where the run of the document's code goes, and the papers and the recipe that it names."""
    monkeypatch.chdir(tmp_path)
    Path("papers.csv").write_text("id,title,abstract,category\n")
    with Path("papers.csv").open("a") as file:
        for paper in dataset.papers:
            file.write(f"{paper.id},{paper.title},{paper.abstract},{paper.category}\n")
    tables = (f"[{table}]\n{format_table(TINY[table])}" for table in ("model", "training"))
    Path("my.toml").write_text("".join(tables))
    return tmp_path / "runs" / "my-seed42"


class Tracker:
    """Keeps what is logged in each run, by its id; stops the training in its second epoch, once."""

    def __init__(self) -> None:
        self.runs: dict[str, dict] = {}
        self.stops = iter([False, True])

    def start(self, run_id: str, name: str, settings: dict) -> None:
        self.run = self.runs.setdefault(run_id, {"name": name, "settings": settings, "steps": [], "best": {}})
        self.run["is_open"] = True

    def log(self, numbers: dict[str, float], step: int | None = None) -> None:
        if step is None:
            self.run["best"] |= numbers
            return
        assert all(isinstance(value, int | float) for value in numbers.values())
        self.run["steps"].append((step, numbers))
        if next(self.stops, False):
            raise KeyboardInterrupt

    def end(self) -> None:
        self.run["is_open"] = False


def make_mlflow(tracker: Tracker) -> SimpleNamespace:
    def start_run(run_id: str | None = None, run_name: str | None = None) -> SimpleNamespace:
        run_id = run_id or f"made-{len(tracker.runs)}"
        tracker.start(run_id, run_name or "", {})
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id))

    return SimpleNamespace(
        start_run=start_run,
        log_params=lambda params: tracker.run["settings"].update(params),
        log_metrics=lambda metrics, step=None: tracker.log(metrics, step),
        end_run=tracker.end,
    )


def make_wandb(tracker: Tracker) -> SimpleNamespace:
    def init(*, project: str, name: str, id: str, resume: str, config: dict) -> SimpleNamespace:
        assert (project, resume) == ("arxonomy", "allow")
        tracker.start(id, name, config)
        return SimpleNamespace(
            log=lambda data, step: tracker.log(data, step),
            summary=SimpleNamespace(update=tracker.log),
            finish=tracker.end,
        )

    return SimpleNamespace(init=init)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "make"), [("mlflow", make_mlflow), ("wandb", make_wandb)])
def test_the_callbacks_of_the_document_go_on_in_the_same_place(run_folder, monkeypatch, name, make) -> None:
    tracker = Tracker()
    monkeypatch.setitem(sys.modules, name, make(tracker))
    code = compile(find_code(f"import {name}"), f"tracking.md, {name}", "exec")
    with pytest.raises(KeyboardInterrupt):
        exec(code, {})
    exec(code, {})
    (run,) = tracker.runs.values()
    history = Run(run_folder).history()
    assert [step for step, _ in run["steps"]] == [1, 2, 3]
    assert [{"epoch": step, **numbers} for step, numbers in run["steps"]] == [asdict(one) for one in history]
    assert run["name"] == run_folder.name and run["settings"]["training.epochs"] == 3
    assert run["best"]["best_best_epoch"] in (1, 2, 3) and run["best"]["best_validation_accuracy"] > 0.4
    assert not run["is_open"]


def test_the_tensorboard_code_of_the_document_calls_what_there_is(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(arxonomy, "train", lambda *papers, **options: calls.append((papers, options)))
    exec(compile(find_code("TensorBoardCallback"), "tracking.md", "exec"), {})
    ((papers, options),) = calls
    inspect.signature(train).bind(*papers, **options)
    assert [type(own) for own in options["callbacks"]] == [TensorBoardCallback]


def test_the_methods_and_fields_of_the_document_are_there() -> None:
    rows = re.findall(r"^\| `(\w+)\(.*?\)` \|.*?\| (.*) \|$", DOCUMENT, re.MULTILINE)
    methods = [name for name in vars(TrainingCallback) if not name.startswith("_")]
    assert [name for name, _ in rows] == methods
    gets = dict(rows)
    assert set(re.findall(r"run\.(\w+)", gets["run_started"])) == set(RunStart.__dataclass_fields__)
    (field,) = re.findall(r"epoch\.(\w+)", gets["epoch_ended"])
    assert field in EpochRecord.__dataclass_fields__


def test_the_options_of_the_document_exist() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "200"}).stdout
    lines = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("arxonomy train")]
    assert lines
    for option in re.findall(r"--[a-z-]+", " ".join(lines)):
        assert option in shown
