from __future__ import annotations

import importlib
import inspect

import pytest

from arxonomy import errors
from arxonomy.errors import ArxonomyError, MissingExtraError, needs_extra, suggest_name

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", CLASSES)
def test_one_except_clause_catches_every_error(cls: type[Exception]) -> None:
    assert issubclass(cls, ArxonomyError)
    assert str(cls("expected x, found y")) == "expected x, found y"


def test_the_tree_in_the_documentation_is_complete() -> None:
    assert errors.__doc__ is not None
    assert all(cls.__name__ in errors.__doc__ for cls in CLASSES)


def test_a_missing_package_names_its_extra() -> None:
    with pytest.raises(MissingExtraError) as plain, needs_extra("train"):
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    message = "this needs `torch.nn`, which is not installed; install it with `pip install 'arxonomy[train]'`"
    assert (str(plain.value), plain.value.name) == (message, "torch.nn")
    with (
        pytest.raises(MissingExtraError) as inner,
        needs_extra("train"),
        needs_extra("serve", "a page", "ok"),
    ):
        raise ModuleNotFoundError(name="fastapi")
    assert str(inner.value).startswith("a page needs `fastapi`, which is not installed")
    assert str(inner.value).endswith("`pip install 'arxonomy[serve]'`; ok")


def test_a_missing_module_of_the_package_is_a_bug() -> None:
    with pytest.raises(ModuleNotFoundError) as error, needs_extra("train"):
        importlib.import_module("arxonomy.nowhere")
    assert not isinstance(error.value, ArxonomyError)


def test_did_you_mean_names_the_closest_word() -> None:
    assert suggest_name("epoch", ["seed", "epochs"]) == "did you mean `epochs`?"


def test_did_you_mean_lists_all_words_when_none_is_close() -> None:
    assert suggest_name("zzz", iter(["seed", "epochs"])) == "known: `epochs`, `seed`"
