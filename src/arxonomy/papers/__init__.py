"""Files and stdin -> `Paper` records -> a labeled dataset -> splits.

sources/     a file or stdin -> bytes and text of a recognized format
formats/     an open source -> raw records; a bad one is only a fault
fields/      a raw record -> a `Paper`
read.py      all of the above: `read_papers`
feed.py      the same for JSON lines that arrive in pieces
frames.py    tables in memory -> records
labels.py    labels: in one form, words for none, kept and merged as asked
spellings.py labels that may be one in several spellings
dataset.py   labeled papers
copies.py    which papers are copies of each other
splits.py    train, validation and test
"""

from arxonomy.papers.copies import group_copies
from arxonomy.papers.dataset import Dataset, check_readable_twice, gather_papers, load_dataset
from arxonomy.papers.feed import JsonLinesFeed
from arxonomy.papers.fields.notes import Note
from arxonomy.papers.read import BadRecord, read_papers
from arxonomy.papers.sources.layout import Layout
from arxonomy.papers.splits import (
    PARTS,
    Parts,
    count_leaked_papers,
    make_split,
    read_folds,
    read_split,
    write_split,
)

__all__ = [
    "PARTS",
    "BadRecord",
    "Dataset",
    "JsonLinesFeed",
    "Layout",
    "Note",
    "Parts",
    "check_readable_twice",
    "count_leaked_papers",
    "gather_papers",
    "group_copies",
    "load_dataset",
    "make_split",
    "read_folds",
    "read_papers",
    "read_split",
    "write_split",
]
