"""A raw record -> a `Paper`: one reading of names and values for every source.

columns.py        raw record -> Paper, under any column names
field_names.py    the names that exports give to the fields of a paper
field_columns.py  which column of a source is which field of a paper
values.py         a raw value -> text, a word, a label, categories
literals.py       lists and objects that are written as text
missing.py        words for nothing, such as `[No abstract available]`
dates.py          dates in their parts
notes.py          notes on a source of papers as a whole
"""
