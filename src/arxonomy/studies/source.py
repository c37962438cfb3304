"""Labeled papers as studies get them: a file, read and hashed here alone, or papers in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.records import AnyPath
from arxonomy.studies.provenance import DataSource

if TYPE_CHECKING:
    from arxonomy.config import DataSettings
    from arxonomy.papers import BadRecord, Dataset
    from arxonomy.papers.labels import LabelChoice
    from arxonomy.records import Paper

    OnBad = Callable[[BadRecord], None]


class LabeledFile:
    """A labeled file: hashed once, however many models are scored on it.

    Args:
        path: The file; not stdin, since its hash is taken too.
        columns: Field of a paper -> the file's column, where the name is not an ordinary one.
        encoding: Encoding of a text; None: UTF-8, or UTF-16 where that is clear.
        strict: Stop at the first bad record.
        on_bad: Called for each bad record of the first reading.
        on_read: Called once the file has been read for the first time.
    """

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, str] | None = None,
        *,
        encoding: str | None = None,
        strict: bool = False,
        on_bad: OnBad | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> None:
        self.path = path
        self.columns = dict(columns or {})
        self.encoding = encoding
        self.strict = strict
        self._on_bad, self._on_read = on_bad, on_read
        self._told: list[LabelChoice] = []

    @cached_property
    def sha256(self) -> str:
        """Hash of the file's bytes, in hexadecimal.

        Raises:
            InputError: It is stdin or a pipe, or cannot be read.
        """
        from arxonomy.atomic import hash_file
        from arxonomy.papers import check_readable_twice

        check_readable_twice(self.path)
        return hash_file(self.path)

    def describe(self) -> DataSource:
        """Describe where the papers are from, without folders."""
        return DataSource(name=self.path.name, sha256=self.sha256)

    def read(
        self,
        settings: DataSettings,
        columns: Mapping[str, str] | None = None,
        *,
        encoding: str | None = None,
        any_labels: bool = False,
        ignore_absent: bool = False,
    ) -> Dataset:
        """Read the papers, with labels kept and merged as the settings say; what was done is logged once.

        Args:
            settings: A recipe's settings of the data.
            columns: Taken if the file was opened with none of its own, as is the next.
            encoding: Encoding of a text.
            any_labels: See `load_dataset`, as for the next.
            ignore_absent: See there.

        Raises:
            ArxonomyError: See `load_dataset`.
        """
        from arxonomy.papers import load_dataset

        on_bad, on_read = self._on_bad, self._on_read
        self._on_bad = self._on_read = None  # a bad record is reported once
        dataset = load_dataset(
            self.path,
            settings,
            columns=self.columns or columns,
            encoding=self.encoding or encoding,
            strict=self.strict,
            any_labels=any_labels,
            ignore_absent=ignore_absent,
            on_bad=on_bad,
            sha256=self.sha256,
        )
        if on_read is not None:
            on_read()
        _tell_once(dataset.choice, self._told)
        return dataset


class PapersInMemory:
    """Labeled papers that are in memory, to be read as those of a `LabeledFile`.

    Args:
        papers: Those without a category, or with a word for none, are left out.
    """

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._papers = tuple(papers)
        self._told: list[LabelChoice] = []

    def describe(self) -> DataSource:
        """Describe where the papers are from: memory, and the hash of their texts and labels.

        Raises:
            DataError: There are no papers, or none has a label.
        """
        from arxonomy.config import DataSettings
        from arxonomy.papers import gather_papers

        dataset = gather_papers(self._papers, DataSettings(), any_labels=True)
        return DataSource(name=dataset.source, sha256=dataset.sha256)

    def read(
        self,
        settings: DataSettings,
        columns: Mapping[str, str] | None = None,
        *,
        any_labels: bool = False,
        ignore_absent: bool = False,
    ) -> Dataset:
        """Read the papers; see `LabeledFile.read`. `columns` changes nothing.

        Raises:
            DataError: There are no papers, or see `load_dataset`.
        """
        from arxonomy.papers import gather_papers

        dataset = gather_papers(self._papers, settings, any_labels=any_labels, ignore_absent=ignore_absent)
        _tell_once(dataset.choice, self._told)
        return dataset


def _tell_once(choice: LabelChoice, told: list[LabelChoice]) -> None:
    """Log what reading did to the labels, unless it did the same before."""
    from arxonomy.papers.labels import log_choice

    if choice not in told:
        told.append(choice)
        log_choice(choice)


Source = LabeledFile | PapersInMemory
"""Where labeled papers are from."""


def open_papers(papers: AnyPath | Source | Iterable[Paper]) -> Source:
    """Make a source of a file's name or of papers; a source stays as it is."""
    if isinstance(papers, LabeledFile | PapersInMemory):
        return papers
    return LabeledFile(Path(papers)) if isinstance(papers, str | os.PathLike) else PapersInMemory(papers)
