"""A file or stdin -> bytes and text of a recognized format.

source.py       opens a file or stdin, decompresses it, recognizes the format
compression.py  gzip, zstd, bzip2, xz
archives.py     the files in a .zip
encodings.py    UTF-8, UTF-16 and the encodings that are asked for
recognition.py  which format bytes are in, by content and by name
lines.py        bytes -> numbered lines of bounded size
pieces.py       bytes -> pieces cut anywhere
file_slice.py   some rows of Parquet, or some lines of JSON
layout.py       how a file writes its records, so that an answer can be written alike
"""
