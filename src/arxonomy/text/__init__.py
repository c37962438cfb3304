"""Paper -> tokens -> ids; vocabulary, word vectors, augmentation, batches."""

from arxonomy.text.batches import collate, length_batches, pad, shuffled_batches
from arxonomy.text.tokens import token_spans, tokenize
from arxonomy.text.vocabulary import PAD, UNK, EncodedPaper, Encoder, Vocabulary

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
