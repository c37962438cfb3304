"""Texts that are no papers: passages of Debian's documentation, of prose, and of both in other languages.

    python experiments/outside_texts.py FOLDER

Downloads the packages below that FOLDER lacks (`apt-get download`, on a Debian machine), and writes
`FOLDER/texts.jsonl`: a line for each passage, with `kind`, `source`, `title` and `abstract`. A passage is as
long as an abstract; its first words stand for a title. Nothing of these texts is in the repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import subprocess
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

DOCUMENTATION = """
    apache2-doc debian-faq debian-handbook debian-policy developers-reference doc-debian git-doc gnucash-docs
    libreoffice-help-en-us linux-doc-6.1 maint-guide manpages octave-doc postgresql-doc-15 python3.11-doc
    r-doc-html texlive-latex-base-doc
""".split()
PROSE = "anarchism fortunes".split()
LANGUAGES = """
    debian-reference-de debian-reference-fr debian-reference-it debian-reference-ja debian-reference-zh-cn
    developers-reference-de developers-reference-fr fortunes-de fortunes-it fortunes-ru manpages-cs manpages-de
    manpages-es manpages-fr manpages-it manpages-ja manpages-nl manpages-pl manpages-pt-br manpages-ru manpages-zh
""".split()
KINDS = {"documentation": DOCUMENTATION, "prose": PROSE, "other languages": LANGUAGES}

FILES, PASSAGES = 400, 300
"""Most files that are read of a package, and passages that are kept."""
PARAGRAPH, PASSAGE = 80, (700, 1400)
"""Letters that a paragraph has at least; those of a passage."""
TITLE = (6, 12)
"""Words of a title."""

_HIDDEN = ("script", "style", "head", "nav", "pre")
_BLOCKS = ("p", "div", "li", "h1", "h2", "h3", "dd", "dt", "br", "td")
_FONTS = r"(B|I|BR|IR|BI|RB|RI|SM|SB)\b"


class TextOfPage(HTMLParser):
    """The text of an HTML page, without its code and navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Break the line where a block begins."""
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        """End what is hidden."""
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Keep a piece of text."""
        if not self._hidden:
            self.pieces.append(data)


def read_text(path: Path) -> str:
    """Read a page of HTML, a manual page, or a plain text."""
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    name = path.name.removesuffix(".gz")
    if name.endswith((".html", ".htm")):
        page = TextOfPage()
        page.feed(text)
        return "".join(page.pieces)
    if re.search(r"\.[1-8]$", name):
        lines = (line for line in text.splitlines() if not re.match(rf"[.'](?!{_FONTS})", line))
        return "\n".join(
            re.sub(r"\\f.|\\-|\\&|\\\(..", "", re.sub(rf"^\.{_FONTS} ?", "", line)) for line in lines
        )
    return text


def is_text(path: Path, package: str) -> bool:
    """Whether a file has text to read; those of fortunes have no ending."""
    if not path.is_file():
        return False
    if package.startswith("fortunes") and "games" in path.parts:
        return "." not in path.name
    return re.search(r"\.(html?|txt|[1-8]|rst)(\.gz)?$", path.name) is not None


def cut_passages(text: str) -> Iterator[str]:
    """Join neighboring paragraphs to passages."""
    passage = ""
    for paragraph in re.split(r"\n\s*\n|\n%\n", text):
        words = " ".join(paragraph.split())
        if len(words) <= PARAGRAPH:
            continue
        passage = f"{passage} {words}".strip()
        if len(passage) > PASSAGE[0]:
            yield passage[: PASSAGE[1]]
            passage = ""


def draw_passages(root: Path, package: str, rng: random.Random) -> list[str]:
    """Draw passages of the files of an unpacked package."""
    files = sorted(path for path in root.rglob("*") if is_text(path, package))
    rng.shuffle(files)
    passages = [passage for path in files[:FILES] for passage in cut_passages(read_text(path))]
    rng.shuffle(passages)
    return passages[:PASSAGES]


def main(folder: Path) -> None:
    """Write the texts."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, lines = random.Random(0), []
    for kind, packages in KINDS.items():
        for package in packages:
            if not list(folder.glob(f"{package}_*.deb")):
                subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
            (archive,) = folder.glob(f"{package}_*.deb")
            with tempfile.TemporaryDirectory() as root:
                subprocess.run(["dpkg", "-x", archive, root], check=True)
                passages = draw_passages(Path(root), package, rng)
            for passage in passages:
                words, count = passage.split(), rng.randint(*TITLE)
                title, abstract = " ".join(words[:count]), " ".join(words[count:])
                lines.append({"kind": kind, "source": package, "title": title, "abstract": abstract})
            print(f"{package}: {len(passages)}")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "texts.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the packages and the texts are")
    main(parser.parse_args().folder)
