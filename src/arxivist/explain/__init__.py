"""A prediction -> the words behind it: attention, drawn.

attention.py    what the network attended to while it read one paper
pictures.py     that as a picture: a PNG file
page.py         that of several papers as one HTML page that needs nothing else

Attention shows where a network looked. It is no proof of what caused the answer: Jain & Wallace 2019
(arXiv:1902.10186, section 4.2) find quite other weights that give the same answers.
"""

from arxivist.explain.attention import Attention, Word, attention_of
from arxivist.explain.page import attention_page
from arxivist.explain.pictures import save_attention

__all__ = ["Attention", "Word", "attention_of", "attention_page", "save_attention"]
