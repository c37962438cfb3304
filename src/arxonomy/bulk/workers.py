"""Processes that are given shards one by one; one that dies is replaced, and its shard is tried once more.

    parent                                   worker
    Shard, or None: no more        ────▶
                                   ◀────     Progress ... Done | Failed

A ProcessPoolExecutor would do if it did not give up as a whole when one of its processes is killed.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from arxonomy.advice import Interface, use_interface
from arxonomy.bulk.folder import OutputFolder, ShardMarker
from arxonomy.bulk.plan import Options, Shard
from arxonomy.errors import ArxonomyError, InputError
from arxonomy.messages import log_to_stderr
from arxonomy.platforms import hold_interrupt, was_killed

if TYPE_CHECKING:
    from arxonomy.inference import Classifier

TRIES = 2
"""Times that a shard is given to a worker that then dies."""


@dataclass(frozen=True)
class Progress:
    """Some papers were classified."""

    papers: int
    """Since the last message; negative for those of a shard that is begun again."""


@dataclass(frozen=True)
class Done:
    """A shard is done."""

    marker: ShardMarker
    """Its marker."""


@dataclass(frozen=True)
class Failed:
    """A shard is not done."""

    shard: str
    """Its name."""
    reason: str
    """Why."""
    stops: bool = False
    """Whether no other shard could be done either, as on a full disk."""


@dataclass(frozen=True)
class Retried:
    """A worker died, and its shard will be tried once more."""

    shard: str
    """The shard's name."""
    reason: str
    """How it died."""


Event = Progress | Done | Failed | Retried
"""What is reported of shards."""


@dataclass(frozen=True)
class ModelSource:
    """What a worker loads; the arguments of `load`."""

    path: Path | None
    """Bundle or run folder; None: that of the package, wherever this process has it."""
    among: Mapping[str, Sequence[str]] | None = None
    """The view."""
    prior: Mapping[str, float] | None = None
    """Shares of all categories."""


def load_source(source: ModelSource) -> Classifier:
    """Load the classifier of a worker, on one thread."""
    from arxonomy.artifacts.bundle import find_packaged_bundle
    from arxonomy.inference import load

    path = source.path or find_packaged_bundle()
    return load(path, among=source.among, prior=source.prior, threads=1)


Work = Callable[..., None]
"""A function of a worker: its connection, and further arguments."""


def work(connection: Connection, source: ModelSource, options: Options, out: Path) -> None:
    """Classify the shards that come over a connection, on one thread, until there is none or no parent."""
    _begin()
    name = ""
    try:
        with log_to_stderr(), use_interface(Interface.COMMAND_LINE):
            from arxonomy.bulk.shards import classify_shard

            folder = OutputFolder(out)
            classifier = load_source(source)
            while (shard := connection.recv()) is not None:
                name = shard.name
                try:
                    marker = classify_shard(
                        classifier,
                        shard,
                        options,
                        folder,
                        lambda count: connection.send(Progress(count)),
                    )
                except InputError as error:
                    connection.send(Failed(name, str(error)))
                else:
                    connection.send(Done(marker))
    except ArxonomyError as error:
        connection.send(Failed(name, str(error), stops=True))
    except (BrokenPipeError, MemoryError):  # the parent sees that this process has ended
        os._exit(1)


def _begin() -> None:
    """Set up a worker's process, before NumPy is imported."""
    os.environ["OMP_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends them
    gc.set_threshold(100_000)  # as the command line does: predictions are many objects and no garbage
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    shard: Shard
    tries: int
    reported: int = 0

    def give(self, shard: Shard, tries: int) -> None:
        self.shard, self.tries, self.reported = shard, tries, 0
        with suppress(OSError):  # where it has died, its connection tells
            self.connection.send(shard)

    def end(self) -> None:
        with suppress(OSError):
            self.connection.send(None)
        self.connection.close()
        self.process.join()

    def describe_death(self) -> str:
        self.process.join()
        code = self.process.exitcode
        if was_killed(code):
            return "its worker was killed, as the system does where memory is short; try fewer workers"
        return f"its worker ended with exit status {code}"


def run_workers(
    shards: Sequence[Shard], count: int, function: Work, arguments: Sequence[Any]
) -> Iterator[Event]:
    """Have shards done by processes; these are ended with the iterator.

    Args:
        shards: The shards, in the order in which they are begun.
        count: Processes at a time, >= 1.
        function: What each process does, `work` outside of tests.
        arguments: Its further arguments.

    Yields:
        What happens; a Done or a Failed for each shard, unless one stops all.
    """
    waiting = deque((shard, 1) for shard in shards)
    busy: dict[Connection, _Worker] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < count:
                worker = _start_worker(*waiting.popleft(), function, arguments)
                busy[worker.connection] = worker
            for connection in cast(list[Connection], wait(list(busy))):
                worker = busy[connection]
                try:
                    event: Event = connection.recv()
                except (EOFError, OSError):
                    del busy[connection]
                    reason = worker.describe_death()
                    connection.close()
                    yield Progress(-worker.reported)
                    if worker.tries < TRIES:
                        waiting.append((worker.shard, worker.tries + 1))  # last: then memory may be free
                        yield Retried(worker.shard.name, reason)
                    else:
                        yield Failed(worker.shard.name, reason)
                    continue
                yield event
                if isinstance(event, Progress):
                    worker.reported += event.papers
                elif isinstance(event, Failed) and event.stops:
                    return
                elif waiting:
                    worker.give(*waiting.popleft())
                else:
                    del busy[connection]
                    worker.end()
    finally:
        for worker in busy.values():
            worker.process.kill()
            worker.process.join()


def _start_worker(shard: Shard, tries: int, function: Work, arguments: Sequence[Any]) -> _Worker:
    # Not forked: a copy of threads' locks may never be unlocked.
    context = get_context("spawn")
    ours: Any  # on Windows a `PipeConnection`, which does the same
    theirs: Any
    ours, theirs = context.Pipe()
    process = context.Process(target=function, args=(theirs, *arguments), daemon=True)
    with hold_interrupt():  # the worker is not interrupted before it ignores that
        process.start()
    theirs.close()  # else its end would not be seen
    worker = _Worker(process, ours, shard, tries)
    worker.give(shard, tries)
    return worker
