"""The folder that a run writes: what is where, what is done already, and that two runs never do the same.

OUT/shard-00000.parquet                answers; readers of a folder as one table see these files alone
OUT/_arxonomy/manifest.json            the plan
OUT/_arxonomy/shard-00000.json         the marker of a shard that is done
OUT/_arxonomy/shard-00000.bad.jsonl    its bad records, if it has any
OUT/_arxonomy/lock                     locked by the runs that are at work; always empty

A marker is written last, and holds the hash of the answers: a shard without a valid one is done again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from arxonomy.atomic import PARTIAL, hash_file, write_atomic
from arxonomy.bulk.plan import Plan, Shard, check_same
from arxonomy.errors import ArxonomyError, InputError, SettingsError
from arxonomy.messages import say
from arxonomy.platforms import lock_byte, unlock_byte

FORMAT_ERROR = "expected the plan of a run as `arxonomy bulk` writes it"


class ShardMarker(BaseModel):
    """What is known of a shard that is done; the same whenever, and by however many processes, it was.

    With a plan that allows any processor it is the same for the same processor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shard: str
    """Its name."""
    papers: int
    """Papers with an answer."""
    abstained: int
    """Those of them without a category."""
    bad_records: int
    """Records without an answer, which the file of bad records names."""
    sha256: str
    """Hash of the answers."""
    notes: tuple[str, ...] = ()
    """What is odd about its file as a whole; of a file in several shards, the first alone has them."""
    missing_columns: tuple[str, ...] = ()
    """Columns to keep that none of its papers has."""
    instructions: tuple[str, ...] | None = None
    """Those of the processor that did it, where the plan allows any; None: those of the plan."""


class OutputFolder:
    """The folder that a run writes.

    Args:
        path: The folder, which need not be there.

    Raises:
        SettingsError: It holds other files.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts = path / "_arxonomy"
        self.manifest = self.facts / "manifest.json"
        self._lock_file: IO[bytes] | None = None
        if path.is_dir() and not self.facts.is_dir() and any(path.iterdir()):
            raise SettingsError(
                f"{path} holds other files; expected a new or an empty folder, or one of bulk"
            )

    def get_answers(self, shard: Shard) -> Path:
        """Get the path of a shard's answers."""
        return self.path / f"{shard.name}.parquet"

    def get_bad_records(self, shard: Shard) -> Path:
        """Get the path of a shard's bad records."""
        return self.facts / f"{shard.name}.bad.jsonl"

    def get_marker(self, shard: Shard) -> Path:
        """Get the path of a shard's marker."""
        return self.facts / f"{shard.name}.json"

    def read_marker(self, shard: Shard) -> ShardMarker | None:
        """Read a shard's marker; None where it is not done: no marker, or other answers than it says."""
        try:
            marker = ShardMarker.model_validate_json(self.get_marker(shard).read_bytes())
            same = hash_file(self.get_answers(shard)) == marker.sha256
        except (OSError, ValidationError, InputError):
            return None
        bad_is_there = not marker.bad_records or self.get_bad_records(shard).is_file()
        return marker if same and bad_is_there and marker.shard == shard.name else None

    def is_marked(self, shard: Shard) -> bool:
        """Whether a shard has a marker; unlike `read_marker`, this does not read its answers."""
        return self.get_marker(shard).is_file()

    def write_marker(self, shard: Shard, marker: ShardMarker) -> None:
        """Write a shard's marker, atomically.

        Raises:
            ArxonomyError: It cannot be written.
        """
        write_atomic(self.get_marker(shard), marker.model_dump_json(indent=1) + "\n")

    def settle_plan(self, plan: Plan) -> None:
        """Make the folder and write the plan, or make sure that the one that is there is the same.

        Raises:
            SettingsError: It is another one.
            InputError: It cannot be read.
            ArxonomyError: It cannot be written.
        """
        try:
            self.facts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArxonomyError(f"cannot write {self.path}: {error.strerror or error}") from error
        with self._lock_plan():
            _remove_partial(self.facts, [self.manifest.name])
            if not self.manifest.exists():
                write_atomic(self.manifest, plan.model_dump_json(indent=1) + "\n")
                return
            try:
                found = Plan.model_validate_json(self.manifest.read_bytes())
            except (OSError, ValidationError) as error:
                raise InputError(
                    f"{self.manifest}: {FORMAT_ERROR}, found something else; give another folder"
                ) from error
            check_same(plan, found, self.path)

    def lock(self, plan: Plan, shards: Sequence[Shard]) -> None:
        """Lock shards for as long as this process lives, and remove what killed runs left of them.

        Raises:
            SettingsError: Another run is at work on one of them.
        """
        names = {shard.name for shard in shards}
        for place, shard in enumerate(plan.shards, start=1):  # place 0 is the plan's
            if shard.name in names and not self._lock_place(place, wait=False):
                raise SettingsError(
                    f"another run is at work on {self.path} ({shard.name}); wait until it ends, or give "
                    "each run a share of its own, all of the same number of shares"
                )
        self.remove_leftovers(shards)

    def remove_leftovers(self, shards: Iterable[Shard]) -> None:
        """Remove what processes that were killed have left of shards that no process does now."""
        names = [shard.name for shard in shards]
        _remove_partial(self.path, [f"{name}.parquet" for name in names])
        _remove_partial(self.facts, [f"{name}{end}" for name in names for end in (".json", ".bad.jsonl")])

    def close(self) -> None:
        """Give up all locks."""
        if self._lock_file is not None:
            self._lock_file.close()

    @contextmanager
    def _lock_plan(self) -> Iterator[None]:
        self._lock_place(0, wait=True)
        try:
            yield
        finally:
            if self._lock_file is not None:
                unlock_byte(self._lock_file.fileno(), 0)

    def _lock_place(self, place: int, wait: bool) -> bool:
        """Lock one byte of the lock file, which is opened once, until this process dies."""
        if self._lock_file is None:
            self._lock_file = (self.facts / "lock").open("ab")
        try:
            return lock_byte(self._lock_file.fileno(), place, wait=wait)
        except OSError:
            if place == 0:
                say(
                    f"note: {self.path} is on a file system without locks; make sure yourself that no two "
                    "runs do the same shards"
                )
            return True


def _remove_partial(folder: Path, names: Iterable[str]) -> None:
    """Remove the temporary folders in which a process that was killed was writing these files."""
    wanted = set(names)
    for leftover in folder.glob(f".*{PARTIAL}"):
        if leftover.name[1:].removesuffix(PARTIAL).rpartition(".")[0] in wanted:
            shutil.rmtree(leftover, ignore_errors=True)
