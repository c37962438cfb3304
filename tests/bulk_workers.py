"""Functions of worker processes for tests: `work` with a model that counts words, and ways to die."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from counting_model import make_classifier

from arxonomy.bulk import (
    ModelSource,
    Options,
    OutputFolder,
    Progress,
    Shard,
    classify_files,
    make_plan,
)
from arxonomy.bulk.workers import work
from arxonomy.writing.records import ParquetWriter


def count_words(connection: Connection, *arguments: Any) -> None:
    """`work`, with the counting model."""
    from arxonomy import inference

    inference.load = lambda *arguments, **options: make_classifier()
    work(connection, *arguments)


def die_once(connection: Connection, source: Any, options: Any, out: Path) -> None:
    """The second shard kills its worker the first time, as the system does where memory is short."""

    def die(shard: Shard) -> None:
        trace = out / "_arxonomy" / "died"
        if shard.name == "shard-00001" and not trace.exists():
            trace.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    _call_before_shards(die)
    count_words(connection, source, options, out)


def die_always(connection: Connection, *arguments: Any) -> None:
    """The second shard kills its worker each time."""

    def die(shard: Shard) -> None:
        if shard.name == "shard-00001":
            connection.send(Progress(1))
            os.kill(os.getpid(), signal.SIGKILL)

    _call_before_shards(die)
    count_words(connection, *arguments)


def run_out_of_memory(connection: Connection, *arguments: Any) -> None:
    """There is no memory for any shard."""

    def fail(shard: Shard) -> None:
        raise MemoryError

    _call_before_shards(fail)
    count_words(connection, *arguments)


def fill_disk(connection: Connection, source: Any, options: Any, out: Path) -> None:
    """The disk is full when the second shard is written."""
    finish = ParquetWriter.finish

    def fail(self: ParquetWriter) -> None:
        if list(out.glob("*.parquet")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finish(self)

    ParquetWriter.finish = fail
    count_words(connection, source, options, out)


def _call_before_shards(function: Callable[[Shard], None]) -> None:
    from arxonomy.bulk import shards

    classify = shards.classify_shard

    def classify_shard(classifier: Any, shard: Shard, *arguments: Any) -> Any:
        function(shard)
        return classify(classifier, shard, *arguments)

    shards.classify_shard = classify_shard


def count_words_slowly(connection: Connection, *arguments: Any) -> None:
    """Like `count_words`, with time to be killed before, while and after answers are written."""
    from arxonomy.bulk import shards

    hash_file = shards.hash_file

    def hash_slowly(path: Path) -> str:
        time.sleep(0.02)
        return hash_file(path)

    shards.hash_file = hash_slowly
    _call_before_shards(lambda shard: time.sleep(0.01))
    count_words(connection, *arguments)


def main() -> None:
    """Run over a file into a folder, in shards of 6 papers and by as many workers as asked for."""
    file, out, workers = sys.argv[1:]
    plan = make_plan([file], make_classifier(), Options(shard_size=6))
    folder = OutputFolder(Path(out))
    summary = classify_files(
        plan, ModelSource(None), folder, workers=int(workers), function=count_words_slowly
    )
    sys.exit(len(summary.failed))
