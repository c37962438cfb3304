"""A bundle: what ships. Weights, words, labels, settings, scores and hashes in one folder.

bundle.json             format, labels, calibration, settings, scores, and the SHA-256 of all other files
config.json             what the Hugging Face Hub shows of it, written from bundle.json; nothing here reads it
model.safetensors       the weights, float32 or compact
model.onnx              the network as a graph; its weights are byte ranges of model.safetensors
vocabulary.json         the words, in the order of their ids
recipe.json             the settings of training
trained_on.safetensors  hashes of the ids of the papers used in training, `papers` uint8 (N, 5)
taxonomy.json           the hierarchy of the categories, where training was given one
near_words.safetensors  with test-time augmentation: synonyms of each word, `near_words` int32 (V, 5)
README.md               the model card

A baseline's bundle has no graph and vocabulary, but baseline.json, all that it knows besides its weights;
that of a `network-head` also the bundle of the network it reads by, in `network`.
An ensemble's bundle has bundle.json, config.json, recipe.json and README.md, and its members' bundles in
`member-1`, `member-2`, ...; its bundle.json has the SHA-256 of theirs, which have those of their files.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.json_object import JsonObject, format_json
from arxonomy.artifacts.old_names import rename_keys
from arxonomy.artifacts.weights import SCALE, WORD_VECTORS
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.errors import BundleError, InputError
from arxonomy.papers.copies import parse_arxiv_id
from arxonomy.records import AnyPath
from arxonomy.text import Vocabulary
from arxonomy.text.copier import find_near_words

FORMATS = (1, 2, 3)
"""Versions of the folder's layout that are known; another one is refused. 1 is one network without
test-time augmentation; 2 has members or augmented copies, which a reader of 1 would ignore; 3 is or has a
baseline."""

MANIFEST = "bundle.json"
CONFIG = "config.json"
CARD = "README.md"
NEAR_WORDS = "near_words"
HASH_BYTES = 5
"""Bytes of the hash of a paper's id. Beside a million papers, one new paper in a million is taken for one."""
_HASH_LINE = re.compile(rb'("sha256": ")([0-9a-f]{64})("\n\}\n)\Z')


class Bundle:
    """A bundle whose every byte has been checked, of one model or of an ensemble.

    Args:
        folder: The bundle's folder.

    Attributes:
        manifest: The contents of `bundle.json`.
        labels: The categories, in the order of the logits.
        members: An ensemble's bundles; of one model, the bundle itself. Only these have `text`, `model`,
            `weights`, `graph`, `vocabulary` and `synonyms`.

    Raises:
        BundleError: It is missing, no bundle, of another format, or damaged.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        for name, expected in self.manifest.files.items():
            check_file(self.folder / name, expected)
        self.labels = self.manifest.labels
        count = len(self.manifest.members)
        self.members = tuple(Bundle(folder) for folder in list_member_folders(self.folder, count)) or (self,)
        if count:
            return
        self.text = self.manifest.text
        self.model = self.manifest.model
        self.weights = self.folder / "model.safetensors"
        self.graph = self.folder / "model.onnx"

    def vocabulary(self) -> Vocabulary:
        """The words the model knows."""
        return Vocabulary(json.loads((self.folder / "vocabulary.json").read_bytes()))

    def synonyms(self) -> npt.NDArray[np.int32]:
        """(V, 5) ids of near words, 0 for none: those stored, else computed from the weights."""
        from safetensors.numpy import load_file

        if f"{NEAR_WORDS}.safetensors" in self.manifest.files:
            stored: npt.NDArray[np.int32] = load_file(self.folder / f"{NEAR_WORDS}.safetensors")[NEAR_WORDS]
            return stored
        return find_synonyms(self.weights)


def hash_ids(papers: Iterable[tuple[int, str]]) -> npt.NDArray[np.int64]:
    """Hashes of papers' ids, so that a bundle can name its papers in `HASH_BYTES` each.

    An arXiv id is taken without `arXiv:`, address and version.

    Args:
        papers: (row, id) of each paper. An id that is only the row (from 1) is skipped.

    Returns:
        int64 (N,) in 0..2**40-1, N at most the number of papers.
    """
    keys = [parse_arxiv_id(name) or name for row, name in papers if name != str(row + 1)]
    digests = b"".join(hashlib.sha256(key.encode()).digest()[:HASH_BYTES] for key in keys)
    return unpack_hashes(np.frombuffer(digests, dtype=np.uint8).reshape(-1, HASH_BYTES))


def pack_hashes(hashes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Pack hashes (N,), as `hash_ids` makes them, into bytes (N, `HASH_BYTES`), the lowest first."""
    wide = np.ascontiguousarray(hashes, dtype="<i8").view(np.uint8).reshape(-1, 8)
    return np.ascontiguousarray(wide[:, :HASH_BYTES])


def unpack_hashes(stored: npt.NDArray[np.uint8] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Unpack hashes (N,) out of bytes (N, `HASH_BYTES`); those of 8 bytes, of before, are int64 (N,)."""
    if stored.dtype == np.int64:
        return np.asarray(stored & (2 ** (8 * HASH_BYTES) - 1), dtype=np.int64)
    wide = np.zeros((len(stored), 8), dtype=np.uint8)
    wide[:, :HASH_BYTES] = stored
    return wide.view("<i8").ravel().astype(np.int64)


def find_synonyms(weights: Path) -> npt.NDArray[np.int32]:
    """(V, 5) ids of near words, sought in the word vectors of a bundle's or a run's weights."""
    from safetensors import safe_open

    with safe_open(weights, framework="numpy") as file:
        table = file.get_tensor(WORD_VECTORS)
        if table.dtype == np.uint8:  # two numbers to a byte, as `artifacts.weights` packs them
            table = np.concatenate([table & 15, table >> 4], axis=1).astype(np.float32) - 8
        table = table.astype(np.float32)
        if WORD_VECTORS + SCALE in file.keys():
            table *= file.get_tensor(WORD_VECTORS + SCALE).astype(np.float32)
    return find_near_words(table)


def list_member_folders(folder: Path, count: int) -> list[Path]:
    """List the folders of the bundles of an ensemble's members."""
    return [folder / f"member-{number}" for number in range(1, count + 1)]


def is_bundle(folder: Path) -> bool:
    """Whether a folder claims to be a bundle."""
    return (folder / MANIFEST).is_file()


def find_packaged_bundle() -> Path:
    """Find the bundle inside the package.

    Raises:
        BundleError: There is none.
    """
    folder = Path(str(resources.files("arxonomy"))) / "bundled"
    if not is_bundle(folder):
        raise BundleError(
            "this installation comes without a model; name a bundle or a run with --model "
            "(in Python: arxonomy.load(path))"
        )
    return folder


def check_file(path: Path, sha256: str) -> None:
    """Make sure that a file of a bundle is as it was exported.

    Raises:
        BundleError: It is missing, or its hash is not `sha256`.
    """
    try:
        actual = hash_file(path)
    except InputError as error:
        raise BundleError(f"{error}; copy, install or export the bundle again") from error
    if actual != sha256:
        raise _make_damage_error(path)


def read_manifest(folder: Path) -> Manifest:
    """Read and check the contents of `bundle.json`; the other files are not looked at.

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
        content = json.loads(data)
        version = content["format"]
    except (ValueError, TypeError, KeyError):
        raise _make_damage_error(path) from None
    # Before the hash: another format may keep its hash elsewhere.
    if version not in FORMATS:
        raise BundleError(
            f"{folder}: expected a bundle of format {FORMATS[0]} to {FORMATS[-1]}, found {version!r}; "
            "update arxonomy, or export the run again with this version"
        )
    if content.get("sha256") != _hash_manifest(data):
        raise _make_damage_error(path)
    try:
        return Manifest.model_validate(rename_keys(content))
    except ValidationError as error:
        raise BundleError(f"{path}: expected what `arxonomy export` writes: {error}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `config.json`, and `bundle.json` with the hashes of all other files and last that of itself.

    Only `bundle.json` of each member is listed, since it has the hashes of the member's other files. The
    hash of `bundle.json` is that of the file with 64 zeros in the hash's place. `manifest` may be a changed
    copy of what `read_manifest` returned.
    """
    write_atomic(folder / CONFIG, json.dumps(make_config(manifest), ensure_ascii=False, indent=2) + "\n")
    paths = sorted([*folder.glob("*"), *folder.glob(f"*/{MANIFEST}")])
    kept = [path for path in paths if path.is_file() and path != folder / MANIFEST]
    files = {path.relative_to(folder).as_posix(): hash_file(path) for path in kept}
    version = 2 if manifest.members or manifest.copies else 1
    if any(member.baseline for member in manifest.get_members()):
        version = 3
    facts = {key: value for key, value in manifest.to_dict().items() if key not in ("files", "sha256")}
    content = {"format": version, **facts, "files": files, "sha256": "0" * 64}
    data = format_json(content).encode()
    hashed = _HASH_LINE.sub(rb"\g<1>" + _hash_manifest(data).encode() + rb"\g<3>", data)
    write_atomic(folder / MANIFEST, hashed)


def make_config(manifest: Manifest) -> JsonObject:
    """Make the contents of `config.json`, by whose keys the Hub describes and counts models."""
    kinds = [member.baseline or member.model.architecture for member in manifest.get_members()]
    return {
        "model_type": "arxonomy",
        "architectures": list(dict.fromkeys(kinds)),
        "bundle": MANIFEST,
        "id2label": {str(number): label for number, label in enumerate(manifest.labels)},
        "label2id": {label: number for number, label in enumerate(manifest.labels)},
    }


def _hash_manifest(data: bytes) -> str:
    return hashlib.sha256(_HASH_LINE.sub(rb"\g<1>" + b"0" * 64 + rb"\g<3>", data)).hexdigest()


def _make_damage_error(path: Path) -> BundleError:
    return BundleError(
        f"{path}: expected the file as it was exported, found other contents (its SHA-256 differs); "
        "copy, install or export the bundle again"
    )
