"""What every test may ask for: the real papers, where they are, and invented ones that are always there."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hub_server import hub as hub
from saved_models import bundle_of as bundle_of
from saved_models import ensemble_run as ensemble_run
from saved_models import run_of as run_of
from warm_process import Warm

from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.papers import Dataset

# Tiny models are fastest on one thread; this must be said before PyTorch or ONNX Runtime is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test, and no process that a test starts, reads or changes the models of its user.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="arxonomy-tests-")
os.environ["HF_HOME"] = os.path.join(os.environ["XDG_DATA_HOME"], "huggingface")
os.environ.pop("ARXONOMY_MODEL", None)
atexit.register(shutil.rmtree, os.environ["XDG_DATA_HOME"], ignore_errors=True)
# What counts the cores itself finds one: threads that wait for each other on a busy machine only burn time.
os.sched_getaffinity = lambda _pid: {0}

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits that: tests of Ctrl-C
# would then wait for what cannot come.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPO = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("ARXONOMY_DATA") or REPO.parent / "shared" / "data")

WORDS = {
    "cs.CL": "token sentence grammar translation parsing dialogue corpus morphology summary syntax dialect",
    "cs.CV": "image pixel camera segmentation depth texture video pose detector rendering shadow",
    "cs.LG": "gradient regret kernel bound bandit convergence sparsity optimizer variance policy margin",
}
COMMON = (
    "we propose a method that improves the results of earlier work on several benchmarks and show "
    "with experiments why the approach is robust when data are scarce or noisy"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REAL_DATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"no real papers in {REAL_DATA}; set ARXONOMY_DATA to their folder")
    for item in items:
        if item.get_closest_marker("real") or "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


def pytest_collection_finish() -> None:
    """Leave alone what was imported for good, and look for garbage less often: a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Some tests let PyTorch have more threads; for the tiny networks after them these only cost time."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@pytest.fixture
def notes(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """`notes()`: the messages that the package has logged so far in this test."""
    caplog.set_level(logging.INFO, logger="arxonomy")
    return lambda: [entry.getMessage() for entry in caplog.records if entry.name.startswith("arxonomy")]


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Starts functions in processes that need not import PyTorch."""
    warm = Warm()
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real papers; a test that asks for it is skipped where it is missing."""
    return REAL_DATA


@pytest.fixture(scope="session")
def query_labels(real_data: Path) -> Dataset:
    """The reference system's papers, with its merged labels."""
    from arxonomy.config import DataSettings
    from arxonomy.papers import load_dataset

    settings = DataSettings(among={"cs.AI-LG": ["cs.AI", "cs.LG"], "*": []})
    return load_dataset(real_data / "arxiv12k/query_label.csv", settings)


@pytest.fixture(scope="session")
def invented_papers() -> list[Paper]:
    """90 different papers, 30 of each of 3 classes in turn, easy enough for a tiny model to learn."""
    draw = random.Random(42)
    common = COMMON.split()
    papers = []
    for row in range(90):
        category = sorted(WORDS)[row % 3]
        own = WORDS[category].split()
        title = draw.sample(own, 3) + draw.sample(common, 3)
        abstract = draw.choices(own, k=12) + draw.choices(common, k=draw.randint(8, 24))
        draw.shuffle(abstract)
        papers.append(
            Paper(
                id=f"invented-{row:02}",
                title=" ".join(title).capitalize(),
                abstract=" ".join(abstract).capitalize() + ".",
                category=category,
                categories=(category,),
                published=f"2025-{row // 30 + 1:02}",
                row=row,
            )
        )
    return papers
