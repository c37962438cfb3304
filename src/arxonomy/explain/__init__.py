"""A prediction -> the words behind it.

explain.py   one answer -> its explanation, by the method that is asked for
explanation.py  what explains an answer, in one shape for all methods
target.py       what is explained: a category against all others, or against one
words.py        the words as a model reads them
occlusion.py    what taking a word away changes; any model
gradients.py    integrated gradients; networks, where PyTorch and Captum are
attention.py    where a network looked
page.py         explanations as one HTML page that needs nothing else
attention_plot.py     attention as a picture: a PNG file

How faithful the methods are, and what they mean, is in docs/explanations.md.
"""

from arxonomy.explain.attention_plot import save_attention
from arxonomy.explain.explain import explain_prediction
from arxonomy.explain.explanation import METHODS, Explanation, Method
from arxonomy.explain.page import explanation_page
from arxonomy.explain.words import Word

__all__ = [
    "METHODS",
    "Explanation",
    "Method",
    "Word",
    "explain_prediction",
    "explanation_page",
    "save_attention",
]
