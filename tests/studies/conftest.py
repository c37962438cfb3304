"""The tiny training set and recipe, for studies that train, and what commands made of it."""

from cli.conftest import arxonomy as arxonomy
from cli.conftest import bundle as bundle
from cli.conftest import papers_csv as papers_csv
from cli.conftest import run_folder as run_folder
from tiny_training import dataset as dataset
from tiny_training import parts as parts
from tiny_training import tiny as tiny
from tiny_training import vector_file as vector_file
