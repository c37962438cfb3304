"""A bibliography in, a bibliography out: the user's own entries, with the category as a keyword."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from arxonomy.papers import read_papers

FILES = Path(__file__).parent.parent / "papers" / "forms"
LIBRARY = r"""% Encoding: UTF-8
@string{j = {Journal of Invented Results}}

@article{roe2024,
  author = {Roe, Ada and M{\"u}ller, Bo},
  title = {Parsing the Grammar of {\"U}berschriften: 50\% fewer tokens},
  abstract = {We parse a corpus of sentences -- with $x_{i}$ words each -- and translate its "verbs".},
  journal = j,
  year = 2024,
  month = may,
  doi = {10.1234/a_b},
  keywords = {syntax}
}
@misc{titleonly, title = {Cameras and the depth of images}}
@misc{arxiv, title = {Clustering neurons of a kernel}, abstract = {Gradient descent.}, eprint = {2401.00001}}
@misc{long, title = {A {title
  on two lines} about pixels}, abstract = {Texture, pose \& video.}, year = {2023}}
@misc{nothing, doi = {10.1/2}}
@misc{li2023, title = {Un modèle d'images}, abstract = {Pixel: une caméra.}, year={2023}}
@comment{jabref-meta: databaseType:bibtex;}
"""
FORMS = {"csv": "out.csv", "bibtex": "out.bib", "ris": "out.ris", "csl": "out.csl.json"}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    file = tmp_path / "library.bib"
    file.write_text(LIBRARY, encoding="utf-8")
    return file


def predictions_of(arxonomy, file: Path, *words: object) -> list[dict]:
    done = arxonomy("classify", file, "--format", "jsonl", *words)
    assert done.stdout, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts_of(file: Path) -> list[tuple[str, ...]]:
    return [
        (paper.id, *(" ".join(text.split()) for text in (paper.title, paper.abstract, paper.published or "")))
        for paper in read_papers(file)
    ]


def test_only_keywords_are_added_to_the_users_own_file(arxonomy, bundle, library: Path, tmp_path: Path):
    out = tmp_path / "out.bib"
    done = arxonomy("classify", library, "--model", bundle, "-o", out)
    assert done.exit_code == 1 and "library.bib:18: expected a title or an abstract" in done.stderr
    answers = predictions_of(arxonomy, library, "--model", bundle)
    keywords = {answer["id"].replace("2401.00001", "arxiv"): answer["category"] for answer in answers}
    written = out.read_text(encoding="utf-8")
    expected = LIBRARY.replace("{syntax}", f"{{syntax, {keywords['roe2024']}}}")
    for key, before in {
        "titleonly": " = {Cameras and the depth of images}",
        "arxiv": " = {2401.00001}",
        "long": " = {2023}",
        "li2023": "={2023}",
    }.items():
        equals = "=" if key == "li2023" else " = "
        expected = expected.replace(f"{before}}}", f"{before}, keywords{equals}{{{keywords[key]}}}}}")
    assert written == expected
    again = arxonomy("classify", out, "--model", bundle, "-o", tmp_path / "again.bib")
    assert again.exit_code == 1
    assert (tmp_path / "again.bib").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("path", ["csv ris bibtex csl", "ris csv csl ris", "bibtex csl csl bibtex csv"])
def test_papers_and_predictions_survive_a_journey(arxonomy, bundle, library: Path, tmp_path: Path, path: str):
    texts = texts_of(library)
    assert len(texts) == 5
    answers = predictions_of(arxonomy, library, "--model", bundle)
    file = library
    for step, form in enumerate(path.split()):
        out = tmp_path / f"{step}-{FORMS[form]}"
        done = arxonomy("classify", file, "--model", bundle, "-o", out)
        assert done.exit_code in (0, 1) and "5 papers" in done.stderr, done.stderr
        assert texts_of(out) == texts
        assert predictions_of(arxonomy, out, "--model", bundle) == answers
        file = out


def test_unsure_papers_get_no_keyword(arxonomy, bundle, library: Path):
    command = ("classify", library, "--model", bundle, "--min-confidence", 1, "--format")
    assert arxonomy(*command, "bibtex").stdout == LIBRARY
    assert "KW" not in arxonomy(*command, "ris").stdout.replace("KW  - syntax", "")
    assert "keyword" not in arxonomy(*command, "csl-json").stdout.replace('"keyword": "syntax"', "")


def test_stdin_and_compressed_files_come_back_too(arxonomy, bundle, library: Path):
    expected = arxonomy("classify", library, "--model", bundle, "--format", "bibtex").stdout
    piped = arxonomy("classify", "-", "--model", bundle, "--format", "bibtex", input=LIBRARY.encode())
    assert piped.stdout == expected and expected.count("keywords") == 5


def test_a_keyword_of_the_users_own_making(arxonomy, bundle, library: Path):
    command = ("classify", library, "--model", bundle)
    named = arxonomy(*command, "--format", "ris", "--keyword", "arxiv:{category}")
    assert named.stdout.count("KW  - arxiv:cs.") == 5
    for words in (("ris", "--keyword", "arxiv"), ("csv", "--keyword", "a {category}")):
        wrong = arxonomy(*command, "--format", *words)
        assert wrong.exit_code == 2 and "{category}" in wrong.stderr


def test_json_is_asked_about(arxonomy, bundle):
    done = arxonomy("classify", "--title", "x", "--model", bundle, "-o", "out.json")
    assert done.exit_code == 2 and "csl-json" in done.stderr


@pytest.mark.parametrize(
    ("name", "form"), [("library.ris", "ris"), ("csl.json", "csl-json"), ("library.bib", "bibtex")]
)
def test_the_programs_own_files_come_back(arxonomy, bundle, name: str, form: str):
    file = FILES / name
    before = file.read_bytes()
    done = arxonomy("classify", file, "--model", bundle, "--format", form, "--keyword", "ours:{category}")
    added = done.stdout_bytes
    assert added.count(b"ours:") == 6
    lines = [line for line in added.splitlines() if b"ours:" not in line]
    kept = [line for line in before.splitlines() if line in lines]
    assert len(before.splitlines()) - len(kept) <= 6  # a line of keywords, or a comma at the end of one
    assert [paper.title for paper in read_papers(file)] == titles_of(added, name)


def titles_of(data: bytes, name: str) -> list[str]:
    return [paper.title for paper in read_papers(name, stream=io.BytesIO(data))]
