"""Shards spread over the machines of a Ray cluster: the same files as by processes of one machine.

Each shard is a task. Ray runs it again where its process or its machine dies; what it had written by then is
no shard, since a marker is written last. All machines must see the files and OUT under the same paths.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from platform import node
from types import ModuleType
from typing import Any

from arxonomy.advice import Interface, advise_option, use_interface
from arxonomy.bulk.folder import OutputFolder
from arxonomy.bulk.plan import Options, Plan, Shard, find_instructions
from arxonomy.bulk.workers import TRIES, Done, Event, Failed, ModelSource, load_source
from arxonomy.errors import ArxonomyError, InputError, needs_extra
from arxonomy.inference import Classifier

ADDRESS = "RAY_ADDRESS"
"""Ray's own variable for the cluster to connect to; without it, one is started on this machine."""

MOST_TASKS = 100_000
"""Tasks at a time where a cluster has that many cores."""

_loaded: dict[str, Classifier] = {}  # in a process of the cluster: the model that it has loaded


def work_on_ray(shard: Shard, source: ModelSource, options: Options, out: Path) -> Event:
    """Classify a shard in a process of the cluster, on one thread; the model is loaded once a process.

    Args:
        shard: The shard.
        source: The model.
        options: What is asked of the papers.
        out: The folder of the answers.
    """
    from arxonomy.bulk.shards import classify_shard

    with use_interface(Interface.COMMAND_LINE):
        try:
            folder = OutputFolder(out)
            return Done(classify_shard(_load_once(source, folder), shard, options, folder))
        except InputError as error:
            return Failed(shard.name, str(error))
        except ArxonomyError as error:
            return Failed(shard.name, str(error), stops=True)


def _load_once(source: ModelSource, folder: OutputFolder) -> Classifier:
    key = repr((source, folder.path))
    if key not in _loaded:
        plan = Plan.model_validate_json(folder.manifest.read_bytes())
        if plan.instructions and plan.instructions != find_instructions():
            raise ArxonomyError(
                f"expected machines of one kind, found that {node()} has other instructions than the one "
                "that made the plan, so that its probabilities would differ in the last digits; leave it out "
                f"of the cluster, or begin in another folder with {advise_option('--any-processor', True)}"
            )
        _loaded.clear()
        _loaded[key] = load_source(source)
    return _loaded[key]


def run_on_ray(
    shards: Sequence[Shard], count: int, function: Any, arguments: Sequence[Any]
) -> Iterator[Event]:
    """Have shards done by a Ray cluster; tasks that still run are cancelled with the iterator.

    Args:
        shards: The shards, in the order in which they are begun.
        count: Tasks at a time, at most; there are never more than the cluster has cores but for one, which is
            left to Ray and to this process.
        function: What a task does, `work_on_ray` outside of tests.
        arguments: Its further arguments.

    Yields:
        What happens; a Done or a Failed for each shard, unless one stops all.

    Raises:
        ModuleNotFoundError: Ray is not installed.
        ArxonomyError: There is no cluster at the address.
    """
    ray = _connect()
    count = min(count, max(1, int(ray.cluster_resources().get("CPU", 1)) - 1))
    task = ray.remote(function).options(num_cpus=1, max_retries=TRIES - 1)
    waiting, running = deque(shards), dict[Any, Shard]()
    try:
        while waiting or running:
            while waiting and len(running) < count:
                shard = waiting.popleft()
                running[task.remote(shard, *arguments)] = shard
            ready, _ = ray.wait(list(running), num_returns=1)
            shard = running.pop(ready[0])
            try:
                event: Event = ray.get(ready[0])
            except ray.exceptions.RayError as error:
                event = Failed(shard.name, _describe_error(error))
            yield event
            if isinstance(event, Failed) and event.stops:
                return
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _connect() -> ModuleType:
    with needs_extra("ray", "a Ray cluster"):
        import ray
    if not ray.is_initialized():
        try:
            # Its dashboard is a server through which any client can run programs.
            ray.init(
                address=os.environ.get(ADDRESS) or "local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = os.environ.get(ADDRESS, "this machine")
            raise ArxonomyError(
                f"cannot reach a Ray cluster at {where}: {error}; start one with `ray start --head`, or "
                f"unset {ADDRESS} to use the cores of this machine"
            ) from error
    return ray


def _describe_error(error: Exception) -> str:
    """Say in one line why a task has failed, without the colors of Ray's messages."""
    cause = getattr(error, "cause", None)  # of an error in the task itself
    if isinstance(cause, BaseException):
        return f"{type(cause).__name__}: {cause}"
    first = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
    return f"its task failed {TRIES} times: {first}"
