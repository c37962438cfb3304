"""Verdicts: what is agreed with, what is proposed, and of what nothing can be said."""

from __future__ import annotations

import csv
import dataclasses
from typing import get_args

import pytest
from checking.conftest import ABSTRACT, LATER, MEMBER, PIXELS, THRESHOLDS, make_paper
from counting_model import make_classifier

import arxonomy
from arxonomy.checking import Cause, Check, Checker, Summary, Verdict, check
from arxonomy.errors import SettingsError
from arxonomy.records import LISTED_FROM, Paper


def judge(model, *papers: Paper, **options) -> list[Check]:
    return list(check(papers, model, **options).checks)


def test_the_probable_category_is_agreed_with(model):
    (found,) = judge(model, make_paper("cs.CV", "cs.CV"))
    assert (found.verdict, found.move_to, found.add, found.cause) == ("agree", None, (), None)
    own, other = found.evidence
    (prediction,) = model.classify([found.paper])
    assert (own.category, own.probability) == prediction.categories[0]
    assert own.listed == dict(prediction.listed)["cs.CV"]
    assert other.category == prediction.categories[1][0] and other.listed is None
    assert not found.is_open


def test_an_improbable_category_is_to_be_moved_to_the_most_probable_one(model):
    (found,) = judge(model, make_paper("cs.LG", "cs.LG", "cs.CV"))
    assert (found.verdict, found.move_to, found.add) == ("move", "cs.CV", ())
    assert [own.category for own in found.evidence] == ["cs.LG", "cs.CV"]
    assert found.reason == "cs.LG has a probability of <0.01%, which is less than 5.00%" and found.is_open


def test_a_category_that_is_probably_listed_is_proposed_as_a_cross_list(model):
    paper = make_paper("cs.LG", "cs.LG", title="gradient " * 8)
    (found,) = judge(model, paper)
    assert (found.verdict, found.move_to, found.add) == ("add", None, ("cs.CV",))
    assert found.evidence[1].listed > 0.95
    assert judge(model, dataclasses.replace(paper, categories=("cs.LG", "cs.CV")))[0].verdict == "agree"


def test_without_a_list_no_cross_lists_are_proposed_and_that_is_said(model):
    found = judge(model, make_paper("cs.LG", title="gradient " * 8))
    assert (found[0].verdict, found[0].categories) == ("agree", None)
    assert Summary.of(found).to_lines()[-1] == (
        "1 paper comes without a list of categories, so that no cross-lists are proposed for them"
    )


def test_a_model_without_lists_proposes_moves_alone():
    model = make_classifier(dataclasses.replace(MEMBER, knows_lists=False), check_thresholds=THRESHOLDS)
    found = judge(model, make_paper("cs.LG", "cs.LG"), make_paper("cs.LG", "cs.LG", title="gradient " * 8))
    assert [own.verdict for own in found] == ["move", "agree"] and found[0].evidence[0].listed is None


UNTOLD = {
    "no category": (make_paper(None, "cs.CV"), "the paper has no category"),
    "a word for none": (make_paper("nan"), "the paper has no category"),
    "another code": (make_paper("68T50"), "the model does not know the category `68T50`"),
    "unknown here": (make_paper("math.AG"), "the model does not know the category `math.AG`"),
    "retired": (
        make_paper("cmp-lg"),
        "the category `cmp-lg` is retired; such papers are in cs.CL today",
    ),
    "without successor": (make_paper("cond-mat"), "the category `cond-mat` is retired"),
    "archive": (make_paper("cs"), "`cs` holds categories and is none itself"),
    "no abstract": (make_paper("cs.CV", abstract=""), "there is no abstract to read"),
    "no title": (make_paper("cs.CV", title=""), "there is no title to read"),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_nothing_is_said_of_what_is_not_known_for_sure(model, case):
    paper, reason = UNTOLD[case]
    (found,) = judge(model, paper)
    assert (found.verdict, found.reason, found.move_to, found.evidence) == ("cannot-tell", reason, None, ())
    assert found.cause in get_args(Cause) and found.to_dict()["verdict"] in get_args(Verdict)


def test_nothing_is_said_of_texts_of_another_field_or_in_unknown_words(model):
    strange, foreign = judge(
        model,
        make_paper("cs.CV", title="pixel", abstract="and"),
        make_paper("cs.CV", title="pixel pixel", abstract=f"{PIXELS} zzz yyy xxx www"),
    )
    assert (strange.cause, foreign.cause) == ("outside of its field", "read in part")
    assert strange.reason.startswith("less typical") and "are unknown to this model" in foreign.reason


def test_papers_without_a_verdict_are_counted_by_cause(model):
    found = judge(model, *(paper for paper, _ in UNTOLD.values()), make_paper("cs.CV", "cs.CV"))
    assert Summary.of(found).to_lines() == [
        "checked 10 papers: agree 1, move 0, add cross-lists 0, cannot tell 9",
        "cannot tell: unknown category 3, no category 2, retired category 2, read in part 2",
    ]


def test_an_alias_is_the_category_in_its_place_and_is_listed_with_it(arxiv_model):
    text = "code code code code"
    alias = make_paper("math.IT", "math.IT", "cs.IT", "94A15", title=text, abstract="code")
    (found,) = judge(arxiv_model, alias)
    assert (found.verdict, found.category, found.categories) == ("agree", "cs.IT", ("cs.IT", "94A15"))
    retired = make_paper("cs.IT", "cs.IT", "cmp-lg", title=text, abstract=text + " grammar" * 4)
    (found,) = judge(arxiv_model, retired)
    assert (found.verdict, found.categories) == ("agree", ("cs.IT", "cs.CL"))


def test_arxivs_rule_is_the_published_one(arxiv_model):
    def verdict(category: str, title: str, *listed: str) -> tuple[str, str | None, tuple[str, ...]]:
        paper = make_paper(category, *(listed or [category]), title=title, abstract=f"{title} {title}")
        (found,) = judge(arxiv_model, paper, rule="arxiv")
        return found.verdict, found.move_to, found.add

    assert verdict("cs.CL", "grammar " * 4) == ("agree", None, ())
    assert verdict("hep-ex", "grammar " * 4) == ("move", "cs.CL", ())
    even = "grammar grammar pixel pixel boson boson"
    assert verdict("cs.CL", even) == ("agree", None, ())  # no other one has 57%
    assert verdict("cs.CE", "grammar " * 4)[0] == verdict("econ.EM", "grammar " * 4)[0] == "cannot-tell"
    assert verdict("cs.LG", "gradient " * 4) == ("add", None, ("stat.ML",))
    assert verdict("cs.LG", "gradient " * 4, "cs.LG", "stat.ML") == ("agree", None, ())


def test_arxivs_rule_takes_one_of_the_same_archive_first(arxiv_model):
    archives = Checker(arxiv_model, "arxiv").rule.archives
    assert (archives["cs.CL"], archives["hep-ex"]) == ("cs", "hep-ex")
    rule = dataclasses.replace(Checker(arxiv_model, "arxiv").rule, archives=archives | {"hep-ex": "cs"})
    filing = dataclasses.make_dataclass("Filing", ["category", "categories"])("cs.CL", None)
    shares = {"math.AG": 0.9, "hep-ex": 0.6, "cs.CL": 0.1}  # no real ones: both reach 57%
    assert rule.judge(filing, shares, None).move_to == "hep-ex"
    shares["hep-ex"] = 0.5
    assert rule.judge(filing, shares, None).move_to == "math.AG"
    shares["cs.CL"] = 0.5
    assert rule.judge(filing, shares, None).verdict == "agree"


def test_the_rule_says_how_often_it_is_wrong(model, arxiv_model):
    rule = Checker(model).rule
    assert rule.later == LATER and "measured on 70 later papers" in " ".join(rule.describe())
    assert rule.describe()[0] == (
        "a move is proposed where the authors' category has a probability below 5.00%: 5.0% of 1,000 "
        "validation papers, as filed, have less"
    )
    other = Checker(model, false_alarms=0.1).rule
    assert (other.move_below, other.add_from, other.later) == (pytest.approx(0.1), pytest.approx(0.9), None)
    assert "was not measured" in other.describe()[-1]
    assert "not measured" in Checker(arxiv_model, "arxiv").rule.describe()[-1]


def test_a_rate_that_cannot_be_kept_is_refused(model):
    for rate in (0.0, 0.004, 0.51, float("nan")):
        with pytest.raises(SettingsError, match=r"expected 0\.005 to 0\.5"):
            Checker(model, false_alarms=rate)


def test_a_model_without_thresholds_is_refused_with_the_way_out(arxiv_model):
    with pytest.raises(SettingsError, match="rule='arxiv'"):
        Checker(make_classifier())
    with pytest.raises(SettingsError, match="of arXiv's categories"):
        Checker(make_classifier(taxonomy=dataclasses.replace(arxiv_model.taxonomy, name="own")), "arxiv")
    with pytest.raises(SettingsError, match="there is no `best`"):
        Checker(arxiv_model, "best")


def test_a_view_and_a_prior_are_refused_for_their_error_rates_are_not_known(model):
    for other in (model.with_view("cs.CL,cs.CV"), model.with_prior("uniform")):
        with pytest.raises(SettingsError, match="leave out the choice of labels and the prior"):
            Checker(other)


def test_a_very_high_rate_proposes_nothing_below_what_predictions_know():
    low = THRESHOLDS.model_copy(update={"unlisted": (0.0, LISTED_FROM / 10)})
    paper = make_paper("cs.CV", "cs.CV")
    (found,) = judge(make_classifier(MEMBER, check_thresholds=low), paper, false_alarms=0.5)
    (prediction,) = make_classifier(MEMBER).classify([paper])
    assert set(found.add) == {name for name, share in prediction.listed if share >= LISTED_FROM} - {"cs.CV"}


def test_files_mappings_and_papers_get_the_same_verdict(model, tmp_path):
    paper = make_paper("cs.LG", "cs.LG", "cs.CL")
    values = {
        "id": "a",
        "title": PIXELS,
        "abstract": ABSTRACT,
        "category": "cs.LG",
        "categories": "cs.LG cs.CL",
    }
    with (tmp_path / "papers.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, values)
        writer.writeheader()
        writer.writerows([values, {"id": "bad"}])
    read = arxonomy.check(tmp_path / "papers.csv", model)
    assert read.bad == 1
    wanted = judge(model, paper)[0].to_dict()
    assert read.checks[0].to_dict() == judge(model, values)[0].to_dict() == wanted
    assert wanted["move_to"] == "cs.CV" and wanted["categories"] == ["cs.LG", "cs.CL"]
