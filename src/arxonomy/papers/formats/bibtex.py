r"""BibTeX as a stream of records: entry by entry, LaTeX decoded, arXiv's own fields under our names.

bibtexparser finds the fields of an entry. It expects a whole file at once, so it gets one entry at a time:
an entry begins on a line of its own, which is also how the library recovers from broken files. LaTeX is
decoded by one expression here, and formulas stay as they are, since that is how arXiv's own abstracts are
written. The library's decoder (pylatexenc) takes the sign in `95% of` for the start of a comment, which costs
the rest of the line, and raises errors at LaTeX that authors do write.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from arxonomy.markup.commands import WITHOUT_ARGUMENT, WITHOUT_FIRST_ARGUMENT
from arxonomy.markup.letters import LETTERS, put_accent
from arxonomy.papers.fields.dates import MONTHS
from arxonomy.papers.sources.lines import MAX_RECORD_LINES, Fault, Line, Raw

if TYPE_CHECKING:
    from bibtexparser.model import Entry

MAX_ENTRY = 1_000_000
"""Longest entry, in characters; bounds the work on input that is not BibTeX."""

MAX_ABBREVIATION = 1_000
"""Longest text of one `@string`, in characters; without a limit a short file could expand without end."""

_TOO_LONG = f"expected an entry of at most {MAX_RECORD_LINES:,} lines and {MAX_ENTRY:,} characters"
_START = re.compile(r"\s*@\w*[ \t]*[{(]")  # as bibtexparser has it
_LATE_START = re.compile(r"@[A-Za-z]+[ \t]*[{(]\s*[^\s,{}()\"]+\s*,\s*\Z")
_MARK = re.compile(r'(?<!\\)[{}"#]')
_VERBATIM = {"doi", "eprint", "file", "id", "url"}
_ARXIV_ID = re.compile(
    r"(?:arxiv:)?(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)", re.IGNORECASE
)
_CATEGORY = re.compile(r"\b[a-z-]{2,8}\.[A-Z]{2}\b|(?<=\()[a-z-]{2,8}\.[a-z-]{2,10}(?=\))")

_TEX = re.compile(
    rf"""\\(?P<dropped> {"|".join(sorted(WITHOUT_ARGUMENT | WITHOUT_FIRST_ARGUMENT))} )(?![A-Za-z])\*?
      (?: \[[^\[\]]{{0,300}}\] ){{0,3}} \{{ [^{{}}]{{0,500}} \}}
    |"""
    r"""
      (?P<formula> \$[^$]*\$ )
    | \\(?P<accent> [`'^"~=.] | [uvHcdbkr](?![A-Za-z]) )\ ?
      (?: \{\ ?(?:\\(?=[ij]\ ?\}))?(?P<inner>[A-Za-z]?)\ ?\}
        | \\(?P<dotless>[ij])(?![A-Za-z])
        | (?P<letter>[A-Za-z]) )
    | \\(?P<command> [A-Za-z]+ )\*?\ ?
    | \\(?P<sign> . )
    | (?P<other> ---? | `` | '' | ~ | [{}] )
    """,
    re.VERBOSE,
)
_OTHERS = {"---": "—", "--": "–", "``": "“", "''": "”", "~": " ", "{": "", "}": ""}
_SIGNS = {"\\": " ", "-": "", "/": "", "!": "", ",": " ", ";": " ", ":": " "}


def read_bibtex(lines: Iterable[Line]) -> Iterator[Raw]:
    """Read the records of a BibTeX file; text between its entries is a comment.

    A record has the entry's fields under their names in lower case, its `type` and `key`, and, unless it has
    fields of these names: `id` (the arXiv id, else the key), `category` (of `primaryclass`), `categories`
    (those named in `keywords` too) and `published` (year and month).

    Args:
        lines: The file's lines.
    """
    from bibtexparser.model import Entry, ParsingFailedBlock, String
    from bibtexparser.splitter import Splitter

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # our records report what it warns of
    abbreviations = {month: month for month in MONTHS}
    for number, text, fault in _split_entries(lines):
        if fault is not None:
            yield Raw(number, {}, fault)
            continue
        for block in Splitter(text).split().blocks:
            line = number + (block.start_line or 0)
            if isinstance(block, ParsingFailedBlock):  # a name used twice is no reason to lose the entry
                block = block.ignore_error_block or block
            try:
                if isinstance(block, Entry):
                    yield Raw(line, _make_record(block, abbreviations))
                elif isinstance(block, String):
                    value = _resolve_value(block.value, abbreviations)
                    if len(value) > MAX_ABBREVIATION:
                        raise Fault(f"expected an abbreviation of at most {MAX_ABBREVIATION:,} characters")
                    abbreviations[block.key.lower()] = value
                elif isinstance(block, ParsingFailedBlock):
                    raise Fault(_explain_error(block.error))
            except Fault as error:
                yield Raw(line, {}, str(error))
                break  # what follows on its lines may be part of it


def _split_entries(lines: Iterable[Line]) -> Iterator[tuple[int, str, str | None]]:
    """(line, text, fault) of each stretch from the start of an entry to the start of the next one."""
    number, size, fault = 0, 0, None
    texts: list[str] = []
    for line in lines:
        text = line.text
        if (late := _LATE_START.search(text)) and _is_complete("".join(texts)):
            text = text[late.start() :]  # behind what is a comment to BibTeX, too
        # A line that cannot be read may be the start of an entry, if the one before is complete.
        if _START.match(text) or (line.fault and fault is None and _is_complete("".join(texts))):
            if number:
                yield number, "".join(texts), fault
            number, size, fault = line.number, 0, None
            texts.clear()
        if not number:
            continue  # a comment before the first entry
        size += len(line.text)
        if line.fault is not None and fault is None:
            fault = line.fault if line.number == number else f"its line {line.number} is bad: {line.fault}"
        elif size > MAX_ENTRY or len(texts) >= MAX_RECORD_LINES:
            fault = fault or _TOO_LONG
        if fault is None:
            texts.append(text)
    if number:
        yield number, "".join(texts), fault


def _is_complete(text: str) -> bool:
    return not text or (text.rstrip().endswith(("}", ")")) and text.count("{") <= text.count("}"))


def _make_record(entry: Entry, abbreviations: dict[str, str]) -> dict[str, str | list[str]]:
    """The fields of an entry by name.

    Raises:
        Fault: Its abbreviations stand for too much.
    """
    fields = {"type": entry.entry_type, "key": entry.key}
    size = 0
    for field in entry.fields:
        name, value = field.key.lower(), _resolve_value(field.value, abbreviations)
        size += len(value)
        if size > MAX_ENTRY:
            raise Fault(_TOO_LONG)
        if not fields.get(name):  # of a name used twice the first that holds something
            fields[name] = value if name in _VERBATIM else remove_tex(value)
    primary = (fields.get("primaryclass") or fields.get("eprintclass", "")).strip()
    named = [*([primary] if primary else []), *_CATEGORY.findall(fields.get("keywords", ""))]
    record: dict[str, str | list[str]] = {
        "id": _find_id(fields),
        "categories": list(dict.fromkeys(named)),
        "published": _format_date(fields),
    }
    if primary:
        record["category"] = primary
    return record | fields


def _find_id(fields: dict[str, str]) -> str:
    match = _ARXIV_ID.fullmatch(fields.get("eprint", "").strip())
    is_arxiv = fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower() == "arxiv"
    return match[1] if match and is_arxiv else fields["key"]


def _format_date(fields: dict[str, str]) -> str:
    """Format year and month as `2025-06`, or what there is of them.

    >>> _format_date({"year": "2025", "month": "12 June"})
    '2025-06'
    """
    year, month = fields.get("year", ""), fields.get("month", "").lower()
    named = next((place for place, name in enumerate(MONTHS, 1) if name in month), 0)
    place = named or (int(month) if month.isdecimal() and len(month) < 3 else 0)
    return fields.get("date") or (f"{year}-{place:02}" if year and 1 <= place <= 12 else year)


def _resolve_value(text: str, abbreviations: dict[str, str]) -> str:
    """Resolve a field's text: braces, quotes, numbers and abbreviations, joined by `#`.

    Raises:
        Fault: It stands for more than an entry may hold.
    """
    pieces, depth, quoted, start = [], 0, False, 0
    for mark in _MARK.finditer(text):
        sign = mark[0]
        depth += (sign == "{") - (sign == "}")
        if sign == '"' and not depth:
            quoted = not quoted
        elif sign == "#" and not depth and not quoted:
            pieces.append(text[start : mark.start()])
            start = mark.end()
    parts, size = [], 0
    for piece in [*pieces, text[start:]]:
        piece = piece.strip()
        if piece[:1] + piece[-1:] in ("{}", '""') and len(piece) > 1:
            parts.append(piece[1:-1])
        else:
            parts.append(abbreviations.get(piece.lower(), piece))
        size += len(parts[-1])
        if size > MAX_ENTRY:
            raise Fault(_TOO_LONG)
    return " ".join("".join(parts).split())


def remove_tex(text: str) -> str:
    r"""Write text as it would be printed, in Unicode; formulas between dollar signs stay.

    Commands that are no letters are removed; their arguments stay, but for those of references and the like.

    >>> remove_tex(r"{\"U}ber {BERT}: 95\% of \emph{all} $x_{i}$")
    'Über BERT: 95% of all $x_{i}$'
    """
    return " ".join(_TEX.sub(_replace_tex, text).split()) if set("\\{}$~-`'") & set(text) else text


def _replace_tex(match: re.Match[str]) -> str:
    if match["formula"]:
        return match[0]
    if match["dropped"]:
        return ""
    if match["accent"]:
        letter = match["inner"] or match["dotless"] or match["letter"]
        return put_accent(letter, match["accent"]) if letter else match["accent"]
    if match["command"]:
        return LETTERS.get(match["command"], "")
    if match["sign"]:
        return _SIGNS.get(match["sign"], match["sign"])
    return _OTHERS[match["other"]]


def _explain_error(error: Exception) -> str:
    reason = str(getattr(error, "abort_reason", error)).strip()
    if "end of file" in reason:
        return "the entry is not closed before the next one; is a brace or a quote missing?"
    return f"not valid BibTeX: {reason[:200]}"
