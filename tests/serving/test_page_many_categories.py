"""The page in a real browser with a model of all of arXiv's categories."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from counting_model import make_arxiv_classifier
from playwright.sync_api import Browser, Page, expect
from serving.browsing import NEED_BROWSER, Visit, choose, type_in, words_are_there
from serving.servers import Live, Start

pytestmark = NEED_BROWSER
# Logits of 6, 6 and 3 above those of 146 others: 41%, 41% and 2% of the probability.
TITLE, ABSTRACT = "code gradient", "gradient code pixel"


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start(make_arxiv_classifier()) as running:
        yield running


@pytest.fixture(scope="module")
def profile(browser: Browser, served: Live) -> Iterator[Visit]:
    profile = Visit(browser, served)
    yield profile
    profile.close()


@pytest.fixture
def page(profile: Visit) -> Iterator[Page]:
    """The page with a paper of information theory and learning."""
    profile.open()
    type_in(profile.page, TITLE, ABSTRACT)
    words_are_there(profile.page)
    yield profile.page
    profile.leave()


def list_options(page: Page) -> list[str]:
    return page.locator("[role=listbox]:visible [role=option]").all_inner_texts()


def test_five_bars_and_the_rest_in_one_line(page: Page):
    bars = page.locator("#bars button")
    expect(bars).to_have_count(5)
    names = {bar.locator(".name").inner_text(): bar.locator(".meaning").inner_text() for bar in bars.all()}
    assert names["cs.IT"] == "Information Theory" and all(names.values())
    expect(page.locator("#bars .rest")).to_have_text(re.compile(r"^144 more, together 1\d%$"))


def test_what_a_paper_may_list_is_a_chip(page: Page):
    chips = page.get_by_role("list", name="May also be listed in").get_by_role("listitem")
    expect(chips).to_have_text(
        ["cs.LG Machine Learning 73%", "cs.CV Computer Vision and Pattern Recognition 12%"]
    )


def test_archives_are_a_map_with_text(page: Page):
    tiles = page.get_by_role("list", name="By archive").get_by_role("listitem")
    expect(tiles.first).to_have_text(re.compile(r"^cs\s*89%Computer Science$"))
    fills = [
        tile.evaluate("(tile) => Number(tile.style.getPropertyValue('--share'))") for tile in tiles.all()
    ]
    assert fills == sorted(fills, reverse=True) and min(fills) >= 0.01
    expect(page.locator("#map-rest")).to_have_text(re.compile(r"^\d+ more, together \d%$"))
    expect(page.locator("#levels")).to_have_text(
        re.compile(r"^80% sure down to the archive cs Computer Science 89%$")
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("math.it", "cs.IT\nInformation Theory, also math.IT, 41%"),
        ("cs.it", "cs.IT\nInformation Theory, 41%"),
        ("cmp-lg", "cs.CL\nComputation and Language, also cmp-lg, <1%"),
        ("  vision ", "cs.CV\nComputer Vision and Pattern Recognition, 2%"),
        ("exper high", "hep-ex\nHigh Energy Physics - Experiment, <1%"),
    ],
)
def test_a_category_is_found_by_code_by_alias_and_by_name(page: Page, typed: str, first: str):
    choose(page, "Why", "cs.LG")
    page.get_by_role("combobox", name="and not").fill(typed)
    assert list_options(page)[0] == first
    with page.expect_request("**/v1/explain") as sent:
        page.keyboard.press("Enter")
    assert sent.value.post_data_json["against"] == first.partition("\n")[0]
    words_are_there(page)
    expect(page.locator("[role=listbox]:visible")).to_have_count(0)


def test_the_keyboard_and_the_pointer_choose(page: Page):
    field = page.get_by_role("combobox", name="and not")

    def get_active() -> str:
        active = field.get_attribute("aria-activedescendant")
        assert page.locator("[role=option][aria-selected=true]").get_attribute("id") == active
        return page.locator(f"#{active} b").inner_text()

    field.focus()
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert len(list_options(page)) == 149  # all others, and each other category
    assert get_active() == "all others"
    page.keyboard.press("ArrowUp")
    assert page.locator("#others").evaluate("(list) => list.scrollTop") > 0
    for key in ("ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert get_active() == "cs.LG"
    page.keyboard.press("Escape")
    expect(field).to_have_value("all others")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.type("qqq")
    assert list_options(page) == ["no other category is called so"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(field).to_have_value("all others")
    field.click()
    page.get_by_role("option", name="cs.CV").click()
    expect(field).to_have_value("cs.CV")
    expect(field).to_be_focused()
    words_are_there(page)
    choose(page, "and not", "all")
    expect(field).to_have_value("all others")


def test_outside_of_a_view_is_a_state_of_its_own(page: Page):
    page.locator("#bars button").first.hover()  # its bar vanishes under the pointer
    among = page.get_by_label("Categories to choose from")
    among.fill("hep-ex,math.AG,math.GT")
    among.press("Enter")
    expect(page.locator("#verdict")).to_have_text("None of these")
    expect(page.locator("#prediction")).to_have_class(re.compile("away"))
    expect(page.locator("#confidence")).to_have_text("Outside: >99%.")
    expect(page.locator("#spoken")).to_contain_text("None of these. Outside: >99%. none of these categories")
    for part in ("#meaning", "#levels-part", "#listed-part"):
        expect(page.locator(part)).to_be_hidden()
    words_are_there(page)
    expect(page.locator("#category")).to_have_value(re.compile(r"^(hep-ex|math\.)"))
    among.fill("")
    among.press("Enter")
    expect(page.locator("#verdict")).to_have_text(re.compile(r"^cs\.(IT|LG)$"))
    expect(page.locator("#prediction")).not_to_have_class(re.compile("away"))
    expect(page.locator("#bars button")).to_have_count(5)


@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_in_many_categories(browser: Browser, served: Live, width: int):
    visit = Visit(browser, served, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = visit.page
    axe = Axe()

    def check() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = axe.run(page, options={"rules": {"target-size": {"enabled": True}}})
            assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    type_in(page, TITLE, ABSTRACT)
    words_are_there(page)
    field = page.get_by_role("combobox", name="and not")
    for typed in ("physics", "qqq"):
        field.click()
        field.fill(typed)
        expect(page.locator("#others")).to_be_visible()
        box = page.locator("#others").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        check()
    page.get_by_label("Categories to choose from").fill("hep-ex,math.AG")
    page.keyboard.press("Enter")
    expect(page.locator(".away")).to_be_visible()
    words_are_there(page)
    check()
    visit.close()
