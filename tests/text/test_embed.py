from __future__ import annotations

import dataclasses
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from arxonomy.errors import ArxonomyError, DataError, InputError
from arxonomy.records import Paper
from arxonomy.text import Vocabulary, tokenize
from arxonomy.text.corpus import Exclusions, write_corpus
from arxonomy.text.embed import EmbedSettings, embed, train_vectors
from arxonomy.text.subwords import get_companion, read_subwords
from arxonomy.text.vectors import read_vectors

TINY = EmbedSettings(dim=8, epochs=2, min_count=2)
METHODS = ["word2vec", "fasttext"]


def make_settings(method: str, **changes: object) -> EmbedSettings:
    return dataclasses.replace(TINY, method=method, **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder, which must be as empty after training as before."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert os.listdir(folder) == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["v.txt", "v.txt.gz"])
def test_what_is_written_is_read(
    tmp_path: Path,
    invented_papers: list[Paper],
    method: str,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "arxonomy.text.embed"):
        embed(invented_papers, tmp_path / name, make_settings(method))
    messages = [record.getMessage() for record in caplog.records if record.name == "arxonomy.text.embed"]
    words = [word for paper in invented_papers for word in tokenize(f"{paper.title} {paper.abstract}")]
    frequent = [word for word in set(words) if words.count(word) >= 2]
    vocabulary = Vocabulary(["<PAD>", "<UNK>", *frequent])
    vectors = read_vectors(tmp_path / name, vocabulary, 8)
    assert vectors.share == 1.0
    assert np.abs(vectors.matrix[2:]).max() < 2 and vectors.matrix[2:].std(axis=0).min() > 0.001
    assert messages[0] == f"90 papers with {len(words):,} words; left out: 0 as asked, 0 repeated"
    assert [line.partition(":")[0] for line in messages[1:3]] == ["epoch 1 of 2", "epoch 2 of 2"]
    assert messages[2].endswith(" words/s, 0:00:00 left")
    assert messages[3] == f"{len(frequent):,} words with counts >= 2, dimension 8: {tmp_path / name}"


@pytest.mark.parametrize("method", METHODS)
def test_one_thread_and_one_seed_give_the_same_bytes(
    tmp_path: Path, invented_papers: list[Paper], method: str
) -> None:
    def write_vectors(folder: str, settings: EmbedSettings) -> list[bytes]:
        out = tmp_path / folder / "v.txt.gz"
        embed(invented_papers, out, settings)
        return [file.read_bytes() for file in sorted(out.parent.iterdir())]

    settings = make_settings(method, seed=7)
    once = write_vectors("one", settings)
    assert len(once) == (2 if method == "fasttext" else 1)
    assert write_vectors("two", settings) == once
    other = write_vectors("three", make_settings(method, seed=8))
    assert all(new != old for new, old in zip(other, once, strict=True))


def test_the_most_frequent_word_comes_first_and_ties_are_alphabetical(tmp_path: Path) -> None:
    papers = [Paper("a", "b b b z z a a", "rare"), Paper("c", "c c c c", "")]
    embed(papers, tmp_path / "v.txt", TINY)
    lines = (tmp_path / "v.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["c", "b", "a", "z"]
    assert {len(line.split()) for line in lines} == {9}


def test_words_of_the_same_company_come_near(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    groups = [[f"{name}{i}" for i in range(5)] for name in ("sea", "sky")]
    papers = [Paper(f"p{i}", " ".join(rng.choice(groups[i % 2], 8)), "") for i in range(400)]
    embed(papers, tmp_path / "v.txt", dataclasses.replace(TINY, epochs=30))
    vocabulary = Vocabulary(["<PAD>", "<UNK>", *groups[0], *groups[1]])
    rows = read_vectors(tmp_path / "v.txt", vocabulary, 8).matrix[2:]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    similar = rows @ rows.T
    assert similar[:5, :5].min() > similar[:5, 5:].max() + 0.3


def test_several_threads_learn_too(tmp_path: Path, invented_papers: list[Paper]) -> None:
    embed(invented_papers, tmp_path / "v.txt", make_settings("word2vec", threads=3))
    assert "token" in {line.split()[0] for line in (tmp_path / "v.txt").read_text().splitlines()}


def test_fasttext_s_companion_gives_unseen_words_gensim_s_vectors(
    tmp_path: Path, invented_papers: list[Paper]
) -> None:
    out = tmp_path / "v.txt"
    embed(invented_papers, out, make_settings("fasttext"))
    (tmp_path / "again").mkdir()
    corpus = write_corpus(invented_papers, tmp_path / "again", Exclusions())
    gensim = train_vectors(corpus, make_settings("fasttext"))
    gensim.vectors_ngrams = gensim.vectors_ngrams.astype(np.float16).astype(np.float32)  # as it is kept
    subwords = read_subwords(out, 8)
    assert subwords is not None and "unseenword" not in gensim.key_to_index
    assert subwords.compute_vector("unseenword").tobytes() == gensim.get_vector("unseenword").tobytes()
    vocabulary = Vocabulary(["<PAD>", "<UNK>", "token", "tokens"])
    vectors = read_vectors(out, vocabulary, 8)
    assert vectors.known.tolist() == [False, False, True, True]
    np.testing.assert_array_equal(vectors.matrix[3], gensim.get_vector("tokens"))
    np.testing.assert_allclose(vectors.matrix[2], gensim.get_vector("token"), rtol=1e-3)


def test_an_old_companion_goes_with_its_vectors(tmp_path: Path, invented_papers: list[Paper]) -> None:
    out = tmp_path / "v.txt"
    embed(invented_papers, out, make_settings("fasttext"))
    assert get_companion(out).exists()
    embed(invented_papers, out, make_settings("word2vec"))
    assert not get_companion(out).exists()
    assert read_vectors(out, Vocabulary(["<PAD>", "<UNK>", "nope"]), 8).filled is None


def test_excluded_papers_are_not_learned_from(
    tmp_path: Path, invented_papers: list[Paper], caplog: pytest.LogCaptureFixture
) -> None:
    names = {paper.id for paper in invented_papers if paper.category == "cs.CL"}
    with caplog.at_level(logging.INFO, "arxonomy.text.embed"):
        embed(invented_papers, tmp_path / "v.txt", TINY, Exclusions(names))
    written = {line.split()[0] for line in (tmp_path / "v.txt").read_text().splitlines()}
    assert "token" not in written and "image" in written
    assert "left out: 30 as asked, 0 repeated" in caplog.text


def test_nothing_to_learn_from_is_reported(tmp_path: Path, invented_papers: list[Paper]) -> None:
    out = tmp_path / "v.txt"
    with pytest.raises(
        DataError,
        match=r"none of \d+ different words in 90 papers is there 9000 times, the most frequent \d+",
    ):
        embed(invented_papers, out, make_settings("word2vec", min_count=9000))
    with pytest.raises(DataError, match=r"found none: 90 were left out as asked; give others"):
        embed(invented_papers, out, TINY, Exclusions({paper.id for paper in invented_papers}))
    foreign = [
        Paper(str(number), title, "") for number, title in enumerate(("图神经网络", "Графы", "…", "γράφοι"))
    ]
    with pytest.raises(DataError, match=r"found none in 4 papers; words are runs of the letters a to z"):
        embed(foreign, out, TINY)
    with pytest.raises(DataError, match=r"found none in 0 papers"):
        embed([], out, TINY)
    assert not out.exists()


def test_papers_without_words_are_counted(tmp_path: Path, invented_papers: list[Paper], caplog) -> None:
    caplog.set_level("INFO", "arxonomy")
    embed([*invented_papers, Paper("x", "图神经网络", "")], tmp_path / "v.txt", TINY)
    assert "left out: 0 as asked, 0 repeated, 1 without words" in caplog.text


def stop_after_first(papers: list[Paper]) -> Iterator[Paper]:
    yield from papers[:50]
    raise KeyboardInterrupt


def stop(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("method", METHODS)
def test_old_files_stay_when_training_is_stopped(
    tmp_path: Path, invented_papers: list[Paper], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "here" / "v.txt"
    embed(invented_papers, out, make_settings("fasttext"))
    before = {file: file.read_bytes() for file in out.parent.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        embed(stop_after_first(invented_papers), out, make_settings(method))
    monkeypatch.setattr("arxonomy.text.embed._Epochs.on_epoch_end", stop)
    with pytest.raises(KeyboardInterrupt):
        embed(invented_papers, out, make_settings(method))
    assert {file: file.read_bytes() for file in out.parent.iterdir()} == before


def test_a_place_that_cannot_be_written_to_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    def fail_if_read() -> Iterator[Paper]:
        pytest.fail("the papers are read")
        yield

    with pytest.raises(InputError, match=r"is no file; expected the name of a file"):
        embed(fail_if_read(), tmp_path, TINY)
    with pytest.raises(InputError, match=r"/dev/null is no file"):
        embed(fail_if_read(), "/dev/null", make_settings("fasttext"))
    with pytest.raises(ArxonomyError, match=r"cannot write .*v\.txt: "):
        embed(fail_if_read(), tmp_path / "file" / "v.txt", TINY)
