"""`arxonomy.drift`: which papers are measured, of which months, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import arxonomy
from arxonomy.artifacts.saved_model import open_model
from arxonomy.errors import DataError, SettingsError
from arxonomy.evaluation.drift_results import CategoryChange, NewWord
from arxonomy.evaluation.results import Interval
from arxonomy.records import Paper
from arxonomy.studies.drift import Drift


@pytest.fixture(scope="module")
def own_papers(invented_papers) -> list[Paper]:
    """Those of the two labels that the tiny model does not merge."""
    return [paper for paper in invented_papers if paper.category != "cs.LG"]


@pytest.fixture(scope="module")
def later_papers(own_papers) -> list[Paper]:
    """The papers under other ids, of the 30 days of April 2025 and, every third, of May."""
    return [
        replace(
            paper,
            id=f"later-{paper.row}",
            title=f"{paper.title} zeppelin",
            published=f"2025-{'05' if paper.row % 9 > 5 else '04'}-{1 + paper.row % 30:02}",
        )
        for paper in own_papers
    ]


@pytest.fixture(scope="module")
def found(bundle_of, later_papers, own_papers) -> Drift:
    stranger = replace(later_papers[0], id="stranger", category="cs.NEW")
    undated = replace(later_papers[0], id="undated", published=None)
    return arxonomy.drift(bundle_of(), [*own_papers, *later_papers, stranger, undated], resamples=100)


def test_only_later_papers_that_the_model_has_not_seen_are_measured(found) -> None:
    assert found.after == "2025-03"
    assert [(month.month, month.papers) for month in found.months] == [("2025-04", 40), ("2025-05", 20)]
    assert (found.left_out.undated, found.left_out.earlier, found.left_out.seen) == (1, 60, 0)
    assert found.left_out.unknown_labels == {"cs.NEW": 1}


def test_a_category_that_the_model_does_not_know_is_a_reason_to_train_again(found) -> None:
    assert found.verdict.retrain is True
    assert "1.6% of the papers have a category that the model does not know" in found.verdict.reason


def test_months_are_compared_with_the_models_own_scores(found, bundle_of, later_papers) -> None:
    own = open_model(bundle_of()).metrics.get_scores("validation")
    assert found.reference is not None
    assert (found.reference.part, found.reference.accuracy) == ("validation", own.accuracy)
    april = [paper for paper in later_papers if paper.published.startswith("2025-04")]
    accuracy = arxonomy.evaluate(bundle_of(), april).scores.accuracy.value
    assert found.months[0].accuracy.value == pytest.approx(accuracy)
    assert found.months[0].drop.value == pytest.approx(own.accuracy.value - accuracy)


def test_new_words_are_those_of_most_papers_that_the_model_does_not_know(found) -> None:
    assert [(own.word, own.papers) for own in found.months[0].new_words] == [("zeppelin", 40)]
    assert found.months[0].unknown_words.value > 0


def test_a_stated_month_counts_and_seen_papers_are_left_out_by_their_ids(bundle_of, own_papers) -> None:
    found = arxonomy.drift(bundle_of(), own_papers, after="2025-01", resamples=100)
    seen = open_model(bundle_of()).trained_on(own_papers[20:])
    assert found.left_out.seen == seen > 0
    assert sum(month.papers for month in found.months) == 40 - seen


def test_without_labels_no_label_is_looked_at(bundle_of, later_papers) -> None:
    bare = [replace(paper, category=None, categories=()) for paper in later_papers]
    found = arxonomy.drift(bundle_of(), bare, labeled=False, resamples=100)
    assert found.months[0].accuracy is None
    assert 0 < found.months[0].confidence.value < 1
    assert found.months[0].prior_shift is not None
    same = arxonomy.drift(bundle_of(), later_papers, labeled=False, resamples=100)
    assert same.to_dict() == found.to_dict()


def test_the_model_in_use_is_measured_where_none_is_named(bundle_of, later_papers, monkeypatch) -> None:
    monkeypatch.setenv("ARXONOMY_MODEL", str(bundle_of()))
    assert arxonomy.drift(None, later_papers, resamples=100).model == bundle_of().name


def test_the_report_is_one_page_that_hostile_labels_and_words_cannot_change(found) -> None:
    label, word = "<script>alert(1)</script>", "<b>x"
    change = CategoryChange(label=label, share=0.2, share_change=Interval(0.1))
    month = found.months[-1].model_copy(
        update={"categories": (change,), "new_words": (NewWord(word=word, papers=7),)}
    )
    page = replace(found, months=(*found.months, month)).to_html()
    assert label not in page
    assert word not in page
    assert "&lt;script&gt;" in page
    assert "2025-05" in page
    assert "nan" not in page.partition("<main")[2]


def test_no_later_papers_are_an_error_that_says_what_there_was(bundle_of, own_papers) -> None:
    with pytest.raises(DataError, match=r"2025-03\), found none; papers left out: 60 of the months of its"):
        arxonomy.drift(bundle_of(), own_papers)


@pytest.mark.parametrize("options", [{"after": "2025"}, {"after": "2025-03-01"}, {"threshold": 1.0}])
def test_options_out_of_range_are_refused(bundle_of, own_papers, options) -> None:
    with pytest.raises(SettingsError, match=f"`{next(iter(options))}`: expected"):
        arxonomy.drift(bundle_of(), own_papers, **options)
