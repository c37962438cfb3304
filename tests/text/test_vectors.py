from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from arxonomy.atomic import hash_file
from arxonomy.errors import InputError
from arxonomy.text import Vocabulary
from arxonomy.text.subwords import get_companion, read_subwords, write_subwords
from arxonomy.text.synonyms import find_nearest_words
from arxonomy.text.vectors import WordVectors, read_vectors

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
    assert vectors.in_file.tolist() == [False, False, True, True, False, False]
    expected = [[0, 0, 0], [0, 0, 0], [1, -2, 0.5], [0.1, 0, 3], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(vectors.matrix, np.array(expected, dtype=np.float32))
    assert vectors.share == 0.5
    assert (
        vectors.describe_coverage()
        == "word vectors cover 2 of 4 words (50.0%); most frequent without: swamp, -"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"v\.txt: expected word vectors, found an empty file"),
        ("the 1 2\n", r"v\.txt:1: expected 3 numbers after the word, found 2; take .* model\.embed_dim"),
        ("4 2\nthe 1 2\n", r"v\.txt:1: expected 3 numbers after the word, found 2"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 2\n", r"v\.txt:3: expected 3 numbers after the word, found 2"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 2 3graph 1 2 3\n", r"v\.txt:3: expected a word and 3 numbers"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 nan 3\n", r"v\.txt:3: expected finite numbers"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 1e99 3\n", r"v\.txt:3: expected finite numbers"),
        ("the 1 2 3\nriver 1 2 3\ndeep 1 2\ngraph 1 2 3\n", r"v\.txt:3: .* damaged or cut off here"),
        ("the 1 2 3\nriver 1 2 3\nlake 1 2 3\nsea 1 2", r"v\.txt:4: .* found 2; .* cut off here"),
        ("the 1 2 3\nriver 1 2 3\nlake 1 2 3\nse", r"v\.txt:4: .* found 0; .* cut off here"),
        ("4 3\n", r"v\.txt: expected 4 words, as in its first line, found 0; it is cut off"),
        (
            "5 3\n" + TEXT.rstrip("\n"),
            r"v\.txt: expected 5 words, .*, found 4; it is cut off",
        ),
        (f"{'4' * 5000} 3\n", r"v\.txt:1: expected 3 numbers after the word, found 1"),
        ("4 3\nonce upon a time\n", r"v\.txt:2: expected a word and 3 numbers"),
        ("\n\n", r"v\.txt: expected word vectors, found an empty file"),
        ("once upon a time\n", r"v\.txt:1: expected a word and 3 numbers; this is neither GloVe"),
        ("once upon a time there was a word\n", r"v\.txt:1: expected a word and 3 numbers"),
        ("upon\n", r"v\.txt:1: expected a word and 3 numbers; this is neither GloVe"),
        (bytes(3_000_000), r"v\.txt:1: the line is longer than 1 MB"),
        (bytes(300), r"v\.txt:1: expected a word and 3 numbers; this is neither GloVe"),
        (bytes(range(256)) * 9, r"v\.txt:1: expected a word and 3 numbers; this is neither GloVe"),
    ],
)
def test_a_file_of_another_kind_is_reported_with_its_line(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_vectors(write(tmp_path / "v.txt", text), VOCABULARY, 3)


def test_a_missing_file_and_a_folder_are_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent: the word vectors cannot be read: No such file"):
        read_vectors(tmp_path / "absent", VOCABULARY, 3)
    with pytest.raises(InputError, match=r"the word vectors cannot be read: Is a directory"):
        read_vectors(tmp_path, VOCABULARY, 3)


def test_a_damaged_gz_is_reported_with_the_last_good_line(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"word{i} {i} 2 3\n" for i in range(5000)).encode())
    flipped = bytearray(whole)
    flipped[len(whole) // 2 : len(whole) // 2 + 8] = b"\xff" * 8
    for damaged in (whole[:-2000], bytes(flipped)):
        with pytest.raises(InputError, match=r"v\.gz: the word vectors cannot be read after line \d+"):
            read_vectors(write(tmp_path / "v.gz", damaged), VOCABULARY, 3)
    with pytest.raises(InputError, match=r"v\.gz: the word vectors cannot be read: Not a gzipped file"):
        read_vectors(write(tmp_path / "v.gz", b"no gz at all"), VOCABULARY, 3)


def test_words_with_spaces_in_them_are_passed_over(tmp_path: Path) -> None:
    text = "the 9 9 9\na 9 9 9\n- - - 7 7 7\ndeep me@here.org 7 7 7\ndeep 1 2 3\n"
    vectors = read_vectors(write(tmp_path / "v.txt", text), VOCABULARY, 3)
    assert vectors.in_file.tolist() == [False, False, True, False, False, False]
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
    start = vectors.make_embedding(seed=1)
    np.testing.assert_array_equal(start[0], 0.0)
    np.testing.assert_array_equal(start[vectors.in_file], vectors.matrix[vectors.in_file])
    unknown = start[np.flatnonzero(~vectors.in_file)[1:]]
    assert unknown.std() == pytest.approx(0.3, rel=0.05)
    assert abs(unknown.mean()) < 0.02
    assert unknown.any(axis=1).all()
    np.testing.assert_array_equal(start, vectors.make_embedding(seed=1))
    assert (start != vectors.make_embedding(seed=2)).any()


def test_the_start_of_an_embedding_does_not_change() -> None:
    """Results that were published depend on these numbers."""
    in_file = np.array([False, False, True, False, True])
    matrix = np.array([[0, 0], [0, 0], [1, -1], [0, 0], [-1, 1]], dtype=np.float32)  # a scale of exactly 1
    start = WordVectors(matrix, in_file).make_embedding(seed=3)
    drawn = np.random.default_rng([3, 0x7EC]).normal(0.0, 1.0, (5, 2)).astype(np.float32)
    np.testing.assert_array_equal(start, [[0, 0], drawn[1], [1, -1], drawn[3], [-1, 1]])


def test_ten_frequent_words_without_a_vector_are_named(tmp_path: Path) -> None:
    vocabulary = Vocabulary(["<PAD>", "<UNK>", *(f"word{i}" for i in range(15))])
    vectors = read_vectors(write(tmp_path / "v.txt", "word1 1\nword14 2\n"), vocabulary, 1)
    named = ", ".join(f"word{i}" for i in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    assert vectors.describe_coverage().endswith(
        f"cover 2 of 15 words (13.3%); most frequent without: {named}"
    )
    every = Vocabulary(["<PAD>", "<UNK>", "word14"])
    assert (
        read_vectors(tmp_path / "v.txt", every, 1).describe_coverage().endswith("cover 1 of 1 words (100.0%)")
    )


def test_words_that_the_file_lacks_are_made_of_their_subwords(tmp_path: Path) -> None:
    path = write(tmp_path / "v.txt", TEXT)
    plain = read_vectors(path, VOCABULARY, 3)
    ngrams = np.random.default_rng(0).normal(0.0, 5.0, (50, 3)).astype(np.float32)
    write_subwords(get_companion(path), ngrams, hash_file(path))
    vectors = read_vectors(path, VOCABULARY, 3)
    subwords = read_subwords(path, 3)
    assert subwords is not None and vectors.filled is not None
    np.testing.assert_array_equal(vectors.in_file, plain.in_file)
    np.testing.assert_array_equal(vectors.matrix[vectors.in_file], plain.matrix[plain.in_file])
    assert vectors.filled.tolist() == [False, False, False, False, True, True]
    assert vectors.known.tolist() == [False, False, True, True, True, True]
    np.testing.assert_array_equal(
        vectors.matrix[4:], [subwords.compute_vector("swamp"), subwords.compute_vector("-")]
    )
    assert vectors.matrix[4:].any(axis=1).all()
    assert vectors.share == 0.5
    assert (
        vectors.describe_coverage() == "word vectors cover 2 of 4 words (50.0%) and 2 more by their subwords"
    )
    start, before = vectors.make_embedding(seed=1), plain.make_embedding(seed=1)
    np.testing.assert_array_equal(start[4:], vectors.matrix[4:])
    np.testing.assert_array_equal(start[:4], before[:4])  # <UNK> is drawn as it was, at the same scale


@pytest.mark.parametrize("subwords", [False, True])
def test_wider_vectors_are_reduced_to_principal_components(tmp_path: Path, subwords: bool) -> None:
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(40)]
    wide = rng.normal(1.0, 2.0, (40, 2)) @ rng.normal(0.0, 1.0, (2, 6)) + rng.normal(0.0, 0.01, (40, 6))
    lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, wide, strict=True)]
    path, vocabulary = (
        write(tmp_path / "v.txt", "".join(lines)),
        Vocabulary(["<PAD>", "<UNK>", *words, "else"]),
    )
    if subwords:
        ngrams = rng.normal(0.0, 1.0, (50, 6)).astype(np.float32)
        write_subwords(get_companion(path), ngrams, hash_file(path))
    vectors = read_vectors(path, vocabulary, 2)
    assert vectors.matrix.shape == (43, 2)
    assert "; of 6 numbers each, reduced to 2 principal components, 100% of the variance" in (
        vectors.describe_coverage()
    )
    expected, narrow = wide - wide.mean(axis=0), vectors.matrix[2:42]
    scale = wide.std() / narrow.std()
    assert scale == pytest.approx(1, rel=1e-5)
    ratio = np.linalg.norm(narrow[1:] - narrow[0], axis=1) / np.linalg.norm(
        expected[1:] - expected[0], axis=1
    )
    np.testing.assert_allclose(ratio, ratio[0], rtol=0.02)  # distances are as they were, but for a factor
    assert vectors.matrix[:2].any() == np.False_ and vectors.matrix[42].any() == subwords
    none = read_vectors(path, Vocabulary(["<PAD>", "<UNK>", "nope"]), 2)
    assert none.matrix.shape == (3, 2) and none.share == 0.0


def test_rows_made_of_subwords_give_synonyms_too() -> None:
    matrix = np.random.default_rng(0).normal(0.0, 1.0, (10, 6)).astype(np.float32)
    matrix[9] = matrix[2]
    in_file = np.array([False, False, *[True] * 7, False])
    filled = np.array([*[False] * 9, True])
    assert 9 in find_nearest_words(WordVectors(matrix, in_file, filled), 0.9)[2]
    assert 9 not in find_nearest_words(WordVectors(matrix, in_file), 0.9)[2]


@pytest.mark.real
def test_real_vectors(real_data: Path) -> None:
    words = ["transformer", "transformers", "galaxy", "xyzzyx"]
    vectors = read_vectors(
        real_data / "vectors/arxiv.300d.txt.gz", Vocabulary(["<PAD>", "<UNK>", *words]), 300
    )
    assert vectors.describe_coverage().endswith("3 of 4 words (75.0%); most frequent without: xyzzyx")
    one, near, far = (row / np.linalg.norm(row) for row in vectors.matrix[2:5])
    assert one @ near > 0.6 > 0.4 > one @ far
