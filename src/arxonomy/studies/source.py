"""Labeled papers as studies get them: files, read and hashed here alone, or papers in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.errors import DataError
from arxonomy.records import AnyPath
from arxonomy.studies.provenance import DataSource

if TYPE_CHECKING:
    from arxonomy.config import DataSettings
    from arxonomy.papers import AnyFiles, BadRecord, DataFile, Dataset
    from arxonomy.papers.labels import LabelChoice
    from arxonomy.records import Paper

    OnBad = Callable[[BadRecord], None]


class LabeledFiles:
    """Files of labeled papers, usually one: hashed once, however many models are scored on them.

    Args:
        paths: The files, in the order in which they are read; not stdin, since their hash is taken too.
        columns: Field of a paper -> the column of each file, where the name is not an ordinary one.
        encoding: Encoding of each text; None: UTF-8, or UTF-16 where that is clear.
        strict: Stop at the first bad record.
        on_bad: Called for each bad record of the first reading.
        on_read: Called once the files have been read for the first time.
    """

    def __init__(
        self,
        paths: Sequence[AnyPath],
        columns: Mapping[str, str] | None = None,
        *,
        encoding: str | None = None,
        strict: bool = False,
        on_bad: OnBad | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> None:
        self.paths = tuple(map(Path, paths))
        self.columns = dict(columns or {})
        self.encoding = encoding
        self.strict = strict
        self._on_bad, self._on_read = on_bad, on_read
        self._told: list[LabelChoice] = []
        self._last: tuple[object, Dataset] | None = None

    @cached_property
    def files(self) -> tuple[DataFile, ...]:
        """The files with their hashes.

        Raises:
            InputError: One is stdin or a pipe, is given twice, or cannot be read.
        """
        from arxonomy.papers import hash_files

        return hash_files(self.paths)

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes, or of the hashes of several, in hexadecimal.

        Raises:
            InputError: See `files`.
        """
        from arxonomy.papers.files import combine_hashes

        return combine_hashes([file.sha256 for file in self.files])

    @property
    def name(self) -> str:
        """The files as they were given, joined by ` + `."""
        from arxonomy.papers.files import join_names

        return join_names([str(path) for path in self.paths])

    def describe(self, *, labeled: bool = True) -> DataSource:
        """Describe where the papers are from, without folders; it is the same whether they are labeled."""
        from arxonomy.artifacts.facts import describe_files
        from arxonomy.papers.files import join_names

        names = [path.name for path in self.paths]
        return DataSource(name=join_names(names), sha256=self.sha256, files=describe_files(self.files))

    def read(
        self,
        settings: DataSettings,
        columns: Mapping[str, str] | None = None,
        *,
        encoding: str | None = None,
        any_labels: bool = False,
        ignore_absent: bool = False,
        known: Collection[str] = (),
    ) -> Dataset:
        """Read the papers, with labels kept and merged as the settings say; what was done is logged once.

        What was read last is kept, for several models that are scored on the same papers.

        Args:
            settings: A recipe's settings of the data.
            columns: Taken if the files were opened with none of their own, as is the next.
            encoding: Encoding of a text.
            any_labels: See `load_dataset`, as for the next.
            ignore_absent: See there.
            known: See there.

        Raises:
            ArxonomyError: See `load_dataset`.
        """
        from arxonomy.papers import load_dataset

        columns, encoding = self.columns or dict(columns or {}), self.encoding or encoding
        key = settings, columns, encoding, any_labels, ignore_absent, tuple(known)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        self._last = None  # two large datasets need not fit in memory
        on_bad, on_read = self._on_bad, self._on_read
        self._on_bad = self._on_read = None  # a bad record is reported once
        dataset = load_dataset(
            self.files,
            settings,
            columns=columns,
            encoding=encoding,
            strict=self.strict,
            any_labels=any_labels,
            ignore_absent=ignore_absent,
            known=known,
            on_bad=on_bad,
        )
        if on_read is not None:
            on_read()
        _tell_once(dataset.choice, self._told)
        self._last = key, dataset
        return dataset

    def read_unlabeled(self) -> Sequence[Paper]:
        """Read all papers; labels that they have are not looked at.

        Raises:
            ArxonomyError: See `read_papers`.
        """
        from arxonomy.papers.files import read_files

        papers = read_files(
            self.files,
            columns=self.columns,
            encoding=self.encoding,
            labeled=False,
            strict=self.strict,
            on_bad=self._on_bad or (lambda _: None),
        )
        read = tuple(papers)
        if self._on_read is not None:
            self._on_read()
        return read


class PapersInMemory:
    """Labeled papers that are in memory, to be read as those of a `LabeledFiles`.

    Args:
        papers: Those without a category, or with a word for none, are left out.
    """

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._papers = tuple(papers)
        self._told: list[LabelChoice] = []

    def describe(self, *, labeled: bool = True) -> DataSource:
        """Describe where the papers are from: memory, and the hash of their texts, and of labels if read.

        Raises:
            DataError: There are no papers, or none has a label.
        """
        from arxonomy.config import DataSettings
        from arxonomy.papers import gather_papers
        from arxonomy.papers.dataset import MEMORY

        if not labeled:
            texts = repr([(paper.title, paper.abstract) for paper in self._papers])
            return DataSource(name=MEMORY, sha256=hashlib.sha256(texts.encode()).hexdigest())
        dataset = gather_papers(self._papers, DataSettings(), any_labels=True)
        return DataSource(name=dataset.source, sha256=dataset.sha256)

    def read(
        self,
        settings: DataSettings,
        columns: Mapping[str, str] | None = None,
        *,
        any_labels: bool = False,
        ignore_absent: bool = False,
        known: Collection[str] = (),
    ) -> Dataset:
        """Read the papers; see `LabeledFiles.read`. `columns` changes nothing.

        Raises:
            DataError: There are no papers, or see `load_dataset`.
        """
        from arxonomy.papers import gather_papers

        dataset = gather_papers(
            self._papers, settings, any_labels=any_labels, ignore_absent=ignore_absent, known=known
        )
        _tell_once(dataset.choice, self._told)
        return dataset

    def read_unlabeled(self) -> Sequence[Paper]:
        """All papers, as they are.

        Raises:
            DataError: There are none.
        """
        if not self._papers:
            raise DataError("expected papers, found none")
        return self._papers


def _tell_once(choice: LabelChoice, told: list[LabelChoice]) -> None:
    """Log what reading did to the labels, unless it did the same before."""
    from arxonomy.papers.labels import log_choice

    if choice not in told:
        told.append(choice)
        log_choice(choice)


Source = LabeledFiles | PapersInMemory
"""Where labeled papers are from."""


def open_papers(papers: AnyFiles | Source | Iterable[Paper]) -> Source:
    """Make a source of a file's name, of several, or of papers; a source stays as it is."""
    from arxonomy.papers.files import are_files, list_files

    if isinstance(papers, LabeledFiles | PapersInMemory):
        return papers
    if are_files(papers):
        return LabeledFiles(list_files(papers))
    return PapersInMemory(papers)
