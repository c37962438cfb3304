"""A raw value of any file or object -> text, a word, a label, categories.

Cells may hold a value that was written as text: `['cs.CV', 'cs.LG']` is how pandas writes a list, `['cs.CV'
'cs.LG']` how NumPy does. What cannot be read is refused with the reason, and never learned as a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from arxonomy.papers.fields.literals import parse_literal
from arxonomy.papers.fields.missing import is_missing, is_missing_word
from arxonomy.papers.sources.lines import Fault
from arxonomy.records import PARTS

_TEXT_KEYS = ("value", "text", "#text", "_", "$t", "content", *PARTS, "display_name", "name", "en")
_LABEL_KEYS = ("display_name", "name", "label", "term", "category", "#text", "code")
_OPENING = ("[", "{", "(")
_DEPTH = 3  # of lists within lists
_LANGUAGES = 3  # most in which a catalog lists a paper's title and abstract
_MARGIN = 10  # characters of blanks and full stops

ORIENT = "write each paper as an object of its own (in pandas, to_json with orient='records')"
"""What to do with JSON that holds its papers in another way."""

_PACKED = re.compile(r"[\[{]\s*['\"\[{]")
_SERIALIZED = re.compile(r"[\[({][\[({\s]*['\"].*[\])}]", re.DOTALL)
# arXiv lists classes of other schemes behind its own: `cs.CV,cs.AI,I.4.9; I.5.4`.
_ARXIV_LIST = re.compile(r"\s*[a-z-]+\.[A-Za-z-]+\s*,")


def read_text(value: Any, field: str) -> str:
    """Read a title or an abstract, as written; empty for an empty cell.

    Several texts in a list become lines, an inverted index (OpenAlex) becomes the text that it stands for,
    and of an object the text counts.

    Args:
        value: The raw value.
        field: Its field, for the message.

    Raises:
        Fault: It is no text.
    """
    if isinstance(value, str):
        literal = parse_literal(value) if _PACKED.match(value) else None
        return value if literal is None else _read_text(literal, field, _DEPTH)
    return _read_text(value, field, _DEPTH)


def _read_text(value: Any, field: str, depth: int) -> str:
    value = _simplify(value)
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Fault(f"expected {field} to be text, found bytes that are not UTF-8") from None
    if isinstance(value, list | tuple | set | frozenset) and depth and not _is_map(value):
        return "\n".join(text for item in value if (text := _read_text(item, field, depth - 1)))
    if isinstance(value, Mapping) and depth:
        if (joined := _join_inverted(value)) is not None:
            return joined
        for key in _TEXT_KEYS:
            if isinstance(value.get(key), str | list | tuple):
                return _read_text(value[key], field, depth - 1)
    raise Fault(f"expected {field} to be text, found {describe_kind(value)}")


def check_is_one_paper(values: Mapping[str, Any], columns: Iterable[str]) -> None:
    """Check that an object is no whole table by columns, as `{"title": [...], "abstract": [...]}`.

    Args:
        values: The record.
        columns: Its columns of a title and an abstract.

    Raises:
        Fault: Every value is a list, or an object of row numbers, of the same papers.
    """
    if not any(isinstance(values[column], list | dict) for column in columns):
        return
    sizes: set[int] = set()
    first = next(iter(values.values()))
    for value in values.values():
        if type(value) is not type(first) or not isinstance(value, list | dict):
            return
        if isinstance(value, dict) and not all(isinstance(key, str) and key.isdecimal() for key in value):
            return
        sizes.add(len(value))
    if len(sizes) == 1 and len(values) > 1 and (isinstance(first, dict) or min(sizes) > _LANGUAGES):
        raise Fault(f"expected one paper, found columns of {sizes.pop():,} papers; {ORIENT}")


def is_same_text(title: str, abstract: str) -> bool:
    """Whether an abstract is no more than the title again.

    >>> is_same_text("On cracks", "On Cracks."), is_same_text("On cracks", "On cracks and panels")
    (True, False)
    """
    if abs(len(title) - len(abstract)) > _MARGIN:
        return False
    return _reduce(title) == _reduce(abstract)


def _reduce(text: str) -> str:
    return " ".join(text.split()).strip(" .").casefold()


def _join_inverted(index: Mapping[Any, Any]) -> str | None:
    """Join an inverted index, word -> its positions; None if it is none.

    >>> _join_inverted({"a": [1, 3], "is": [2], "It": [0]})
    'It a is a'
    """
    places: list[tuple[int, str]] = []
    for word, positions in index.items():
        if not isinstance(positions, list) or not all(type(place) is int for place in positions):
            return None
        places.extend((place, str(word)) for place in positions)
    return " ".join(word for _, word in sorted(places)) if places or not index else None


def read_word(value: Any) -> str:
    """Read a short value such as an id; empty for what cannot be one, and for a word for nothing."""
    if isinstance(value, str):
        word = value.strip()
        if word[:1].isdigit():  # as most ids and dates
            return word
        if word[:1] in _OPENING and _SERIALIZED.fullmatch(word):
            return read_word(parse_literal(word))
        return "" if is_missing_word(word) else word
    value = _simplify(value)
    if is_missing(value):
        return ""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, list | tuple | set | frozenset):
        return read_word(next(iter(value))) if len(value) == 1 and not _is_map(value) else ""
    if isinstance(value, Mapping):
        return ""
    word = str(value).strip()
    return "" if is_missing_word(word) else word


def read_date(value: Any) -> str:
    """Read a date as a file gives it, or an object of CSL-JSON or Crossref; empty where there is none.

    >>> read_date({"date-parts": [[2024, 3, 1]]}), read_date({"raw": "2024-03"})
    ('2024-03-01', '2024-03')
    """
    if not isinstance(value, str) and isinstance(value, Mapping):
        parts = value.get("date-parts")
        while isinstance(parts, list) and len(parts) and isinstance(parts[0], list):
            parts = parts[0]
        if isinstance(parts, list) and parts:
            words = [read_word(part) for part in parts[:3]]
            return "-".join(word.zfill(2) for word in words if word.isdecimal())
        return next((word for key in ("raw", "literal", "value") if (word := read_word(value.get(key)))), "")
    return read_word(value)


def read_label(value: Any, choose: str) -> str:
    """Read a label; empty where there is none.

    Args:
        value: The raw value.
        choose: How to name another column, for the message.

    Raises:
        Fault: It is no single label.
    """
    if isinstance(value, str):
        text = value.strip()
        if text[-1:] in ("]", "}", ")"):
            if (literal := parse_literal(text)) is not None:
                return read_label(literal, choose)
            if _SERIALIZED.fullmatch(text):
                raise Fault(f"expected a category, found a list or an object as text; {choose}")
        return text
    value = _simplify(value)
    if isinstance(value, str):
        return value.strip()
    if is_missing(value):
        return ""
    if isinstance(value, list | tuple | set | frozenset) and not _is_map(value):
        return _read_only_label([item for item in value if not is_missing(item)], choose)
    if isinstance(value, Mapping):
        for key in _LABEL_KEYS:
            if isinstance(value.get(key), str):
                return str(value[key]).strip()
    if isinstance(value, Mapping | list | bytes | tuple):
        raise Fault(f"expected a category, found {describe_kind(value)}; {choose}")
    return str(value).strip()


def _read_only_label(items: list[Any], choose: str) -> str:
    if len(items) > 1:
        shown = ", ".join(f"`{str(item)[:40]}`" for item in items[:3]) + (", ..." if len(items) > 3 else "")
        raise Fault(f"expected one category, found {len(items)}: {shown}; {choose}")
    if items and isinstance(items[0], list | tuple):
        raise Fault(f"expected a category, found a list of lists; {choose}")
    return read_label(items[0], choose) if items else ""


def read_categories(value: Any, label: str = "") -> tuple[str, ...]:
    """Read listed categories, without words for nothing.

    They are a list, a list written as text, or text with one of `;`, `|` and `,` between them; else blanks,
    as arXiv writes `cs.CL cs.AI`.

    Args:
        value: The raw value.
        label: The paper's label; text that is the label alone is not split.
    """
    if isinstance(value, str):
        literal = parse_literal(value)
        items: Iterable[Any] = literal if isinstance(literal, list) else ()
        if literal is None:
            separator = next((sign for sign in ";|," if sign in value), None)
            if value.strip() == label:
                items = [value]
            elif separator and _ARXIV_LIST.match(value):
                items = re.split("[;|,]", value)
            else:
                items = value.split(separator)
    else:
        value = _simplify(value)
        items = value if isinstance(value, list | tuple | set | frozenset) and not _is_map(value) else ()
    return tuple(name for item in items if (name := _read_name(item)))


def _read_name(item: Any) -> str:
    if isinstance(item, Mapping):
        item = next((item[key] for key in _LABEL_KEYS if isinstance(item.get(key), str)), "")
    return read_word(item)


def _simplify(value: Any) -> Any:
    """Make NumPy's, Arrow's and pandas' values plain Python's."""
    if isinstance(value, str | int | float | list | dict | bytes) or value is None:
        return value
    if type(value).__name__ == "datetime64":  # its `tolist` may give nanoseconds as a number
        return str(value)
    for method in ("tolist", "as_py", "to_list"):
        if callable(convert := getattr(value, method, None)):
            return convert()
    return value


def _is_map(value: Any) -> bool:
    """Whether this is how Arrow gives a map: a list of pairs."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, tuple) for item in value)


def describe_kind(value: Any) -> str:
    """Describe the kind of a value in words."""
    if isinstance(value, Mapping):
        return "an object"
    if _is_map(value):
        return "a map"
    if isinstance(value, str):
        return "text"
    kinds = {bool: "true or false", int: "a number", float: "a number", bytes: "bytes", list: "a list"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def format_value(value: Any) -> str:
    """Format any value as the text of a kept column."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(format_value(item) for item in value)
    if isinstance(value, dict | bool):
        return orjson.dumps(value, default=str).decode()
    return str(value)
