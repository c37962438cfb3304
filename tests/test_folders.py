"""What holds for every folder: of the package and of its tests."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


def test_the_quick_tests_are_most_and_in_every_folder(request: pytest.FixtureRequest) -> None:
    """`make check` is worth its minute only if it runs nearly everything; checked where all are collected."""
    items = request.session.items
    if {item.path for item in items} != set(TESTS.rglob("test_*.py")):
        return  # some files alone were asked for
    quick = Counter(item.path.parent for item in items if item.get_closest_marker("slow") is None)
    assert set(quick) == {item.path.parent for item in items}
    assert quick.total() >= 0.8 * len(items)
