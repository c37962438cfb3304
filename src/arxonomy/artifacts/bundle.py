"""A bundle: what ships. Weights, words, labels, settings, scores and hashes in one folder.

bundle.json             format, labels, calibration, settings, scores, and the SHA-256 of all other files
model.safetensors       the weights, float32 or compact
model.onnx              the network as a graph; its weights are byte ranges of model.safetensors
vocabulary.json         the words, in the order of their ids
recipe.json             the settings of training
trained_on.safetensors  hashes of the ids of the papers used in training, `papers` int64 (N,)
near_words.safetensors  where copies of papers are sorted: synonyms of each word, `near_words` int32 (V, 5)
README.md               the model card

An ensemble's bundle has bundle.json, recipe.json and README.md, and its members' bundles in `member-1`,
`member-2`, ...; its bundle.json has the SHA-256 of theirs, which have those of their files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.artifacts.weights import SCALE, WORD_VECTORS
from arxonomy.atomic import sha256_file, write_atomic
from arxonomy.config import ModelSettings, TextSettings
from arxonomy.errors import BundleError, InputError
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.records import Paper
from arxonomy.text import Vocabulary
from arxonomy.text.copier import near_words

FORMATS = (1, 2)
"""Versions of the folder's layout that are known; another one is refused. 1 is one model that sorts papers
themselves; 2 has members or sorts copies of papers, which a reader of 1 would not do."""

MANIFEST = "bundle.json"
CARD = "README.md"
NEAR_WORDS = "near_words"
_OWN_HASH = re.compile(rb'("sha256": ")([0-9a-f]{64})("\n\}\n)\Z')


class Bundle:
    """A bundle whose every byte has been checked, of one model or of an ensemble.

    Args:
        folder: The bundle's folder.

    Attributes:
        info: The contents of `bundle.json`.
        labels: The categories, in the order of the logits.
        members: An ensemble's bundles; of one model, the bundle itself. Only these have `text`, `model`,
            `weights`, `graph`, `vocabulary` and `synonyms`.

    Raises:
        BundleError: It is missing, no bundle, of another format, or damaged.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.info = read_manifest(self.folder)
        for name, expected in self.info["files"].items():
            try:
                found = sha256_file(self.folder / name)
            except InputError as error:
                raise BundleError(f"{error}; copy, install or export the bundle again") from error
            if found != expected:
                raise _damaged(self.folder / name)
        self.labels = tuple(self.info["labels"])
        count = len(self.info.get("members", ()))
        self.members = tuple(Bundle(folder) for folder in member_folders(self.folder, count)) or (self,)
        if count:
            return
        self.text = TextSettings.model_validate(self.info["text"])
        self.model = ModelSettings.model_validate(self.info["model"])
        self.weights = self.folder / "model.safetensors"
        self.graph = self.folder / "model.onnx"

    def vocabulary(self) -> Vocabulary:
        """The words the model knows."""
        return Vocabulary(json.loads((self.folder / "vocabulary.json").read_bytes()))

    def synonyms(self) -> npt.NDArray[np.int32]:
        """(V, 5) ids of near words, 0 for none: those stored, else those of the weights, sought anew."""
        from safetensors.numpy import load_file

        if f"{NEAR_WORDS}.safetensors" in self.info["files"]:
            stored: npt.NDArray[np.int32] = load_file(self.folder / f"{NEAR_WORDS}.safetensors")[NEAR_WORDS]
            return stored
        return synonyms_of(self.weights)

    def trained_on(self, papers: Iterable[Paper]) -> int:
        """How many of `papers` any member was trained on or chosen by, told by their ids.

        A paper without an id of its own cannot be told and is not counted.
        """
        from safetensors.numpy import load_file

        seen = np.concatenate(
            [load_file(member.folder / "trained_on.safetensors")["papers"] for member in self.members]
        )
        return int(np.isin(identities((paper.row, paper.id) for paper in papers), seen).sum())


def trained_on(bundle: str | os.PathLike[str], papers: Iterable[Paper]) -> int:
    """How many of `papers` a bundle has seen in training; see `Bundle.trained_on`.

    Raises:
        BundleError: The bundle is missing or damaged.
    """
    return Bundle(bundle).trained_on(papers)


def identities(papers: Iterable[tuple[int, str]]) -> npt.NDArray[np.int64]:
    """Hashes of papers' ids, so that a bundle can name its papers in 8 bytes each.

    An arXiv id is taken without `arXiv:`, address and version.

    Args:
        papers: (row, id) of each paper. An id that only says the row (from 1) is passed over.

    Returns:
        int64 (N,), N at most the number of papers.
    """
    keys = [parse_arxiv_id(name) or name for row, name in papers if name != str(row + 1)]
    digests = b"".join(hashlib.sha256(key.encode()).digest()[:8] for key in keys)
    return np.frombuffer(digests, dtype="<i8").astype(np.int64)


def synonyms_of(weights: Path) -> npt.NDArray[np.int32]:
    """(V, 5) ids of near words, sought in the word vectors of a bundle's or a run's weights."""
    from safetensors import safe_open

    with safe_open(weights, framework="numpy") as file:
        table = file.get_tensor(WORD_VECTORS).astype(np.float32)
        if WORD_VECTORS + SCALE in file.keys():
            table *= file.get_tensor(WORD_VECTORS + SCALE).astype(np.float32)
    return near_words(table)


def member_folders(folder: Path, count: int) -> list[Path]:
    """The bundles of an ensemble's members in its own."""
    return [folder / f"member-{number}" for number in range(1, count + 1)]


def is_bundle(folder: Path) -> bool:
    """Whether a folder claims to be a bundle."""
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked contents of `bundle.json`; the other files are not looked at.

    Raises:
        BundleError: It is missing, of another format, or damaged.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{folder}: expected a bundle or a run folder, found neither ({path.name}: {error.strerror}); "
            "make one with `arxonomy export RUN --out BUNDLE`"
        ) from error
    try:
        info = json.loads(data)
        version = info["format"]
    except (ValueError, TypeError, KeyError):
        raise _damaged(path) from None
    # Before the hash: another format may keep its hash elsewhere.
    if version not in FORMATS:
        raise BundleError(
            f"{folder}: expected a bundle of format {' or '.join(map(str, FORMATS))}, found {version!r}; "
            "update arxonomy, or export the run again with this version"
        )
    if info.get("sha256") != _own_hash(data):
        raise _damaged(path)
    return dict(info)


def write_manifest(folder: Path, info: dict[str, Any]) -> None:
    """Write `bundle.json` with the hashes of the folder's other files, and last its own.

    Of a member's files only its `bundle.json` is named, which has the hashes of the others. Its own hash is
    that of the file with 64 zeros in the hash's place. `info` may be what `read_manifest` gave, changed.
    """
    paths = sorted([*folder.glob("*"), *folder.glob(f"*/{MANIFEST}")])
    kept = [path for path in paths if path.is_file() and path != folder / MANIFEST]
    files = {path.relative_to(folder).as_posix(): sha256_file(path) for path in kept}
    version = 2 if "members" in info or info.get("copies") else 1
    told = {key: value for key, value in info.items() if key not in ("files", "sha256")}
    whole = {"format": version, **told, "files": files, "sha256": "0" * 64}  # its own hash stands last
    data = (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()
    write_atomic(folder / MANIFEST, _OWN_HASH.sub(rb"\g<1>" + _own_hash(data).encode() + rb"\g<3>", data))


def _own_hash(data: bytes) -> str:
    return hashlib.sha256(_OWN_HASH.sub(rb"\g<1>" + b"0" * 64 + rb"\g<3>", data)).hexdigest()


def _damaged(path: Path) -> BundleError:
    return BundleError(
        f"{path}: expected the file as it was exported, found other contents (its SHA-256 differs); "
        "copy, install or export the bundle again"
    )
