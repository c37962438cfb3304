"""The page of the queue in a browser: by keyboard, on a phone, its decisions, and what axe-core finds."""

from __future__ import annotations

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from checking.conftest import PIXELS, make_paper
from checking.test_page import HOSTILE, WORDS
from playwright.sync_api import Page, expect, sync_playwright

from arxonomy.checking import check, rank, read_decisions, save_queue
from arxonomy.config import DataSettings
from arxonomy.papers import load_dataset

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")]

PAPERS = [
    make_paper("cs.LG", "cs.LG", id="hostile", title=HOSTILE, abstract=f"{HOSTILE} {PIXELS}"),
    make_paper("cs.CL", "cs.CL", title="pixel pixel grammar", abstract="pixel pixel", id="weak"),
    make_paper("cs.LG", "cs.LG", title="gradient " * 8, id="add"),
]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def queue(model):
    return rank(check(PAPERS, model).checks)


@pytest.fixture(scope="module")
def phone(queue, tmp_path_factory):
    """The page on a phone; whatever a script or the policy complains of fails the tests."""
    file = tmp_path_factory.mktemp("queue") / "queue.html"
    save_queue(queue, {0: WORDS}, ["a note"], {"cs.CV": "Computer Vision and Pattern Recognition"}, file)
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.on(
            "request", lambda own: faults.append(own.url) if own.url[:4] not in ("file", "blob") else None
        )
        page.goto(file.as_uri())
        yield page
        browser.close()
    assert faults == []


def test_a_phone_shows_all_of_it_and_axe_finds_nothing(phone: Page):
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        found = Axe().run(phone)
        assert found.violations_count == 0, found.generate_report()


def test_decisions_by_keyboard_are_saved_for_training_and_leave_the_queue(phone: Page, queue, tmp_path):
    assert [own.paper.id for own in queue] == ["hostile", "weak", "add"]
    status, save = phone.get_by_role("status"), phone.get_by_role("button", name="Save decisions")
    expect(status).to_have_text("0 of 3 decided")
    expect(save).to_be_disabled()
    for place, presses in ((1, 1), (2, 2), (3, 1)):
        phone.get_by_role("group", name=f"Decision on paper {place}").get_by_role("radio").first.focus()
        for _ in range(presses):
            phone.keyboard.press("ArrowRight")
    phone.keyboard.press("Enter")  # submits nothing
    expect(status).to_have_text("3 of 3 decided, not saved")
    phone.get_by_role("group", name="Decision on paper 3").get_by_label("undecided").check()
    expect(status).to_have_text("2 of 3 decided, not saved")
    with phone.expect_download() as download:
        save.press("Enter")
    expect(status).to_have_text("2 of 3 decided")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "decisions.jsonl"
    decided = read_decisions([file])
    assert [own in decided for own in queue] == [True, True, False]
    dataset = load_dataset(file, DataSettings(), any_labels=True)
    assert [(paper.id, paper.category, paper.categories) for paper in dataset.papers] == [
        ("hostile", "cs.CV", ("cs.CV",)),
        ("weak", "cs.CL", ("cs.CL",)),
    ]
    assert dataset.papers[0].title == HOSTILE
