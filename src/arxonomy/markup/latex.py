r"""LaTeX in text: commands, braces, accents and formulas.

Most of what LaTeX writes is left to the rule for words, to which `$`, `^`, `{` and the like are blanks.
What is done here is what that rule cannot do: leave out names that only say how something looks, keep words
in one piece (`{B}ERT`, `Schr\"odinger`), and mark indices and exponents, as all notations of formulas do.
"""

from __future__ import annotations

import re

from arxonomy.markup.commands import (
    BLANKS,
    FORMULA_ENVIRONMENTS,
    NAMES,
    SCRIPTS,
    STYLES,
    WITHOUT_ARGUMENT,
    WITHOUT_FIRST_ARGUMENT,
)
from arxonomy.markup.edits import END, SUB, SUP, Edit
from arxonomy.markup.letters import LETTERS, put_accent

LONGEST_FORMULA = 2_000
"""Characters within which a formula must close; a dollar sign that closes nothing is one of money."""

_PIECE = re.compile(
    r"""
      \\(?P<accent> [`'^"~=.] | [uvHcdbkr](?![A-Za-z])\ ? )
      (?: \{\ ?(?:\\(?=[ij]\ ?\}))?(?P<inner>[A-Za-z])\ ?\}
        | \\(?P<dotless>[ij])(?![A-Za-z])
        | (?P<letter>[A-Za-z]) )
    | \\unicode\{x(?P<unicode>[0-9A-Fa-f]{1,6})\}
    | \\(?P<broken>[nrt])(?=[A-Z][a-z]*\s|\\[nrt\\]|\s)
    | \\\\?(?P<command> [A-Za-z]+ )\*?
    | \\(?P<sign> . )
    | (?P<dollar> \$\$? )
    | (?P<brace> [{}] )
    | (?P<script> [_^] )(?: (?P<group>\{) | (?P<single>[A-Za-z0-9]) | (?=\\) )
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGN = re.compile(r"[\\${}_^]")  # what a piece begins with: a set of characters is sought fast
_OPTIONS = re.compile(r"\s?(?:\[[^\[\]]{0,300}\]){0,3}")
_ARGUMENT = re.compile(r"\{(?P<argument>[^{}]{0,500})\}")
_QUOTED = re.compile(r"\\\"[^\\{}]{1,200}\\\"(?!\w)")
_LETTER = re.compile(r"\s?\{\s?([A-Za-z])\s?\}")
_SHORT_SCRIPT = re.compile(
    r"\$\s?(?P<script>[_^])\{?\s?(?:\\(?:text|textrm|textnormal|mathrm|rm)\s?\{?\s?)?"
    r"(?P<content>[A-Za-z0-9+-]{1,8})\s?\}{0,2}\s?\$"
)


def find_latex(text: str) -> list[Edit]:
    """Find LaTeX in a text and what comes in its place.

    Args:
        text: Any text.
    """
    reader = _Reader(text)
    at = 0
    while begin := _SIGN.search(text, at):
        piece = _PIECE.match(text, begin.start())
        at = reader.read(piece) if piece else begin.end()
    return reader.edits


class _Reader:
    """Reads piece by piece."""

    def __init__(self, text: str) -> None:
        self.edits: list[Edit] = []
        self._text = text
        self._braces: list[str] = []  # what comes in place of the brace that closes each
        self._formula_end = 0  # until where a formula reaches
        self._last = (0, "")  # where the last piece ended, and what it was
        self._no_preamble_end = False

    def read(self, piece: re.Match[str]) -> int:
        """Read a piece; returns where to go on."""
        kind = piece.lastgroup or ""
        end = piece.end()
        match kind:  # the most frequent first
            case "dollar":
                end = self._read_dollar(piece)
            case "brace":
                self._read_brace(piece)
            case "command":
                end = self._read_command(piece, piece["command"])
                kind = "style" if piece["command"] in STYLES else "command"
            case "script" | "group" | "single":
                end = self._read_script(piece)
            case "sign":
                end = self._read_sign(piece, piece["sign"])
            case "unicode":
                code = int(piece["unicode"], 16)
                self._put(piece, chr(code) if code < 0x110000 and chr(code).isprintable() else " ")
            case "broken":
                self._put(piece, " ")  # a line break that was escaped twice
            case _:
                end = self._read_accent(piece)
        self._last = (end, kind)
        return end

    def _put(self, piece: re.Match[str], new: str) -> None:
        self.edits.append((*piece.span(), new))

    def _is_formula(self, at: int) -> bool:
        return at < self._formula_end

    def _read_accent(self, piece: re.Match[str]) -> int:
        start = piece.start()
        in_word = start > 0 and self._text[start - 1].isalnum()
        quoted = None if in_word or piece["accent"] != '"' else _QUOTED.match(self._text, start)
        if quoted:
            self.edits.append((start, start + 1, " "))
            return start + 1
        letter = piece["inner"] or piece["dotless"] or piece["letter"]
        if piece["accent"] == "'" and piece["letter"] == "s" and in_word:
            self.edits.append((start, start + 1, ""))  # an apostrophe: the model\'s
        else:
            self._put(piece, put_accent(letter, piece["accent"].rstrip()))
        return piece.end()

    def _read_command(self, piece: re.Match[str], name: str) -> int:
        start, end = piece.span()
        if name in WITHOUT_ARGUMENT or name in WITHOUT_FIRST_ARGUMENT:
            return self._drop_arguments(start, end, name)
        if name in SCRIPTS:
            if self._text[end : end + 1] == "{":
                self._braces.append(END)
                self.edits.append((start, end + 1, SCRIPTS[name]))
                return end + 1
            new = ""
        elif name in STYLES:
            new = ""
            if self._is_formula(start) and (letter := _LETTER.match(self._text, end)):
                # Fonts of formulas change no letter: `\mathcal{L}` is L.
                self.edits += [(start, letter.start(1), ""), (letter.end(1), letter.end(), "")]
                return letter.end()
            if self._text[end : end + 1] == " " and self._text[start - 1 : start] == "{":
                end += 1  # as in `{\em word}`
        elif name in BLANKS:
            new = " "
        elif name in LETTERS and not self._is_formula(start):
            new = LETTERS[name]
            if self._text[end : end + 2] == "{}":
                end += 2
            elif self._text[end : end + 1] == " " and len(name) < 3:
                end += 1
        else:
            new = f" {NAMES.get(name, name)} "
        self.edits.append((start, end, new))
        return end

    def _drop_arguments(self, start: int, end: int, name: str) -> int:
        options = _OPTIONS.match(self._text, end)
        argument = _ARGUMENT.match(self._text, options.end() if options else end)
        if name == "documentclass" and not self._no_preamble_end:
            after = self._text.find("\\begin{document}", end)
            self._no_preamble_end = after < 0
            if after >= 0:
                self.edits.append((start, after + 16, " "))
                return after + 16
        if argument is None:
            self.edits.append((start, end, " "))
            return end
        environment = argument["argument"]
        if name == "begin" and environment in FORMULA_ENVIRONMENTS:
            self._open_formula(argument.end(), f"\\end{{{environment}}}")
        self.edits.append((start, argument.end(), " "))
        after = argument.end()
        if name in WITHOUT_FIRST_ARGUMENT and self._text[after : after + 1] == "{":
            self._braces.append("")
            self.edits.append((after, after + 1, ""))
            return after + 1
        return after

    def _open_formula(self, start: int, mark: str) -> None:
        after = self._text.find(mark, start, start + LONGEST_FORMULA)
        self._formula_end = max(self._formula_end, after)

    def _read_sign(self, piece: re.Match[str], sign: str) -> int:
        if sign in "([":
            self._open_formula(piece.end(), "\\)" if sign == "(" else "\\]")
        joins = sign in "-/" or (sign == "!" and not self._is_formula(piece.start()))
        self._put(piece, "" if joins else " ")
        return piece.end()

    def _read_dollar(self, piece: re.Match[str]) -> int:
        start, end = piece.span()
        if self._is_formula(start) or start == self._formula_end > 0:
            self._put(piece, " ")
            return end
        if short := _SHORT_SCRIPT.match(self._text, start):
            first, last = short.span("content")
            mark = SUB if short["script"] == "_" else SUP
            self.edits += [(start, first, mark), (last, short.end(), END)]
            return short.end()
        self._formula_end = self._find_end(end, piece["dollar"]) or self._formula_end
        self._put(piece, " ")
        return end

    def _find_end(self, start: int, mark: str) -> int:
        """Where the formula ends that begins here; 0 if this is a sign of money."""
        text, limit = self._text, start + LONGEST_FORMULA
        close = text.find("$", start, limit)
        while close > start and text[close - 1] == "\\":
            close = text.find("$", close + 1, limit)
        if close <= start:
            return 0
        if mark == "$":
            left, right = text[start], text[close - 1]
            if left.isspace() != right.isspace() or text[close + 1 : close + 2].isdecimal():
                return 0
        return close

    def _read_brace(self, piece: re.Match[str]) -> None:
        start = piece.start()
        if piece["brace"] == "}":
            new = self._braces.pop() if self._braces else " "
            # An index belongs to the name before it, as in `\mathrm{CO}_2`.
            has_script = self._is_formula(start) and self._text[start + 1 : start + 2] in ("_", "^")
            self._put(piece, "" if has_script and new == " " else new)
            return
        end, kind = self._last
        follows = end == start
        # A style, or a brace that protects letters in a title, stands within a word; all else is apart.
        joins = not self._is_formula(start) and not (follows and kind in ("command", "brace", "script"))
        if joins and not (follows and kind == "style"):
            joins = self._text[start + 1 : start + 2].isalpha() or self._text[start + 1 : start + 2] == "\\"
        self._braces.append("" if joins else " ")
        self._put(piece, "" if joins else " ")

    def _read_script(self, piece: re.Match[str]) -> int:
        start, end = piece.span()
        if not self._is_formula(start):
            if piece["group"]:
                self._braces.append(" ")
                self._put(piece, " ")
                return end
            return start + 1
        self.edits.append((start, start + 1, SUB if piece["script"] == "_" else SUP))
        if piece["group"]:
            self._braces.append(END)
            self.edits.append((start + 1, end, ""))
        elif piece["single"]:
            self.edits.append((end, end, END))
        return end
