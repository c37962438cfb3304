"""Where synonyms come from: near words in word vectors, or WordNet."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arxonomy.errors import SettingsError
from arxonomy.text.vectors import WordVectors
from arxonomy.text.vocabulary import UNK

NEIGHBORS = 5
_FREQUENT = 20_000  # only the most frequent words get synonyms: rare words' vectors are noise

# They get no synonym, as in the paper: WordNet knows "in" as indium, vectors have "of" near "the". They are
# listed, since frequency does not separate them from "model", and NLTK's own list is not on every machine.
STOP_WORDS = frozenset(
    """
    a an the this that these those each every all any both some no none such other another same
    i me my we us our you your he him his she her it its they them their who whom whose which what
    as at by for from in into of off on onto out over per through to under up upon with within without
    about above after against along among around before behind below between beyond down during near since
    and but if nor not or so than then though unless until when where whether while why how because
    am are be been being is was were do does did done doing have has had having
    can could may might must shall should will would
    again also already else even ever here however just more most much never only often once still there
    thus too very yet
    """.split()
)


def find_nearest_words(vectors: WordVectors, min_similarity: float) -> npt.NDArray[np.int32]:
    """Find the nearest words of each word by cosine similarity.

    Returns:
        (V, 5) word ids, 0 where fewer than five words are at least `min_similarity` near.
    """
    nearest = np.zeros((len(vectors.in_file), NEIGHBORS), dtype=np.int32)
    rows = np.flatnonzero(vectors.known[:_FREQUENT])
    rows = rows[rows > UNK]
    if len(rows) <= NEIGHBORS:
        return nearest
    unit = vectors.matrix[rows].astype(np.float32, copy=False)
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    for start in range(0, len(rows), 1000):
        similar = unit[start : start + 1000] @ unit.T
        places = np.arange(len(similar))
        similar[places, start + places] = -1.0  # a word itself
        top = np.argpartition(-similar, NEIGHBORS, axis=1)[:, :NEIGHBORS]
        near = np.take_along_axis(similar, top, axis=1) >= min_similarity
        nearest[rows[start : start + 1000]] = np.where(near, rows[top], 0)
    return nearest


def find_wordnet_words(wordnet: Any, words: Sequence[str]) -> npt.NDArray[np.int32]:
    """Find the words that share a sense with each word in WordNet.

    Args:
        wordnet: NLTK's reader of WordNet.
        words: The vocabulary's V words.

    Returns:
        (V, K) word ids from the left, in WordNet's order, then 0; K is the largest number of synonyms that
        a word has. Only words of the vocabulary count, so that ids stay ids.
    """
    ids = {word: index for index, word in enumerate(words)}
    synonym_ids: list[list[int]] = []
    for word in words[:_FREQUENT]:
        names = dict.fromkeys(name.lower() for sense in wordnet.synsets(word) for name in sense.lemma_names())
        synonym_ids.append([ids[name] for name in names if name in ids and name != word])
    synonyms = np.zeros((len(words), max(1, *map(len, synonym_ids))), dtype=np.int32)
    for row, values in zip(synonyms, synonym_ids, strict=False):
        row[: len(values)] = values
    return synonyms


def find_wordnet(required: bool) -> Any | None:
    """Find NLTK's reader of WordNet; None if either is missing or damaged.

    Raises:
        SettingsError: There is none, and it is required.
    """
    try:
        from nltk.corpus import wordnet

        wordnet.ensure_loaded()
    except (ImportError, LookupError, OSError, zipfile.BadZipFile) as error:
        if not required:
            return None
        raise SettingsError(
            "training.augment.synonyms is `wordnet`, but NLTK or its WordNet is missing or damaged; get it "
            "(pip install nltk, then python -m nltk.downloader wordnet), or set it to `vectors`"
        ) from error
    return wordnet
