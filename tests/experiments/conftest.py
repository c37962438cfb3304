"""The tiny training set."""

from tiny_training import dataset as dataset
from tiny_training import parts as parts
