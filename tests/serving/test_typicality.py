"""Texts of another field over HTTP, on Annif's routes, and on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from counting_model import TYPICALITY, CountingMember, make_classifier
from playwright.sync_api import Browser, expect
from serving.browsing import NEED_BROWSER, Visit, type_in, words_are_there
from serving.servers import Live, Start

STRANGE = {"id": "7", "title": "pixel", "abstract": ""}
TYPICAL = {"id": "8", "title": "pixel", "abstract": "pixel pixel"}


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[Live]:
    with start(make_classifier(CountingMember(typicality=TYPICALITY))) as running:
        yield running


def test_a_request_is_answered_with_no_category(served: Live) -> None:
    strange, typical = served.classify(STRANGE, TYPICAL).json()["predictions"]
    assert strange["category"] is None and strange["abstained"] and strange["typicality"] == 0.001
    assert "another field" in strange["warnings"][0]
    assert typical["category"] == "cs.CV" and typical["typicality"] > 0.3


def test_it_has_no_subjects(served: Live) -> None:
    root = "/v1/projects/arxonomy/suggest"
    texts = ("pixel", "pixel pixel")
    found = [served.client.post(root, data={"text": text}).json()["results"] for text in texts]
    assert found[0] == [] and found[1][0]["notation"] == "cs.CV"


class TestPage:
    pytestmark = NEED_BROWSER

    def test_it_is_a_state_of_its_own(self, served: Live, browser: Browser) -> None:
        visit = Visit(browser, served)
        page = visit.page
        type_in(page, STRANGE["title"], STRANGE["abstract"])
        words_are_there(page)
        expect(page.locator("#verdict")).to_have_text("Outside of the model's field")
        expect(page.locator("#confidence")).to_have_text("Typicality: <1%.")
        expect(page.locator("#outside")).to_have_text("Were it a paper of the field all the same:")
        expect(page.locator("#evaluation")).to_have_text("There is no abstract: only the title was read.")
        expect(page.locator("#prediction.away #bars button")).to_have_count(5)
        expect(page.locator("#listed-part")).to_be_hidden()
        expect(page.locator("#levels-part")).to_be_hidden()
        table = "id,title\na,pixel\nb,pixel pixel\n"
        page.locator("#file").set_input_files({"name": "x.csv", "mimeType": "", "buffer": table.encode()})
        expect(page.locator("tbody tr").first).to_contain_text("Outside of the model's field")
        with page.expect_download() as kept:
            page.get_by_role("button", name="Download CSV").click()
        rows = list(csv.DictReader(io.StringIO(kept.value.path().read_text())))
        assert [row["typicality"][:5] for row in rows] == ["0.001", "0.255"]
        visit.leave()
        visit.close()
