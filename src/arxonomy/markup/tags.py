"""Tags of HTML, JATS and MathML, comments, and what is not to be read at all."""

from __future__ import annotations

import re

from arxonomy.markup.edits import END, SUB, SUP, Edit
from arxonomy.markup.mathml import Formula
from arxonomy.markup.names import AMBIGUOUS, BLOCK, DROPPED, INLINE, MATH, PREFIXES

# Possessive, so that text which is no tag costs one look at each character.
_TAG = re.compile(
    r"<(?:(?P<comment>!--)|(?P<data>!\[CDATA\[)|(?P<other>[!?][A-Za-z][^<>]*+>)"
    r"|(?P<close>/?)(?:(?P<prefix>[A-Za-z][\w-]*+):)?(?P<name>[A-Za-z][\w-]*+)"
    r"(?P<attributes>(?:\s++[A-Za-z_][\w:.-]*+\s*+=\s*+(?:\\?\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>]++))*+)"
    r"\s*+(?P<empty>/?)>)"
)
_SCRIPTS = {"sub": SUB, "subscript": SUB, "inf": SUB, "sup": SUP, "superscript": SUP}
_KNOWN = INLINE | BLOCK | MATH
_BESIDE_FORMULA = frozenset(("tex-math", "graphic", "inline-graphic"))
_MATH_TAG = re.compile(r"<(?:\w+:)?math[\s>]", re.IGNORECASE)


def find_tags(text: str) -> list[Edit]:
    """Find the tags of a text and what comes in their place.

    Only known elements are tags, so that `p < 0.05` and the `<think>` of a prompt are text.

    Args:
        text: Any text.
    """
    reader = _Reader(text)
    at = 0
    while match := _TAG.search(text, at):
        at = reader.read(match, at)
    return reader.edits


class _Reader:
    """Reads tag by tag."""

    def __init__(self, text: str) -> None:
        self.edits: list[Edit] = []
        self._text = text
        self._missing: set[str] = set()  # ends that do not come any more, so that none is sought twice
        self._formula: Formula | None = None
        self._alternatives = 0  # where the last list of alternatives ends
        self._has_formula = False  # whether it has a formula in MathML

    def read(self, tag: re.Match[str], before: int) -> int:
        """Read a tag, and what a formula has before it; returns where to go on."""
        start, end = tag.span()
        if tag["comment"]:
            return self._drop(start, end, "-->", 3)
        if tag["data"]:
            # What is in it is text, and the rule for words drops the mark of its end.
            self.edits.append((start, end, ""))
            return end
        if tag["other"]:
            self.edits.append((start, end, " "))
            return end
        name, prefix = tag["name"].lower(), tag["prefix"]
        is_known = name in _KNOWN or (
            name in AMBIGUOUS and bool(prefix or tag["attributes"] or name in DROPPED)
        )
        if not is_known and (prefix or "").lower() not in PREFIXES:
            return start + 1
        if self._formula is not None and name in MATH:
            return self._read_formula(self._formula, tag, before)
        full, opens = tag[0][1:].rstrip("/>").split()[0], not (tag["close"] or tag["empty"])
        if name == "math" and opens:
            self.edits.append((start, end, " "))
            if self._find(f"</{full}", end) >= 0:
                self._formula = Formula(self._text, self.edits)
            return end
        is_script = name in DROPPED and "math/tex" not in tag["attributes"]
        if opens and (
            is_script or (name in _BESIDE_FORMULA and self._has_formula and start < self._alternatives)
        ):
            return self._drop(start, end, f"</{full}", 0)
        if opens and name == "alternatives" and start >= self._alternatives:
            self._alternatives = max(end, self._find(f"</{full}", end))
            self._has_formula = _MATH_TAG.search(self._text, end, self._alternatives) is not None
        self.edits.append((start, end, _replace_tag(name, closes=bool(tag["close"]), empty=not opens)))
        return end

    def _read_formula(self, formula: Formula, tag: re.Match[str], before: int) -> int:
        start, end = tag.span()
        name = tag["name"].lower()
        formula.read(before, start)
        if name == "math":
            self.edits.append((start, end, " "))
            self._formula = None
        elif name.startswith("annotation") and not (tag["close"] or tag["empty"]):
            return self._drop(start, end, f"</{tag[0][1:].rstrip('>').split()[0]}", 0)
        elif tag["close"]:
            formula.close(name, start, end)
        else:
            formula.open(name, start, end, empty=bool(tag["empty"]))
        return end

    def _drop(self, start: int, end: int, mark: str, length: int) -> int:
        """Leave out all up to a mark; if it does not come, the tag alone."""
        after = self._find(mark, end)
        end = end if after < 0 else after + length
        self.edits.append((start, end, " "))
        return end

    def _find(self, mark: str, start: int) -> int:
        if mark in self._missing:
            return -1
        after = self._text.find(mark, start)
        if after < 0:
            self._missing.add(mark)
        return after


def _replace_tag(name: str, *, closes: bool, empty: bool) -> str:
    if name in _SCRIPTS:
        return END if closes else "" if empty else _SCRIPTS[name]
    return "" if name in INLINE else " "
