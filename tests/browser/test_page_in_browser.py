"""The page without a service, in a real browser: what people do, what hostile papers try, what axe finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import Site
from playwright.sync_api import Browser, Locator, Page, expect
from serving.browsing import (
    NEED_BROWSER,
    PAPER,
    Visit,
    best_shares,
    box,
    choose,
    expect_shares,
    shares,
    type_in,
    words_are_there,
)

from arxonomy.inference import Classifier

pytestmark = NEED_BROWSER

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "page.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(r"^javascript:(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e {{7*7}} </textarea> javascript:alert(5) "
    "\x00 grammar"
)


@pytest.fixture(scope="module")
def profile(browser: Browser, site: Site) -> Iterator[Visit]:
    """One profile for all visits: a page loads its model once."""
    profile = Visit(browser, site)
    yield profile
    profile.close()


@pytest.fixture
def page(profile: Visit) -> Iterator[Page]:
    profile.faults.clear()
    profile.expected = ()
    yield profile.page
    assert [fault for fault in profile.faults if not any(part in fault for part in profile.expected)] == []


def test_a_paper_is_classified_and_explained(page: Page, classifier: Classifier) -> None:
    type_in(page, **PAPER)
    words_are_there(page)
    (wanted,) = classifier.classify([PAPER])
    assert shares(page) == best_shares(wanted)
    assert page.locator("#verdict").inner_text() == "cs.CV"
    assert "such predictions are right" in page.locator("#confidence").inner_text()
    assert "stays in this browser" in page.locator("#about").inner_text()
    side = page.locator(".word", has_text="images").last.get_attribute("data-side")
    assert side == "support"
    choose(page, "Why", "cs.CL")
    choose(page, "and not", "cs.CV")
    expect(page.locator("#legend-support")).to_have_text("cs.CL")
    words_are_there(page)
    assert page.locator(".word", has_text="images").last.get_attribute("data-side") == "oppose"
    before = shares(page)
    page.locator(".word", has_text="sentences").click()
    (changed,) = classifier.classify([PAPER | {"abstract": PAPER["abstract"].replace("sentences", "")}])
    expect_shares(page, best_shares(changed))
    page.get_by_role("button", name="Put all words back").click()
    expect_shares(page, before)


def test_an_example_is_a_click_away(page: Page) -> None:
    page.locator("#examples button").first.click()
    words_are_there(page)
    assert box(page, "Title").input_value()


def test_what_needs_a_service_is_hidden_or_says_so(page: Page) -> None:
    for name in ("among", "file", "key"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    expect(page.get_by_role("link", name="API docs")).to_be_hidden()
    page.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["title"], "x.csv"));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer }));
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("arxonomy classify FILE")


def test_the_keyboard_suffices(page: Page) -> None:
    type_in(page, **PAPER)
    words_are_there(page)

    def tab_to(target: Locator) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert shown != "none" or page.evaluate("document.activeElement === document.body")
            if target.evaluate("(element) => element === document.activeElement"):
                return
        raise AssertionError(f"Tab does not reach {target}")

    box(page, "Title").focus()
    tab_to(page.locator("#bars button").nth(1))
    page.keyboard.press("Enter")
    words_are_there(page)
    tab_to(page.locator(".word").first)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator('.word[aria-pressed="true"]')).to_have_count(1)
    tab_to(page.locator("#bookmarklet"))
    page.keyboard.press("Enter")
    expect(page.locator("#drag")).to_contain_text("Drag it to the bar of bookmarks")


def test_nothing_in_a_paper_runs(page: Page) -> None:
    type_in(page, HOSTILE, HOSTILE)
    expect(page.locator(".word", has_text="onerror").first).to_be_visible()
    words_are_there(page)
    assert "<script>alert(1)</script>" in page.locator("#reading").inner_text()
    assert page.locator("img, #reading script").count() == 0


REFUSED = """async () => {
  const tries = [
    () => { document.body.innerHTML += "<p>"; },
    () => trustedTypes.createPolicy("other", {}),
    () => { document.createElement("script").text = "window.ran = true"; },
  ];
  let count = 0;
  for (const one of tries) try { await one(); } catch { count += 1; }
  return count === tries.length;
}"""
LEAVE = """async () => {
  const stopped = new Promise((resolve) => addEventListener("securitypolicyviolation", resolve));
  const sent = fetch("https://example.org/").then(() => "sent");
  return Promise.any([sent, stopped.then((event) => event.blockedURI)]);
}"""


def test_the_policy_stops_what_would_run_or_leave(profile: Visit, page: Page) -> None:
    profile.expected = ("console: ", "example.org")  # asked for, and blocked
    assert page.evaluate(REFUSED)
    (worker,) = page.workers
    for thread in (page, worker):
        assert thread.evaluate(LEAVE) == "https://example.org/"


ABSTRACT_PAGE = f"""<html><head><meta name="citation_title" content="{PAPER["title"]}">{{meta}}</head><body>
<h1 class="title mathjax"><span class="descriptor">Title:</span>{PAPER["title"]}</h1>
<blockquote class="abstract mathjax"><span class="descriptor">Abstract:</span>{PAPER["abstract"]}</blockquote>
</body></html>"""


def test_the_bookmark_opens_the_paper_of_a_page_at_arxiv(profile: Visit, page: Page, site: Site) -> None:
    profile.expected = ("arxiv.org",)
    link = page.locator("#bookmarklet").get_attribute("href") or ""
    stated = DOCUMENTED[0].replace("https://example.org/site/", f"{site.url}/")
    elsewhere = profile.context.new_page()
    pages = iter(("", f'<meta name="citation_abstract" content="{PAPER["abstract"]}">'))
    elsewhere.route(
        "**/abs/*",
        lambda route: route.fulfill(body=ABSTRACT_PAGE.format(meta=next(pages)), content_type="text/html"),
    )
    for code in (unquote(link.removeprefix("javascript:")), stated):
        elsewhere.goto("https://arxiv.org/abs/2501.01234")
        with profile.context.expect_page() as opening:
            elsewhere.evaluate(f"() => {{ {code} }}")
        opened = opening.value
        assert opened.url.startswith(f"{site.url}/#title=")
        expect(box(opened, "Title")).to_have_value(PAPER["title"])
        expect(box(opened, "Abstract")).to_have_value(PAPER["abstract"])
        opened.close()
    elsewhere.close()


def test_another_address_is_another_paper(page: Page) -> None:
    page.evaluate(f"location.hash = '#title={quote('Quantum codes & <b>')}'")
    expect(box(page, "Title")).to_have_value("Quantum codes & <b>")
    expect(box(page, "Abstract")).to_have_value("")
    words_are_there(page)


def test_files_that_are_missing_are_named(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site)
    visit.expected = ("404",)
    visit.context.route("**/model.onnx", lambda route: route.fulfill(status=404))
    visit.open()
    type_in(visit.page, **PAPER)
    expect(visit.page.get_by_role("alert")).to_contain_text("model.onnx")
    visit.context.route("**/worker.js", lambda route: route.fulfill(status=404))
    visit.open()
    expect(visit.page.get_by_role("alert")).to_contain_text("its scripts cannot be loaded")
    type_in(visit.page, **PAPER)
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("its scripts cannot be loaded")
    visit.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    type_in(page, "Xqzzy parsing images", PAPER["abstract"])
    words_are_there(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
