"""The plan of a run: its inputs cut into shards, and all else that its answers depend on.

The answers of a shard are a pure function of the plan. A later run resumes only with an equal one, so that a
folder never holds answers of two kinds.
"""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from arxonomy.advice import advise_option
from arxonomy.atomic import hash_file
from arxonomy.errors import InputError, NoPapersError, SettingsError
from arxonomy.inference import Classifier
from arxonomy.messages import list_some
from arxonomy.output import check_parquet
from arxonomy.papers import SlicedFile, check_readable_twice, read_papers, slice_file
from arxonomy.papers.files import combine_hashes
from arxonomy.papers.sources.file_slice import FileSlice
from arxonomy.records import TOP_K, Paper
from arxonomy.version import __version__

SHARD_SIZE = 20_000
"""Papers in a shard: half a minute of one core, and a file of a few megabytes."""

_SHOWN = 3  # differences that a message names


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Options(_Facts):
    """What is asked of the papers; the fields are those of `Classifier.classify` and of `read_papers`."""

    top_k: int = TOP_K
    """Categories of an answer."""
    min_confidence: float | None = None
    """Probability that the best category must reach."""
    level: str | None = None
    """The level of the hierarchy to answer at."""
    back_off: float | None = None
    """Probability that an answer at a level must reach."""
    columns: dict[str, str] = {}
    """Field of a paper -> the files' column."""
    encoding: str | None = None
    """The encoding of texts."""
    keep_columns: tuple[str, ...] = ()
    """Columns of the files that the answers have too, as text."""
    shard_size: int = SHARD_SIZE
    """Most papers of a shard, where a file can be cut."""
    any_processor: bool = False
    """Whether processors of several kinds may work on it. All compute in float32, so that probabilities
    differ in their last digits, and files are no longer the same to the byte."""


class Model(_Facts):
    """The model, the view of it and the class prior."""

    name: str
    """Its recipe; several models are joined by ` + `."""
    sha256: str
    """Hash of all its files."""
    weights: str
    """How its weights are stored: float32 or packed; they are computed with in 32 bits."""
    view: dict[str, tuple[str, ...]] | None = None
    """Category -> the labels that it is made of, with `--among`."""
    prior: tuple[float, ...] | None = None
    """Share of each category, with `--prior`."""


class InputFile(_Facts):
    """A file of papers."""

    path: str
    """The file as it was given."""
    bytes: int
    """Its size."""
    sha256: str
    """Hash of its bytes."""
    records: int | None
    """Its records, bad ones included; None where only reading it all would tell."""


class Shard(_Facts):
    """A part of a file that one process classifies, into one file of Parquet."""

    name: str
    """Its name, as of its files."""
    file: str
    """The file, as it was given."""
    slice: FileSlice | None
    """The part; None: all of the file."""
    records: int | None
    """Its records, where that is known."""


class Plan(_Facts):
    """All that the answers of a run depend on: the contents of `manifest.json`."""

    format: int = 1
    """Version of the folder's layout."""
    versions: dict[str, str]
    """Versions of the program and of the libraries that answers depend on."""
    instructions: tuple[str, ...]
    """Sets of instructions of the processor; they change the last digits of a probability. None if any will
    do."""
    model: Model
    """The model."""
    options: Options
    """What is asked of the papers."""
    inputs: tuple[InputFile, ...]
    """The files."""
    shards: tuple[Shard, ...]
    """All shards, in the order of the papers."""


def make_plan(files: Sequence[str], classifier: Classifier, options: Options) -> Plan:
    """Hash files, cut them into shards, and make sure that their first papers can be read.

    Args:
        files: Files, and patterns such as `papers/*.parquet`.
        classifier: With its view and prior.
        options: What is asked of the papers.

    Raises:
        InputError: There is none, one is given twice or cannot be read, or lacks the columns.
        SettingsError: The encoding or a field of `columns` is unknown.
        MissingExtraError: The extra `parquet` is not installed, which answers are written with.
    """
    check_parquet("`bulk`, whose answers are Parquet,", "or use `classify`")
    paths = expand_patterns(files)
    check_readable_twice(paths)
    inputs: list[InputFile] = []
    shards: list[Shard] = []
    for path in paths:
        cut = slice_file(path, options.shard_size, options.encoding)
        _read_first_paper(path, cut, options)
        inputs.append(InputFile(path=path, bytes=cut.bytes, sha256=cut.sha256, records=cut.records))
        for part in cut.slices or (None,):
            shards.append(
                Shard(
                    name=f"shard-{len(shards):05}",
                    file=path,
                    slice=part,
                    records=cut.records if part is None else _count_records(part, cut),
                )
            )
    return Plan(
        versions=find_versions(),
        instructions=() if options.any_processor else find_instructions(),
        model=describe_model(classifier),
        options=options,
        inputs=tuple(inputs),
        shards=tuple(shards),
    )


def _count_records(part: FileSlice, cut: SlicedFile) -> int | None:
    if cut.slices is None or cut.records is None:
        return cut.records
    later = [other.first_row for other in cut.slices if other.first_row > part.first_row]
    return min(later, default=cut.records) - part.first_row


def expand_patterns(files: Sequence[str]) -> list[str]:
    """Replace patterns by the files that match, sorted; the name of a file that is there is no pattern.

    Raises:
        InputError: Nothing matches a pattern, or the plan cannot hold a name.
    """
    paths = []
    for name in files:
        if not glob.has_magic(name) or Path(name).exists():
            paths.append(name)
            continue
        matches = sorted(match for match in glob.glob(name, recursive=True) if Path(match).is_file())
        if not matches:
            raise InputError(f"{name} matches no file; expected files of papers")
        paths += matches
    for path in paths:
        if not path.isprintable():
            raise InputError(
                f"{path!r}: expected a name in UTF-8 without control characters; rename the file"
            )
    return paths


def _read_first_paper(path: str, cut: SlicedFile, options: Options) -> None:
    """Find what is wrong with a file as a whole before hours of work; of an empty one nothing is said yet."""
    papers: Iterator[Paper] = read_papers(
        path,
        columns=options.columns,
        encoding=options.encoding,
        slice=cut.slices[0] if cut.slices else None,
        on_note=lambda note: None,
    )
    with contextlib.suppress(NoPapersError):
        for _ in papers:
            if not options.columns or not cut.slices:
                return  # only the end of JSON lines shows that a column that was stated is missing


def describe_model(classifier: Classifier) -> Model:
    """Describe what answers depend on of a classifier."""
    hashes = [source.sha256 or _hash_folder(source.path) for source in classifier.sources]
    weights = {source.manifest.weights if source.manifest else "float32" for source in classifier.sources}
    return Model(
        name=" + ".join(source.name for source in classifier.sources),
        sha256=combine_hashes(hashes),
        weights=" + ".join(sorted(weights)),
        view=None if classifier.view is None else dict(classifier.view.parts),
        prior=classifier.prior,
    )


def _hash_folder(folder: Path) -> str:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return combine_hashes([f"{name} {hash_file(path)}" for name, path in sorted(files.items())] or [""])


def find_versions() -> dict[str, str]:
    """Find the versions that the bytes of answers depend on."""
    return {"arxonomy": __version__, **{name: version(name) for name in ("numpy", "onnxruntime", "pyarrow")}}


def find_instructions() -> tuple[str, ...]:
    """Find the sets of instructions of this processor that NumPy knows; ONNX Runtime chooses by them too."""
    import platform

    import numpy

    found: Any = numpy.show_config(mode="dicts")
    sets = found["SIMD Extensions"]
    return (platform.machine(), *sets.get("baseline", ()), *sets.get("found", ()))


def check_same(made: Plan, found: Plan, folder: Path) -> None:
    """Make sure that a folder's plan is the one that was made now.

    Raises:
        SettingsError: It is another one; the message names what differs.
    """
    differences = list(_list_differences(made.model_dump(), found.model_dump()))
    if differences:
        raise SettingsError(
            f"{folder} holds the answers of another run: {list_some(differences, _SHOWN)}; give another "
            "folder, or resume with the same files, model, options and kind of processor (a run of several "
            f"kinds begins with {advise_option('--any-processor', True)})"
        )


def _list_differences(made: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    if made["format"] != found["format"]:
        yield f"layout {found['format']}, now {made['format']}"
    for part in ("versions", "model", "options"):
        for name in made[part] | found[part]:
            ours, theirs = made[part].get(name), found[part].get(name)
            if ours != theirs:
                yield f"{part}: {name} was {_shorten(theirs)}, is {_shorten(ours)}"
    if made["instructions"] != found["instructions"]:
        ours, theirs = (" ".join(plan["instructions"]) for plan in (made, found))
        yield f"the processor had {theirs}, has {ours}"
    before = {file["path"]: file for file in found["inputs"]}
    now = {file["path"]: file for file in made["inputs"]}
    for path in before | now:
        if path not in now:
            yield f"{path} was among the files"
        elif path not in before:
            yield f"{path} was not among the files"
        elif before[path] != now[path]:
            yield f"{path} has changed"
    if before == now and made["inputs"] != found["inputs"]:
        yield "the files had another order"


def _shorten(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
