"""The encoding that was stated for labeled papers is kept with the run, as their columns are."""

from pathlib import Path

from arxonomy.config import DataSettings
from arxonomy.studies.source import LabeledFiles


def test_a_labeled_file_in_another_encoding(tmp_path: Path):
    path = tmp_path / "papers.csv"
    rows = "".join(f"Über {n},{'ab'[n % 2]}\n" for n in range(8))
    path.write_bytes(f"title,category\n{rows}".encode("cp1252"))
    dataset = LabeledFiles([path], encoding="cp1252").read(DataSettings())
    assert dataset.encoding == "cp1252" and dataset.papers[0].title == "Über 0" and not dataset.bad
    # A run's own encoding is taken where none is given.
    assert LabeledFiles([path]).read(DataSettings(), encoding="cp1252").papers == dataset.papers
