"""What has been harvested so far: a file of SQLite next to the output.

A page of records and the place to continue at are one transaction, so that a process may be killed at any
moment. A paper is one row: what was changed later replaces what was harvested before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arxonomy.errors import ArxonomyError, InputError, SettingsError
from arxonomy.harvest.records import Record

SUFFIX = ".harvest"
"""Of the file, behind the whole name of the output."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS papers
  (id TEXT PRIMARY KEY, day TEXT NOT NULL, published TEXT, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS places (name TEXT PRIMARY KEY, place TEXT NOT NULL);
CREATE TEMP TABLE listed (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_SELECTION = "selection"
_VERSION = 1


class Store:
    """Papers on disk; a context manager, for one process at a time.

    Args:
        path: The file, which need not be there; None: in memory.
        selection: What is harvested; a file that holds papers must be of the same.

    Raises:
        SettingsError: It is of something else, or another process is at work on it.
        InputError: It is no such file.
    """

    def __init__(self, path: Path | None, selection: Mapping[str, Any]) -> None:
        self._path = path
        self._base = self._open()
        wanted, found = json.dumps(selection, sort_keys=True), self.get_place(_SELECTION)
        if found is not None and found != wanted and self.count():
            self.close()
            raise SettingsError(
                f"{path} is of another harvest: expected {wanted}, found {found}; give another output, or "
                "delete that file to begin again"
            )
        if found != wanted:
            with self._write():
                self._base.execute("DELETE FROM places")
            self.set_places({_SELECTION: wanted})

    def _open(self) -> sqlite3.Connection:
        """Open or make the file, and lock it."""
        try:
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self._path or ":memory:", timeout=0, isolation_level=None)
            base.execute("PRAGMA locking_mode = EXCLUSIVE")
            base.execute("BEGIN EXCLUSIVE")
            version = base.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise InputError(
                    f"{self._path} was written by another version of Arxonomy; delete it to begin again"
                )
            base.execute("COMMIT")
            base.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")
        except (OSError, sqlite3.OperationalError) as error:
            if "locked" in str(error):
                raise SettingsError(
                    f"another harvest is at work on {self._path}; wait until it ends"
                ) from None
            raise InputError(f"{self._path}: cannot be opened: {error}") from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{self._path} is damaged, or no file of a harvest: {error}; delete it to begin again"
            ) from error
        return base

    @contextmanager
    def _write(self) -> Iterator[None]:
        """A transaction: all that is written within the block, or nothing.

        Raises:
            ArxonomyError: The disk is full, or cannot be written to.
        """
        try:
            with self._base:
                self._base.execute("BEGIN")
                yield
        except sqlite3.Error as error:
            raise ArxonomyError(
                f"cannot write {self._path}: {error}; the same command continues once it can be written"
            ) from error

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def delete(self) -> None:
        """Close the file and delete it."""
        self.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def get_place(self, name: str) -> str | None:
        """Get the place at which a part of the harvest continues; None if it has not begun."""
        row = self._base.execute("SELECT place FROM places WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_places(self, places: Mapping[str, str]) -> None:
        """Set the places at which parts of the harvest continue."""
        self.add((), places=places)

    def add(
        self,
        papers: Iterable[tuple[str, Record]],
        *,
        deleted: Iterable[str] = (),
        places: Mapping[str, str] | None = None,
    ) -> None:
        """Add papers and set places, all or nothing.

        Args:
            papers: The day of the last change, and the record; one that is there with a later day stays.
            deleted: Ids to remove.
            places: Part of the harvest -> where it continues.
        """
        with self._write():
            self._base.executemany(
                "INSERT INTO papers VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "day = excluded.day, published = excluded.published, json = excluded.json "
                "WHERE excluded.day >= papers.day",
                ((record.id, day, record.published, record.to_json()) for day, record in papers),
            )
            self._base.executemany("DELETE FROM papers WHERE id = ?", ((name,) for name in deleted))
            self._base.executemany(
                "INSERT INTO places VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET place = excluded.place",
                (places or {}).items(),
            )

    def find_days(self, names: Iterable[str]) -> dict[str, str]:
        """Find the days of the last change of papers: id -> day, of those that are there."""
        rows = self._base.execute(
            "SELECT id, day FROM papers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*names]),)
        )
        return dict(rows)

    def count(self) -> int:
        """Count the papers."""
        return int(self._base.execute("SELECT count(*) FROM papers").fetchone()[0])

    def add_listed(self, names: Iterable[str]) -> None:
        """Remember, for as long as this process lives, that a list of arXiv's names these ids."""
        with self._write():
            self._base.executemany("INSERT OR IGNORE INTO listed VALUES (?)", ((name,) for name in names))

    def count_listed(self) -> int:
        """Count the different ids that lists of arXiv's have named."""
        return int(self._base.execute("SELECT count(*) FROM listed").fetchone()[0])

    def list_ids(self, first: str = "") -> Iterator[str]:
        """List the ids in order, of papers whose first version is of a day or later."""
        rows = self._base.execute(
            "SELECT id FROM papers WHERE published >= ? OR ? = '' ORDER BY id", (first, first)
        )
        return (str(name) for (name,) in rows)

    def list_json(self) -> Iterator[bytes]:
        """List the papers as JSON, in the order in which they were first harvested."""
        return (bytes(line) for (line,) in self._base.execute("SELECT json FROM papers ORDER BY rowid"))
