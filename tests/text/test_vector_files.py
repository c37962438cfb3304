from __future__ import annotations

import gzip
import struct
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from arxonomy.errors import InputError
from arxonomy.text.vector_files import read_rows

IDS = {b"deep": 2, b"graph": 3, b"swamp": 4}
ROWS = {"the": [9, 9, 9], "deep": [1, -2, 0.5], "river": [8, 8, 8], "graph": [0.1, 0, 3]}
TEXT = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in ROWS.items()).encode()
WANTED = {2: [1, -2, 0.5], 3: [np.float32(0.1), 0, 3]}


def encode_binary(
    rows: Mapping[str, list[float]] = ROWS, end: bytes = b"", count: int | None = None
) -> bytes:
    head = f"{len(rows) if count is None else count} 3\n".encode()
    return head + b"".join(f"{word} ".encode() + struct.pack("<3f", *row) + end for word, row in rows.items())


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def read(path: Path, data: bytes | None = None, dim: int = 3) -> dict[int, list[float]]:
    if data is not None:
        path.write_bytes(data)
    return {row: vector.tolist() for row, vector in read_rows(path, IDS, dim)}


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v"])
@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize(
    "data",
    [TEXT, b"4 3\n" + TEXT, encode_binary(), encode_binary(end=b"\n")],
    ids=["glove", "vec", "bin", "bin-newlines"],
)
def test_the_format_is_recognized_by_the_content(tmp_path: Path, name: str, compress, data: bytes) -> None:
    assert read(tmp_path / name, compress(data)) == WANTED


@pytest.mark.parametrize("promised", [1, 3, 5, 1_000_000])
@pytest.mark.parametrize("end", [b"\n", b"", None], ids=["newlines", "no-newlines", "text"])
def test_a_header_that_miscounts_whole_words_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, promised: int, end: bytes | None
) -> None:
    text = b"%d 3\n" % promised + TEXT
    assert read(tmp_path / "v", text if end is None else encode_binary(end=end, count=promised)) == WANTED
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0] == (
        f"{tmp_path / 'v'}: its first line promises {promised:,} words, found 4; all of these are whole, and "
        "are read"
    )


@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("header", [b"", b"3 3\n"], ids=["glove", "vec"])
def test_a_byte_order_mark_is_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, header: bytes, compress
) -> None:
    """With it, the first word or the header would be lost."""
    text = b"\xef\xbb\xbf" + header + TEXT.partition(b"\n")[2]  # the first word is one that is wanted
    assert read(tmp_path / "v", compress(text)) == WANTED
    zipped = write_zip(tmp_path / "v.zip", {"v.txt": text, "w.txt": b"\xef\xbb\xbfdeep 1 2\n"})
    assert read(zipped) == WANTED
    assert not caplog.records


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("name", ["v.bin", "v.bin.gz", "v.vec"])
def test_what_gensim_writes_is_read(tmp_path: Path, name: str, binary: bool) -> None:
    vectors = KeyedVectors(40)
    rows = np.random.default_rng(0).normal(0.0, 0.3, (300, 40)).astype(np.float32)
    words = ["deep", *(f"word{i}é" for i in range(298)), "graph"]
    vectors.add_vectors(words, rows)
    vectors.save_word2vec_format(str(tmp_path / name), binary=binary)
    vectors = dict(read_rows(tmp_path / name, IDS, 40))
    np.testing.assert_array_equal([vectors[2], vectors[3]], rows[[0, -1]])


def test_vectors_may_contain_any_byte(tmp_path: Path) -> None:
    """Spaces, newlines and digits among the bytes of the numbers are no ends of words."""
    bits = {"the": b"\n \n 1 2 3 4\x01", "deep": b"\n\n\n\n    \n\n\n\n", "river": b" deep 1 2 3\x3f"}
    data = b"3 3\n" + b"".join(word.encode() + b" " + bits[word] for word in bits)
    assert read(tmp_path / "v.bin", data) == {2: np.frombuffer(bits["deep"], "<f4").tolist()}


@pytest.mark.slow
def test_words_cross_the_borders_of_reading(tmp_path: Path) -> None:
    rows = {f"{'x' * (i % 50)}{i}": [float(i), 0.0, -1.0] for i in range(9000)}
    ids = {word.encode(): row for row, word in enumerate(rows)}
    (tmp_path / "v.bin").write_bytes(encode_binary(rows, b"\n"))
    vectors = [(row, vector.tolist()) for row, vector in read_rows(tmp_path / "v.bin", ids, 3)]
    assert vectors == list(enumerate(rows.values()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encode_binary()[:-1], r"v: expected 4 words, .* but it ends within word 4; it is cut off"),
        (encode_binary(end=b"\n")[:-14], r"v: expected 4 words, .* but it ends within word 4"),
        (encode_binary(count=5) + b"gr", r"v: expected 5 words, .* but it ends within word 5"),
        (encode_binary(count=3)[:-2], r"v: expected 3 words, .* but it ends within word 4"),
        (b"4 3\n\1 \2 \n", r"v: expected 4 words, .* but it ends within word 1"),
        (encode_binary({**ROWS, "graph": [1, float("nan"), 2]}), r"v: word 4: expected finite numbers"),
        (encode_binary({**ROWS, "deep": [float("inf"), 1, 2]}), r"v: word 2: expected finite numbers"),
        (
            encode_binary().replace(b"4 3", b"4 5", 1),
            r"v:1: expected 3 numbers after the word, found 5; take",
        ),
        (encode_binary({"the": [0, 0, 0], "x" * 200_000: [0, 0, 0]}), r"v: word 2 has no end; .* damaged"),
    ],
)
def test_a_damaged_binary_file_is_reported_with_its_word(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "v", data)


def test_a_truncated_gz_of_a_binary_file_is_reported(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20_000, 3)).tolist()
    whole = gzip.compress(encode_binary({f"word{i}": row for i, row in enumerate(rows)}))
    with pytest.raises(InputError, match=r"v\.bin\.gz: the word vectors cannot be read after word \d+: "):
        read(tmp_path / "v.bin.gz", whole[:-500])


def test_the_member_of_the_right_width_is_taken(tmp_path: Path) -> None:
    narrow = b"".join(b"%s 1 2\n" % word for word in (b"deep", b"graph"))
    others = {"a.2d.txt": narrow, "README.txt": b"Vectors of 3 kinds\n", "folder/": b"", "empty": b""}
    for data in (TEXT, b"4 3\n" + TEXT, encode_binary()):
        path = write_zip(tmp_path / "v.zip", {**others, "b.3d.txt": data})
        assert read(path) == WANTED
        assert read(path, dim=2) == {2: [1, 2], 3: [1, 2]}
    with pytest.raises(
        InputError, match=r"v\.zip: expected one .* of width 4, found a\.2d\.txt \(2\), b\.3d\.txt \(3\); set"
    ):
        read(path, dim=4)
    with pytest.raises(InputError, match=r"v\.zip: .* width 3, found c \(3\), d \(3\); unpack the one you"):
        read(write_zip(tmp_path / "v.zip", {"c": TEXT, "d": TEXT}))


def test_the_only_member_is_taken(tmp_path: Path) -> None:
    assert read(write_zip(tmp_path / "v.zip", {"any.name": TEXT})) == WANTED
    assert read(write_zip(tmp_path / "zip.called.txt", {"folder/": b"", "folder/v": TEXT})) == WANTED
    with pytest.raises(InputError, match=r"v\.zip/v\.txt:1: expected 5 numbers after the word, found 3"):
        read(write_zip(tmp_path / "v.zip", {"v.txt": TEXT}), dim=5)


def test_a_zip_without_vectors_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "v.zip"
    with pytest.raises(InputError, match=r"expected word vectors in the zip, found nothing"):
        read(write_zip(path, {}))
    with pytest.raises(InputError, match=r"expected word vectors in the zip, found a\.txt, b\.png"):
        read(write_zip(path, {"a.txt": b"Dear reader\n", "b.png": bytes(range(256))}))
    with pytest.raises(InputError, match=r"v\.zip/b\.png:1: expected"):
        read(write_zip(path, {"b.png": bytes(range(256))}))


def test_an_encrypted_zip_is_reported(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "v.zip", {"v.txt": TEXT})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the member's own header,
    data[data.index(b"PK\1\2") + 8] |= 1  # and in the list of members
    with pytest.raises(InputError, match=r"v\.zip: v\.txt is encrypted; unpack it"):
        read(path, bytes(data))


def test_a_damaged_zip_is_reported(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(5000, 3)).tolist()
    text = "".join(f"word{i} {a} {b} {c}\n" for i, (a, b, c) in enumerate(rows)).encode()
    path = write_zip(tmp_path / "v.zip", {"v.txt": text})
    whole = path.read_bytes()
    with pytest.raises(InputError, match=r"v\.zip: the word vectors cannot be read: File is not a zip file"):
        read(path, whole[:-2000])
    middle = len(whole) // 2
    flipped = whole[:middle] + b"\xff" * 8 + whole[middle + 8 :]
    with pytest.raises(InputError, match=r"v\.zip: the word vectors cannot be read after line \d+: "):
        read(path, flipped)


def test_every_flipped_byte_of_a_zip_is_read_or_reported(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "v.zip", {"a.txt": TEXT, "b": b"x 1\n"})
    whole = path.read_bytes()
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 0x55
        try:
            read(path, bytes(data))
        except InputError:
            pass


@pytest.mark.slow
def test_no_kind_of_file_is_kept_in_memory(tmp_path: Path) -> None:
    rows = {f"word{i}": [1.0, 2.0, float(i)] for i in range(60_000)}
    (tmp_path / "v.bin").write_bytes(encode_binary(rows))
    text = "".join(f"{word} 1.00000000 2.00000000 3.00000000\n" for word in rows).encode()
    write_zip(tmp_path / "v.zip", {"v.txt": text})
    for name in ("v.bin", "v.zip"):
        read(tmp_path / name)  # everything is imported
        tracemalloc.start()
        try:
            read(tmp_path / name)
            assert (
                tracemalloc.get_traced_memory()[1]
                < 700_000
                < 1_300_000
                < min(len(encode_binary(rows)), len(text))
            )
        finally:
            tracemalloc.stop()
