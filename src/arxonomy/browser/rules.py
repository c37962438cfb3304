"""The rules by which texts are read and answers are given, as JSON, so that none is written twice.

The scripts have the steps alone. Every regular expression, table and number that the steps use is that of a
module of Python, under the same name without the underscore; what Unicode says of a character is what Python
knows.
"""

from __future__ import annotations

import functools
import html
import re
import sys
import unicodedata
from types import ModuleType
from typing import Any

from arxonomy import records
from arxonomy.browser.patterns import find_members, format_ranges, list_classes, translate
from arxonomy.evaluation import typicality
from arxonomy.explain import explain, explanation
from arxonomy.inference import predictions
from arxonomy.markup import clean, edits, entities, latex, letters, mathml, symbols, tags
from arxonomy.papers.fields import missing, values
from arxonomy.text import tokens

Rules = dict[str, Any]

_MODULES: dict[str, ModuleType] = {
    "clean": clean, "edits": edits, "entities": entities, "explain": explain, "explanation": explanation,
    "html": html, "latex": latex, "letters": letters, "mathml": mathml, "missing": missing,
    "predictions": predictions, "records": records, "symbols": symbols, "tags": tags, "tokens": tokens,
    "typicality": typicality, "values": values,
}  # fmt: skip


@functools.cache
def list_rules() -> Rules:
    """List all rules: those of each module by its name, and what the scripts need of Unicode."""
    return {
        "classes": list_classes(),
        "unicode": _describe_unicode(),
        **{name: _list_constants(module) for name, module in _MODULES.items()},
    }


def _list_constants(module: ModuleType) -> Rules:
    found = {}
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        short = name.removeprefix("_")
        if short.isupper() or isinstance(value, re.Pattern) or module is html:
            try:
                found[short] = _to_json(value)
            except TypeError:
                continue  # a function, a class or a module
    return found


def _to_json(value: Any) -> Any:
    match value:
        case re.Pattern():
            return {"pattern": translate(value)}
        case set() | frozenset():
            return {"set": sorted(value)}
        case dict():
            return {str(key): _to_json(item) for key, item in value.items()}
        case tuple() | list():
            return [_to_json(item) for item in value]
        case str() | int() | float():
            return value
    raise TypeError(f"expected a pattern, a table, a text or a number, found {type(value).__name__}")


def _describe_unicode() -> Rules:
    """Describe the characters that Python's methods of text treat in their own ways.

    `alpha`, `printable`: those of `str.isalpha` and `str.isprintable`; `format`: of Unicode's category Cf;
    `casefold`: what becomes of a character; `lower`: likewise, of those outside of ASCII that become letters
    of ASCII.
    """
    characters = list(map(chr, range(sys.maxunicode + 1)))
    return {
        "alpha": format_ranges(find_members(str.isalpha)),
        "printable": format_ranges(find_members(str.isprintable)),
        "format": format_ranges(find_members(_is_format)),
        "casefold": {one: folded for one in characters if (folded := one.casefold()) != one},
        "lower": {
            one: "".join(letter if letter.isascii() else " " for letter in lower)
            for one in characters[128:]
            if any(map(str.isascii, lower := one.lower()))
        },
    }


def _is_format(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"
