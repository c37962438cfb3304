"""An open source -> raw records in any format; a bad record is only a fault.

records.py       chooses the reader
tables.py        CSV and its relatives
headers.py       where a table's column names are, and its dialect
json_records.py  JSON, by line or not
json_scanner.py  where an object of JSON begins and ends
bibtex.py        BibTeX
tagged.py        RIS, nbib, Web of Science, enw
tags.py          which of their tags is which field
xml_records.py   PubMed's XML, Atom, EndNote's XML
xml_fields.py    which of their elements is which field
spreadsheets.py  .xlsx, .xls, .ods
parquet.py       Parquet
"""
