"""Runs of the counting model: quick, since they load no saved model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from counting_model import make_classifier

from arxonomy.bulk import (
    BulkSummary,
    Done,
    Event,
    ModelSource,
    Options,
    OutputFolder,
    Progress,
    Shard,
    classify_files,
    make_plan,
)
from arxonomy.bulk.bulk import ALL
from arxonomy.bulk.shards import classify_shard


def run_here(
    shards: Sequence[Shard], count: int, function: None, arguments: tuple[ModelSource, Options, Path]
) -> Iterator[Event]:
    """What `run_workers` does, in this process."""
    _, options, out = arguments
    for shard in shards:
        counts: list[int] = []
        marker = classify_shard(make_classifier(), shard, options, OutputFolder(out), counts.append)
        yield from map(Progress, counts)
        yield Done(marker)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., BulkSummary]:
    """`run(files, "out", shard_size=3)`: a run of the counting model into a folder of `tmp_path`.

    It is in this process, unless there is a `function` for workers.
    """

    def run(
        files: Sequence[Path | str],
        out: str | Path = "out",
        *,
        function: Callable[..., None] | None = None,
        workers: int = 1,
        **arguments: Any,
    ) -> BulkSummary:
        own = {name: arguments.pop(name) for name in ("share", "on_event") if name in arguments}
        plan = make_plan([str(file) for file in files], make_classifier(), Options(**arguments))
        folder = OutputFolder(tmp_path / out)
        with monkeypatch.context() as patch:
            if function is None:
                patch.setattr("arxonomy.bulk.bulk.run_workers", run_here)
            try:
                return classify_files(
                    plan,
                    ModelSource(None),
                    folder,
                    workers=workers,
                    function=function,
                    **{"share": ALL, **own},
                )
            finally:
                folder.close()

    return run
