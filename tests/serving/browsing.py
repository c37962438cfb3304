"""What tests of the page share: a visit in a real browser, and what people do there."""

from __future__ import annotations

import shutil
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from arxonomy.records import Prediction

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAPER = {
    "title": "Vision-language models that see images",
    "abstract": "Our language model parses the grammar of sentences, learns to segment images, and improves "
    "visual question answering.",
}
NEED_BROWSER = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")]

BARS = 5
"""How many categories have a bar."""

expect.set_options(timeout=60_000)


class Served(Protocol):
    """What serves a page."""

    url: str


class Visit:
    """A page in a fresh profile, and what went wrong in it; `live` is what serves it."""

    def __init__(self, browser: Browser, live: Served, **settings: Any) -> None:
        self.url = live.url
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()
        note = self.faults.append
        self.page.on("pageerror", lambda error: note(f"error: {error}"))
        self.page.on(
            "console", lambda message: note(f"console: {message.text}") if message.type != "log" else None
        )
        self.page.on("dialog", lambda dialog: (note(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.context.on(
            "request",
            lambda request: (
                None
                if request.url.removeprefix("blob:").startswith(f"{live.url}/")
                else note(f"request: {request.url}")
            ),
        )
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) => console.warn('CSP', e.blockedURI))"
        )
        # What browsers of a few years ago lack.
        self.page.add_init_script("delete Map.groupBy; delete String.prototype.toWellFormed")
        self.open()

    def open(self) -> None:
        """Load the page."""
        self.page.goto(self.url)
        expect(self.page.locator("#examples button").first).to_be_visible()

    def leave(self) -> None:
        """Unload the page; whatever went wrong, but for what was expected to, fails the test."""
        self.page.unroute_all()
        self.page.goto("about:blank")
        faults = [fault for fault in self.faults if not any(part in fault for part in self.expected)]
        self.faults.clear()
        self.expected = ()
        assert faults == []

    def close(self) -> None:
        """Leave, and close the profile."""
        self.leave()
        self.context.close()


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name)


def type_in(page: Page, title: str, abstract: str) -> None:
    box(page, "Title").fill(title)
    box(page, "Abstract").fill(abstract)


def words_are_there(page: Page) -> None:
    """Wait until the words are colored for what is on the screen."""
    expect(page.locator("#reading:not(.stale) .word").first).to_be_visible()


def choose(page: Page, label: str, typed: str) -> None:
    """Search for a category and take the first one that is found."""
    page.get_by_role("combobox", name=label).fill(typed)
    page.keyboard.press("Enter")


def format_percent(share: float) -> str:
    """A share as the page shows it."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 < share < 1 else f"{share:.0%}"


def best_shares(prediction: Prediction) -> dict[str, str]:
    """The categories that have a bar, and what it says."""
    return {name: format_percent(share) for name, share in prediction.categories[:BARS]}


def expect_shares(page: Page, wanted: dict[str, str]) -> None:
    """Wait until the bars are those of these categories, in this order."""
    expect(page.locator("#bars button .name")).to_have_text(list(wanted))
    expect(page.locator("#bars button .share")).to_have_text(list(wanted.values()))


def shares(page: Page) -> dict[str, str]:
    rows = page.locator("#bars button").all()
    return {row.locator(".name").inner_text(): row.locator(".share").inner_text() for row in rows}
