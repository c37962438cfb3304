from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nltk
import numpy as np
import pytest
from nltk.corpus.reader import CorpusReader, WordNetCorpusReader
from nltk.corpus.util import LazyCorpusLoader
from text.conftest import make_clusters, make_vectors

from arxonomy.config import AugmentSettings
from arxonomy.errors import SettingsError
from arxonomy.text.augment import Augmenter
from arxonomy.text.synonyms import find_nearest_words, find_wordnet_words
from arxonomy.text.vectors import WordVectors

WORDS = (
    "<PAD>",
    "<UNK>",
    "in",
    "network",
    "web",
    "mesh",
    "networks",
    "indium",
    "suggest",
    "propose",
    "learned",
)
IN, NETWORK, WEB, MESH, NETWORKS, INDIUM, SUGGEST, PROPOSE, LEARNED = range(2, 11)
SENSES = {
    "noun": [["network", "Web"], ["mesh", "network", "neural_network"], ["indium", "In"]],
    "verb": [["propose", "suggest"]],
    "adj": [["learned", "well-read"]],
    "adv": [],
}


def write_wordnet(folder: Path) -> None:
    """SENSES in the format of WordNet's own files."""
    for name in ("cntlist.rev", "index.sense", *(f"{kind}.exc" for kind in SENSES)):
        (folder / name).write_text("")
    (folder / "lexnames").write_text("00\tall\t0\n")
    for kind, senses in SENSES.items():
        letter = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}[kind]
        data = "  1 WordNet 3.0 Copyright of somebody\n"
        offsets: dict[str, list[str]] = {}
        for names in senses:
            offset = f"{len(data):08d}"
            listed = " ".join(f"{name} 0" for name in names)
            data += f"{offset} 00 {letter} {len(names):02x} {listed} 000 | a sense\n"
            for name in names:
                offsets.setdefault(name.lower(), []).append(offset)
        index = [f"{name} {letter} {len(at)} 0 {len(at)} 0 {' '.join(at)}" for name, at in offsets.items()]
        (folder / f"data.{kind}").write_text(data)
        (folder / f"index.{kind}").write_text("\n".join([*index, ""]))


@pytest.fixture
def no_wordnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """NLTK with an empty data folder."""
    other = LazyCorpusLoader("omw-1.4", CorpusReader, ".*")
    # NLTK's own loader would keep what it once has found.
    reader = LazyCorpusLoader("wordnet", WordNetCorpusReader, other)
    monkeypatch.setattr(nltk.corpus, "wordnet", reader)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    yield tmp_path
    for stream in vars(reader).get("_data_file_map", {}).values():
        stream.close()


@pytest.fixture(params=["folder", "zip"])
def wordnet(no_wordnet: Path, request: pytest.FixtureRequest) -> None:
    """NLTK with a small WordNet, unpacked or as it is downloaded."""
    folder = no_wordnet / "corpora" / "wordnet"
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700)  # NLTK reads no folder that others may write into
    write_wordnet(folder)
    if request.param == "zip":
        shutil.make_archive(str(folder), "zip", folder.parent, "wordnet")
        shutil.rmtree(folder)


def make_augmenter(
    vectors: WordVectors | None = None, words: tuple[str, ...] = (), **settings: Any
) -> Augmenter:
    return Augmenter(AugmentSettings(**{"share": 1.0, **settings}), vectors, words)


def test_neighbors_are_near_and_never_the_word_itself() -> None:
    nearest = find_nearest_words(make_clusters(), 0.5)
    assert nearest.shape == (42, 5)
    assert not nearest[:2].any()
    for word in range(2, 42):
        group = (word - 2) // 10
        assert len(set(nearest[word])) == 5
        assert all((near - 2) // 10 == group and near != word for near in nearest[word])


def test_neighbors_respect_the_floor_and_unknown_words() -> None:
    angles = np.deg2rad([0, 0, 0, 30, 75, 90, 180, 270, 1])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    vectors = make_vectors(rows, [True] * 8 + [False])
    assert set(find_nearest_words(vectors, 0.8)[2]) == {0, 3}
    assert set(find_nearest_words(vectors, 0.2)[2]) == {0, 3, 4}
    assert not find_nearest_words(vectors, 0.2)[8].any()
    assert not find_nearest_words(make_vectors(rows[:5]), 0.0).any()  # too few words to choose from


def test_any_matrix_of_word_vectors_does() -> None:
    """A trained embedding has vectors of `<PAD>` and `<UNK>` too, which are no synonyms."""
    trained = make_clusters().matrix.astype(np.float64)
    trained[:2] = trained[2]
    nearest = find_nearest_words(WordVectors(trained, np.ones(42, dtype=np.bool_)), 0.5)  # type: ignore[arg-type]
    assert not nearest[:2].any()
    assert (nearest[2:] >= 2).all()


def test_words_of_a_sense_in_wordnet(wordnet: None) -> None:
    change = make_augmenter(None, WORDS, synonyms="wordnet")
    assert change.operations == ["synonym", "swap", "delete"]
    assert change.describe_synonyms() == "augmentation takes its synonyms from WordNet"
    table = find_wordnet_words(change.wordnet, WORDS)
    assert table[NETWORK].tolist() == [WEB, MESH, 0]  # neither itself nor what is not in the vocabulary
    assert table[NETWORKS].tolist() == [NETWORK, WEB, MESH]
    assert [table[word, 0] for word in (SUGGEST, PROPOSE, LEARNED)] == [PROPOSE, SUGGEST, 0]
    np.testing.assert_array_equal(change.synonyms, table)


def test_wordnet_replaces_as_many_words_as_it_should_and_no_stop_words(wordnet: None) -> None:
    change = make_augmenter(None, WORDS, synonyms="wordnet", operations=["synonym"], alpha=0.2)
    rng = np.random.default_rng(0)
    ids = np.array([IN, LEARNED, 1, NETWORK, IN, 1, LEARNED, SUGGEST, IN, IN], dtype=np.int32)
    seen = [change.change(ids, rng).ids for _ in range(60)]
    assert {tuple(np.flatnonzero(once != ids)) for once in seen} == {(3, 7)}
    assert {once[3] for once in seen} == {WEB, MESH}
    none = np.array([IN, LEARNED, 1], dtype=np.int32)
    np.testing.assert_array_equal(change(none, rng), none)
    longer = make_augmenter(None, WORDS, synonyms="auto", operations=["insert"])(ids, rng)
    assert set(longer) - set(ids) <= {WEB, MESH, PROPOSE}
    assert len(longer) == 11


@pytest.mark.parametrize("missing", ["data", "nltk"])
def test_where_wordnet_is_missing(missing: str, no_wordnet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "nltk":
        monkeypatch.setitem(sys.modules, "nltk.corpus", None)
    with pytest.raises(SettingsError, match=r"python -m nltk\.downloader wordnet"):
        make_augmenter(make_clusters(), WORDS, synonyms="wordnet")
    assert make_augmenter(None, synonyms="wordnet", operations=["swap"]).describe_synonyms() is None
    auto, plain = make_augmenter(make_clusters(), synonyms="auto"), make_augmenter(make_clusters())
    assert (
        auto.describe_synonyms()
        == plain.describe_synonyms()
        == "augmentation takes its synonyms from the word vectors"
    )
    np.testing.assert_array_equal(auto.synonyms, plain.synonyms)
    note = make_augmenter(None, synonyms="auto").describe_synonyms()
    assert note is not None and "there are no word vectors, so augmentation uses no synonyms" in note


def test_a_damaged_wordnet_counts_as_missing(wordnet: None, no_wordnet: Path) -> None:
    for path in no_wordnet.rglob("lexnames"):
        path.unlink()
    for path in no_wordnet.rglob("wordnet.zip"):
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SettingsError, match="missing or damaged"):
        make_augmenter(make_clusters(), WORDS, synonyms="wordnet")


def test_wordnet_needs_the_words(wordnet: None) -> None:
    with pytest.raises(ValueError, match="words"):
        make_augmenter(make_clusters(), synonyms="wordnet")
