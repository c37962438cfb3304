"""Paper -> tokens -> ids; vocabulary, word vectors, augmentation, batches.

tokens.py        text -> tokens, and where they stand
reading.py       which parts of a paper are read
vocabulary.py    papers -> vocabulary; paper -> ids
characters.py    words -> character ids
batches.py       encoded papers -> padded batches
vectors.py       word vectors of a vocabulary, from a file
vector_files.py  the formats of such files, read as a stream
subwords.py      vectors of character n-grams, for words that a file lacks
synonyms.py      synonyms from word vectors or WordNet
augment.py       easy data augmentation on ids
copier.py        changed copies of a paper, for test-time augmentation
corpus.py        papers -> a file of words to train word vectors on
embed.py         trains word vectors: `embed`
"""

from arxonomy.text.batches import collate, make_length_batches, make_shuffled_batches, pad, restore_order
from arxonomy.text.reading import find_read_parts, keep_part
from arxonomy.text.tokens import find_token_spans, tokenize
from arxonomy.text.vocabulary import PAD, UNK, EncodedPaper, Encoder, Vocabulary

__all__ = [
    "PAD",
    "UNK",
    "EncodedPaper",
    "Encoder",
    "Vocabulary",
    "collate",
    "find_read_parts",
    "find_token_spans",
    "keep_part",
    "make_length_batches",
    "make_shuffled_batches",
    "pad",
    "restore_order",
    "tokenize",
]
