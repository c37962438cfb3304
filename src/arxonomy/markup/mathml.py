"""Formulas in MathML: indices and exponents are marked, names stand alone, white space is none."""

from __future__ import annotations

import html

from arxonomy.markup.edits import END, SUB, SUP, Edit

# What comes before the second, the third, ... child of an element.
_BETWEEN = {
    "msub": (SUB,), "msup": (SUP,), "msubsup": (SUB, END + SUP), "munder": (SUB,), "mover": (SUP,),
    "munderover": (SUB, END + SUP), "mfrac": (" ",), "mroot": (" ",), "mfenced": (" ",), "mtr": (" ",),
    "mtable": (" ",), "mmultiscripts": (SUB, END + SUP), "mlabeledtr": (" ",),
}  # fmt: skip
_AFTER = {"mfrac": " ", "mroot": " ", "mfenced": " ", "mtable": " ", "msqrt": " ", "mspace": " "}
_BEFORE = {"msqrt": " sqrt ", "mroot": " sqrt ", "mfrac": " ", "mtable": " ", "mfenced": " "}
_LEAVES = frozenset(("mi", "mn", "mo", "mtext", "ms", "ci", "cn", "csymbol"))
# Accents such as a hat, a bar or an arrow above; and signs that would look like markup.
_ACCENTS = frozenset("^~¯ˉ‾_→⃗˙¨ˇ˘ˆ˜.·⏞⏟︷︸{")
_NO_SIGNS = frozenset("{}\\$<>&^_~")


class Formula:
    """One formula that is read tag by tag.

    Args:
        text: The text that it stands in.
        edits: Where its edits go, in order.
    """

    def __init__(self, text: str, edits: list[Edit]) -> None:
        self._text = text
        self._edits = edits
        self._open: list[list[str | int]] = []  # name of each open element, and how many children it has
        self._leaf = ""

    def open(self, name: str, start: int, end: int, *, empty: bool) -> None:
        """Read a tag that opens an element.

        Args:
            name: The element's name.
            start: Where the tag begins.
            end: Where it ends.
            empty: Whether it closes the element too.
        """
        before = ""
        if self._open:
            parent = self._open[-1]
            between = _BETWEEN.get(str(parent[0]), ())
            count = int(parent[1])
            if between and count:
                before = between[min(count, len(between)) - 1]
            parent[1] = count + 1
        self._edits.append((start, end, before + (" " if name == "mspace" else _BEFORE.get(name, ""))))
        if not empty:
            self._open.append([name, 0])
            self._leaf = name if name in _LEAVES else ""

    def close(self, name: str, start: int, end: int) -> None:
        """Read a tag that closes an element; it does nothing where another one is to be closed first.

        Args:
            name: The element's name.
            start: Where the tag begins.
            end: Where it ends.
        """
        after = ""
        # An element that nobody opened closes nothing.
        if self._open and self._open[-1][0] == name:
            count = int(self._open.pop()[1])
            scripts = _BETWEEN.get(name, (" ",))[0] in (SUB, SUP)
            after = END if scripts and count > 1 else _AFTER.get(name, "")
        self._leaf = ""
        self._edits.append((start, end, after))

    def read(self, start: int, end: int) -> None:
        """Read what stands between two tags.

        Args:
            start: Where it begins.
            end: Where it ends.
        """
        written = self._text[start:end]
        content = written.strip()
        if not content:
            if written:
                self._edits.append((start, end, ""))
            return
        if not self._leaf:
            return
        start += len(written) - len(written.lstrip())
        end = start + len(content)
        if start and written[:1].isspace():
            self._edits.append((start - (len(written) - len(written.lstrip())), start, ""))
        sign = html.unescape(content) if len(content) < 40 else content
        if sign in _NO_SIGNS or (self._leaf == "mo" and sign in _ACCENTS and self._is_accent()):
            self._edits.append((start, end, " "))
        elif self._leaf in ("mtext", "ms") or (self._leaf != "mn" and len(sign) > 1 and sign.isalnum()):
            # A name such as `log` is a word of its own; an index may belong to it.
            parent = self._open[-2] if len(self._open) > 1 else ("", 0)
            has_script = parent[1] == 1 and _BETWEEN.get(str(parent[0]), ("",))[0] in (SUB, SUP)
            self._edits += [(start, start, " ")] if has_script else [(start, start, " "), (end, end, " ")]
        if written[-1:].isspace():
            self._edits.append((end, end + len(written) - len(written.rstrip()), ""))

    def _is_accent(self) -> bool:
        return len(self._open) > 1 and self._open[-2][0] in ("mover", "munder")
