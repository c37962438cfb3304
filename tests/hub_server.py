"""A server on loopback that stands in for the Hugging Face Hub: what `huggingface_hub` asks for, without Xet.

A repository is a list of commits, each of them path -> bytes. Weights go through Git LFS, other files into
the commit itself, as the real Hub decides. The errors have its statuses and headers.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

TOKEN = "hf_invented"
LARGE = (".safetensors", ".onnx")


@dataclass
class Repository:
    """A model repository."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Commit -> path -> contents, oldest first."""
    tags: dict[str, str] = field(default_factory=dict)
    """Other names of commits."""

    @property
    def head(self) -> str:
        return [*self.commits][-1]

    def commit(self, files: dict[str, bytes]) -> str:
        """Add a commit with exactly these files; returns its hash."""
        text = repr([len(self.commits), sorted((path, hash_bytes(data)) for path, data in files.items())])
        name = hashlib.sha1(text.encode()).hexdigest()
        self.commits[name] = dict(files)
        return name


class HubError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        self.status, self.code, self.message = status, code, message


@dataclass
class HubServer:
    """What the server holds, and what it was asked."""

    url: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    """SHA-256 of an object of Git LFS -> its contents."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request."""
    metadata_errors: list[str] = field(default_factory=list)
    """What is wrong with the next metadata of a card, if anything."""
    refuses_uploads: bool = False
    """Whether no object of Git LFS is accepted."""
    cut: str | None = None
    """The path of a file whose download breaks in the middle."""

    def list_downloads(self) -> set[str]:
        """List the files that were downloaded since the last call."""
        paths = [line.partition("/resolve/")[2] for line in self.requests if line.startswith("GET ")]
        self.requests.clear()
        return {path.partition("/")[2] for path in paths if path}

    def find_files(self, name: str, revision: str, token: str | None) -> tuple[str, dict[str, bytes]]:
        """The commit of a revision, and its files."""
        repository = self.find(name, token)
        commit = repository.head if revision == "main" else repository.tags.get(revision, revision)
        if commit not in repository.commits:
            raise HubError(404, "RevisionNotFound")
        return commit, repository.commits[commit]

    def find(self, name: str, token: str | None) -> Repository:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and token != TOKEN):
            raise HubError(401 if token != TOKEN else 404, "RepoNotFound", "Repository not found")
        if repository.gated and token != TOKEN:
            raise HubError(401, "GatedRepo", "Access to this model is restricted")
        return repository


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        if self.headers.get("Transfer-Encoding") == "chunked":
            self.body = b"".join(self._read_chunks())
        else:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        try:
            for pattern, method in _ROUTES:
                if found := re.fullmatch(pattern, f"{self.command} {path}"):
                    return method(self, *found.groups())
            raise HubError(404, "EntryNotFound")
        except HubError as error:
            body = {"error": error.message}
            self._send(body, error.status, {"X-Error-Code": error.code, "X-Error-Message": error.message})

    def _read_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _create(self) -> None:
        if self.token != TOKEN:
            raise HubError(401, "", "Invalid credentials in Authorization header")
        wanted = json.loads(self.body)
        name = f"{wanted['organization']}/{wanted['name']}"
        if name in self.hub.repositories:
            return self._send({"url": f"{self.hub.url}/{name}", "error": "You already created it"}, 409)
        self.hub.repositories[name] = Repository(private=wanted.get("visibility") == "private")
        self.hub.repositories[name].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self._send({"url": f"{self.hub.url}/{name}"})

    def _validate(self) -> None:
        errors = [{"message": message} for message in self.hub.metadata_errors]
        self._send({"errors": errors, "warnings": []}, 400 if errors else 200)

    def _describe(self, name: str, revision: str = "main") -> None:
        commit, files = self.hub.find_files(name, revision, self.token)
        own = self.hub.repositories[name]
        siblings = [{"rfilename": path} for path in files]
        facts = {"private": own.private, "gated": "auto" if own.gated else False}
        self._send({"id": name, "sha": commit, "siblings": siblings, **facts})

    def _list(self, name: str, revision: str) -> None:
        _, files = self.hub.find_files(name, revision, self.token)
        self._send([self._describe_file(path, data) for path, data in sorted(files.items())])

    @staticmethod
    def _describe_file(path: str, data: bytes) -> dict[str, object]:
        facts = {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
        if path.endswith(LARGE):
            facts["lfs"] = {"oid": hash_bytes(data), "size": len(data), "pointerSize": 128}
        return facts

    def _choose_modes(self, name: str, _revision: str) -> None:
        self.hub.find(name, self.token)
        paths = [file["path"] for file in json.loads(self.body)["files"]]
        modes = {path: "lfs" if path.endswith(LARGE) else "regular" for path in paths}
        files = [{"path": path, "uploadMode": mode, "shouldIgnore": False} for path, mode in modes.items()]
        self._send({"files": files})

    def _plan_upload(self, name: str) -> None:
        self.hub.find(name, self.token)
        objects = json.loads(self.body)["objects"]
        for one in objects:
            if one["oid"] not in self.hub.objects:
                one["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}}
        self._send({"transfer": "basic", "objects": objects})

    def _store(self, oid: str) -> None:
        if self.hub.refuses_uploads:
            raise HubError(403, "", "Forbidden")
        assert hash_bytes(self.body) == oid
        self.hub.objects[oid] = self.body
        self._send(b"")

    def _commit(self, name: str, _revision: str) -> None:
        own = self.hub.find(name, self.token)
        files = dict(own.commits[own.head])
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if value.get("parentCommit", own.head) != own.head:
                raise HubError(412, "", "A commit has happened since")
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        commit = own.commit(files)
        url = f"{self.hub.url}/{name}/commit/{commit}"
        self._send({"success": True, "commitOid": commit, "commitUrl": url})

    def _download(self, name: str, revision: str, path: str) -> None:
        commit, files = self.hub.find_files(name, revision, self.token)
        if path not in files:
            raise HubError(404, "EntryNotFound")
        data = files[path]
        headers = {"X-Repo-Commit": commit, "ETag": f'"{hashlib.sha1(data).hexdigest()}"'}
        if path.endswith(LARGE):
            headers |= {"X-Linked-Etag": f'"{hash_bytes(data)}"', "X-Linked-Size": str(len(data))}
        if self.command == "GET" and path == self.hub.cut:
            self.close_connection = True
            return self._send(data[: len(data) // 2], 200, {**headers, "Content-Length": str(len(data))})
        self._send(data, 200, headers)


_NAME, _REVISION = r"([\w.-]+/[\w.-]+)", r"([\w.-]+)"
_ROUTES = [
    (r"POST /api/repos/create", _Handler._create),
    (r"POST /api/validate-yaml", _Handler._validate),
    (rf"GET /api/models/{_NAME}", _Handler._describe),
    (rf"GET /api/models/{_NAME}/revision/{_REVISION}", _Handler._describe),
    (rf"GET /api/models/{_NAME}/tree/{_REVISION}", _Handler._list),
    (rf"POST /api/models/{_NAME}/preupload/{_REVISION}", _Handler._choose_modes),
    (rf"POST /{_NAME}\.git/info/lfs/objects/batch", _Handler._plan_upload),
    (r"PUT /lfs/(\w+)", _Handler._store),
    (rf"POST /api/models/{_NAME}/commit/{_REVISION}", _Handler._commit),
    (rf"(?:GET|HEAD) /{_NAME}/resolve/{_REVISION}/(.+)", _Handler._download),
]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """An empty Hub, which `huggingface_hub` takes for the real one, with a cache of its own and a token."""
    from huggingface_hub import constants

    with serve_hub() as server:
        # As the variables HF_ENDPOINT and others would set them before the package is imported.
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


@contextlib.contextmanager
def serve_hub() -> Iterator[HubServer]:
    """Serve an empty Hub while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = _Handler.hub = HubServer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
