"""Paper -> tokens -> ids; vocabulary, word vectors, augmentation, batches."""

from arxivist.text.batches import length_batches, pad, shuffled_batches
from arxivist.text.tokens import tokenize
from arxivist.text.vocabulary import PAD, UNK, EncodedPaper, Encoder, Vocabulary

__all__ = [
    "PAD",
    "UNK",
    "EncodedPaper",
    "Encoder",
    "Vocabulary",
    "length_batches",
    "pad",
    "shuffled_batches",
    "tokenize",
]
