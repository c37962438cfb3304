"""The tiny training set and recipe, for studies that train."""

from tiny_training import dataset as dataset
from tiny_training import parts as parts
from tiny_training import tiny as tiny
from tiny_training import vector_file as vector_file
