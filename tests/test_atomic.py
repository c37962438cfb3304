from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from arxonomy.atomic import hash_file, replace_file, write_atomic
from arxonomy.errors import ArxonomyError, InputError


def test_text_and_bytes_are_written_completely(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "folder" / "text", "Poincaré\n")
    assert (tmp_path / "new" / "folder" / "text").read_bytes() == b"Poincar\xc3\xa9\n"
    write_atomic(str(tmp_path / "bytes"), b"\x00\xff")
    assert (tmp_path / "bytes").read_bytes() == b"\x00\xff"
    assert sorted(os.listdir(tmp_path)) == ["bytes", "new"]


def test_nothing_changes_before_the_block_has_ended_well(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with replace_file(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError("no answer")])
def test_a_block_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, fault: type[BaseException] | BaseException
) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(fault if isinstance(fault, type) else type(fault)), replace_file(target) as temporary:
        temporary.write_text("half")
        raise fault
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_is_reported_and_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_half(path: Path, data: bytes) -> int:
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        raise full

    def fail(*_: object) -> None:
        raise full

    with monkeypatch.context() as patch:
        if call == "write":
            patch.setattr(Path, "write_bytes", write_half)
        else:
            patch.setattr(os, call, fail)
        with pytest.raises(ArxonomyError, match=r"cannot write .*file: No space left on device; the old"):
            write_atomic(target, "new" * 1000)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ArxonomyError, match=r"cannot write .*taken"):
        write_atomic(tmp_path / "taken", "text")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ArxonomyError, match=r"cannot write .*below"):
        write_atomic(tmp_path / "file" / "below", "text")


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_permissions_follow_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "file", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_name_that_is_no_text_is_written_with_a_question_mark(tmp_path: Path) -> None:
    write_atomic(tmp_path / "file", os.fsdecode(b"caf\xe9"))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "caf?"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomic(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_file(tmp_path / "file") == expected
    with pytest.raises(InputError, match="absent: cannot be read: No such file"):
        hash_file(tmp_path / "absent")
