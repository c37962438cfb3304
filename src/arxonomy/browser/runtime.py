"""ONNX Runtime for browsers: two files of one npm package, fetched once, and known by its hash."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import tarfile
import urllib.request
from http.client import HTTPException
from io import BytesIO
from pathlib import Path

from platformdirs import user_cache_path

from arxonomy.advice import advise_option
from arxonomy.atomic import write_atomic
from arxonomy.errors import InputError, RemoteError
from arxonomy.records import AnyPath

VERSION = "1.30.0"
"""The version of the package `onnxruntime-web`."""

INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""SHA-512 of the package in base64, as npm states it."""

FILES = {"ort.js": "ort.wasm.bundle.min.mjs", "ort.wasm": "ort-wasm-simd-threaded.wasm"}
"""Name on the page -> file of the package; one thread needs no others."""

_LOG = logging.getLogger(__name__)
_ARCHIVE = f"onnxruntime-web-{VERSION}.tgz"
_LARGEST = 64_000_000  # bytes; the package has half as many
_SECONDS = 60  # without an answer


def read_runtime(path: AnyPath | None = None) -> dict[str, bytes]:
    """Read the runtime: from a file, else from the user's cache, where it is kept once it was fetched.

    It comes from npm's registry, or from the one that the variable `npm_config_registry` names, through the
    proxy that `https_proxy` names.

    Args:
        path: The package, as `npm pack` fetches it; None looks in the cache, then in the registry.

    Returns:
        Name on the page -> contents, of `FILES`.

    Raises:
        InputError: The file cannot be read, or is not this package.
        RemoteError: The registry does not answer, or with something else.
    """
    if path is not None:
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise InputError(f"{os.fspath(path)}: cannot be read: {error.strerror or error}") from error
        if not _is_intact(data):
            raise InputError(
                f"{os.fspath(path)}: expected the package onnxruntime-web {VERSION}, found another file (its "
                f"SHA-512 differs); get it with `npm pack onnxruntime-web@{VERSION}`"
            )
        return _unpack(data)
    cached = user_cache_path("arxonomy") / _ARCHIVE
    if cached.is_file() and _is_intact(data := cached.read_bytes()):
        return _unpack(data)
    data = _fetch()
    write_atomic(cached, data)
    return _unpack(data)


def _fetch() -> bytes:
    variable = "npm_config_registry"
    registry = os.environ.get(variable) or os.environ.get(variable.upper()) or "https://registry.npmjs.org"
    address = f"{registry.rstrip('/')}/onnxruntime-web/-/{_ARCHIVE}"
    _LOG.info("fetching %s (33 MB), once", address)
    option = advise_option("--runtime", _ARCHIVE)
    advice = f"see that it can be reached, or pass {option}, from `npm pack onnxruntime-web@{VERSION}`"
    try:
        if not address.startswith(("https://", "http://")):
            raise ValueError("its address is not one of https")
        with urllib.request.urlopen(address, timeout=_SECONDS) as response:
            data: bytes = response.read(_LARGEST)
    except (OSError, HTTPException, ValueError) as error:
        raise RemoteError(f"{address}: expected the package, found no answer ({error}); {advice}") from error
    if not _is_intact(data):
        raise RemoteError(
            f"{address}: expected the package, found another file (its SHA-512 differs); {advice}"
        )
    return data


def _is_intact(data: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(data).digest()).decode() == INTEGRITY


def _unpack(data: bytes) -> dict[str, bytes]:
    contents = {}
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        for name, packed in FILES.items():
            file = archive.extractfile(f"package/dist/{packed}")
            assert file is not None  # the hash says that it is there
            contents[name] = file.read()
    return contents
