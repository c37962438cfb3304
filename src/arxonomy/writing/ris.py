"""RIS: the user's records with a keyword added, or records made of papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from arxonomy.writing.entries import Entry

MAX_BLANK_LINES = 1_000
"""Most blank lines that are kept in memory at the end of a record."""

_TAG = re.compile(rb"(TY|ER|EF|KW)( {0,2}- ?)(.*)", re.DOTALL)


def format_ris(entry: Entry) -> str:
    """Format an entry as a record of RIS."""
    date = f"{entry.date[0]}/{'/'.join(f'{part:02}' for part in entry.date[1:])}" if entry.date else ""
    fields = [
        ("TY", "JOUR" if entry.journal else "GEN"),
        ("ID", entry.id),
        *(("AU", author) for author in entry.authors),
        ("TI", entry.title),
        ("AB", entry.abstract),
        ("PY", str(entry.date[0]) if entry.date else ""),
        ("DA", date + "/" * (4 - len(entry.date)) if len(entry.date) > 1 else ""),
        ("JO", entry.journal),
        ("DO", entry.doi),
        ("UR", entry.url),
        *(("KW", keyword) for keyword in entry.keywords),
    ]
    return "".join(f"{tag}  - {text}\n" for tag, text in fields if text) + "ER  - \n\n"


def add_to_ris(lines: Iterable[bytes], keywords: Mapping[int, str], encoding: str) -> Iterator[bytes]:
    """Add keywords to the records of a RIS file; everything else stays as it is.

    Args:
        lines: The file's lines with their ends.
        keywords: Line at which a record begins, from 1 -> its keyword.
        encoding: The file's encoding.

    Yields:
        The lines; a keyword comes last in its record, and not where the record has it already.
    """
    style, end, waiting = b"  - ", b"\n", b""
    blanks: list[bytes] = []  # between a record that is not ended and the next one
    for number, line in enumerate(lines, 1):
        match = _TAG.match(line)
        tag = match[1] if match else b""
        if waiting and (tag in (b"TY", b"ER", b"EF") or number in keywords):
            yield b"KW" + style + waiting + end
            waiting = b""
        if number in keywords:
            waiting = keywords[number].encode(encoding, errors="replace")
            style = match[2].rstrip() + b" " if match else b"  - "
            end = line[len(line.rstrip(b"\r\n")) :] or b"\n"
        elif match and tag == b"KW" and match[3].strip() == waiting:
            waiting = b""
        if waiting and not line.strip() and len(blanks) < MAX_BLANK_LINES:
            blanks.append(line)
            continue
        yield from blanks
        blanks.clear()
        yield line if line.endswith(b"\n") or not waiting else line + end
    if waiting:
        yield b"KW" + style + waiting + end
    yield from blanks
