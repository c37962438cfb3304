"""Hierarchies of categories: arXiv's, which is in the package, and users' own.

taxonomy.py  `Taxonomy`: codes, names, what is broader, and what stands for an alias or a retired name
arxiv.py     arXiv's own, out of arxiv.csv and arxiv_papers.csv, and whether labels are its categories
files.py     a user's file of any form, and the JSON of a run or a bundle -> `Taxonomy`
tables.py    CSV -> `Taxonomy`
skos.py      SKOS in Turtle or RDF/XML -> `Taxonomy`
levels.py    what holds the categories of a model at each level
search.py    words -> the categories that they may mean
concepts.py  concepts that name what is broader -> the paths from the top to each
"""

from arxonomy.taxonomy.arxiv import find_taxonomy, get_arxiv, get_arxiv_papers
from arxonomy.taxonomy.files import format_taxonomy, parse_taxonomy, read_taxonomy
from arxonomy.taxonomy.levels import Levels, choose_levels, find_levels
from arxonomy.taxonomy.search import search_nodes
from arxonomy.taxonomy.taxonomy import Node, Status, Taxonomy, find_category

__all__ = [
    "Levels",
    "Node",
    "Status",
    "Taxonomy",
    "choose_levels",
    "find_category",
    "find_levels",
    "find_taxonomy",
    "format_taxonomy",
    "get_arxiv",
    "get_arxiv_papers",
    "parse_taxonomy",
    "read_taxonomy",
    "search_nodes",
]
