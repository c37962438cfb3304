"""Files of papers as careless or hostile programs leave them: strategies of hypothesis.

A file is written from records that are known, one piece of text for each; then one piece is damaged. So it is
known which records nobody has touched.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from hypothesis import strategies as st

SPREADSHEET = Path(__file__).parent / "forms" / "library.xlsx"

Record = tuple[str, str]
"""A title and an abstract."""

Pieces = tuple[str, list[str], str]
"""What stands before the records, the text of each with what parts it from the next, and what stands last."""

WORDS = (
    "a the and for with sparse Poincaré naïve encoders 日本語 O(n) Größe 3,000 masks; e.g. «quoted» panels "
    "x-ray time/frequency Świat 50+ images? yes! beyond: attention ﬁnite 𝔘nicode … – it’s"
).split()
HARD = [
    '"quoted"',
    "a,b;c\td|e",
    "new\nline",
    "[1]",
    "{x}",
    '""',
    "\\n",
    "=1+1",
    "'",
    "a\\",
    "#",
    "<b>&amp;</b>",
]
"""Words that a format of quoted texts must carry as well."""


NAMES = ["Aardvarkx", "Bumblebeex", "Cormorantx", "Dragonflyx", "Earthwormx", "Flamingox"]
"""Words that no damage makes of one another."""


def mark(number: int) -> str:
    """The word that no record has but this one."""
    return NAMES[number]


@st.composite
def records(draw: st.DrawFn, hard: bool) -> list[Record]:
    """Two to six records whose first words say which they are."""
    word = st.sampled_from([*WORDS, *HARD] if hard else WORDS)
    made = []
    for number in range(draw(st.integers(2, 6))):
        title, abstract = draw(st.lists(word, max_size=5)), draw(st.lists(word, max_size=12))
        made.append(
            (
                " ".join([mark(number), *title, "end"]),
                " ".join([mark(number), "abstract", *abstract, "end"]) if draw(st.integers(0, 9)) else "",
            )
        )
    return made


def write_table(delimiter: str, quoting: int, escape: str | None = None) -> Callable[[list[Record]], Pieces]:
    def write(records: list[Record]) -> Pieces:
        def row(*cells: str) -> str:
            out = io.StringIO()
            csv.writer(
                out, delimiter=delimiter, quoting=quoting, lineterminator="\n", escapechar=escape,
                doublequote=escape is None,
            ).writerow(cells)  # fmt: skip
            return out.getvalue()

        rows = [row(str(n), title, "2024", abstract) for n, (title, abstract) in enumerate(records)]
        return row("id", "title", "year", "abstract"), rows, ""

    return write


def write_json(before: str, between: str, after: str, indent: int | None = None, **more: Any) -> Any:
    def write(records: list[Record]) -> Pieces:
        texts = [
            json.dumps({"title": title, "abstract": abstract, **more}, ensure_ascii=n % 2 == 0, indent=indent)
            for n, (title, abstract) in enumerate(records)
        ]
        return before, [text + between for text in texts[:-1]] + [texts[-1] + between.strip(",")], after

    return write


def write_tagged(before: str, fields: str, end: str) -> Callable[[list[Record]], Pieces]:
    """Records of lines, of which those are left out that would hold nothing."""

    def write(records: list[Record]) -> Pieces:
        return before, [fill(fields, n, *record) + end for n, record in enumerate(records)], ""

    return write


def fill(fields: str, number: int, title: str, abstract: str) -> str:
    lines = fields.splitlines(keepends=True)
    kept = [line for line in lines if abstract or "ABSTRACT" not in line]
    text = "".join(kept).replace("NUMBER", str(70_000 + number))
    return text.replace("TITLE", title).replace("ABSTRACT", abstract)


def write_xml(before: str, fields: str, after: str) -> Callable[[list[Record]], Pieces]:
    def write(records: list[Record]) -> Pieces:
        declared, pieces, _ = write_tagged('<?xml version="1.0"?>\n', fields, "")(records)
        return declared + before, pieces, after

    return write


def write_bibtex(records: list[Record]) -> Pieces:
    form = "@article{kNUMBER,\n  title = {TITLE},\n  abstract = {ABSTRACT},\n  year = 2024\n}\n\n"
    return write_tagged("% Encoding: UTF-8\n\n", form, "")(records)


FORMATS: dict[str, tuple[str, bool, Callable[[list[Record]], Pieces]]] = {
    "comma": (".csv", True, write_table(",", csv.QUOTE_MINIMAL)),
    "all quoted": (".csv", True, write_table(",", csv.QUOTE_ALL)),
    "semicolon": (".csv", True, write_table(";", csv.QUOTE_MINIMAL)),
    "pipe": (".csv", True, write_table("|", csv.QUOTE_MINIMAL)),
    "tab": (".tsv", True, write_table("\t", csv.QUOTE_MINIMAL)),
    "spark": (".csv", False, write_table(",", csv.QUOTE_ALL, "\\")),
    "json lines": (".jsonl", True, write_json("", "\n", "")),
    "json array": (".json", True, write_json("[", ",", "]\n")),
    "pretty json": (".json", True, write_json("[\n", ",\n", "\n]\n", indent=2)),
    "json objects": (".json", True, write_json("", "\n", "", indent=2)),
    "csl-json": (".json", True, write_json("[\n", ",\n", "]\n", indent=1, type="article-journal", id="k")),
    "wrapped json": (".json", True, write_json('{"count": 9, "results": [\n', ",\n", "]}\n", year=2024)),
    "bibtex": (".bib", False, write_bibtex),
    "ris": (
        ".ris",
        False,
        write_tagged("", "TY  - JOUR\nID  - NUMBER\nTI  - TITLE\nAB  - ABSTRACT\nPY  - 2024\n", "ER  - \n\n"),
    ),
    "nbib": (
        ".nbib",
        False,
        write_tagged("", "PMID- NUMBER\nOWN - NLM\nTI  - TITLE\nAB  - ABSTRACT\nDP  - 2024\n", "\n"),
    ),
    "wos": (
        ".txt",
        False,
        write_tagged(
            "FN Clarivate Analytics Web of Science\nVR 1.0\n",
            "PT J\nAU Doe, J\nTI TITLE\nAB ABSTRACT\nUT WOS:NUMBER\n",
            "ER\n\n",
        ),
    ),
    "enw": (
        ".enw",
        False,
        write_tagged("", "%0 Journal Article\n%A Doe, J\n%T TITLE\n%X ABSTRACT\n%M NUMBER\n", "\n"),
    ),
    "pubmed": (
        ".xml",
        False,
        write_xml(
            "<PubmedArticleSet>\n",
            '<PubmedArticle><MedlineCitation>\n<PMID Version="1">NUMBER</PMID><Article>\n'
            "<ArticleTitle>TITLE</ArticleTitle>\n<Abstract><AbstractText>ABSTRACT</AbstractText></Abstract>\n"
            "</Article></MedlineCitation></PubmedArticle>\n",
            "</PubmedArticleSet>\n",
        ),
    ),
    "atom": (
        ".xml",
        False,
        write_xml(
            '<feed xmlns="http://www.w3.org/2005/Atom">\n<title>all:x</title>\n',
            "<entry><id>http://arxiv.org/abs/2501.NUMBERv1</id>\n<title>TITLE</title>\n"
            "<summary>ABSTRACT</summary>\n<published>2025-01-02T03:04:05Z</published></entry>\n",
            "</feed>\n",
        ),
    ),
    "endnote": (
        ".xml",
        False,
        write_xml(
            "<xml><records>",
            "<record><rec-number>NUMBER</rec-number><titles><title><style>TITLE</style></title></titles>\n"
            "<abstract><style>ABSTRACT</style></abstract>\n<dates><year>2024</year></dates></record>",
            "</records></xml>\n",
        ),
    ),
}
"""Name -> suffix, whether it carries any text as it is, and the function that writes records."""


def zip_one(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/papers", data)
    return file.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
    ".zip": zip_one,
}

PAYLOADS: list[str | bytes] = [
    *"\"'{}[]()\\,;|<>&%@$#:=-",
    *(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\t",
        "\0",
        "\x0b",
        "\x0c",
        "\x1a",
        "\x1c",
        "\x85",
        "\u2028",
        "\ufeff",
        "\xa0",
    ),
    *(
        '""',
        '"""',
        '\\"',
        '",',
        '","',
        '"\n',
        ',"',
        "}\n",
        "},",
        "}}",
        "{{",
        "],",
        "\\u",
        "\\ud800",
        "\\N",
        "NaN",
    ),
    *(
        "&bogus;",
        "<!--",
        "<![CDATA[",
        "]]>",
        "</",
        "=cmd|' /C calc'!A0",
        "\u202e",
        "\x1b[31m",
        "null",
        "sep=;",
    ),
    *("TY  - JOUR\n", "ER  - \n", "PMID- 1\n", "PT J\n", "ER\n", "%0 Book\n", "%T other\n", "TI  - other\n"),
    *(
        "@article{",
        "@string{a = {",
        "@comment{",
        "@misc{x, title = {Other}}\n",
        '{"title": "Other"}\n',
        "[]",
        "{}",
    ),
    *(
        "[" * 3000,
        '{"a":' * 3000,
        '"' * 3001,
        "{" * 3000,
        "x" * 200_000,
        "\n" * 6000,
        "a,b;" * 9000,
        "\\" * 999,
    ),
    *(b"\xff", b"\xfc", b"\xc3", b"\xe2\x82", b"\x80\x81", b"\xed\xa0\x80", b"\x1f\x8b\x08", b"PK\x03\x04"),
]
"""What is put into a piece: signs of every format's grammar, of none, and a lot of them."""


@dataclass(frozen=True)
class HostileFile:
    """A file, and what is known of it."""

    format: str
    name: str
    data: bytes
    records: Sequence[Record]
    untouched: Sequence[int]
    """Which records are there as they were written."""
    damaged: int | None
    """The record that was damaged; None where what stands around them was, or nothing."""
    is_whole: bool
    """Whether nothing was damaged."""


@st.composite
def hostile_files(draw: st.DrawFn) -> HostileFile:
    """Files of any text format with at most one damaged piece."""
    format = draw(st.sampled_from(list(FORMATS)))
    suffix, carries_all, write = FORMATS[format]
    made = draw(records(carries_all))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    if end == "\r":  # a line end in a cell would be one of the file's
        made = [(title.replace("\n", " "), abstract.replace("\n", " ")) for title, abstract in made]
    before, pieces, after = write(made)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]))
    wide = encoding.startswith("utf-16")

    def encode(text: str) -> bytes:
        return text.replace("\n", end).encode(encoding.removesuffix("-sig"), "surrogatepass")

    chunks = [encode(text) for text in (before, *pieces, after)]
    start = "\ufeff".encode(encoding.removesuffix("-sig")) if encoding != "utf-8" else b""
    target = draw(st.none() | st.integers(0, len(chunks) - 1))
    cut = False
    if target is not None:
        chunks[target], cut = draw(damage(chunks[target], wide, encoding.removesuffix("-sig")))
        if cut:
            del chunks[target + 1 :]
    data = start + b"".join(chunks)
    whole = range(min(len(made), len(chunks) - 1))
    name = draw(st.sampled_from(["papers" + suffix, "papers" + suffix, "papers", "papers.txt"]))
    if draw(st.integers(0, 5)) == 0:
        packed = draw(st.sampled_from(list(PACKED)))
        name, data = name + packed, PACKED[packed](data)
    damaged = target - 1 if target is not None and 1 <= target <= len(made) else None
    untouched = [number for number in whole if number != damaged]
    return HostileFile(format, name, data, made, untouched, damaged, target is None)


@st.composite
def damage(draw: st.DrawFn, data: bytes, wide: bool, encoding: str) -> tuple[bytes, bool]:
    """Damage bytes in up to three places; whether the file ends with them."""
    step = 2 if wide else 1
    for _ in range(draw(st.integers(1, 3))):
        units = len(data) // step
        place = draw(st.integers(0, units)) * step
        what = draw(st.sampled_from(["put", "put", "put", "flip", "drop", "twice", "over"]))
        length = draw(st.integers(1, 30)) * step
        if what in ("put", "over"):
            payload = draw(st.sampled_from(PAYLOADS))
            new = payload.encode(encoding, "surrogatepass") if isinstance(payload, str) else payload
            new += b"?" * (len(new) % step)
            data = data[:place] + new + data[place + (length if what == "over" else 0) :]
        elif what == "flip" and place < len(data):
            data = data[:place] + bytes([data[place] ^ (1 << draw(st.integers(0, 7)))]) + data[place + 1 :]
        elif what == "drop":
            data = data[:place] + data[place + length :]
        elif what == "twice":
            data = data[: place + length] + data[place:]
    if draw(st.integers(0, 7)) == 0:
        return data[: draw(st.integers(0, len(data) // step)) * step], True
    return data, False


@st.composite
def damaged_archives(draw: st.DrawFn) -> tuple[str, bytes]:
    """Name and bytes of a file that is no text, damaged in up to three places."""
    kind = draw(st.sampled_from([*PACKED, ".parquet", ".xlsx"]))
    made = draw(records(hard=False))
    if kind == ".parquet":
        out = io.BytesIO()
        columns = {"title": [title for title, _ in made], "abstract": [abstract for _, abstract in made]}
        pq.write_table(pa.table({**columns, "year": [2024] * len(made)}), out)
        data = out.getvalue()
    elif kind == ".xlsx":
        data = SPREADSHEET.read_bytes()
    else:
        data = PACKED[kind]("".join(write_json("", "\n", "")(made)[1]).encode())
    name = draw(st.sampled_from(["papers" + kind, "papers.csv", "papers"]))
    return name, draw(damage(data, False, "utf-8"))[0]
