from __future__ import annotations

import inspect

import pytest

from arxonomy import errors
from arxonomy.errors import ArxonomyError, suggest_name

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", CLASSES)
def test_one_except_clause_catches_every_error(cls: type[Exception]) -> None:
    assert issubclass(cls, ArxonomyError)
    assert str(cls("expected x, found y")) == "expected x, found y"


def test_the_tree_in_the_documentation_is_complete() -> None:
    assert errors.__doc__ is not None
    assert all(cls.__name__ in errors.__doc__ for cls in CLASSES)


def test_did_you_mean_names_the_closest_word() -> None:
    assert suggest_name("epoch", ["seed", "epochs"]) == "did you mean `epochs`?"


def test_did_you_mean_lists_all_words_when_none_is_close() -> None:
    assert suggest_name("zzz", iter(["seed", "epochs"])) == "known: `epochs`, `seed`"
