"""Paper -> tokens -> ids; vocabulary, word vectors, augmentation, batches."""

from arxivist.text.batches import collate, length_batches, pad, shuffled_batches
from arxivist.text.tokens import token_spans, tokenize
from arxivist.text.vocabulary import PAD, UNK, EncodedPaper, Encoder, Vocabulary

__all__ = [
    "PAD",
    "UNK",
    "EncodedPaper",
    "Encoder",
    "Vocabulary",
    "collate",
    "length_batches",
    "pad",
    "shuffled_batches",
    "token_spans",
    "tokenize",
]
