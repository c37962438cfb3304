"""What a run was made from, as `run.json` states it, and whether it is resumed with the same."""

from __future__ import annotations

import hashlib
import logging
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from arxonomy.advice import name_option
from arxonomy.artifacts.facts import DataInfo, RunInfo, VectorsInfo, describe_files
from arxonomy.artifacts.network_features import describe_network
from arxonomy.artifacts.origin_facts import ModelSource, Origins
from arxonomy.artifacts.own_taxonomy import read_own_taxonomy
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.atomic import hash_file
from arxonomy.config.overrides import Tree
from arxonomy.errors import RunError
from arxonomy.messages import format_count
from arxonomy.papers import read_split
from arxonomy.papers.dates import find_months
from arxonomy.records import AnyPath
from arxonomy.text.subwords import get_companion
from arxonomy.training.job import TrainingJob
from arxonomy.version import __version__

_LOG = logging.getLogger(__name__)
_ABSENT = "absent"


def describe(job: TrainingJob) -> RunInfo:
    """Describe any run for its `run.json`: the papers, what it is made from, versions and the command."""
    dataset = job.dataset
    return RunInfo(
        **_describe_origins(job),
        arxonomy=__version__,
        recipe=job.recipe.name,
        labels=tuple(dataset.labels),
        data=DataInfo(
            name=dataset.name,
            sha256=dataset.sha256,
            papers=len(dataset.papers),
            bad_records=dataset.bad,
            columns=dict(dataset.columns),
            **({} if dataset.encoding is None else {"encoding": dataset.encoding}),
            **({"files": files} if (files := describe_files(dataset.files)) else {}),
            **({"last_month": month} if (month := _find_last_month(job)) else {}),
        ),
        vectors=_describe_vectors(job.vectors),
        versions={"python": platform.python_version(), **_describe_torch(), "numpy": np.__version__},
        command=tuple(job.command) or tuple(sys.argv),
        seed=job.recipe.training.seed,
    )


def _find_last_month(job: TrainingJob) -> str | None:
    """Find the month of the newest paper that the model sees, or that the one before it has seen."""
    months = [month for part in ("train", "validation") for month in find_months(job.papers(part))]
    if job.init is not None:
        months.append(open_model(job.init).last_month or "")
    return max(months, default="") or None


def _describe_torch() -> dict[str, str]:
    """The version of PyTorch where it is installed; importing it would take seconds."""
    try:
        return {"torch": version("torch")}
    except PackageNotFoundError:
        return {}


def describe_init(path: AnyPath) -> ModelSource:
    """Describe the run or the bundle that a network starts from.

    Raises:
        ArxonomyError: It is damaged.
    """
    saved = open_model(path)
    if saved.sha256 is None:
        return describe_source(Run(path))
    return ModelSource(name=saved.path.resolve().name, recipe=saved.name, sha256=saved.sha256)


def describe_source(run: Run) -> ModelSource:
    """Describe a finished run that another one is made from.

    Raises:
        RunError: It is damaged.
    """
    hashes = "".join(hash_file(member.weights) for member in run.members())
    one = len(hashes) == 64
    sha256 = hashes if one else hashlib.sha256(hashes.encode()).hexdigest()
    return ModelSource(name=run.folder.resolve().name, recipe=run.info().recipe, sha256=sha256)


def _describe_origins(job: TrainingJob) -> dict[str, Any]:
    origins: dict[str, Any] = {} if job.init is None else {"init": describe_init(job.init)}
    if job.teaching is not None:
        origins |= {"teachers": job.teaching.teachers, "unlabeled": job.teaching.unlabeled}
    if job.recipe.baseline is not None and job.recipe.baseline.kind == "network-head":
        origins["network"] = describe_network(job.recipe.baseline)
    return origins


def _describe_vectors(vectors: AnyPath | None) -> VectorsInfo:
    if vectors is None:
        return VectorsInfo(path=None, sha256=None, subwords_sha256=None)
    subwords = get_companion(vectors)
    return VectorsInfo(
        path=str(vectors),
        sha256=hash_file(vectors),
        subwords_sha256=hash_file(subwords) if subwords.is_file() else None,
    )


def check_same(run: Run, job: TrainingJob) -> None:
    """Make sure that a run is resumed with what it was started with.

    Raises:
        RunError: The papers, columns, settings, split, taxonomy or word vectors are others.
    """
    info, saved, dataset = run.info(), run.recipe(), job.dataset
    if info.data.sha256 != dataset.sha256:
        raise RunError(
            f"{run.folder} was trained on {info.data.name} (sha256 {info.data.sha256[:12]}...), "
            f"not on {dataset.source} ({dataset.sha256[:12]}...); "
            + ("give these files in this order" if info.data.files else "give that file")
            + f", or another {name_option('--out')}"
        )
    if (columns := info.data.columns) != dataset.columns:
        raise RunError(
            f"{run.folder} was started with the columns {columns or 'found by their names'}; give the same "
            f"with {name_option('--column')}, or another {name_option('--out')}"
        )
    if (encoding := info.data.encoding) != dataset.encoding:
        raise RunError(
            f"{run.folder} was started with the encoding {encoding or 'found in the file'}; give the same "
            f"with {name_option('--encoding')}, or another {name_option('--out')}"
        )
    started_with, asked = (recipe.model_dump(exclude={"tune"}) for recipe in (saved, job.recipe))
    if started_with != asked:
        difference = find_first_difference(started_with, asked)
        raise RunError(
            f"{run.folder} was started with other settings ({difference}); give the same, or another "
            f"{name_option('--out')}"
        )
    check_same_origins(run, Origins(**_describe_origins(job)))
    if (read_split(run.split, dataset.papers) != job.parts).any():
        raise RunError(
            f"{run.folder} was started with another split; give the same, or another {name_option('--out')}"
        )
    if (taxonomy := read_own_taxonomy(run.folder)) != job.taxonomy:
        name = f"the taxonomy {taxonomy.name}" if taxonomy else "no taxonomy"
        raise RunError(
            f"{run.folder} was started with {name}; give the same with {name_option('--taxonomy')}, or "
            f"another {name_option('--out')}"
        )
    started, given = info.vectors, _describe_vectors(job.vectors)
    if (started.sha256, started.subwords_sha256) != (given.sha256, given.subwords_sha256):
        raise RunError(
            f"{run.folder} was started with other word vectors or subwords ({started.path or 'none'}), "
            f"not with {job.vectors}; give that file, or another {name_option('--out')}"
        )


def check_same_origins(run: Run, origins: Origins) -> None:
    """Make sure that a run is resumed with the first weights, teachers and unlabeled papers of its start.

    Raises:
        RunError: They are others.
    """
    started = run.info()
    if started.hash_origins() != origins.hash_origins():
        raise RunError(
            f"{run.folder} was started with {_name_origins(started)}, not with {_name_origins(origins)}; "
            f"give the same, or another {name_option('--out')}"
        )


def _name_origins(origins: Origins) -> str:
    return "; ".join(f"{what}: {name}" for what, name in origins.list_origins().items()) or "labels alone"


def check_same_processes(run: Run, processes: int) -> None:
    """Make sure that a run is resumed by as many processes as have started it: their batches are theirs.

    Raises:
        RunError: They are more or fewer.
    """
    if (started := run.info().processes) != processes:
        how = f"start {started} with torchrun" if started > 1 else "run the command without torchrun"
        raise RunError(
            f"{run.folder} was started by {format_count(started, 'process', 'processes')}, not by "
            f"{processes:,}; {how}, or give another {name_option('--out')}"
        )


def log_machine_changes(info: RunInfo, device: str, precision: str) -> None:
    """Log what has changed of what moves the last bits of a sum, and so a resumed run's weights."""
    import torch

    machine = (
        ("device", info.device, device),
        ("precision", info.precision, precision),
        ("threads", info.threads, torch.get_num_threads()),
    )
    changed = [f"{name} was {old}, is {new}" for name, old, new in machine if old != new]
    if changed:
        _LOG.info(
            "note: %s: the weights will not be those of an unbroken run to the last bit", "; ".join(changed)
        )


def find_first_difference(saved: Tree, given: Tree, path: str = "") -> str:
    """Name the first setting that differs between two trees, with both values; one tree may lack it."""
    keys = [*saved, *given]
    key = next(key for key in keys if saved.get(key, _ABSENT) != given.get(key, _ABSENT))
    old, new = saved.get(key), given.get(key)
    if isinstance(old, dict) and isinstance(new, dict):
        return find_first_difference(old, new, f"{path}{key}.")
    was, now = (repr(tree[key]) if key in tree else _ABSENT for tree in (saved, given))
    return f"{path}{key} was {was}, is {now}"
