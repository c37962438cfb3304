"""docs/explanations.md says what the record says, and so does the choice of the default."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from arxonomy.explain import explain_prediction

REPO = Path(__file__).resolve().parent.parent
RECORD = json.loads((REPO / "experiments" / "records" / "faithfulness.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    folder = REPO / "experiments"
    spec = importlib.util.spec_from_file_location("explanations", folder / "explanations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))  # as when it is run
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def test_the_tables_are_those_of_the_record(writer: ModuleType) -> None:
    page = writer.PAGE.read_text(encoding="utf-8")
    assert writer.between(writer.between(page, "methods", writer.methods()), "ways", writer.ways()) == page


def test_the_default_is_the_most_faithful_that_every_installation_has() -> None:
    default = inspect.signature(explain_prediction).parameters["method"].default
    assert default == "occlusion"
    for other in ("attention", "random"):
        for measure, sign in (("deletion", 1), ("insertion", -1), ("additivity", -1)):
            ours, theirs = (RECORD["methods"][name][measure]["mean"] for name in (default, other))
            assert sign * ours < sign * theirs
