"""A model -> a folder of static files: the page, the model, and what computes it in the browser.

index.html           the page
files-HASH/          all else; the hash is of all of it, so that no browser mixes the files of two pages
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from arxonomy.atomic import replace_folder
from arxonomy.browser.facts import BrowserModel, load_model
from arxonomy.browser.rules import list_rules
from arxonomy.browser.runtime import read_runtime
from arxonomy.errors import InputError
from arxonomy.records import AnyPath
from arxonomy.runtime import import_onnxruntime

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types arxonomy"
)
"""What the page may do: run and load its own files, and nothing from elsewhere."""

_MARK = '<meta name="generator" content="arxonomy page">'
_INDEX = "index.html"
_FILES = "files-"
_SERVICE = resources.files("arxonomy.serving") / "page"
_SCRIPTS = resources.files("arxonomy.browser") / "scripts"
_SUFFIXES = (".js", ".css", ".svg", ".jsonl", ".txt")

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class PageSizes:
    """How large a page is, in bytes."""

    runtime: int
    """Of ONNX Runtime."""
    model: int
    """Of the weights, the graph, the vocabulary and the rules."""
    page: int
    """Of the page and its scripts."""


def write_page(out: AnyPath, model: AnyPath | None = None, runtime: AnyPath | None = None) -> PageSizes:
    """Write a page that classifies and explains papers in the browser, and sends nothing anywhere.

    Args:
        out: The folder; another page there is replaced, anything else is kept.
        model: A bundle of one network; None is the model in use.
        runtime: See `read_runtime`.

    Returns:
        How large it is.

    Raises:
        BundleError: See `load_model`.
        InputError: `out` holds something else, or `runtime` cannot be used.
        RemoteError: The runtime is not in the cache, and cannot be fetched.
        ArxonomyError: The disk is full, or the folder cannot be written to.
    """
    target = Path(out).resolve()
    _check_target(target)
    loaded = load_model(model)
    parts = {"runtime": read_runtime(runtime), "model": _list_model_files(loaded), "page": _list_page_files()}
    files = parts["page"] | parts["model"] | parts["runtime"]
    folder = f"{_FILES}{_hash(files)}"
    index = _make_index(folder)
    with replace_folder(target) as fresh:
        (fresh / _INDEX).write_bytes(index)
        (fresh / folder).mkdir()
        for name, data in files.items():
            (fresh / folder / name).write_bytes(data)
    sizes = {part: sum(map(len, own.values())) for part, own in parts.items()}
    return PageSizes(sizes["runtime"], sizes["model"], sizes["page"] + len(index))


def _check_target(target: Path) -> None:
    if not target.exists():
        return
    advice = "it is left alone: choose another folder"
    if not target.is_dir():
        raise InputError(f"{target} is a file, where a folder is expected; {advice}")
    others = [
        path.name for path in target.iterdir() if path.name != _INDEX and not path.name.startswith(_FILES)
    ]
    index = target / _INDEX
    if others or (index.exists() and _MARK not in index.read_text(encoding="utf-8", errors="replace")):
        raise InputError(f"{target} holds what is no page of ours ({(others or [_INDEX])[0]}); {advice}")


def _list_page_files() -> Files:
    """The service's page with another `api.js`, and what that rests on."""
    return {
        file.name: file.read_bytes()
        for folder in (_SERVICE, _SCRIPTS)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(_SUFFIXES) and file.name != "docs.js"
    }


def _list_model_files(model: BrowserModel) -> Files:
    return {
        "model.onnx": _optimize_graph(model.folder / "model.onnx"),
        "model.safetensors": (model.folder / "model.safetensors").read_bytes(),
        "vocabulary.json": _to_json(model.vocabulary),
        "facts.json": _to_json(model.facts),
        "rules.json": _to_json(list_rules()),
    }


def _to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _optimize_graph(path: Path) -> bytes:
    """Optimize a graph as ONNX Runtime does when it loads one, which takes a browser half of its start."""
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory() as folder:
        optimized = Path(folder) / path.name
        options.optimized_model_filepath = str(optimized)
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return optimized.read_bytes()


def _hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:12]


def _make_index(folder: str) -> bytes:
    """The service's index with our policy, our note, and without what a service alone can do."""
    # The model loads as soon as its script is there, and not after those of the page.
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n{_MARK}\n'
        f'<script async type="module" src="{folder}/api.js"></script>'
    )
    changes = {
        '<meta charset="utf-8">': head,
        '"page/': f'"{folder}/',
        "</head>": f'<script type="module" src="{folder}/links.js"></script>\n</head>',
        " data-service": " hidden",
        "</main>": (_SCRIPTS / "note.html").read_text(encoding="utf-8") + "</main>",
    }
    html = (_SERVICE / _INDEX).read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in html:
            raise AssertionError(f"expected {old} in the page of the service")
        html = html.replace(old, new)
    return html.encode()
