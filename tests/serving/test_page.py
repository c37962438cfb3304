"""The page in a real browser: what people do, what hostile papers try, and what axe-core finds."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect
from serving.browsing import (
    NEED_BROWSER,
    PAPER,
    Visit,
    best_shares,
    box,
    choose,
    expect_shares,
    format_percent,
    shares,
    type_in,
    words_are_there,
)
from serving.servers import Live, Start

from arxonomy.inference import Classifier

pytestmark = NEED_BROWSER

AGENTS = {"title": "Deep reinforcement learning of agents", "abstract": "We learn policies by rewards."}
PARSING = {"title": "Parsing sentences", "abstract": "We parse the grammar of sentences with a parser."}
KEY = "a-long-random-key"


@pytest.fixture(scope="module")
def profile(browser: Browser, live: Live) -> Iterator[Visit]:
    """One profile for many visits: starting one takes longer than a visit."""
    profile = Visit(browser, live)
    yield profile
    profile.close()


@pytest.fixture
def visit(profile: Visit) -> Iterator[Visit]:
    """The page as it is reloaded; no visit leaves anything in the profile."""
    profile.open()
    yield profile
    kept = profile.page.evaluate("[localStorage.length, sessionStorage.length]")
    cookies = profile.context.cookies()
    profile.leave()
    assert (kept, cookies) == ([0, 0], [])


def test_a_paper_is_classified_with_its_words(visit: Visit, classifier: Classifier):
    page = visit.page
    type_in(page, **PAPER)
    words_are_there(page)
    (wanted,) = classifier.classify([PAPER])
    best = wanted.categories[0][0]
    assert page.locator("#verdict").inner_text() == best
    assert page.locator("#meaning").inner_text() == classifier.names.get(best, "")
    assert page.locator("#bars .meaning").first.inner_text() == classifier.names.get(best, "")
    assert shares(page) == best_shares(wanted)
    assert "such predictions are right" in page.locator("#confidence").inner_text()
    assert best in page.locator("#spoken").inner_text()
    assert page.locator("#reading").inner_text().split() == " ".join(PAPER.values()).split()
    label = page.locator("#picture svg").get_attribute("aria-label")
    assert label and len(re.findall(r"to a gate of [01]\.\d\d", label)) == 3  # also that of the bag of words

    def colored(word: str) -> str | None:
        return page.locator(".word", has_text=word).last.get_attribute("data-side")

    assert (best, colored("images"), colored("sentences")) == ("cs.CV", "support", "oppose")
    page.locator("#bars button", has_text="cs.CL").hover()
    expect(page.locator("#legend-support")).to_have_text("cs.CL")
    words_are_there(page)
    assert (colored("images"), colored("sentences")) == ("oppose", "support")
    page.mouse.move(0, 0)  # else the page scrolls another bar under the pointer
    choose(page, "Why", "cs.CV")
    choose(page, "and not", "cs.CL")
    expect(page.locator("#legend-support")).to_have_text("cs.CV")
    words_are_there(page)
    assert (colored("images"), colored("sentences")) == ("support", "oppose")


@pytest.mark.parametrize(("part", "other"), [("title", "abstract"), ("abstract", "title")])
def test_a_part_alone_is_said_to_be_one(visit: Visit, classifier: Classifier, part: str, other: str):
    page, paper = visit.page, {"title": "", "abstract": ""} | {part: PAPER[part]}
    type_in(page, **paper)
    words_are_there(page)
    (wanted,) = classifier.classify([paper])
    assert shares(page) == best_shares(wanted)
    said = f"There is no {other}: the category comes from the {part} alone."
    assert page.locator("#evaluation").inner_text() == said
    assert "such predictions are right" not in page.locator("#confidence").inner_text()
    type_in(page, **PAPER)
    expect(page.locator("#evaluation")).not_to_have_text(said)


def test_striking_a_word_changes_the_answer_until_it_is_put_back(visit: Visit, classifier: Classifier):
    page = visit.page
    type_in(page, **PAPER)
    words_are_there(page)
    before = shares(page)
    page.locator(".word", has_text="sentences").click()
    without = PAPER | {"abstract": PAPER["abstract"].replace("sentences", "")}
    wanted = best_shares(classifier.classify([without])[0])
    assert wanted != before
    expect_shares(page, wanted)
    words_are_there(page)
    assert page.locator(".word", has_text="sentences").get_attribute("aria-pressed") == "true"
    assert page.locator(".word", has_text="images").last.get_attribute("data-side")  # places still fit
    page.get_by_role("button", name="Put all words back").click()
    expect_shares(page, before)


def test_the_keyboard_suffices(visit: Visit):
    page = visit.page

    def focus_shows() -> None:
        outline = "getComputedStyle(document.activeElement).outlineStyle + document.activeElement.tagName"
        label = "getComputedStyle(document.querySelector('label[for=file]')).outlineStyle + 'INPUT'"
        shown = page.evaluate(f"document.activeElement.id === 'file' ? {label} : {outline}")
        assert not shown.startswith("none"), shown

    def tab_to(target: Locator) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            focus_shows()
            if target.evaluate("(element) => element === document.activeElement"):
                return
        raise AssertionError(f"Tab does not reach {target}")

    tab_to(page.locator("#examples button").first)
    page.keyboard.press("Enter")
    words_are_there(page)
    tab_to(box(page, "Title"))
    page.keyboard.press("Control+A")
    page.keyboard.type(PAPER["title"])
    tab_to(box(page, "Abstract"))
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(PAPER["abstract"])
    expect(page.locator(".word")).to_have_count(len(" ".join(PAPER.values()).split()))
    words_are_there(page)
    second = page.locator("#bars button").nth(1)
    tab_to(second)
    page.keyboard.press("Enter")
    words_are_there(page)
    assert second.get_attribute("aria-pressed") == "true"
    tab_to(page.locator("#against"))
    for key in ("ArrowDown", "ArrowDown", "Enter"):  # the first is all others
        page.keyboard.press(key)
    expect(page.locator("#against")).not_to_have_value("all others")
    words_are_there(page)
    first = page.locator(".word").first
    tab_to(first)
    before = shares(page)
    for key in ("ArrowLeft", "Home", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowRight", "End"):
        page.keyboard.press(key)
        focus_shows()
    struck = page.locator(".word:focus")
    page.keyboard.press("Enter")
    expect(struck).to_have_attribute("aria-pressed", "true")
    words_are_there(page)
    assert shares(page) != before
    tab_to(page.get_by_role("button", name="Put all words back"))
    page.keyboard.press("Space")
    expect(page.locator('.word[aria-pressed="true"]')).to_have_count(0)


def test_an_old_prediction_never_replaces_a_newer_one(visit: Visit):
    page = visit.page
    held: list[Route] = []
    page.route("**/v1/classify", lambda route: route.continue_() if held else held.append(route))
    old = {"id": "1", "category": "old", "probability": 1.0, "unknown_words": 0.0, "warnings": []}
    with page.expect_request("**/v1/classify"):
        type_in(page, "An old title", "")
    type_in(page, **PAPER)
    words_are_there(page)
    newest = page.locator("#verdict").inner_text()
    body = {"predictions": [old | {"categories": [{"category": "old", "probability": 1.0}]}]}
    held[0].fulfill(json=body)
    page.wait_for_timeout(200)
    assert page.locator("#verdict").inner_text() == newest != "old"


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\u2066\u200f {{7*7}} ${alert(3)} "
    "</textarea><svg onload=alert(4)> javascript:alert(5) \ud83d\ude00 \x00\x1b[31m"
)


def elements(page: Page) -> list[str]:
    return page.evaluate("[...new Set([...document.querySelectorAll('*')].map((e) => e.localName))].sort()")


def test_nothing_in_a_paper_runs(visit: Visit):
    page = visit.page
    type_in(page, **PAPER)
    words_are_there(page)
    before = elements(page)
    hostile = HOSTILE.encode("utf-16", "surrogatepass").decode("utf-16")
    type_in(page, hostile, f"{hostile} \ud800 grammar")
    expect(page.locator(".word", has_text="onerror").first).to_be_visible()
    words_are_there(page)
    assert "<script>alert(1)</script>" in page.locator("#reading").inner_text()
    assert elements(page) == before
    rows = [{"id": hostile, "title": hostile}, {"id": "=1+1", "title": f"=cmd|' /C calc'!A0 {hostile}"}]
    lines = "\n".join(map(json.dumps, [*rows, {hostile: hostile}]))
    page.locator("#file").set_input_files(
        {"name": "<img src=x onerror=alert(6)>.jsonl", "mimeType": "text/html", "buffer": lines.encode()}
    )
    expect(page.locator("#downloads")).to_be_visible()
    page.locator("#bad summary").click()
    assert "<img src=x onerror=alert(6)>.jsonl: 2 papers classified" in page.locator("#summary").inner_text()
    assert "<script>alert(1)</script>" in page.locator("#bad li").inner_text()
    added = set(elements(page)) - set(before)
    assert added <= {"bdi", "table", "thead", "tbody", "tr", "th", "td"}


def test_the_policy_stops_what_would_run(visit: Visit):
    visit.expected = ("console: ", "example.org")  # asked for, and blocked
    ran = visit.page.evaluate(
        """async () => {
          const script = document.createElement("script");
          let refused = 0;
          try { document.body.innerHTML += "<p>"; } catch { refused += 1; }
          try { script.text = "window.ran = true"; } catch { refused += 1; }
          try { await fetch("https://example.org/"); } catch { refused += 1; }
          const image = new Image();
          image.src = "https://example.org/x.png";
          await new Promise((resolve) => (image.onerror = resolve));
          return [window.ran ?? false, refused];
        }"""
    )
    assert ran == [False, 3]
    assert any("CSP" in fault for fault in visit.faults)


DROPPED = """,title,abstract
1,Parsing sentences,"We parse, and parse."
2,too,many,columns
3,=HYPERLINK("images"),Our vision-language model learns to segment images and answers questions.
"""


def test_a_dropped_file_is_classified_and_downloaded(visit: Visit, classifier: Classifier):
    page = visit.page
    drop = """(text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], "refs.csv"));
      for (const name of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
    }"""
    page.evaluate(drop, DROPPED.replace(",title", "id,title", 1))
    expect(page.locator("#summary")).to_contain_text("refs.csv: 2 papers classified.")
    expect(page.locator("#bad")).to_contain_text("1 record could not be used")
    page.locator("#bad summary").click()
    assert page.locator("#bad li").inner_text() == "line 3: expected 3 columns, found 4"
    papers = [{"title": "Parsing sentences", "abstract": "We parse, and parse."}]
    segmenting = "Our vision-language model learns to segment images and answers questions."
    papers += [{"title": '=HYPERLINK("images")', "abstract": segmenting}]
    wanted = [prediction.category for prediction in classifier.classify(papers)]
    assert wanted == ["cs.CL", "cs.CV"]
    assert page.locator("tbody td:nth-child(2) span:first-child").all_inner_texts() == wanted
    meanings = [classifier.names.get(category, "") for category in wanted]
    assert page.locator("tbody td:nth-child(2) .meaning").all_inner_texts() == meanings
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download CSV").click()
    text = kept.value.path().read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["predicted_category"] for row in rows] == wanted
    assert [(row["id"], row["title"]) for row in rows] == [
        ("1", "Parsing sentences"),
        ("3", '\'=HYPERLINK("images")'),
    ]
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download JSON lines").click()
    lines = [json.loads(line) for line in kept.value.path().read_text().splitlines()]
    assert [(line["id"], line["category"]) for line in lines] == list(zip(("1", "3"), wanted, strict=True))
    page.get_by_role("button", name="Parsing sentences").click()
    words_are_there(page)
    assert box(page, "Abstract").input_value() == "We parse, and parse."


def test_the_categories_that_a_paper_may_list_are_shown(visit: Visit, classifier: Classifier):
    page = visit.page
    listed = [("cs.CL", 0.875), ("a, b", 0.25), ("<b>x</b>", 0.125)]

    def add_lists(route: Route) -> None:
        answer = route.fetch()
        shares = [{"category": name, "probability": share} for name, share in listed]
        if answer.headers["content-type"] == "application/json":
            content = answer.json()
            for prediction in content["predictions"]:
                prediction["listed"] = shares
            route.fulfill(response=answer, json=content)
            return
        lines = [json.dumps(json.loads(line) | {"listed": shares}) for line in answer.text().splitlines()]
        route.fulfill(response=answer, body="\n".join(lines) + "\n")

    def without_lists(route: Route) -> dict[str, Any]:
        content: dict[str, Any] = route.fetch().json()
        for prediction in content["predictions"]:
            del prediction["listed"]
        return content

    expect(page.locator("#listed")).to_be_hidden()
    type_in(page, **PAPER)
    words_are_there(page)
    (answer,) = classifier.classify([PAPER])
    own = [
        f"{name} {classifier.names[name]} {format_percent(share)}"
        for name, share in answer.listed or ()
        if name != answer.category
    ]
    assert own
    expect(page.locator("#listed li")).to_have_text(own)
    page.route("**/v1/classify*", lambda route: route.fulfill(json=without_lists(route)))
    type_in(page, **AGENTS)
    expect(page.locator("#verdict")).to_have_text("cs.LG")
    expect(page.locator("#listed")).to_be_hidden()  # as of a model that knows nothing of lists
    page.unroute("**/v1/classify*")
    page.route("**/v1/classify*", add_lists)
    type_in(page, **PARSING)
    expect(page.locator("#verdict")).to_have_text("cs.CL")
    expect(page.locator("#listed li")).to_have_text(["a, b 25%", "<b>x</b> 13%"])
    page.locator("#file").set_input_files(
        {"name": "x.csv", "mimeType": "", "buffer": DROPPED.replace(",title", "id,title", 1).encode()}
    )
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(kept.value.path().read_text())))
    assert rows[0]["predicted_listed"] == 'cs.CL=0.875000,"a, b"=0.250000,<b>x</b>=0.125000'
    box(page, "Title").fill("")
    box(page, "Abstract").fill("")
    expect(page.locator("#listed")).to_be_hidden()


@pytest.mark.parametrize(("paper", "level"), [(AGENTS, "archive"), (PARSING, "category")])
def test_the_levels_above_a_category(visit: Visit, classifier: Classifier, paper: dict[str, str], level: str):
    page = visit.page
    (above,) = classifier.classify([paper], None, level="archive")
    (sure,) = classifier.classify([paper], back_off=0.8)
    assert sure.level == level
    tiles = [(code, share) for code, share in above.categories if share >= 0.01]
    others = above.categories[len(tiles) :]
    type_in(page, **paper)
    expect(page.get_by_role("list", name="By archive").locator("li")).to_have_text(
        [f"{code} {format_percent(share)}{classifier.names[code]}" for code, share in tiles]
    )
    rest = format_percent(sum(share for _, share in others))
    expect(page.locator("#map-rest")).to_have_text(f"{len(others)} more, together {rest}")
    best, share = sure.categories[0]
    expect(page.locator("#levels")).to_have_text(
        f"80% sure down to the {level} {best} {classifier.names[best]} {format_percent(share)}"
    )
    box(page, "Title").fill("")
    box(page, "Abstract").fill("")
    expect(page.locator("#levels")).to_be_hidden()


def test_categories_to_choose_from(visit: Visit, classifier: Classifier):
    page = visit.page
    type_in(page, **AGENTS)
    words_are_there(page)
    expect(page.locator("#outside")).to_be_hidden()
    among = page.get_by_label("Categories to choose from")
    among.fill("cs.CL,cs.CV")
    among.press("Enter")
    expect(page.locator("#verdict")).to_have_text("None of these")
    expect(page.locator("#warning")).to_contain_text("(cs.LG ")
    expect(page.locator("#confidence")).to_have_text(re.compile(r"^Outside: >?\d+%\.$"))
    expect(page.locator("#outside")).to_have_text("If it is one of them all the same:")
    expect(page.locator("#prediction.away #bars button")).to_have_count(2)
    words_are_there(page)
    page.locator("#file").set_input_files(
        {"name": "x.csv", "mimeType": "", "buffer": DROPPED.replace(",title", "id,title", 1).encode()}
    )
    expect(page.locator("tbody tr").first).to_contain_text("outside")
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(kept.value.path().read_text())))
    assert all(0 <= float(row["outside"]) <= 1 for row in rows) and len(rows) == 2
    among.fill("cs.CVV")
    among.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("did you mean `cs.CV`?")
    visit.expected = ("422",)
    among.fill("")
    among.press("Enter")
    expect(page.locator("#verdict")).to_have_text("cs.LG")
    expect(page.locator("#outside")).to_be_hidden()


def answered(answer: dict[str, Any] | None) -> Callable[[Route], None]:
    return lambda route: route.abort() if answer is None else route.fulfill(**answer)


def test_an_error_is_a_sentence_that_says_what_to_do(visit: Visit):
    visit.expected = ("Failed to load resource",)
    page = visit.page
    refused = {"status": 413, "json": {"detail": "expected less"}}
    for answer, sentence in (
        (refused, "shorten the text, or split the file. (expected less)"),
        (
            {"status": 422, "json": {"detail": "expected a title"}},
            "This cannot be classified: expected a title",
        ),
        ({"status": 504, "json": {}}, "Try again, or with less text"),
        (None, "See that it is still running, then try again; your text is kept"),
    ):
        page.route("**/v1/classify", answered(answer))
        type_in(page, "A title", f"for {sentence}")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        page.unroute("**/v1/classify")
    page.get_by_role("button", name="Try again").click()
    words_are_there(page)
    expect(page.get_by_role("alert")).to_be_empty()
    busy: list[Route] = []

    def once(route: Route) -> None:
        busy.append(route)
        route.fulfill(status=503, headers={"Retry-After": "1"}) if len(busy) == 1 else route.continue_()

    page.route("**/v1/classify", once)
    type_in(page, **PAPER)
    expect(page.locator(".word", has_text="segment")).to_be_visible()
    words_are_there(page)
    assert len(busy) == 2
    page.locator("#file").set_input_files({"name": "x.bib", "mimeType": "", "buffer": b"@misc{x}"})
    expect(page.get_by_role("alert")).to_contain_text("x.bib holds no usable paper")


def test_a_file_that_breaks_off_keeps_what_is_classified(visit: Visit):
    visit.expected = ("Failed to load resource",)  # of the file without papers
    page = visit.page
    calls: list[Route] = []
    stop = '{"id": "1", "category": "a"}\n{"error": "the service stops"}\n'
    bodies = {2: stop, 4: stop[:30]}

    def answer(route: Route) -> None:
        calls.append(route)
        body = bodies.get(len(calls))
        route.fulfill(body=body) if body else route.continue_()

    page.route("**/v1/classify", answer)
    lines = "".join(f'{{"id": "{i}", "title": "Parsing"}}\n' for i in range(100)).encode()
    page.locator("#file").set_input_files({"name": "x.jsonl", "mimeType": "", "buffer": lines})
    for sentence in ("stopped after 64", "broke off its response"):
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        assert "x.jsonl: 64 papers classified" in page.locator("#summary").inner_text()
        assert page.locator("#downloads").is_visible() and page.locator("#progress").is_hidden()
        page.get_by_role("button", name="Try again").click()
    expect(page.locator("#summary")).to_contain_text("x.jsonl: 100 papers classified")
    expect(page.get_by_role("alert")).to_be_empty()
    page.locator("#file").set_input_files({"name": "bad.bib", "mimeType": "", "buffer": b"@misc{x}"})
    expect(page.get_by_role("alert")).to_contain_text("bad.bib holds no usable paper")
    assert page.locator("#results").is_hidden()  # the rows of the file before
    page.unroute("**/v1/classify")
    type_in(page, **PAPER)
    expect(page.get_by_role("alert")).to_be_empty()


def test_words_that_cannot_be_explained_are_not_waited_for(visit: Visit):
    visit.expected = ("Failed to load resource",)
    page = visit.page
    page.route("**/v1/explain", answered({"status": 504, "json": {}}))
    type_in(page, **PAPER)
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    assert page.locator("#thinking").is_hidden()
    assert page.locator(".stale, .busy").count() == 0


def test_typing_keeps_struck_words_and_the_choice(visit: Visit):
    page = visit.page
    type_in(page, **PAPER)
    words_are_there(page)
    page.locator(".word", has_text="grammar").click()
    page.locator(".word", has_text="segment").click()
    words_are_there(page)
    choose(page, "Why", "cs.CV")
    choose(page, "and not", "cs.CL")
    words_are_there(page)
    box(page, "Abstract").fill(PAPER["abstract"].replace("sentences", "long sentence"))
    expect(page.locator(".word", has_text="long")).to_be_visible()
    words_are_there(page)
    assert page.locator('.word[aria-pressed="true"]').all_inner_texts() == ["grammar", "segment"]
    assert [page.locator(name).input_value() for name in ("#category", "#against")] == ["cs.CV", "cs.CL"]
    page.locator("#examples button").first.click()  # another paper
    expect(page.locator('.word[aria-pressed="true"]')).to_have_count(0)
    expect(page.locator("#against")).to_have_value("all others")


def test_a_key_is_requested_and_stored_nowhere(browser: Browser, start: Start, classifier: Classifier):
    with start(classifier, api_key=KEY) as live:
        visit = Visit(browser, live)
        visit.expected = ("401",)
        page = visit.page
        field = page.get_by_label("This service asks for a key")
        expect(field).to_be_focused()
        assert Axe().run(page).violations_count == 0
        field.fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("does not know this key")
        field.fill(KEY)
        page.keyboard.press("Enter")
        expect(page.locator("#about")).to_contain_text(f"{len(classifier.labels)} categories")
        type_in(page, **PAPER)
        words_are_there(page)
        assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        page.reload()
        expect(field).to_be_visible()
        assert field.input_value() == ""
        visit.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(browser: Browser, live: Live, width: int):
    visit = Visit(browser, live, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = visit.page
    axe = Axe()

    def check() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = axe.run(page, options={"rules": {"target-size": {"enabled": True}}})
            assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    check()
    type_in(page, "Xqzzy parsing images", PAPER["abstract"])
    words_are_there(page)
    page.locator(".word", has_text="grammar").click()
    page.locator("#file").set_input_files({"name": "x.csv", "mimeType": "", "buffer": DROPPED.encode()})
    expect(page.locator("#downloads")).to_be_visible()
    page.locator("#bad summary").click()
    words_are_there(page)
    check()
    page.route("**/v1/classify", lambda route: route.fulfill(status=504, json={}))
    visit.expected = ("504",)
    box(page, "Title").fill("Another")
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    check()
    visit.close()
