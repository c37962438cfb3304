r"""Regular expressions of Python -> the same ones for JavaScript, so that none is written twice.

`re`'s own parser reads them, and what it found is written in JavaScript's words (flag `u`). Which characters
are letters, digits or white space depends on the version of Unicode, and is as Python knows it: `\w`, `\d`
and `\s` stand for ranges that `list_classes` gives.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# The parser is private, but has been the same for ten years; what it might add is an error below.
_PARSER: Any = importlib.import_module("re._parser")

_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "s": str.isspace,
    "w": lambda letter: letter.isalnum() or letter == "_",
}
_CATEGORIES = {"CATEGORY_DIGIT": "d", "CATEGORY_SPACE": "s", "CATEGORY_WORD": "w"}
_REPEATS = {(0, 1): "?", (0, None): "*", (1, None): "+"}
_ONE = frozenset(("ANY", "BRANCH", "IN", "LITERAL", "NOT_LITERAL", "SUBPATTERN"))
_SYNTAX = frozenset("^$.*+?()[]{}|/")
_SET_SYNTAX = frozenset("^[]-")

Members = npt.NDArray[np.bool_]
"""(1114112,) whether each code point belongs to a set."""


class Pattern(NamedTuple):
    """A regular expression of JavaScript."""

    source: str
    """Its text."""
    flags: str
    """Its flags, without those that say how it is used."""


def translate(pattern: re.Pattern[str]) -> Pattern:
    """Translate a regular expression, named groups included.

    Args:
        pattern: Of Python, for text.

    Raises:
        ValueError: It has what JavaScript has no word for, or what is not translated yet.
    """
    tree = _PARSER.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    names = {number: name for name, number in pattern.groupindex.items()}
    writer = _Writer(names, dotall=bool(pattern.flags & re.DOTALL))
    return Pattern(writer.write(tree), "iu" if pattern.flags & re.IGNORECASE else "u")


def list_classes() -> dict[str, str]:
    r"""List the ranges of `\d`, `\s` and `\w`, as they are written between brackets."""
    return {name: format_ranges(find_members(test)) for name, test in _CLASSES.items()}


@functools.cache
def find_members(test: Callable[[str], bool]) -> Members:
    """Find the code points of a class; halves of pairs belong to none."""
    members = np.fromiter((test(chr(code)) for code in range(sys.maxunicode + 1)), np.bool_)
    members[0xD800:0xE000] = False
    return members


def format_ranges(members: Members) -> str:
    r"""Write a set of code points as ranges, as in `0-9A-F\u{1d7ce}`."""
    edges = np.flatnonzero(np.diff(members, prepend=False, append=False)).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return "".join(_format_range(start, end - 1) for start, end in pairs)


def _format_range(start: int, end: int) -> str:
    return _escape(start) if start == end else f"{_escape(start)}-{_escape(end)}"


def _escape(code: int, syntax: frozenset[str] = _SET_SYNTAX) -> str:
    letter = chr(code)
    if letter == "\\":
        return "\\x5c"  # so that a backslash before a `w` is that of the class
    if letter in syntax:
        return "\\" + letter
    return letter if letter.isascii() and letter.isprintable() else f"\\u{{{code:x}}}"


class _Writer:
    """Writes what the parser found."""

    def __init__(self, names: dict[int, str], *, dotall: bool) -> None:
        self._names = names
        self._dotall = dotall
        self._atoms = 0

    def write(self, tree: Iterable[tuple[Any, Any]]) -> str:
        """Write a sequence."""
        return "".join(self._write_one(str(operation), value) for operation, value in tree)

    def _write_one(self, operation: str, value: Any) -> str:
        match operation:
            case "LITERAL":
                return _escape(value, _SYNTAX)
            case "NOT_LITERAL":
                return f"[^{_escape(value)}]"
            case "ANY":
                return "[^]" if self._dotall else "[^\\n]"
            case "IN":
                return self._write_set(value)
            case "BRANCH":
                return f"(?:{'|'.join(map(self.write, value[1]))})"
            case "SUBPATTERN" if not value[1] and not value[2]:
                return f"{self._open_group(value[0])}{self.write(value[3])})"
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._write_repeat(operation, *value)
            case "ASSERT" | "ASSERT_NOT":
                ahead = "" if value[0] > 0 else "<"
                return f"(?{ahead}{'=' if operation == 'ASSERT' else '!'}{self.write(value[1])})"
            case "AT" if str(value) == "AT_BEGINNING":
                return "^"
            case "AT" if str(value) == "AT_END":
                return "(?=\\n?$)"
            case "AT" if str(value) == "AT_BOUNDARY":
                return "(?:(?<=[\\w])(?![\\w])|(?<![\\w])(?=[\\w]))"
        raise ValueError(f"expected what can be translated, found {operation} {value!r}")

    def _open_group(self, number: int | None) -> str:
        if number is None:
            return "(?:"
        return f"(?<{self._names[number]}>" if number in self._names else "("

    def _write_repeat(self, operation: str, least: int, most: Any, tree: Any) -> str:
        content = self.write(tree)
        if len(tree) != 1 or str(tree[0][0]) not in _ONE:
            content = f"(?:{content})"
        end = None if most is _PARSER.MAXREPEAT else int(most)
        count = _REPEATS.get((least, end)) or f"{{{least},{'' if end is None else end}}}"
        if operation == "POSSESSIVE_REPEAT":  # what looks ahead is not tried again either
            self._atoms += 1
            return f"(?=(?<atom{self._atoms}>{content}{count}))\\k<atom{self._atoms}>"
        return content + count + ("?" if operation == "MIN_REPEAT" else "")

    def _write_set(self, items: list[tuple[Any, Any]]) -> str:
        negated = str(items[0][0]) == "NEGATE"
        items = items[1:] if negated else items
        if any(str(value).startswith("CATEGORY_NOT") for _, value in items):
            members = np.logical_or.reduce([_find_item(str(kind), value) for kind, value in items])
            return f"[{format_ranges(~members if negated else members)}]"
        return f"[{'^' if negated else ''}{''.join(_write_item(str(kind), value) for kind, value in items)}]"


def _write_item(kind: str, value: Any) -> str:
    match kind:
        case "LITERAL":
            return _escape(value)
        case "RANGE":
            return _format_range(*value)
        case "CATEGORY":
            return "\\" + _CATEGORIES[str(value)]
    raise ValueError(f"expected a part of a set, found {kind} {value!r}")


def _find_item(kind: str, value: Any) -> Members:
    members = np.zeros(sys.maxunicode + 1, np.bool_)
    match kind:
        case "LITERAL":
            members[value] = True
        case "RANGE":
            members[value[0] : value[1] + 1] = True
        case "CATEGORY":
            name = str(value)
            found = find_members(_CLASSES[_CATEGORIES[name.replace("_NOT", "")]])
            return ~found if "_NOT" in name else found
        case _:
            raise ValueError(f"expected a part of a set, found {kind} {value!r}")
    return members
