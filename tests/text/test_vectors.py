from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from arxivist.errors import InputError
from arxivist.text import Vocabulary
from arxivist.text.vectors import read_vectors

VOCABULARY = Vocabulary(["<PAD>", "<UNK>", "deep", "graph", "swamp", "-"])
TEXT = "the 9 9 9\ndeep 1 -2 .5\nriver 8 8 8\ngraph 1e-1 0 3\n"


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("header", ["", "4 3\n"], ids=["glove", "word2vec"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n", " \n"])
def test_the_vocabulary_s_words_are_read(tmp_path: Path, header: str, zipped: bool, newline: str) -> None:
    data = (header + TEXT).replace("\n", newline).encode()
    path = write(tmp_path / ("v.txt.gz" if zipped else "v.txt"), gzip.compress(data) if zipped else data)
    vectors = read_vectors(path, VOCABULARY, 3)
    assert vectors.found.tolist() == [False, False, True, True, False, False]
    expected = [[0, 0, 0], [0, 0, 0], [1, -2, 0.5], [0.1, 0, 3], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(vectors.matrix, np.array(expected, dtype=np.float32))
    assert vectors.share() == 0.5
    assert vectors.coverage() == "word vectors cover 2 of 4 words (50.0%)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"v\.txt: expected word vectors, found an empty file"),
        ("the 1 2\n", r"v\.txt:1: expected 3 numbers after the word, found 2; take .* model\.embed_dim"),
        ("the 1 2 3 4\n", r"v\.txt:1: expected 3 numbers after the word, found 4"),
        ("4 2\nthe 1 2\n", r"v\.txt:1: expected 3 numbers after the word, found 2"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 2\n", r"v\.txt:3: expected 3 numbers after the word, found 2"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 2 3graph 1 2 3\n", r"v\.txt:3: expected a word and 3 numbers"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 nan 3\n", r"v\.txt:3: expected finite numbers"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 1e99 3\n", r"v\.txt:3: expected finite numbers"),
        ("once upon a time\n", r"v\.txt:1: expected a word and 3 numbers; this is not GloVe"),
        ("once upon a time there was a word\n", r"v\.txt:1: expected a word and 3 numbers"),
        ("upon\n", r"v\.txt:1: expected 3 numbers after the word, found 0"),
        (b"2 3\nthe " + struct.pack("<6f", 1, 2, 3, 4, 5, 6), r"v\.txt:2: expected"),
    ],
)
def test_a_file_of_another_kind_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_vectors(write(tmp_path / "v.txt", text), VOCABULARY, 3)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(InputError, match="cannot be read after line 0"):
            read_vectors(path, VOCABULARY, 3)


def test_a_damaged_gz_is_told_with_the_last_good_line(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"word{i} {i} 2 3\n" for i in range(5000)).encode())
    flipped = bytearray(whole)
    flipped[len(whole) // 2 : len(whole) // 2 + 8] = b"\xff" * 8
    for damaged in (whole[:-2000], bytes(flipped), b"no gz at all"):
        with pytest.raises(InputError, match=r"v\.gz: the word vectors cannot be read after line \d+"):
            read_vectors(write(tmp_path / "v.gz", damaged), VOCABULARY, 3)


def test_words_with_spaces_in_them_are_passed_over(tmp_path: Path) -> None:
    text = "the 9 9 9\na 9 9 9\n- - - 7 7 7\ndeep me@here.org 7 7 7\ndeep 1 2 3\n"
    vectors = read_vectors(write(tmp_path / "v.txt", text), VOCABULARY, 3)
    assert vectors.found.tolist() == [False, False, True, False, False, False]
    assert vectors.matrix[2].tolist() == [1, 2, 3]


def test_a_large_file_is_not_held(tmp_path: Path) -> None:
    with open(tmp_path / "v.txt", "w") as file:
        for i in range(40_000):
            file.write(f"word{i} 1.00000000 2.00000000 3.00000000\n")
    read_vectors(tmp_path / "v.txt", VOCABULARY, 3)  # everything is imported
    tracemalloc.start()
    try:
        read_vectors(tmp_path / "v.txt", VOCABULARY, 3)
        assert tracemalloc.get_traced_memory()[1] < 200_000 < (tmp_path / "v.txt").stat().st_size / 5
    finally:
        tracemalloc.stop()


def test_unknown_words_start_at_the_file_s_scale(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(400)]
    vocabulary = Vocabulary(["<PAD>", "<UNK>", *words])
    rows = rng.normal(0.0, 0.3, (200, 20))
    text = "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, rows, strict=False))
    vectors = read_vectors(write(tmp_path / "v.txt", text), vocabulary, 20)
    start = vectors.embedding(seed=1)
    np.testing.assert_array_equal(start[0], 0.0)
    np.testing.assert_array_equal(start[vectors.found], vectors.matrix[vectors.found])
    unknown = start[np.flatnonzero(~vectors.found)[1:]]
    assert unknown.std() == pytest.approx(0.3, rel=0.05)
    assert abs(unknown.mean()) < 0.02
    assert unknown.any(axis=1).all()
    np.testing.assert_array_equal(start, vectors.embedding(seed=1))
    assert (start != vectors.embedding(seed=2)).any()
