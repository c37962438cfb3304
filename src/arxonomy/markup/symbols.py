"""Letters and signs of formulas in Unicode, under the names that LaTeX gives them.

Greek letters are read so where they stand as signs. In a Greek text they are letters, and stay.
"""

from __future__ import annotations

import re
import unicodedata

from arxonomy.markup.edits import END, SUB, SUP, Edit

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρςστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
        "sigma tau upsilon phi chi psi omega".split(),
        strict=True,
    )
)
_VARIANTS = {
    "\u03f5": "ε", "\u03d1": "θ", "\u03d5": "φ", "\u03d6": "π", "\u03f1": "ρ", "\u03f0": "κ",
    "\u00b5": "μ", "\u2126": "ω", "\u2206": "δ",
}  # fmt: skip
_SIGNS = {
    "×": "times", "÷": "div", "±": "pm", "∓": "mp", "≤": "leq", "≥": "geq", "⩽": "leq", "⩾": "geq",
    "≠": "neq", "≈": "approx", "∼": "sim", "≃": "simeq", "≅": "cong", "≡": "equiv", "∝": "propto",
    "≪": "ll", "≫": "gg", "≦": "leq", "≧": "geq", "≺": "prec", "≻": "succ", "∞": "infty", "∈": "in",
    "∉": "notin", "∋": "ni", "⊂": "subset", "⊆": "subseteq", "⊃": "supset", "⊇": "supseteq", "∪": "cup",
    "∩": "cap", "∅": "emptyset", "∀": "forall", "∃": "exists", "∂": "partial", "∇": "nabla", "∑": "sum",
    "∏": "prod", "∫": "int", "√": "sqrt", "→": "rightarrow", "⟶": "rightarrow", "⇒": "rightarrow",
    "⟹": "rightarrow", "←": "leftarrow", "⇐": "leftarrow", "↔": "leftrightarrow", "⇔": "leftrightarrow",
    "↦": "mapsto", "↑": "uparrow", "↓": "downarrow", "⊕": "oplus", "⊗": "otimes", "⊙": "odot",
    "∧": "wedge", "∨": "vee", "¬": "neg", "⊤": "top", "⊥": "perp", "∥": "parallel", "∖": "setminus",
    "ℓ": "ell", "ℏ": "hbar", "ℵ": "aleph", "†": "dagger", "⊢": "vdash", "⊨": "models", "∘": "", "∗": "",
    "⋅": "", "≜": "triangleq",
}  # fmt: skip
_NAMES = _GREEK | _SIGNS | {variant: _GREEK[letter] for variant, letter in _VARIANTS.items()}

FORMULA_WORDS = frozenset(filter(None, _NAMES.values())) | frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
"""Words of formulas, which say nothing of a text's language: names of letters and signs, single letters."""

_SUBSCRIPTS = "₀-₉₊-₎ₐ-ₜᵢ-ᵥⱼ"
_SUPERSCRIPTS = "²³¹⁰ⁱ⁴-ⁿʰʲʳʷʸˡˢˣᵃᵇᵈᵉᵍᵏᵐᵒᵖᵗᵘᵛᶜᶠᶻᴬ-ᵂ"
_INVISIBLE = "\xad\u200b\u2060-\u2064\ufeff"
_GREEK_LETTERS = "\u0370-\u03ff\u1f00-\u1fff"
_GREEK_RUN = re.compile(rf"[{_GREEK_LETTERS}][{_GREEK_LETTERS}\u0301\u0308]*")
_PIECE = re.compile(
    rf"(?P<open>[{SUB}{SUP}])|(?P<end>{END})|(?P<sub>[{_SUBSCRIPTS}]+)|(?P<sup>[{_SUPERSCRIPTS}]+)"
    rf"|(?P<greek>{_GREEK_RUN.pattern})"
    rf"|(?P<sign>[{''.join(sorted(_SIGNS))}\u00b5\u2126\u2206])"
    rf"|(?P<invisible>[{_INVISIBLE}])|(?P<hyphen>[\u2010\u2011\u2212\ufe63])"
    r"|(?P<letter>[\u2102\u210a-\u2115\u2118-\u211d\u2124-\u2138\u213c-\u2149\U0001d400-\U0001d7ff])"
)
_SYMBOL = re.compile(
    f"[{SUB}{SUP}{END}{_SUBSCRIPTS}{_SUPERSCRIPTS}{_GREEK_LETTERS}{''.join(sorted(_SIGNS))}{_INVISIBLE}"
    "\u00b5\u2126\u2206\u2010\u2011\u2212\ufe63"
    "\u2102\u210a-\u2115\u2118-\u211d\u2124-\u2138\u213c-\u2149\U0001d400-\U0001d7ff]"
)  # what a piece begins with: a set of characters is sought ten times faster than one of many kinds
_ACCENTED = re.compile("[άέήίόύώΐΰϊϋΆΈΉΊΌΎΏΪΫ\u1f00-\u1fff\u0301\u0308]")
_SHORT_WORD = 3  # letters; signs of formulas seldom stand in longer runs, words of Greek mostly do
_NAME = re.compile(r"(?:[A-Z][A-Za-z0-9]+|(?P<single>[A-Z]))$")
_LONGEST_NAME = 32
_NUMBER = re.compile(rf"[0-9]{{1,8}}(?={END}(?P<next>.?))", re.DOTALL)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?![A-Za-z])")


def has_symbols(text: str) -> bool:
    """Whether a text has such letters or signs, or marks of indices and exponents."""
    return _SYMBOL.search(text) is not None


def find_symbols(text: str) -> list[Edit]:
    """Find the letters and signs of formulas in a text, and its indices and exponents.

    An index that is a number belongs to a name as in CO₂ and H₂O; else it is a word of its own, as in x₁.

    Args:
        text: Any text.
    """
    return _Reader(text).read()


class _Reader:
    """Reads letter by letter."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._edits: list[Edit] = []
        self._tail = ""  # the end of what has been read
        self._joined: list[bool] = []  # whether each index or exponent that is open belongs to its name
        self._signs: bool | None = None

    def read(self) -> list[Edit]:
        """Read all."""
        at = 0
        while begin := _SYMBOL.search(self._text, at):
            piece = _PIECE.match(self._text, begin.start())
            assert piece is not None
            start, end = piece.span()
            self._tail = (self._tail + self._text[max(at, start - _LONGEST_NAME) : start])[-_LONGEST_NAME:]
            first = len(self._edits)
            self._replace(piece, piece.lastgroup or "", start, end)
            added = self._edits[first:]
            self._tail += "".join([new for _, _, new in added]) if added else piece[0]
            at = end
        return self._edits

    def _replace(self, piece: re.Match[str], kind: str, start: int, end: int) -> None:
        text = piece[0]
        if kind == "open":
            self._joined.append(self._is_joined(text, end))
            self._edits.append((start, end, "" if self._joined[-1] else " "))
        elif kind == "end":
            self._edits.append((start, end, "" if self._joined and self._joined.pop() else " "))
        elif kind in ("sub", "sup"):
            self._replace_script(unicodedata.normalize("NFKC", text), kind, start, end)
        elif kind == "greek":
            if self._is_sign(text):
                for place, letter in enumerate(text, start):
                    self._add_letter(letter, place)
        elif kind == "sign":
            self._edits.append((start, end, f" {_NAMES[text]} "))
        elif kind == "letter":
            self._add_letter(unicodedata.normalize("NFKC", text), start)
        else:
            self._edits.append((start, end, "-" if kind == "hyphen" else ""))

    def _add_letter(self, letter: str, place: int) -> None:
        name = _NAMES.get(_VARIANTS.get(letter, letter).lower())
        self._edits.append((place, place + 1, f" {name} " if name else letter))

    def _is_sign(self, letters: str) -> bool:
        if len(letters) > _SHORT_WORD or _ACCENTED.search(letters):
            return False
        if self._signs is None:
            runs = _GREEK_RUN.findall(self._text)
            words = sum(len(run) > _SHORT_WORD or bool(_ACCENTED.search(run)) for run in runs)
            # In a Greek text half of the words and more are long or have an accent.
            self._signs = 2 * words < len(runs) - words
        return self._signs

    def _replace_script(self, content: str, kind: str, start: int, end: int) -> None:
        follows = self._text[end : end + 1]
        joined = kind == "sub" and content.isdecimal() and self._is_name(follows)
        for place, sign in enumerate(content, start):
            before = "" if joined or place > start else " "
            after = "" if joined or place + 1 < end else " "
            self._edits.append((place, place + 1, before + ("-" if sign == "\u2212" else sign) + after))

    def _is_joined(self, mark: str, start: int) -> bool:
        if mark == SUP:
            return self._tail[-1:].isdecimal() and _ORDINAL.match(self._text, start) is not None
        number = _NUMBER.match(self._text, start)
        return number is not None and self._is_name(number["next"])

    def _is_name(self, follows: str) -> bool:
        """Whether what has been read ends in a name that a number belongs to."""
        name = _NAME.search(self._tail)
        return name is not None and (not name["single"] or (follows.isascii() and follows.isupper()))
