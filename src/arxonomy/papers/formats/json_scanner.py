"""The objects of a JSON text, one at a time: concatenated, in an array, or in a list within an answer.

Only brackets and strings are looked at. So a broken object costs itself alone: where its brackets or quotes
are not in order, the next object is found by what JSON forbids within one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from arxonomy.papers.sources.lines import MAX_LINE, Fault

WRAPPERS = frozenset(
    "articles data docs documents entries entry hit hits items papers publications records result results "
    "works".split()
)
"""Keys under which answers of services and exports of programs hold their list of objects."""

NOT_AN_OBJECT = 'expected a JSON object, as in {"title": ..., "abstract": ...}'

_DEPTH = 3  # most objects around such a list
_STRING = r'"(?:[^"\\\n]++|\\.?+)*+(?:"|(?=\n))'  # one that is never closed ends with its line
_NO_BRACKET = re.compile(rf'(?>[^"{{}}\[\]]++|{_STRING})*+')
_KEY = re.compile(r'"([^"\\]{1,40})"\s*:\s*\[\s*\Z')
_ABSTRACT = re.compile(r'"abstract\w*"\s*:')
_TITLE = re.compile(r'"title"\s*:')
_LOOKED_BACK, _LOOKED_AHEAD = 200, 4000  # characters
_MAX_LISTS = 20  # lists of one object that are looked at; each look takes in all of the object so far


class Found(NamedTuple):
    """An object of a JSON text."""

    line: int
    """Where it starts, from 1."""
    text: str
    """Its text; empty when there is a fault."""
    fault: str | None = None
    """What is wrong with its brackets, or None."""


def scan_objects(pieces: Iterable[str]) -> Iterator[Found]:
    """Find the objects of a JSON text; whatever else stands where an object should is a fault.

    Args:
        pieces: The text, cut anywhere.
    """
    scanner = _Scanner()
    try:
        for piece in pieces:
            yield from scanner.feed(piece)
        yield from scanner.end()
    except Fault as fault:  # the stream is damaged
        yield from scanner.end(str(fault))


def holds_several(text: str) -> bool:
    """Whether a text holds several objects, or the beginning of a list of them within an answer."""
    scanner = _Scanner()
    whole = [found for found in scanner.feed(text, final=True) if found.fault is None]
    return scanner.has_list or len(whole) > 1


def holds_list(text: str) -> bool:
    """Whether a text begins with a list of objects within an answer."""
    scanner = _Scanner()
    next((found for found in scanner.feed(text, final=True) if found.fault is None), None)
    return scanner.has_list


class _Brackets:
    """The brackets that are open; each operation takes the same time however many they are."""

    def __init__(self) -> None:
        self._signs: list[str] = []
        self._places: dict[str, list[int]] = {"{": [], "[": []}

    def __len__(self) -> int:
        return len(self._signs)

    @property
    def last(self) -> str:
        """The innermost one; empty where none is open."""
        return self._signs[-1] if self._signs else ""

    def count(self, sign: str) -> int:
        """How many of a kind are open."""
        return len(self._places[sign])

    def holds(self, sign: str, lowest: int = 0) -> bool:
        """Whether one of a kind is open, with at least `lowest` brackets around it."""
        places = self._places[sign]
        return bool(places) and places[-1] >= lowest

    def push(self, sign: str) -> None:
        """Open one."""
        self._places[sign].append(len(self._signs))
        self._signs.append(sign)

    def close(self, sign: str) -> None:
        """Close the innermost one of a kind, and all within it, which were never closed."""
        self.cut(self._places[sign][-1])

    def cut(self, length: int) -> None:
        """Close all but the outermost ones."""
        while len(self._signs) > length:
            self._places[self._signs.pop()].pop()


class _Scanner:
    """What is known of the text so far."""

    def __init__(self) -> None:
        self._buffer = ""
        self._before = ""
        """The end of what has left the buffer."""
        self._line = 1
        """The line on which the buffer starts."""
        self._open = _Brackets()
        self._base = 0
        """How many are open where an object is looked for."""
        self._parts: list[str] | None = None
        """The object that is open, up to the buffer's start; None between objects."""
        self._start = 0
        """Where it starts in the buffer, if it starts there."""
        self._size = 0
        self._lists = 0
        """How many of its lists have been looked at."""
        self._object_line = 0
        self._garbage = False
        """What stands here is no object, and has been told."""
        self.has_list = False
        """Whether the objects are in a list within an answer."""

    def feed(self, piece: str, final: bool = False) -> Iterator[Found]:
        """Find the objects that end within a further piece, which may be the last one."""
        buffer = self._buffer = self._buffer + piece
        place = 0
        while True:
            match = _NO_BRACKET.match(buffer, place)
            end = match.end() if match else place
            if self._parts is None:
                yield from self._look_at_rest(buffer[place:end], place)
            if end == len(buffer) or buffer[end] == '"':  # a string continues in the next piece
                break
            if not final and self._may_open_list(buffer[end], end) and len(buffer) < end + _LOOKED_AHEAD:
                break
            yield from self._take_bracket(buffer[end], end)
            place = end + 1
        self._leave(end)
        if len(self._buffer) > MAX_LINE:  # a string without an end
            self._size += len(self._buffer)
            self._leave(len(self._buffer))

    def end(self, reason: str = "") -> Iterator[Found]:
        """Find what is left at the end, and tell what is not complete."""
        yield from self.feed("", final=True)
        line = self._line + self._buffer.count("\n")
        if self._parts is not None:
            yield Found(
                self._object_line, "", reason or "the object is not closed before the end of the file"
            )
        elif reason or len(self._open):
            yield Found(line, "", reason or "the file ends within a list; is it cut short?")

    def _leave(self, place: int) -> None:
        """Let go of the buffer up to a place."""
        gone = self._buffer[:place]
        if self._parts is not None:
            self._parts.append(gone[self._start :])
            self._size += len(gone) - self._start
            if self._size > MAX_LINE:
                self._parts = [""]
        self._start = 0
        self._line += gone.count("\n")
        self._before = (self._before + gone[-_LOOKED_BACK:])[-_LOOKED_BACK:]
        self._buffer = self._buffer[place:]

    def _take_bracket(self, sign: str, place: int) -> Iterator[Found]:
        if sign == "{":
            if self._base < 0 and self._open.last == "{" and not self._follows(":", place):
                yield from self._tell_garbage(place, "found the list's end before its last object")
                self._base = len(self._open)
            if self._may_open_list(sign, place) and self._opens_list(place):
                self._parts, self._base = None, len(self._open)
                self.has_list = True
            elif self._parts is not None and self._open.last == "{" and not self._follows(":", place):
                # No object stands in an object without a key: the one before was never closed.
                yield from self._close(place, "the object is not closed before the next one")
            if self._parts is None and len(self._open) == self._base:
                self._parts, self._start, self._size, self._lists = [], place, 0, 0
                self._object_line = self._line + self._buffer.count("\n", 0, place)
            self._open.push(sign)
        elif sign == "[":
            if self._parts is None and 0 < len(self._open) == self._base:
                yield from self._tell_garbage(place, "found a list")
            self._open.push(sign)
            if len(self._open) == 1:
                self._base = 1
        else:
            yield from self._take_end("{" if sign == "}" else "[", place)

    def _take_end(self, begin: str, place: int) -> Iterator[Found]:
        lowest = self._base if self._parts is not None else 0
        if self._open.holds(begin, lowest):
            self._open.close(begin)
            if self._parts is not None and len(self._open) == self._base:
                yield from self._close(place + 1)
        elif self._parts is not None and begin == "[" and self._open.holds(begin):
            yield from self._close(place, "the object is not closed before the end of the list")
            yield from self._take_end(begin, place)
        if self._parts is None:
            self._garbage = False
            if len(self._open) < self._base:
                self._base = 0
                if len(self._open):  # what follows the list of objects within an answer is none of them
                    self._base = -1
            if not len(self._open):
                self._base = 0

    def _close(self, place: int, fault: str | None = None) -> Iterator[Found]:
        """End the object that is open."""
        parts = self._parts or []
        size = self._size + place - self._start
        if size > MAX_LINE:
            fault = f"the object is longer than {MAX_LINE / 1e6:g} MB"
        text = "" if fault else "".join(parts) + self._buffer[self._start : place]
        self._parts = None
        self._open.cut(max(self._base, 0))
        yield Found(self._object_line, text, fault)

    def _may_open_list(self, sign: str, place: int) -> bool:
        """Whether this is the first object in a list that has a key for one within an answer."""
        depth = len(self._open) - 1
        if sign != "{" or self._parts is None or self._base or not 1 <= depth <= _DEPTH:
            return False
        if self._open.last != "[" or self._open.count("[") > 1 or self._lists >= _MAX_LISTS:
            return False
        match = _KEY.search(self._get_before(place))
        return match is not None and match[1] in WRAPPERS

    def _opens_list(self, place: int) -> bool:
        """Whether a list that may be one within an answer is that, by what stands around it."""
        self._lists += 1
        # An object with an abstract is a paper; one with a title may be a feed of papers.
        so_far = "".join(self._parts or ()) + self._buffer[self._start : place]
        if _ABSTRACT.search(so_far):
            return False
        ahead = self._buffer[place : place + _LOOKED_AHEAD]
        return not _TITLE.search(so_far) or bool(_TITLE.search(ahead))

    def _follows(self, sign: str, place: int) -> bool:
        return self._get_before(place).rstrip().endswith(sign)

    def _get_before(self, place: int) -> str:
        near = self._buffer[max(0, place - _LOOKED_BACK) : place]
        return near if place >= _LOOKED_BACK else self._before + near

    def _look_at_rest(self, text: str, place: int) -> Iterator[Found]:
        """Look at what stands between objects: anything but commas and blanks is a fault."""
        if len(self._open) == self._base and (rest := text.strip(" \t\r\n,")):
            place += text.index(rest[0])
            yield from self._tell_garbage(place, f"found `{rest[:40]}`")

    def _tell_garbage(self, place: int, what: str) -> Iterator[Found]:
        if not self._garbage:
            line = self._line + self._buffer.count("\n", 0, place)
            yield Found(line, "", f"{NOT_AN_OBJECT}, {what}")
        self._garbage = True
