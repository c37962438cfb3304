"""arXiv's codes are one for each category; codes of other schemes are no labels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arxonomy.config import DataSettings
from arxonomy.errors import DataError, SettingsError
from arxonomy.papers import Dataset, gather_papers
from arxonomy.papers.codes import CodesRead
from arxonomy.papers.labels import log_choice
from arxonomy.records import Paper


def gather(*lists: str, **settings: object) -> Dataset:
    """Reads a paper for each list of codes, the first of which is its label."""
    papers = [
        Paper(str(row), f"Invented title {row}", "", codes.split()[0], tuple(codes.split()), row=row)
        for row, codes in enumerate(lists)
    ]
    return gather_papers(papers, DataSettings.model_validate(settings), any_labels=True)


def test_aliases_and_retired_names_are_read_as_their_category(notes: Callable[[], list[str]]) -> None:
    data = gather("cs.NA cs.CL", "math.NA cs.NA", "q-alg", "cs.CL", "astro-ph")
    assert [paper.category for paper in data.papers] == ["math.NA", "math.NA", "math.QA", "cs.CL", "astro-ph"]
    assert [paper.categories[:2] for paper in data.papers[:2]] == [("math.NA", "cs.CL"), ("math.NA",)]
    log_choice(data.choice)
    assert notes() == [
        "labels: 2 cs.NA read as math.NA, 1 q-alg read as math.QA",
        "labels: 1 label is no category of arXiv's: astro-ph (1)",
    ]


def test_papers_of_retired_archives_are_left_out_where_asked_and_that_is_said(notes) -> None:
    data = gather("cs.NA cs.CL", "cs.CL astro-ph", "q-alg", "astro-ph", active_only=True)
    assert data.labels == ("cs.CL", "math.NA", "math.QA")
    assert [paper.id for paper in data.papers] == ["0", "1", "2"]
    log_choice(data.choice)
    assert notes()[-1] == "labels: 1 label is no category of arXiv's: astro-ph (1); such papers are left out"


def test_active_categories_alone_need_labels_of_arxiv() -> None:
    papers = [Paper(str(row), f"Invented title {row}", "", "poems", row=row) for row in range(2)]
    with pytest.raises(DataError, match=r"arXiv's categories as labels.*`poems`.*active_only=false"):
        gather_papers(papers, DataSettings(active_only=True), any_labels=True)


def test_codes_of_other_schemes_are_left_out_of_lists(notes: Callable[[], list[str]]) -> None:
    data = gather("cs.CL 68T50 I.2.7", "cs.CV 68T50", "cs.CV cs", "cs.CL cs.SY astro-ph")
    assert [paper.categories for paper in data.papers] == [
        ("cs.CL",),
        ("cs.CV",),
        ("cs.CV",),
        ("cs.CL", "eess.SY", "astro-ph"),
    ]
    assert data.labels == ("cs.CL", "cs.CV")
    log_choice(data.choice)
    assert notes() == [
        "labels: 1 cs.SY read as eess.SY",
        "labels: 3 codes in the lists of 3 papers are not arXiv's and left out: 68T50 (2), I.2.7 (1), cs (1)",
    ]


def test_labels_of_the_papers_stay_in_lists() -> None:
    data = gather("cs.AI-LG cs.CL", "cs.CL cs.AI-LG", "cs.CV")
    assert [len(paper.categories) for paper in data.papers] == [2, 2, 1]
    assert data.choice.codes == CodesRead(unknown=(("cs.AI-LG", 1),))


def test_papers_of_other_labels_are_left_alone() -> None:
    data = gather("Robots cs.SY 68T50", "Owls q-alg", "cs.SY Owls")
    assert data.choice.codes == CodesRead()
    assert data.papers[0].categories == ("Robots", "cs.SY", "68T50")


@pytest.mark.parametrize("among", ["Systems=cs.SY,*", "Systems=eess.SY,*", "Systems=cs.SY+eess.SY,*"])
def test_a_choice_of_labels_may_name_any_code(among: str) -> None:
    data = gather("cs.SY", "eess.SY", "cs.CL", among=among)
    assert [paper.category for paper in data.papers] == ["Systems", "Systems", "cs.CL"]


def test_two_codes_of_one_category_are_no_two_labels() -> None:
    with pytest.raises(SettingsError, match=r"`math\.NA` is merged into `cs\.NA` and `math\.NA`"):
        gather("cs.NA", "math.NA", "cs.CL", among="cs.NA,math.NA")
