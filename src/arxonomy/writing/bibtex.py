"""BibTeX: the user's entries with a keyword added, or entries made of papers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from arxonomy.writing.entries import Entry

MAX_ENTRY_LINES = 10_000
"""Most lines in which the end of an entry is looked for."""

MAX_UNCLOSED = 10
"""Most beginnings of entries without an end that are passed over."""

_ARXIV_ID = re.compile(
    r"(?:https?://arxiv\.org/abs/)?(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)"
)
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9.:/_+-]+")
_FORMULA = re.compile(r"(\$[^$]*\$)")
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&",
    "%": r"\%", "#": r"\#", "_": r"\_", "~": r"\~{}", "^": r"\^{}",
}  # fmt: skip
_LIGATURES = re.compile(r"(?<=-)-|(?<=`)`|(?<=')'")
_START = re.compile(r"@\s*(\w+)\s*([{(])\s*([^\s,{}()\"#=]*)\s*")
_FIELD = re.compile(r"(\s*)([^\s=,{}\"#()%]+)(\s*=\s*)")
_NO_ENTRIES = {"comment", "preamble", "string"}


def format_bibtex(entry: Entry, taken: set[str]) -> str:
    """Format an entry of BibTeX.

    Args:
        entry: What it says.
        taken: The keys that earlier entries have; this one's is added.
    """
    arxiv = match[1] if (match := _ARXIV_ID.fullmatch(entry.id)) else ""
    name = arxiv or (entry.id.rstrip("/").rpartition("/")[2] if "://" in entry.id else entry.id)
    key = base = _NOT_IN_KEYS.sub("_", name).strip("_") or "paper"
    number = 1
    while key.casefold() in taken:
        number += 1
        key = f"{base}-{number}"
    taken.add(key.casefold())
    fields = {
        "title": escape_tex(entry.title),
        "author": " and ".join(map(escape_tex, entry.authors)),
        "abstract": escape_tex(entry.abstract),
        "journal": escape_tex(entry.journal),
        "year": str(entry.date[0]) if entry.date else "",
        "date": "-".join(f"{part:02}" for part in entry.date) if len(entry.date) > 1 else "",
        "doi": _drop_braces(entry.doi),
        "url": _drop_braces(entry.url),
        "eprint": arxiv,
        "archiveprefix": "arXiv" if arxiv else "",
        "id": "" if entry.id in (arxiv or key, arxiv) else _drop_braces(entry.id),
        "keywords": ", ".join(map(format_keyword, entry.keywords)),
    }
    lines = [f"  {name} = {{{text}}},\n" for name, text in fields.items() if text]
    return f"@{'article' if entry.journal else 'misc'}{{{key},\n{''.join(lines)}}}\n\n"


def escape_tex(text: str) -> str:
    r"""Write a text of one line in LaTeX, so that reading gives it back; formulas stay as they are.

    >>> escape_tex("95% of {A_1} -- $x_{i}$")
    '95\\% of \\textbraceleft{}A\\_1\\textbraceright{} -{}- $x_{i}$'
    """
    return "".join(
        piece if _FORMULA.fullmatch(piece) and _is_balanced(piece) else _escape_prose(piece)
        for piece in _FORMULA.split(text)
    )


def _escape_prose(text: str) -> str:
    return _LIGATURES.sub(lambda sign: "{}" + sign[0], "".join(_SPECIAL.get(sign, sign) for sign in text))


def format_keyword(keyword: str) -> str:
    """Write one keyword of a list that commas part; in braces where it has one of its own."""
    text = escape_tex(keyword).replace('"', '{"}')
    return f"{{{text}}}" if set(",;") & set(text) else text


def _drop_braces(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("\\", "")


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def add_to_bibtex(
    lines: Iterable[bytes],
    keywords: Mapping[int, Sequence[tuple[str, str]]],
    encoding: str,
    on_missed: Callable[[str], None] = lambda key: None,
) -> Iterator[bytes]:
    """Add keywords to the entries of a BibTeX file; everything else stays as it is.

    Args:
        lines: The file's lines with their ends.
        keywords: Line at which entries begin, from 1 -> the key of each, and its keyword.
        encoding: The file's encoding.
        on_missed: Called with the key of each entry in which no place for a keyword was found.

    Yields:
        The bytes of the file, with the keywords.
    """
    held: list[bytes] = []
    wanted: Sequence[tuple[str, str]] = ()
    depth = tried = 0

    def decode() -> str:
        return b"".join(held).decode(encoding, errors="surrogateescape")

    def is_whole() -> bool:
        return len(_find_entries(decode(), wanted)) == len(wanted)

    def release() -> bytes:
        text = decode()
        held.clear()
        found = _find_entries(text, wanted)
        for layout, keyword in reversed(found):
            place, added = layout.add_keyword(text, format_keyword(keyword))
            text = text[:place] + added + text[place:]
        for key in (
            Counter(key for key, _ in wanted) - Counter(layout.key for layout, _ in found)
        ).elements():
            on_missed(key)
        return text.encode(encoding, errors="surrogateescape")

    for number, line in enumerate(lines, 1):
        if number in keywords:
            # The entry before may end on this line, in front of the next one.
            if held and is_whole():
                yield release()
            if not held:
                wanted, depth = [], 0
            wanted, tried = [*wanted, *keywords[number]], 0
        elif not held:
            yield line
            continue
        held.append(line)
        depth += line.count(b"{") - line.count(b"}")
        # An entry may only seem to be whole; looking again and again must not take long.
        if depth <= 0 and len(held) >= 2 * tried:
            tried = len(held)
            if is_whole():
                yield release()
        elif len(held) > MAX_ENTRY_LINES:
            yield release()
    if held:
        yield release()


def _find_entries(text: str, wanted: Sequence[tuple[str, str]]) -> list[tuple[_EntryLayout, str]]:
    """Find the entries with these keys that are there to their ends, in their order, with their keywords."""
    found: list[tuple[_EntryLayout, str]] = []
    rest = list(wanted)
    place = unclosed = 0
    while rest and unclosed < MAX_UNCLOSED and (match := _START.search(text, place)):
        place = match.end()
        if match[1].lower() in _NO_ENTRIES:
            continue
        layout = _find_layout(text, match)
        unclosed += layout.end < 0
        keys = [key for key, _ in rest]
        if layout.end >= 0 and layout.key in keys:
            at = keys.index(layout.key)
            found.append((layout, rest[at][1]))
            del rest[: at + 1]
        place = max(place, layout.end)
    return found


@dataclass
class _EntryLayout:
    """Where things stand in the text of an entry."""

    key: str
    end: int = -1
    """Place of the closing brace; -1 where there is none."""
    fields_end: int = 0
    """Place behind the last field's value, or behind the key."""
    indent: str = "\n  "
    """What stands before the last field's name."""
    equals: str = " = "
    """What stands between its name and its value."""
    keywords: tuple[int, int] | None = None
    """Where the value of the keywords begins and ends."""

    def add_keyword(self, text: str, keyword: str) -> tuple[int, str]:
        """Where to add what, so that the entry has a keyword; nothing where it has it already."""
        if self.keywords is None:
            comma = re.compile(r"\s*,").match(text, self.fields_end)
            if comma is not None and comma.end() <= self.end:
                return comma.end(), f"{self.indent}keywords{self.equals}{{{keyword}}},"
            return self.fields_end, f",{self.indent}keywords{self.equals}{{{keyword}}}"
        start, end = self.keywords
        value = text[start:end]
        words = value.strip('{}" \r\n\t')
        between = "; " if ";" in words and "," not in words else ", "
        if keyword in (word.strip() for word in re.split("[,;]", words)) or keyword in words.split("\n"):
            return end, ""
        if value[-1:] not in ("}", '"'):  # an abbreviation or a number
            return end, f" # {{{between}{keyword}}}"
        last = end - 1
        return last, f"{between if words else ''}{keyword}"


def _find_layout(text: str, start: re.Match[str]) -> _EntryLayout:
    closing = "}" if start[2] == "{" else ")"
    layout = _EntryLayout(start[3], fields_end=start.end(3))
    place = start.end()
    while place < len(text):
        while place < len(text) and text[place] == ",":
            place += 1
        field = _FIELD.match(text, place)
        if field is None:
            while place < len(text) and text[place].isspace():
                place += 1
            if text.startswith(",", place):
                continue
            layout.end = place if text.startswith(closing, place) else -1
            return layout
        value_end = _find_value_end(text, field.end(), closing)
        if value_end < 0:
            return layout
        layout.fields_end = value_end
        layout.indent = field[1] or " "
        layout.equals = " = " if field[3] != "=" else "="
        if field[2].lower() == "keywords":
            layout.keywords = field.end(), value_end
        place = value_end
    return layout


def _find_value_end(text: str, place: int, closing: str) -> int:
    """Place behind a value: pieces in braces, in quotes or bare, joined by `#`; -1 where it is not closed."""
    while True:
        if text[place : place + 1] in ("{", '"'):
            place = _find_piece_end(text, place)
        else:
            match = re.compile(r"[^\s,#{}\"()]*").match(text, place)
            place = match.end() if match else -1
        if place < 0:
            return -1
        joined = re.compile(r"\s*#\s*").match(text, place)
        if joined is None:
            return place
        place = joined.end()


def _find_piece_end(text: str, start: int) -> int:
    quoted, depth = text[start] == '"', 0
    for match in re.compile(r'(?<!\\)[{}"]').finditer(text, start + quoted):
        sign = match[0]
        if sign == '"':
            if quoted and depth == 0:
                return match.end()
            continue
        depth += 1 if sign == "{" else -1
        if depth == 0 and not quoted:
            return match.end()
    return -1
