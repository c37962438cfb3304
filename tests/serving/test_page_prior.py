"""The class prior of a file on the page: suggested, applied by a button alone, taken back."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from counting_model import LABELS, PRIOR, WORDS, CountingMember, make_arxiv_classifier, make_classifier
from playwright.sync_api import Browser, Page, Request, Route, expect
from serving.browsing import NEED_BROWSER, Visit, format_percent
from serving.servers import Live, Start
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.inference import Classifier
from arxonomy.inference.prior_estimate import FEWEST_PAPERS

pytestmark = NEED_BROWSER

CLEAR, UNSURE = "grammar grammar grammar", "grammar pixel pixel"
"""A paper of cs.CL; and one that is of it where nearly all papers are, else of cs.CV."""

MIXED = [CLEAR] * 100 + [UNSURE] * 30
AGAIN, BACK = "Classify again with these shares", "Classify again without these shares"


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start(make_classifier()) as running:
        yield running


@pytest.fixture(scope="module")
def profile(browser: Browser, served: Live) -> Iterator[Visit]:
    profile = Visit(browser, served)
    yield profile
    profile.close()


@pytest.fixture
def visit(profile: Visit) -> Iterator[Visit]:
    profile.open()
    yield profile
    profile.leave()


def to_jsonl(titles: Sequence[str]) -> str:
    return "".join(json.dumps({"title": title}) + "\n" for title in titles)


def give(page: Page, titles: Sequence[str], name: str = "x.jsonl") -> None:
    """Choose a file and wait until it is classified."""
    page.locator("#file").set_input_files({"name": name, "mimeType": "", "buffer": to_jsonl(titles).encode()})
    expect(page.locator("#summary")).to_contain_text(f"{name}: {len(titles)} papers classified")


def give_and_estimate(page: Page, titles: Sequence[str], name: str = "x.jsonl") -> dict[str, Any]:
    with page.expect_response(re.compile("/v1/prior")) as asked:
        give(page, titles, name)
    found: dict[str, Any] = asked.value.json()
    return found


def shown(page: Page) -> list[str]:
    return page.locator("#table tbody td:nth-child(2) span:first-child").all_inner_texts()


def keep(page: Page, button: str) -> str:
    with page.expect_download() as kept:
        page.get_by_role("button", name=button, exact=True).click()
    return kept.value.path().read_text()


def test_a_prior_is_suggested_applied_by_the_button_alone_and_taken_back(visit: Visit):
    page = visit.page
    plain, estimate = make_classifier(), make_classifier().estimate_prior([(title, "") for title in MIXED])
    found = give_and_estimate(page, MIXED)
    text = page.locator("#prior-text")
    expect(text).to_contain_text(
        f"{1000 * estimate.gain:.0f} more of 1,000 answers are expected to be right."
    )
    expect(page.get_by_role("status").filter(has_text="other shares of the categories")).to_be_visible()
    before = [answer.category for answer in plain.classify([(title, "") for title in MIXED])]
    assert shown(page) == before
    assert "prior" not in keep(page, "Download JSON lines")
    expect(page.locator("#prior-file")).to_be_hidden()
    page.get_by_role("button", name=AGAIN).click()
    expect(page.locator("#results-heading")).to_be_focused()
    expect(page.locator("#summary")).to_contain_text(
        f"130 papers classified with the estimated shares (cs.CL {format_percent(found['prior']['cs.CL'])}, "
    )
    stated = plain.with_prior(found["prior"])
    after = [answer.category for answer in stated.classify([(title, "") for title in MIXED])]
    assert shown(page) == after != before
    expect(text).to_contain_text("These answers assume the estimated shares")
    assert json.loads(keep(page, "Download prior.json")) == {"prior": found["prior"]}
    page.get_by_role("button", name=BACK).click()
    expect(page.locator("#results-heading")).to_be_focused()
    expect(page.locator("#summary")).to_have_text(re.compile(r"^x.jsonl: 130 papers classified\. "))
    assert shown(page) == before
    expect(page.locator("#prior-file")).to_be_hidden()
    assert "prior" not in keep(page, "Download JSON lines")
    expect(page.get_by_role("button", name=AGAIN)).to_be_visible()


def test_its_answers_are_those_of_the_command_line_with_its_file(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = visit.page
    monkeypatch.setattr("arxonomy.inference.load", lambda *_, **options: make_classifier())
    give(page, MIXED)
    page.get_by_role("button", name=AGAIN).click()
    kept = tmp_path / "prior.json"
    kept.write_text(keep(page, "Download prior.json"))
    first, *others = map(json.loads, keep(page, "Download JSON lines").splitlines())
    assert first["prior"] == json.loads(kept.read_bytes())["prior"]
    papers = tmp_path / "x.jsonl"
    papers.write_text(to_jsonl(MIXED))
    done = CliRunner().invoke(app, ["classify", str(papers), "--prior", str(kept), "--format", "jsonl"])
    assert done.exit_code == 0, done.output
    del first["prior"]
    assert [first, *others] == [json.loads(line) for line in done.stdout.splitlines()]
    table = list(csv.DictReader(io.StringIO(keep(page, "Download CSV"))))
    assert [row["predicted_category"] for row in table] == [one["category"] for one in (first, *others)]


def test_the_largest_shares_stand_beside_those_of_training(visit: Visit):
    page = visit.page
    found = give_and_estimate(page, MIXED)
    page.get_by_text("The largest shares").click()
    largest = sorted(found["prior"].items(), key=lambda item: -item[1])
    training, names = dict(zip(LABELS, PRIOR, strict=True)), make_classifier().names
    wanted = [
        [f"{label}{names[label]}", format_percent(share), format_percent(training[label])]
        for label, share in largest
    ]
    assert [row.locator("td").all_text_contents() for row in page.locator("#prior-rows tr").all()] == wanted


def test_a_small_file_is_not_asked_about_and_one_without_a_gain_gets_no_suggestion(visit: Visit):
    page = visit.page
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/v1/prior" in request.url else None)
    give(page, MIXED[-FEWEST_PAPERS + 1 :], "few.jsonl")
    usual = [
        f"{word} {word} {word}"
        for word, share in zip(WORDS, PRIOR, strict=True)
        for _ in range(round(100 * share))
    ]
    found = give_and_estimate(page, usual, "usual.jsonl")
    assert len(usual) == FEWEST_PAPERS == found["papers"] and len(asked) == 1
    expect(page.locator("#prior-text")).to_be_empty()
    expect(page.get_by_role("button", name=AGAIN)).to_be_hidden()


def test_a_new_file_cancels_what_was_suggested_and_applied(visit: Visit):
    page = visit.page
    give(page, MIXED)
    page.get_by_role("button", name=AGAIN).click()
    expect(page.locator("#prior-file")).to_be_visible()
    give(page, [UNSURE] * 3, "few.jsonl")
    assert shown(page) == ["cs.CV"] * 3
    for part in ("#prior", "#prior-file"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("#prior-text")).to_be_empty()
    held: list[Route] = []
    page.route("**/v1/prior", lambda route: held.append(route))
    with page.expect_request("**/v1/prior"):
        give(page, MIXED, "slow.jsonl")
    with page.expect_event("requestfailed"):  # cancelled
        give(page, [UNSURE] * 3, "next.jsonl")
    assert len(held) == 1
    expect(page.locator("#prior-text")).to_be_empty()


def test_an_error_of_the_estimate_costs_nothing_else(visit: Visit):
    visit.expected = ("Failed to load resource",)
    page = visit.page
    answers: list[dict[str, Any]] = [{"status": 500, "json": {}}, {"status": 200, "body": "{"}]
    page.route("**/v1/prior", lambda route: route.fulfill(**answers.pop()))
    while answers:
        with page.expect_response("**/v1/prior"):
            give(page, MIXED)
        expect(page.locator("#downloads")).to_be_visible()
        expect(page.get_by_role("alert")).to_be_empty()
        expect(page.locator("#prior-text")).to_be_empty()


def test_a_second_estimate_that_disagrees_is_said_and_nothing_is_offered(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
):
    page = visit.page
    counts = np.diag([100, 40, 100, 100, 100])
    counts[1, 2] = 60
    monkeypatch.setattr("arxonomy.inference.prior_estimate.find_confusion", lambda models: counts)
    found = give_and_estimate(page, MIXED)["disagreement"]
    expect(page.locator("#prior-text")).to_contain_text(
        f"two estimates disagree: {found['group']} is {format_percent(found['share'])} of them by their "
        f"probabilities, {format_percent(found['low'])} to {format_percent(found['high'])} by the counts"
    )
    expect(page.get_by_role("button", name=AGAIN)).to_be_hidden()
    expect(page.locator("#prior-shares")).to_be_hidden()


def test_a_stop_halfway_says_which_prior_the_answers_have(visit: Visit):
    visit.expected = ("Failed to load resource",)
    page = visit.page
    give(page, MIXED)
    calls: list[Route] = []

    def fail_once(route: Route) -> None:
        calls.append(route)
        route.fulfill(status=504, json={}) if len(calls) == 2 else route.continue_()

    page.route("**/v1/classify?*", fail_once)
    page.get_by_role("button", name=AGAIN).click()
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    expect(page.locator("#summary")).to_contain_text("64 papers classified with the estimated shares (cs.CL")
    expect(page.get_by_role("button", name=BACK)).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#summary")).to_contain_text("130 papers classified with the estimated shares (cs.CL")
    expect(page.get_by_role("alert")).to_be_empty()


def test_the_prior_is_of_the_categories_that_were_asked_for(visit: Visit):
    page = visit.page
    among = page.get_by_label("Categories to choose from")
    among.fill("language=cs.CL,cs.CV")
    give(page, MIXED)
    among.fill("cs.CL,cs.LG")  # of the next file
    page.get_by_role("button", name=AGAIN).click()
    expect(page.locator("#summary")).to_contain_text("with the estimated shares (language ")
    viewed = make_classifier().with_view("language=cs.CL,cs.CV")
    papers = [(title, "") for title in MIXED]
    stated = viewed.with_prior(viewed.estimate_prior(papers).shares)
    assert shown(page) == [answer.category for answer in stated.classify(papers)]


HOSTILE = ("<img src=x onerror=alert(1)>", 'a, "b"=1', "*", '"quoted', "__proto__")


def test_hostile_names_of_categories_are_text_and_find_their_way_back(browser: Browser, start: Start):
    classifier = Classifier([CountingMember()], HOSTILE, training_prior=PRIOR)
    with start(classifier) as live:
        visit = Visit(browser, live)
        page = visit.page
        give(page, MIXED)
        page.get_by_text("The largest shares").click()
        assert set(page.locator("#prior-rows bdi").all_inner_texts()) == set(HOSTILE)
        page.get_by_role("button", name=AGAIN).click()
        papers = [(title, "") for title in MIXED]
        stated = classifier.with_prior(classifier.estimate_prior(papers).shares)
        expect(page.locator("#summary")).to_contain_text('with the estimated shares (a, "b"=1 ')
        assert shown(page) == [answer.category for answer in stated.classify(papers)]
        assert set(json.loads(keep(page, "Download prior.json"))["prior"]) == set(HOSTILE)
        visit.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_the_prior_of_many_categories(browser: Browser, start: Start, width: int):
    with start(make_arxiv_classifier()) as live:
        visit = Visit(browser, live, viewport={"width": width, "height": 800}, reduced_motion="reduce")
        page = visit.page
        axe = Axe()

        def check() -> None:
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = axe.run(page, options={"rules": {"target-size": {"enabled": True}}})
                assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
                assert page.evaluate("document.documentElement.scrollWidth") <= width

        found = give_and_estimate(page, ["grammar grammar"] * 300 + ["agent grammar"] * 90)
        assert len(found["prior"]) == 149
        page.get_by_text("The largest shares").click()
        expect(page.locator("#prior-rows tr")).to_have_count(10)
        check()
        page.get_by_role("button", name=AGAIN).click()
        expect(page.locator("#prior-file")).to_be_visible()
        check()
        visit.close()
