from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from gensim.models.fasttext import FastTextKeyedVectors, ft_ngram_hashes
from safetensors.numpy import save_file

from arxonomy.atomic import hash_file
from arxonomy.errors import InputError
from arxonomy.text.subwords import (
    MAX_N,
    MIN_N,
    Subwords,
    get_companion,
    hash_ngram,
    read_subwords,
    split_ngrams,
    write_subwords,
)

WORDS = ["unseenword", "a", "-", "2nd", "pre-training", "größe", "深度", "x" * 40]


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "v.txt"
    path.write_text("deep 1 2 3 4 5\n")
    ngrams = np.random.default_rng(0).normal(0.0, 0.3, (997, 5)).astype(np.float32)
    write_subwords(get_companion(path), ngrams, hash_file(path))
    return path


@pytest.mark.parametrize("lengths", [(3, 6), (1, 2), (4, 4)])
def test_the_hashes_are_fasttext_s(lengths: tuple[int, int]) -> None:
    for word in WORDS:
        ours = [hash_ngram(ngram) % 1000 for ngram in split_ngrams(word, *lengths)]
        assert ours == ft_ngram_hashes(word, *lengths, 1000)


def test_a_word_s_vector_is_gensim_s_bit_for_bit(vectors: Path) -> None:
    subwords = read_subwords(vectors, 5)
    assert subwords is not None
    gensim = FastTextKeyedVectors(5, MIN_N, MAX_N, 997)
    gensim.vectors_ngrams = subwords.ngrams.astype(np.float32)
    for word in WORDS:
        assert subwords.compute_vector(word).tobytes() == gensim.get_vector(word).tobytes()


def test_a_word_without_ngrams_is_zero() -> None:
    assert Subwords(np.ones((9, 2), dtype=np.float16), 6, 6).compute_vector("cat").tolist() == [0, 0]


def test_no_companion(tmp_path: Path) -> None:
    assert read_subwords(tmp_path / "v.txt", 5) is None


def test_a_companion_of_other_vectors_is_properties(vectors: Path) -> None:
    vectors.write_text("deep 1 2 3 4 6\n")
    with pytest.raises(
        InputError, match=r"v\.txt\.subwords\.safetensors belongs to another file than .*v\.txt"
    ):
        read_subwords(vectors, 5)


def test_a_damaged_companion_is_properties(vectors: Path) -> None:
    path = get_companion(vectors)
    whole = path.read_bytes()
    (length,) = struct.unpack("<Q", whole[:8])
    for damaged in (b"", whole[:5], whole[: 8 + length], whole[:-1], b"\xff" * 100):
        path.write_bytes(damaged)
        with pytest.raises(
            InputError, match=r"damaged subwords of .*; run `arxonomy embed` again, or delete"
        ):
            read_subwords(vectors, 5)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "arxonomy subwords 2"}, "it lacks 'arxonomy subwords 1'"),
        ({"min_n": "three"}, "invalid literal"),
        ({"min_n": 0}, "at least one letter"),
        ({"max_n": 2}, "at least one letter"),
        ({"max_n": [2]}, "int"),
        ({"buckets": 8}, r"expected \(8, 5\) numbers of float16, found \(7, 5\)"),
        ({"value": np.nan}, "expected finite numbers"),
        ({"type": np.float32}, "expected .* numbers of float16"),
        ({"name": "other"}, "ngrams"),
        ({"min_n": None}, "it lacks 'min_n'"),
        ({"vectors_sha256": None}, "it lacks 'vectors_sha256'"),
    ],
)
def test_a_companion_of_another_make_is_properties(
    vectors: Path, changed: dict[str, object], message: str
) -> None:
    properties = {"min_n": 3, "max_n": 6, "buckets": 7, "vectors_sha256": hash_file(vectors)}
    form = str(changed.pop("format", "arxonomy subwords 1"))
    ngrams = np.full((7, 5), changed.pop("value", 1.0), dtype=changed.pop("type", np.float16))
    name = str(changed.pop("name", "ngrams"))
    metadata = {key: value for key, value in {**properties, **changed}.items() if value is not None}
    save_file({name: ngrams}, get_companion(vectors), {form: json.dumps(metadata)})
    with pytest.raises(InputError, match=message):
        read_subwords(vectors, 5)
    save_file(
        {"ngrams": np.ones((7, 5), dtype=np.float16)},
        get_companion(vectors),
        {"arxonomy subwords 1": json.dumps(properties)},
    )
    assert read_subwords(vectors, 5) is not None
