r"""Text with markup -> the text that is meant: HTML, JATS, MathML, entities, LaTeX, Unicode's signs.

A formula is read alike however it is written: `$\tau$`, `𝜏`, `&tau;` and `<mi>τ</mi>` are all `tau`, the name
that LaTeX gives to it. Plain text stays as it is.

clean.py      the steps one after the other, and where each character of their result was written
edits.py      replacements in a text
tags.py       HTML, JATS and comments; finds formulas in MathML
names.py      the names of elements
mathml.py     formulas in MathML
entities.py   `&lt;`, `&#945;` and what BibTeX writes for `<` and `&`
latex.py      commands, braces and formulas of LaTeX
commands.py   what is read of which command
letters.py    LaTeX's accents and letters
symbols.py    letters and signs of formulas in Unicode -> their names in LaTeX
"""

from arxonomy.markup.clean import clean_markup, clean_with_places
from arxonomy.markup.symbols import FORMULA_WORDS

__all__ = ["FORMULA_WORDS", "clean_markup", "clean_with_places"]
