"""Papers with their predictions -> files, in the form of the user's own where that is possible.

forms.py         the forms of output, and which one a file's name asks for
writer.py        what every writer does; files and stdout
records.py       JSON lines and Parquet: the prediction alone
table.py         CSV and TSV: the user's columns in the user's dialect, then the prediction
bibliography.py  bibliographies: the user's own entries, or new ones, with the category as a keyword
entries.py       a paper of any format as an entry of a bibliography
ris.py           RIS
bibtex.py        BibTeX
csl_json.py      CSL-JSON
"""

from arxonomy.writing.forms import FORMS, guess_form, make_writer
from arxonomy.writing.writer import Writer, open_output

__all__ = ["FORMS", "Writer", "guess_form", "make_writer", "open_output"]
