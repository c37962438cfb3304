"""The default method of explanation is the one that the record recommends."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

from arxonomy.explain import explain_prediction

REPO = Path(__file__).resolve().parent.parent
RECORD = json.loads((REPO / "experiments" / "records" / "faithfulness.json").read_text(encoding="utf-8"))


def test_the_default_is_the_most_faithful_that_every_installation_has() -> None:
    default = inspect.signature(explain_prediction).parameters["method"].default
    assert default == "occlusion"
    for other in ("attention", "random"):
        for measure, sign in (("deletion", 1), ("insertion", -1), ("additivity", -1)):
            ours, theirs = (RECORD["methods"][name][measure]["mean"] for name in (default, other))
            assert sign * ours < sign * theirs
