"""Bundles on the Hugging Face Hub: `hf://owner/name@commit` -> a folder, and a bundle -> a commit.

Only a commit names a model, since branches and tags can be moved to another one. What is downloaded are the
files of a bundle alone, never code nor a pickle, whatever else is in the repository; they stay in the cache
of `huggingface_hub` (`HF_HOME`), where they are found without a network. A private or gated repository needs
a token: `HF_TOKEN`, or `hf auth login`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.advice import name_option
from arxonomy.artifacts.bundle import CARD, CONFIG, MANIFEST, Bundle, is_bundle
from arxonomy.errors import ArxonomyError, BundleError, RemoteError, SettingsError, needs_extra
from arxonomy.records import AnyPath
from arxonomy.version import __version__

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi

SCHEME = "hf://"

_LOG = logging.getLogger(__name__)

_FILES = (
    *(MANIFEST, CONFIG, CARD, "recipe.json", "vocabulary.json", "baseline.json", "taxonomy.json"),
    *("model.safetensors", "model.onnx", "near_words.safetensors", "trained_on.safetensors"),
)
PATTERNS = [folder + name for folder in ("", "network/", "member-*/", "member-*/network/") for name in _FILES]
"""All that a bundle may consist of."""

# A `Path` has made one slash of the two.
_NAME = re.compile(r"hf:/{1,2}(?P<repository>[^@]*)(?:@(?P<revision>.*))?", re.DOTALL)
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class PushedModel:
    """A bundle that is on the Hub."""

    name: str
    """`hf://owner/name@commit`."""
    private: bool
    """Whether only its owners can read it."""


def find_folder(model: AnyPath) -> Path:
    """Find the folder of a model that is named: what is on the Hub is downloaded first.

    Args:
        model: A folder, or `hf://owner/name@commit`.

    Raises:
        SettingsError: The name is no such name, or has no commit.
        MissingExtraError: `huggingface_hub` is not installed.
        RemoteError: The Hub does not have it, does not give it out or does not answer.
        BundleError: It is no bundle, or its files are not those that its manifest lists.
    """
    found = _NAME.fullmatch(os.fspath(model).replace("\\", "/"))
    if not found:
        return Path(model)
    repository, revision = found["repository"], found["revision"]
    if not _REPOSITORY.fullmatch(repository):
        raise SettingsError(f"expected a model as in {SCHEME}owner/name@commit, found `{model}`")
    if not _COMMIT.fullmatch(revision or ""):
        raise SettingsError(_advise_commit(repository, revision))
    return _download(repository, revision)


def _advise_commit(repository: str, revision: str | None) -> str:
    """Say which commit a branch, a tag or the start of a commit stands for now."""
    found = f"{SCHEME}{repository}{'' if revision is None else f'@{revision}'}"
    expected = f"expected the commit of a model, found `{found}`, which can become another model"
    try:
        with _explain_errors(repository, revision or "main"):
            commit = _make_api().model_info(repository, revision=revision or "main").sha
    except RemoteError as error:
        return f"{expected}; write it as {SCHEME}{repository}@COMMIT ({error})"
    return f"{expected}; it is now {SCHEME}{repository}@{commit}"


def _download(repository: str, commit: str) -> Path:
    name = f"{SCHEME}{repository}@{commit}"
    with _explain_errors(repository, commit):
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        def fetch(*, cached: bool) -> Path:
            folder = snapshot_download(
                repository,
                revision=commit,
                allow_patterns=PATTERNS,
                library_name="arxonomy",
                library_version=__version__,
                local_files_only=cached,
            )
            return Path(folder)

        try:
            return Bundle(fetch(cached=True)).folder
        except (LocalEntryNotFoundError, BundleError):  # not there, or not all of it
            _LOG.info("model: downloading %s", name)
            folder = fetch(cached=False)
    if not is_bundle(folder):
        raise BundleError(
            f"{name}: expected a bundle, found no {MANIFEST} in that commit; name a repository that "
            "`arxonomy push` wrote"
        )
    try:
        Bundle(folder)
    except BundleError as error:
        raise BundleError(
            f"{name}: {error}; to download it again, delete {folder.parents[1]}, and if that does not help, "
            "name another commit"
        ) from error
    return folder


def push_bundle(bundle: AnyPath, repository: str, *, public: bool = False) -> PushedModel:
    """Upload a bundle to a model repository, as one commit.

    The repository is made where there is none. In one that exists, the files of another bundle are replaced,
    and other files stay.

    Args:
        bundle: The folder of a bundle, written by this version.
        repository: As in `owner/name`.
        public: Whether everybody may read it, if it is made now. One that is public already is refused
            without this.

    Raises:
        BundleError: It is no bundle, damaged, or of an older version, without what the Hub shows.
        SettingsError: `repository` is no such name, or is public, or the Hub refuses the card's metadata.
        MissingExtraError: `huggingface_hub` is not installed.
        RemoteError: The Hub does not answer, or does not let this user write there.
    """
    own = Bundle(bundle)
    if not _REPOSITORY.fullmatch(repository):
        raise SettingsError(f"expected a repository as in owner/name, found `{repository}`")
    if CONFIG not in own.manifest.files:
        raise BundleError(
            f"{bundle}: expected a bundle with a {CONFIG}, which the Hub shows, found one from before there "
            "was any; export its run again with this version"
        )
    files = sorted(
        path.relative_to(own.folder).as_posix()
        for path in own.folder.rglob("*")
        if path.is_file() and _is_of_bundle(path.relative_to(own.folder).as_posix())
    )
    with _explain_errors(repository, "main"):
        from huggingface_hub import CommitOperationDelete

        api = _make_api()
        api.create_repo(repository, private=not public, exist_ok=True)
        info = api.model_info(repository)
        if not info.private and not public:
            raise SettingsError(
                f"expected a private repository, found that {repository} is public; push to another one, or "
                f"state that everybody may read the model: {name_option('--public')}"
            )
        there = [entry.rfilename for entry in info.siblings or ()]
        old = [name for name in there if _is_of_bundle(name) and name not in files]
        deletions = [CommitOperationDelete(name) for name in old]
        commit = _commit(api, repository, info.sha, own.folder, files, deletions)
    return PushedModel(f"{SCHEME}{repository}@{commit.oid}", bool(info.private))


def _commit(
    api: HfApi,
    repository: str,
    parent: str | None,
    folder: Path,
    files: Sequence[str],
    deletions: Sequence[CommitOperationDelete],
) -> CommitInfo:
    """Upload files as one commit, in chunks of Xet where the server has that."""
    from huggingface_hub import CommitOperationAdd

    def send(additions: Sequence[CommitOperationAdd], threads: int) -> CommitInfo:
        return api.create_commit(
            repository,
            [*deletions, *additions],
            commit_message="Upload a bundle of arxonomy",
            parent_commit=parent,
            num_threads=threads,
        )

    with warnings.catch_warnings(action="always", record=True) as advice:  # about a card that is valid
        try:
            commit = send([CommitOperationAdd(name, folder / name) for name in files], threads=5)
        except ConnectionError:  # hf_xet has found no Xet; open files go through Git LFS
            # One by one, since of members with the same file one open file would be read by two threads.
            with contextlib.ExitStack() as stack:
                opened = [(name, stack.enter_context((folder / name).open("rb"))) for name in files]
                commit = send([CommitOperationAdd(name, file) for name, file in opened], threads=1)
        except ValueError as error:
            if "Invalid metadata" not in str(error):
                raise
            raise SettingsError(f"the Hub refuses the card: {' '.join(str(error).split())}") from error
    for text in dict.fromkeys(str(own.message) for own in advice if own.category is UserWarning):
        _LOG.warning("%s", " ".join(text.split()))
    return commit


def _is_of_bundle(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in PATTERNS)


def _make_api() -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(library_name="arxonomy", library_version=__version__)


@contextlib.contextmanager
def _explain_errors(repository: str, revision: str) -> Iterator[None]:
    """Say what to do about each way in which the Hub does not give what it is asked for."""
    with needs_extra("hub", "a model on the Hugging Face Hub"):
        from httpx2 import HTTPError
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    token = "set HF_TOKEN to your token, or run `hf auth login`"
    try:
        yield
    except ArxonomyError:
        raise
    except GatedRepoError as error:
        raise RemoteError(
            f"{repository} is gated: ask for access on its page on the Hub, then {token}"
        ) from error
    except RepositoryNotFoundError as error:
        raise RemoteError(
            f"expected the model repository {repository} on the Hub, found none that you may read; correct "
            f"the name, or if it is private, {token}"
        ) from error
    except RevisionNotFoundError as error:
        raise RemoteError(
            f"expected the revision {revision} in {repository}, found none; its page on the Hub lists its "
            "commits"
        ) from error
    except HFValidationError as error:
        raise SettingsError(f"expected a repository as in owner/name, found `{repository}`") from error
    except OfflineModeIsEnabled as error:
        raise RemoteError("HF_HUB_OFFLINE is set, so that the Hub is not asked; unset it") from error
    except LocalEntryNotFoundError as error:
        raise RemoteError(
            f"the Hub cannot be reached, and {repository}@{revision} is not complete in the cache; connect "
            "(HF_HUB_OFFLINE must not be set), and try again"
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        advice = token if status in (401, 403) else "try again later"
        raise RemoteError(
            f"expected an answer of the Hub about {repository}, found the status {status}: "
            f"{str(error.server_message or error).splitlines()[0]}; {advice}"
        ) from error
    except (HTTPError, OSError, RuntimeError) as error:
        raise RemoteError(
            f"the connection to the Hub failed, or the cache cannot be written: {error}; try again"
        ) from error
