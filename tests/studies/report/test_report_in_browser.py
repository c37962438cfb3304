"""The report of 149 categories in a real browser: on a phone, by keyboard, and what axe-core finds."""

from __future__ import annotations

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from studies.report.test_report import full, page_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")]

LABELS = [f"{'cs math physics stat'.split()[number % 4]}.{number:03}" for number in range(149)]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def phone(tmp_path_factory):
    """The report on a phone; whatever a script or the policy complains of fails the tests."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page_of(full(LABELS)), encoding="utf-8")
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.on("request", lambda request: faults.append(request.url) if request.url[:4] != "file" else None)
        page.goto(file.as_uri())
        yield page
        browser.close()
    assert faults == []


def test_a_phone_shows_all_of_it(phone: Page):
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    for chart in phone.locator("svg").all():
        sizes = chart.evaluate("(svg) => [svg.clientWidth / svg.viewBox.baseVal.width, svg.clientWidth]")
        assert sizes[0] * 13 >= 11 and sizes[1] <= 360  # the height of letters in pixels


def test_long_tables_are_searched_and_sorted_by_keyboard(phone: Page):
    details = phone.locator("#categories details")
    table = details.locator("table")
    expect(table).to_be_hidden()
    details.locator("summary").focus()
    phone.keyboard.press("Enter")
    expect(table).to_be_visible()
    phone.keyboard.press("Tab")
    phone.keyboard.type("MATH.00")
    expect(details.get_by_role("status")).to_have_text("3 of 149 rows")
    expect(table.locator("tbody tr:visible")).to_have_count(3)
    details.get_by_role("searchbox").fill("")
    button = table.get_by_role("button", name="F1")
    button.press("Enter")
    head = table.locator("th[aria-sort]")
    expect(head).to_have_attribute("aria-sort", "descending")
    shares = [float(text.rstrip("%")) for text in table.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert len(shares) == 149 and shares == sorted(shares, reverse=True)
    button.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    table.get_by_role("button", name="category").press("Enter")
    expect(table.locator("tbody th").first).to_have_text("cs.000")


def test_axe_finds_nothing(phone: Page):
    found = Axe().run(phone)
    assert found.violations_count == 0, found.generate_report()
