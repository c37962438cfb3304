"""Lists and objects that are written as text: by Python, JSON, NumPy, R or PostgreSQL.

A cell of a table holds text alone, so that pandas writes a list as `['cs.CV', 'cs.LG']`, and NumPy's array as
`['cs.CV' 'cs.LG']`. Python's own parser would do for some of them; this one reads all, in linear time, and
warns of nothing.
"""

from __future__ import annotations

import re
from typing import Any

MAX_LITERAL = 1_000_000
"""Longest text that is looked at, in characters."""

MAX_DEPTH = 8
"""Most containers within containers."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<sign> \.\.\. | [\[\](){},:=] )
    | [uUbB]? (?P<quoted> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
    | (?P<word> [\w.+<>-]+ )
    )""",
    re.VERBOSE | re.DOTALL,
)
_BRACED = re.compile(r"\{[^{}\[\]:'\"]+\}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": "", "b": "", "f": "", "0": ""}
_CONSTANTS = {"True": True, "true": True, "False": False, "false": False} | dict.fromkeys(
    ("None", "null", "nan", "NaN", "NA", "NULL", "<NA>")
)
_CALLS = frozenset({"array", "list", "set", "tuple", "frozenset", "c"})
_CLOSES = {"[": "]", "(": ")", "{": "}"}


def parse_literal(text: str) -> Any:
    r"""Parse a text that is a whole list or object; None for any other text.

    >>> parse_literal("['cs.CV', 'cs.LG']"), parse_literal("['a'\n 'b']"), parse_literal("{cs.CV,cs.LG}")
    (['cs.CV', 'cs.LG'], ['a', 'b'], ['cs.CV', 'cs.LG'])
    >>> parse_literal("[bold]"), parse_literal('{"We": [0, 2]}')
    (None, {'We': [0, 2]})
    """
    text = text.strip()
    if text[-1:] not in ("]", "}", ")") or len(text) > MAX_LITERAL:
        return None
    if _BRACED.fullmatch(text):
        return [item.strip() for item in text[1:-1].split(",")]
    reader = _Reader(text)
    try:
        value = reader.read_value(0)
    except _Unreadable:
        return None
    # `(1)` and `{1}` are rather names than lists.
    is_whole = reader.is_at_end and (reader.has_text or text[0] == "[")
    return value if is_whole and isinstance(value, list | dict) else None


class _Unreadable(Exception):
    """The text is no list and no object."""


class _Reader:
    """Reads values from a text, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self.has_text = False
        self._step()

    @property
    def is_at_end(self) -> bool:
        """Whether all has been read."""
        return self._match is None and not self._text[self._place :].strip()

    def _step(self) -> None:
        self._match = _TOKEN.match(self._text, self._place)
        if self._match is not None:
            self._place = self._match.end()
            self._sign = self._match["sign"]

    def read_value(self, depth: int) -> Any:
        """Read one value.

        Raises:
            _Unreadable: There is none.
        """
        match = self._match
        if match is None or depth > MAX_DEPTH:
            raise _Unreadable
        sign, quoted, word = match["sign"], match["quoted"], match["word"]
        self._step()
        if sign is not None:
            if sign not in _CLOSES:
                raise _Unreadable
            return self._read_items(_CLOSES[sign], depth)
        if quoted is not None:
            self.has_text = True
            return _unescape(quoted[1:-1])
        if word in _CALLS and self._match is not None and self._sign == "(":
            self._step()
            items = self._read_items(")", depth)
            return items[0] if len(items) == 1 and isinstance(items[0], list) else items
        return _parse_word(word)

    def _read_items(self, end: str, depth: int) -> Any:
        items: list[Any] = []
        pairs: dict[str, Any] = {}
        while True:
            if self._match is None:
                raise _Unreadable
            sign, word = self._sign, self._match["word"]
            if sign == end:
                self._step()
                if pairs and items:
                    raise _Unreadable
                return pairs or items
            if sign in (",", "..."):
                self._step()
            elif word == "dtype":  # array([...], dtype=object)
                self._step()
                self._step()
                self._step()
            else:
                value = self.read_value(depth + 1)
                if end == "}" and self._match is not None and self._sign == ":":
                    self._step()
                    pairs[str(value)] = self.read_value(depth + 1)
                else:
                    items.append(value)


def _parse_word(word: str) -> Any:
    """Parse a word without quotes: a constant or a number.

    Raises:
        _Unreadable: It is another one, so that the text is no list.
    """
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if len(word) > 20:
        raise _Unreadable
    try:
        return int(word) if word.lstrip("-").isdecimal() else float(word)
    except ValueError:
        raise _Unreadable from None


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_replace_escape, text)
    # JSON writes a letter beyond the first 65,536 as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _replace_escape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)
