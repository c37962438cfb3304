"""A prediction -> the words that drove it.

    explain.py         one prediction -> its explanation, by the requested method
    explanation.py     the explanation, in one shape for all methods
    target.py          what is explained: a category against all others, or against one
    words.py           the words as a model reads them
    occlusion.py       what taking a word away changes; any model
    gradients.py       integrated gradients; networks, where PyTorch and Captum are installed
    attention.py       where a network looked
    page.py            explanations as one HTML page that stands alone; its templates are in templates/
    attention_plot.py  attention as a picture: a PNG file

How faithful the methods are, and what they mean, is in docs/explanations.md.
"""

from arxonomy.explain.attention_plot import save_attention
from arxonomy.explain.explain import explain_prediction
from arxonomy.explain.explanation import METHODS, Explanation, Method
from arxonomy.explain.page import save_explanations
from arxonomy.explain.words import Word

__all__ = [
    "METHODS",
    "Explanation",
    "Method",
    "Word",
    "explain_prediction",
    "save_attention",
    "save_explanations",
]
