"""Papers -> a file with one paper's words on each line, each paper once, without excluded ones."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from arxonomy.errors import ArxonomyError, InputError
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.papers.fields.field_names import FIELDS, fold_name
from arxonomy.papers.read import BadRecord, read_papers
from arxonomy.papers.sources.lines import Line
from arxonomy.papers.sources.source import open_source
from arxonomy.papers.split_files import read_held_out_ids
from arxonomy.records import AnyPath, Paper
from arxonomy.text.tokens import tokenize


@dataclass
class Exclusions:
    """Papers to leave out; a paper with one of these ids or texts is one of them."""

    ids: set[str] = field(default_factory=set)
    """arXiv ids without prefix and version; other ids as they are."""
    texts: set[bytes] = field(default_factory=set)
    """Digests of the papers' words."""


@dataclass(frozen=True)
class Corpus:
    """What `write_corpus` wrote."""

    path: Path
    """UTF-8 text: on each line the words of a paper's title and abstract, with spaces between."""
    counts: Counter[str]
    """How often each word is there."""
    papers: int
    """Papers, that is lines."""
    excluded: int
    """Papers that were left out as asked."""
    repeated: int
    """Papers that were left out since they, or their text, came before."""
    wordless: int
    """Papers without a word, such as those in other scripts than the Latin one."""

    @property
    def words(self) -> int:
        """Total number of words."""
        return self.counts.total()


def read_excluded(
    path: AnyPath,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    strict: bool = False,
    on_bad: Callable[[BadRecord], None] | None = None,
) -> Exclusions:
    """Read which papers to leave out.

    Args:
        path: A file of papers, which are all left out; a split (a CSV with the columns `id` and `split`),
            whose validation and test papers are left out; or text with an id on each line.
        columns: For a file of papers, as in `read_papers`, like the next three.
        encoding: Encoding of a text.
        strict: Stop at the first bad record.
        on_bad: Called for each bad record.

    Raises:
        InputError: The file cannot be read, or is none of these.
    """
    with open_source(path, None, encoding=encoding) as source:
        names: set[str] = set()
        if source.format in ("csv", "tsv"):
            lines = (line for line in source.read_lines() if not line.text.startswith("#"))
            first = next(lines, None)
            if first is None:
                raise InputError(f"{path}: expected papers, a split or ids to leave out, found an empty file")
            names = {fold_name(name) for name in re.split(r"[,;\t]", first.text)}
            texts = {*FIELDS["title"], *FIELDS["abstract"]}
            texts |= {fold_name((columns or {}).get(name, name)) for name in ("title", "abstract")}
            if "split" not in names and not names & texts:
                return Exclusions({_normalize_id(text) for text in _read_ids(source.name, first, lines)})
    if not Path(path).is_file():
        raise InputError(f"{path}: papers and splits to leave out are read twice; expected a file")
    if "split" in names:
        return Exclusions({_normalize_id(text) for text in read_held_out_ids(path)})
    excluded = Exclusions()
    for paper in read_papers(path, columns=columns, encoding=encoding, strict=strict, on_bad=on_bad):
        excluded.texts.add(_digest(_join_words(paper)))
        if paper.id != str(paper.row + 1):  # else the file may have no ids, and row numbers identify no paper
            excluded.ids.add(_normalize_id(paper.id))
    return excluded


def _read_ids(name: str, first: Line, rest: Iterable[Line]) -> Iterator[str]:
    for line in (first, *rest):
        text = line.text.strip()
        if line.fault or len(text.split()) > 1 or "," in text:
            fault = line.fault or f"found `{text[:40]}`"
            raise InputError(
                f"{name}:{line.number}: expected one id on each line, or a header of columns; {fault}"
            )
        if text:
            yield text


def write_corpus(papers: Iterable[Paper], folder: Path, excluded: Exclusions) -> Corpus:
    """Write the words of each paper once, in order.

    Two papers are the same when they share an id or all their words. Ids of digits alone, which may be
    mere row numbers, count only for leaving papers out. Memory grows by some 200 bytes with each paper.

    Args:
        papers: Any papers; those without a word are skipped.
        folder: Where to write.
        excluded: Papers to leave out; copies of these are left out too.

    Raises:
        ArxonomyError: The folder cannot be written to.
    """
    seen: set[str | bytes] = set()
    banned = set(excluded.texts)
    left_out = repeated = wordless = 0
    every, corpus = folder / "every-paper.txt", folder / "corpus.txt"
    try:
        with every.open("w", encoding="ascii") as file:
            for paper in papers:
                words, name = _join_words(paper), _normalize_id(paper.id)
                digest = _digest(words)
                keys: set[str | bytes] = {digest} if name.isdigit() else {digest, name}
                if not words:
                    wordless += 1
                    continue
                if name in excluded.ids or digest in banned:
                    banned.add(digest)
                    left_out += 1
                elif keys & seen:
                    repeated += 1
                else:
                    file.write(f"{words}\n")
                    seen |= keys
        # Only now are all texts of excluded papers known: a copy under another id may have come first.
        counts: Counter[str] = Counter()
        kept = 0
        with every.open(encoding="ascii") as lines, corpus.open("w", encoding="ascii") as file:
            for line in lines:
                if _digest(line.rstrip("\n")) in banned:
                    left_out += 1
                else:
                    file.write(line)
                    counts.update(line.split())
                    kept += 1
        every.unlink()
    except OSError as error:
        raise ArxonomyError(
            f"cannot write to {folder}: {error.strerror or error}; TMPDIR can name a folder with more room"
        ) from error
    return Corpus(corpus, counts, kept, left_out, repeated, wordless)


def _join_words(paper: Paper) -> str:
    return " ".join([*tokenize(paper.title), *tokenize(paper.abstract)])


def _digest(words: str) -> bytes:
    return hashlib.blake2b(words.encode(), digest_size=16).digest()


def _normalize_id(text: str) -> str:
    return parse_arxiv_id(text) or text
