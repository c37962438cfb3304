"""The model in the browser: static files that classify and explain, and send nothing anywhere.

page.py      a model -> the folder: `write_page`
facts.py     what the scripts need to know of a model
rules.py     the rules by which texts are read and answers are given, as JSON
patterns.py  regular expressions of Python -> those of JavaScript
runtime.py   ONNX Runtime for browsers
scripts/     steps that follow the rules, and the functions that the page of the service calls
"""

from arxonomy.browser.page import PageSizes, write_page

__all__ = ["PageSizes", "write_page"]
