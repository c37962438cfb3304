from __future__ import annotations

from arxonomy.config import TextSettings
from arxonomy.records import Paper
from arxonomy.text import Encoder, Vocabulary, collate
from arxonomy.text.characters import ALPHABET, cut_words, spell


def test_words_become_character_ids_cut_and_padded() -> None:
    ids = spell(cut_words(["a-1", "", "transformer"], 5))
    assert ids.shape == (3, 5)
    assert ids[0].tolist() == [ALPHABET.index("a") + 1, 1, ALPHABET.index("1") + 1, 0, 0]
    assert ids[1].tolist() == [0] * 5
    assert "".join(ALPHABET[i - 1] for i in ids[2]) == "trans"


def test_a_batch_spells_each_word_once() -> None:
    encoder = Encoder(Vocabulary(["<PAD>", "<UNK>", "graph", "net"]), TextSettings(word_chars=6))
    papers = [Paper("1", "Graph zebras net", ""), Paper("2", "zebrasx", "net net")]
    batch = collate([encoder.encode(paper) for paper in papers])
    assert batch["title_ids"].tolist() == [[2, 1, 3], [1, 0, 0]]
    assert batch["abstract_ids"].tolist() == [[0, 0], [3, 3]]
    assert batch["spellings"].shape == (
        4,
        6,
    )  # nothing, graph, net, zebras; further characters do not count
    assert batch["spellings"][0].tolist() == [0] * 6
    assert batch["title_words"].tolist() == [[1, 3, 2], [3, 0, 0]]
    assert batch["abstract_words"].tolist() == [[0, 0], [2, 2]]


def test_without_characters_a_batch_has_ids_alone() -> None:
    encoder = Encoder(Vocabulary(["<PAD>", "<UNK>", "graph"]), TextSettings())
    assert set(collate([encoder.encode(Paper("1", "graph", ""))])) == {"title_ids", "abstract_ids"}
