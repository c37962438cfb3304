"""What becomes of a file's labels: one form, words for none, `--among`, `--min-papers`, spellings."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arxonomy.advice import Interface, use_interface
from arxonomy.config import DataSettings
from arxonomy.errors import DataError
from arxonomy.papers import Dataset, load_dataset, make_split
from arxonomy.papers.labels import LabelChoice, log_choice

Write = Callable[..., Path]

NONE = ["nan", "NaN", "NULL", "null", "None", "N/A", "n/a", "NA", "<NA>", "?", "-", "\u2013", "#N/A", "n.a."]
NONE += ["", " ", "\u200b", "\ufeff", "Unlabeled", "(null)", "\\N", "No label", "\u00a0NaN "]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """Writes a paper for each label, with texts of their own, and reads them."""

    def load(labels: list[str], **settings: object) -> Dataset:
        path = tmp_path / "papers.tsv"
        rows = [
            f"{row}\tTitle of paper number {row}\tIts abstract.\t{label}" for row, label in enumerate(labels)
        ]
        path.write_text("\n".join(["id\ttitle\tabstract\tcategory", *rows]) + "\n", encoding="utf-8")
        return load_dataset(path, DataSettings.model_validate(settings), any_labels=True)

    return load


def test_labels_that_look_alike_are_one(load: Callable[..., Dataset]) -> None:
    alike = [
        "Bildverst\u00e4ndnis",
        "Bildversta\u0308ndnis",
        "Bild\u00adverst\u00e4ndnis",
        "\ufeffBildverst\u00e4ndnis\u00a0",
    ]
    data = load([*alike, "Sprache"])
    assert data.labels == ("Bildverst\u00e4ndnis", "Sprache")
    assert data.choice == LabelChoice()


@pytest.mark.parametrize("word", NONE)
def test_words_for_no_label_are_none(load: Callable[..., Dataset], word: str) -> None:
    data = load(["cs.CL", word, "cs.CV", word, "cs.CL"])
    assert (data.labels, len(data.papers), data.bad) == (("cs.CL", "cs.CV"), 3, 0)
    assert data.choice.unlabeled == 2
    assert [paper.row for paper in data.papers] == [0, 2, 4]


def test_labels_that_only_resemble_such_words_stay(load: Callable[..., Dataset]) -> None:
    names = ["math.NA", "Nantes", "nanotechnology", "none of these", "0", "C-", "A-", "unknown"]
    assert set(load(names).labels) == set(names)


def test_a_file_without_any_label(load: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match=r"found 3 papers without a label; .*--column category=NAME"):
        load(["nan", "", "?"])


def test_listed_categories_have_no_words_for_none(write: Write) -> None:
    path = write("p.jsonl", '{"title": "a", "categories": ["nan", "cs.CL\\u200b", "cs.CV"]}\n')
    (paper,) = load_dataset(path, DataSettings(), any_labels=True).papers
    assert paper.categories == ("cs.CL", "cs.CV")


@pytest.fixture(autouse=True)
def _on_the_command_line() -> Iterator[None]:
    with use_interface(Interface.COMMAND_LINE):
        yield


def test_rare_labels_are_left_out_and_listed(
    load: Callable[..., Dataset], notes: Callable[[], list[str]]
) -> None:
    labels = ["cs.CL"] * 5 + ["cs.CV"] * 5 + ["q-bio.BM"] + ["math.CO"] * 2
    data = load(labels, min_papers=3)
    assert data.labels == ("cs.CL", "cs.CV")
    assert data.choice.rare == (("math.CO", 2), ("q-bio.BM", 1))
    log_choice(data.choice)
    assert notes() == [
        "labels: 2 labels of fewer than 3 different papers left out: math.CO (2), q-bio.BM (1)"
    ]


def test_copies_of_a_paper_make_no_label_less_rare(write: Write) -> None:
    rows = [f"Title of paper number {row},{'ab'[row % 2]}" for row in range(8)] + [
        "One and the same title,c"
    ] * 4
    path = write("p.csv", "\n".join(["title,category", *rows]))
    data = load_dataset(path, DataSettings(min_papers=3))
    assert (data.labels, data.choice.rare) == (("a", "b"), (("c", 1),))


@pytest.mark.parametrize("counts", [{"a": 40, "b": 40, "c": 1}, {"a": 40, "b": 40, "c": 1, "d": 2}])
def test_the_advice_on_rare_labels_works(load: Callable[..., Dataset], counts: dict[str, int]) -> None:
    labels = [label for label, count in counts.items() for _ in range(count)]
    data = load(labels)
    for check in (
        lambda: data.check_learnable(DataSettings()),
        lambda: make_split(data.papers, DataSettings()),
    ):
        with pytest.raises(DataError, match="--min-papers 3"):
            check()
    cured = load(labels, min_papers=3)
    cured.check_learnable(DataSettings())
    assert set(make_split(cured.papers, DataSettings())) == {"train", "validation", "test"}


def test_what_was_merged_is_told_in_the_words_of_the_file(
    load: Callable[..., Dataset], notes: Callable[[], list[str]]
) -> None:
    data = load(["cs.AI", "cs.LG", "cs.CL", "cs.CV", "cs.CV", "nan"], among="cs.AI-LG=cs.AI+cs.LG,cs.CL")
    log_choice(data.choice)
    assert notes() == [
        "labels: cs.AI + cs.LG -> cs.AI-LG, 2 papers",
        "labels: 2 papers of other labels left out: cs.CV (2)",
        "labels: 1 paper without a label left out",
    ]


def test_no_label_is_merged_unasked(load: Callable[..., Dataset], notes: Callable[[], list[str]]) -> None:
    data = load(["cs.AI", "cs.LG", "cs.CL"])
    log_choice(data.choice)
    assert (data.labels, notes()) == (("cs.AI", "cs.CL", "cs.LG"), [])


def test_the_cure_for_spellings_works(load: Callable[..., Dataset]) -> None:
    labels = ["cs.CV"] * 4 + ["cs.cv"] + ["Comp Vision", "comp-vision"] + ["cs.CL"] * 2
    data = load(labels)
    with pytest.raises(
        DataError, match=r"note that `cs.CV` \(4 papers\) and `cs.cv` \(1 paper\); .* one label each"
    ) as told:
        data.check_learnable(DataSettings())
    option = shlex.split(str(told.value))[-1]
    assert load(labels, among=option).labels == ("Comp Vision", "cs.CL", "cs.CV")
