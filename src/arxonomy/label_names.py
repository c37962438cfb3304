"""Names of labels: when two are the same, and how they are written in options and settings.

    normalize_label     what is compared everywhere: in files, options, models
    find_label          a name among labels
    fold_label          the same for spellings that may be one label
    parse_among         `new=old+old,other,*`      which labels are kept, and what is merged
    settle_among        what is there of such a choice
    parse_numbers       `name=0.7,other=0.2`       a number for each of some labels

A name with `,`, `=`, `+` or a quote at its beginning is written in double quotes, in which `""` stands for
one of them, as in CSV: `"Vision, Images & Video"=0.7`. Blanks around a name do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from arxonomy.errors import SettingsError

REST = "*"
"""All labels that are not named, in `--among`; a label of this name is written in quotes."""

EXAMPLE = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"
"""A value of `--among`."""

Among = dict[str, list[str]]
"""New label -> the labels of the file that it is made of; `REST` -> none keeps all others as they are."""

# Not of the category of invisible characters, but without a glyph: combining joiner, Hangul fillers,
# variation selectors. The braille blank is a symbol that looks like a blank.
_NO_GLYPH = re.compile("[\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LONG = 200  # characters from which a text is not cached
_BLANKS = re.compile(r"[\s\u2800]+")
_APART = re.compile(r"[\s_\u2212]")
_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u00b4`", "'"))


def normalize_label(text: str) -> str:
    r"""Give a label the one form in which labels are compared.

    Characters that nobody sees (zero-width, soft hyphens, byte-order and direction marks) are left out, any
    blanks become one, none stand at either end, and accents are composed (Unicode's NFC).

    >>> normalize_label(" Bild\u00adverarbeitung\u00a0 und Sehen\ufeff")
    'Bildverarbeitung und Sehen'
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _normalize(text) if len(text) <= _LONG else _normalize.__wrapped__(text)


@lru_cache(maxsize=10_000)
def _normalize(text: str) -> str:
    text = _BLANKS.sub(" ", text)
    visible = (char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", _NO_GLYPH.sub("", "".join(visible)))).strip()


def fold_label(text: str) -> str:
    """What spellings of one label have in common: all but case, blanks, hyphens and the form of characters.

    >>> fold_label("Machine-Learning") == fold_label("machine  learning")
    True
    """
    folded = unicodedata.normalize("NFKC", normalize_label(text)).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_QUOTES)
    bare = _APART.sub("", "".join(char for char in folded if unicodedata.category(char) != "Pd"))
    return bare or folded


def find_label(name: str, labels: Iterable[str]) -> str | None:
    """Find the label that is the same as a name; None if there is none."""
    wanted = normalize_label(name)
    return next((label for label in labels if label == name or normalize_label(label) == wanted), None)


def parse_among(text: str) -> Among:
    """Parse which labels are kept and what is merged, as in `cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV`.

    A `*` keeps all labels that are not named. The order is kept.

    Raises:
        SettingsError: The text is no such list; the message names the place.
    """
    reader = _Reader(text, "=+,", f"NAME or NEW=NAME+NAME, as in {EXAMPLE}")
    among: Among = {}
    while True:
        start = reader.place
        name, quoted = reader.read_name()
        olds = [] if name == REST and not quoted else [name]
        if reader.take("="):
            if not olds:
                raise reader.make_error(f'found `{REST}=`; a label of this name is written "{REST}"', start)
            olds = [reader.read_name()[0]]
            while reader.take("+"):
                olds.append(reader.read_name()[0])
        if name in among:
            raise reader.make_error(f"found `{name}` a second time; name it once", start)
        among[name] = olds
        if reader.ended:
            break
        reader.require(",")
    return check_among(among)


def read_among(among: str | Mapping[str, Sequence[str]]) -> Among:
    """Read a choice of labels: text as for `parse_among`, or new label -> the labels that it is made of.

    Raises:
        SettingsError: See `parse_among` and `check_among`.
    """
    return parse_among(among) if isinstance(among, str) else check_among(among)


def check_among(among: Mapping[str, Sequence[str]]) -> Among:
    """Normalize the names of a choice of labels and check that each label goes to one place.

    Raises:
        SettingsError: A label is named twice, or nothing is merged into a new one.
    """
    checked: Among = {}
    homes: dict[str, str] = {}
    for key, names in among.items():
        new, olds = normalize_label(key), [normalize_label(name) for name in names]
        if not olds and new != REST:
            raise SettingsError(f"expected the labels that `{new}` is made of, found none")
        if new in checked or not new or "" in olds:
            raise SettingsError(f"expected different names of labels, found {list(among)}")
        for old in olds:
            if old in homes:
                other = f"`{homes[old]}` and `{new}`" if homes[old] != new else f"`{new}` twice"
                raise SettingsError(f"`{old}` is merged into {other}; name it once")
            homes[old] = new
        checked[new] = olds
    return checked


def settle_among(among: Mapping[str, Sequence[str]], known: Collection[str]) -> Among:
    """Keep of a choice of labels those that there are.

    Where there are none of those that an entry is made of, the entry's own name is meant, if there is such a
    label: who names `x=a+b` of labels that are merged already means `x`.

    Args:
        among: From `read_among`.
        known: The labels that there are, as `normalize_label` gives them.

    Returns:
        The choice without entries of which nothing is there; a `*` stays.

    >>> settle_among({"x": ["a", "b"], "c": ["c"], "d": ["d"], "*": []}, ["x", "c", "e"])
    {'x': ['x'], 'c': ['c'], '*': []}
    """
    named = {old for olds in among.values() for old in olds}
    settled: Among = {}
    for new, olds in among.items():
        found = [old for old in olds if old in known]
        if not found and new in known and new not in named:
            found = [new]
        if found or not olds:
            settled[new] = found
    return settled


def parse_numbers(text: str, example: str, known: Sequence[str] = ()) -> dict[str, float]:
    """Parse a number for each of some labels, as in `cs.CL=0.7,"Vision, Images & Video"=0.2`.

    Args:
        text: The text.
        example: A right one, for messages.
        known: Names that are recognized without quotes too.

    Raises:
        SettingsError: The text is no such list; the message names the place.
    """
    reader = _Reader(text, "=,", f"NAME=NUMBER,..., as in {example}", known)
    numbers: dict[str, float] = {}
    while True:
        start = reader.place
        name, _ = reader.read_name()
        reader.require("=")
        place = reader.place
        number = reader.read_bare(",")
        if name in numbers:
            raise reader.make_error(f"found `{name}` a second time; name it once", start)
        try:
            numbers[name] = float(number)
        except ValueError:
            hint = '; a name with = is written in quotes, as in "a=b"' if "=" in number else ""
            raise reader.make_error(f"found `{number}` in place of a number{hint}", place) from None
        if reader.ended:
            return numbers
        reader.require(",")


def format_among(among: Mapping[str, Sequence[str]]) -> str:
    """Write a choice of labels as `parse_among` reads it.

    >>> format_among({"ML": ["cs.LG", "stat.ML"], "C++": ["C++"], "*": []})
    'ML=cs.LG+stat.ML,"C++",*'
    """
    entries = []
    for new, olds in among.items():
        if not olds:
            entries.append(REST)
        elif list(olds) == [new]:
            entries.append(quote_name(new))
        else:
            entries.append(f"{quote_name(new)}={'+'.join(map(quote_name, olds))}")
    return ",".join(entries)


def quote_name(name: str) -> str:
    """Write a name for an option: in double quotes where it needs them.

    >>> quote_name("Vision, Images & Video")
    '"Vision, Images & Video"'
    """
    plain = name and name != REST and not name.startswith('"') and not set(name) & set(",=+")
    return name if plain else '"' + name.replace('"', '""') + '"'


class _Reader:
    """Reads names and delimiters of an option's text from left to right."""

    def __init__(self, text: str, delimiters: str, expected: str, known: Sequence[str] = ()) -> None:
        self._text, self._delimiters, self._expected = text, delimiters, expected
        # The longest first: of `a` and `a, b` the second is meant by `a, b=1`.
        self._known = sorted((name for name in known if set(name) & set(",=+")), key=len, reverse=True)
        self.place = 0

    @property
    def ended(self) -> bool:
        """Whether only blanks are left."""
        return not self._text[self.place :].strip()

    def take(self, delimiter: str) -> bool:
        """Skip blanks and the delimiter, if it comes next."""
        rest = self._text[self.place :]
        found = rest.lstrip().startswith(delimiter)
        if found:
            self.place += len(rest) - len(rest.lstrip()) + 1
        return found

    def require(self, delimiter: str) -> None:
        """Skip the delimiter, which must come next."""
        if not self.take(delimiter):
            rest = self._text[self.place :].lstrip()
            found = f"`{rest[0]}`" if rest else "the end"
            hint = f'; a name with {" ".join(",=+")} is written in quotes, as in "a, b"'
            raise self.make_error(f"expected `{delimiter}`, found {found}{hint}", len(self._text) - len(rest))

    def read_name(self) -> tuple[str, bool]:
        """Read a name, and whether it was in quotes."""
        rest = self._text[self.place :]
        self.place += len(rest) - len(rest.lstrip())
        start = self.place
        for name in self._known:
            after = self._text[start + len(name) :].lstrip()
            if self._text.startswith(name, start) and after.startswith("="):
                self.place = start + len(name)
                return name, False
        quoted = self._text.startswith('"', start)
        if quoted:
            match = re.compile(r'"((?:[^"]|"")*)"').match(self._text, start)
            if match is None:
                raise self.make_error('expected a closing `"`, found the end', start)
            self.place = match.end()
            name = match[1].replace('""', '"')
            after = self._text[self.place :].lstrip()
            if after and after[0] not in self._delimiters:
                raise self.make_error(f'expected a delimiter after the closing `"`, found `{after[0]}`')
        else:
            name = self.read_bare(self._delimiters)
        if not normalize_label(name):
            found = f"`{self._text[self.place]}`" if self.place < len(self._text) else "the end"
            raise self.make_error(f"expected a name, found {found}", start)
        return normalize_label(name), quoted

    def read_bare(self, delimiters: str) -> str:
        """Read up to one of the delimiters or the end."""
        start = self.place
        while self.place < len(self._text) and self._text[self.place] not in delimiters:
            self.place += 1
        return self._text[start : self.place].strip()

    def make_error(self, fault: str, place: int | None = None) -> SettingsError:
        """Make the error of a fault at a place, from 0."""
        where = 1 + (self.place if place is None else place)
        return SettingsError(f"expected {self._expected}; at character {where} {fault}")
