"""Many files in, a folder of Parquet out; what is done already is not done again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arxonomy.bulk.folder import OutputFolder, ShardMarker
from arxonomy.bulk.plan import Plan, Shard
from arxonomy.bulk.workers import Done, Event, Failed, ModelSource, run_workers, work
from arxonomy.errors import ArxonomyError, InputError


@dataclass(frozen=True)
class Share:
    """One of several equal shares of the shards, as of a job array of a cluster."""

    number: int
    """Which, from 1."""
    count: int
    """How many there are."""

    def choose(self, shards: Sequence[Shard]) -> list[Shard]:
        """Choose this share's shards: every `count`-th, so that each share has some of each file."""
        return list(shards[self.number - 1 :: self.count])


ALL = Share(1, 1)
"""All shards."""

Engine = Callable[[Sequence[Shard], int, Callable[..., Any], Sequence[Any]], Iterator[Event]]
"""What `run_workers` is: shards, processes at a time, what each does, further arguments -> what happens."""


@dataclass(frozen=True)
class BulkSummary:
    """What a run did, and what is still to be done."""

    papers: int
    """Papers with an answer, in the shards of this run; those that an earlier one did count too."""
    abstained: int
    """Those of them without a category."""
    bad_records: int
    """Records of these shards without an answer."""
    shards: int
    """Shards of this run that are done."""
    resumed: int
    """Those of them that an earlier run did."""
    missing: int
    """Shards of the whole that are not done yet, in this run's share and in others."""
    seconds: float
    """Time that this run took, without the plan."""
    new_papers: int
    """Papers that it classified."""
    failed: tuple[Failed, ...] = ()
    """Shards that could not be done, and why."""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as an object of JSON."""
        return asdict(self)


def classify_files(
    plan: Plan,
    source: ModelSource,
    folder: OutputFolder,
    *,
    workers: int,
    share: Share = ALL,
    engine: Engine | None = None,
    on_start: Callable[[Sequence[Shard], Sequence[Shard]], None] = lambda shards, missing: None,
    on_event: Callable[[Event], None] = lambda event: None,
    function: Callable[..., Any] = work,
) -> BulkSummary:
    """Classify the papers of a plan, shard by shard, each in one of several processes.

    Args:
        plan: The plan.
        source: The model, as the plan describes it.
        folder: Where answers are written; locked until it is closed.
        workers: Processes, >= 1.
        share: The share of the shards to do.
        engine: What gives the shards to processes; None: `run_workers`, on this machine.
        on_start: Called with the shards of the share, and those that are not done yet.
        on_event: Called for what happens to shards.
        function: What a worker does; another one in tests.

    Raises:
        SettingsError: The folder is of another plan, or another run is at work on a shard of the share.
        ArxonomyError: Nothing can be written, or the model cannot be loaded; finished shards stay.
        InputError: A file has changed meanwhile.
    """
    folder.settle_plan(plan)
    before = [_describe_file(file.path) for file in plan.inputs]
    shards = share.choose(plan.shards)
    folder.lock(plan, shards)
    found = {shard.name: folder.read_marker(shard) for shard in shards}
    markers: list[ShardMarker] = [marker for marker in found.values() if marker is not None]
    missing = [shard for shard in shards if found[shard.name] is None]
    for shard in missing:
        folder.get_marker(shard).unlink(missing_ok=True)  # it is of answers that are damaged
    resumed, failed, new_papers = len(markers), [], 0
    on_start(shards, missing)
    start = time.monotonic()
    try:
        run = engine or run_workers
        for event in run(missing, workers, function, (source, plan.options, folder.path)):
            on_event(event)
            if isinstance(event, Done):
                markers.append(event.marker)
                new_papers += event.marker.papers
            elif isinstance(event, Failed):
                if event.stops:
                    raise ArxonomyError(f"{event.reason}\nfinished shards stay, and the same command resumes")
                failed.append(event)
    finally:
        folder.remove_leftovers(missing)  # of workers that were ended while they wrote
    for file, first in zip(plan.inputs, before, strict=True):
        if _describe_file(file.path) not in (None, first):
            raise InputError(
                f"{file.path} has changed while it was read, so that its answers may be wrong; begin again "
                "in another folder"
            )
    return BulkSummary(
        papers=sum(marker.papers for marker in markers),
        abstained=sum(marker.abstained for marker in markers),
        bad_records=sum(marker.bad_records for marker in markers),
        shards=len(markers),
        resumed=resumed,
        missing=sum(not folder.is_marked(shard) for shard in plan.shards),
        seconds=time.monotonic() - start,
        new_papers=new_papers,
        failed=tuple(failed),
    )


def _describe_file(path: str) -> tuple[int, int] | None:
    """Size and time of the last change; None for a file that is gone, whose shards fail by themselves."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
