"""Files and stdin -> `Paper` records -> a labeled dataset -> splits.

sources.py   opens a file or stdin, decompresses it, recognizes the format
compression.py, encodings.py, recognition.py   what sources.py does with the bytes
layout.py    how a file writes its records, so that an answer can be written alike
lines.py, pieces.py   bytes -> numbered lines of bounded size; or pieces cut anywhere
formats.py   open source -> raw records in any format; a bad one is only a fault
tables.py, headers.py   CSV and its relatives -> raw records
json_records.py, json_scanner.py   JSON, by line or not -> raw records
bibtex.py    BibTeX -> raw records
tagged.py, tags.py, dates.py   RIS, nbib, Web of Science, enw -> raw records
xml_records.py, xml_fields.py   PubMed's XML, Atom, EndNote's XML -> raw records
archives.py  the files in a .zip
spreadsheets.py  .xlsx, .xls, .ods -> raw records
parquet.py   Parquet -> raw records
missing.py   words for nothing, such as `[No abstract available]`
field_names.py  the names that exports give to the fields of a paper
literals.py  lists and objects that are written as text
values.py    a raw value -> text, a word, a label, categories
field_columns.py  which column of a source is which field of a paper
columns.py   raw record -> Paper, under any column names
notes.py     notes on a source of papers as a whole
frames.py    tables in memory -> records
read.py      all of the above: `read_papers`
feed.py      the same for JSON lines that arrive in pieces
labels.py    labels: in one form, words for none, kept and merged as asked
dataset.py   labeled papers
copies.py    which papers are copies of each other
splits.py    train, validation and test
"""

from arxonomy.papers.copies import group_copies
from arxonomy.papers.dataset import Dataset, check_readable_twice, gather_papers, load_dataset
from arxonomy.papers.feed import JsonLinesFeed
from arxonomy.papers.layout import Layout
from arxonomy.papers.notes import Note
from arxonomy.papers.read import BadRecord, read_papers
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
