"""Files and stdin -> `Paper` records -> a labeled dataset -> splits.

sources/     a file or stdin -> bytes and text of a recognized format
formats/     an open source -> raw records; a bad one is only a fault
fields/      a raw record -> a `Paper`
read.py      all of the above: `read_papers`
feed.py      the same for JSON lines that arrive in pieces
frames.py    tables in memory -> records
labels.py    labels: in one form, words for none, kept and merged as asked
codes.py     arXiv's codes as labels and in lists: one for each category
spellings.py labels that may be one in several spellings
copies.py    which papers are copies of each other
dates.py     when papers were published
files.py     files of labeled papers, several as one
dataset.py   labeled papers
splits.py    train, validation and test are drawn
identifiers.py  arXiv's ids as people write them
slices.py    a file cut into slices of about as many papers
split_files.py  splits and folds in files
training_splits.py  a split file applied to papers to train on
"""

from arxonomy.papers.copies import group_copies
from arxonomy.papers.dataset import Dataset, gather_papers, load_dataset
from arxonomy.papers.feed import JsonLinesFeed
from arxonomy.papers.fields.notes import Note
from arxonomy.papers.files import AnyFiles, DataFile, are_files, check_readable_twice, hash_files, read_files
from arxonomy.papers.read import BadRecord, read_papers
from arxonomy.papers.slices import SlicedFile, slice_file
from arxonomy.papers.sources.file_slice import FileSlice
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.split_files import read_folds, read_split, write_split
from arxonomy.papers.splits import PARTS, Parts, count_leaked_papers, make_split
from arxonomy.papers.training_splits import Rest, check_rest, read_training_split

__all__ = [
    "PARTS",
    "AnyFiles",
    "BadRecord",
    "DataFile",
    "Dataset",
    "FileSlice",
    "JsonLinesFeed",
    "Layout",
    "Note",
    "Parts",
    "Rest",
    "SlicedFile",
    "are_files",
    "check_readable_twice",
    "check_rest",
    "count_leaked_papers",
    "gather_papers",
    "group_copies",
    "hash_files",
    "load_dataset",
    "make_split",
    "read_files",
    "read_folds",
    "read_papers",
    "read_split",
    "read_training_split",
    "slice_file",
    "write_split",
]
