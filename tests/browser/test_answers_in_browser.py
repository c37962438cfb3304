"""The scripts answer as Python does, in a real browser: cleaning, tokens, places, probabilities, words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Site
from browser.texts import PAPERS, TEXTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from serving.browsing import NEED_BROWSER

from arxonomy.inference import Classifier
from arxonomy.markup import clean_markup
from arxonomy.papers.fields.missing import is_missing_text
from arxonomy.papers.fields.values import is_same_text
from arxonomy.records import Paper
from arxonomy.text.tokens import count_foreign_words, find_token_spans, tokenize

pytestmark = NEED_BROWSER

READ = """async ([folder, texts]) => {
  const { setRules } = await import(`${folder}/rules.js`);
  const { cleanMarkup } = await import(`${folder}/clean.js`);
  const tokens = await import(`${folder}/tokens.js`);
  setRules(await (await fetch(`${folder}/rules.json`)).json());
  const read = (title, abstract) => tokens.readPaper({ title, abstract });
  return texts.map((text) => [
    cleanMarkup(text), tokens.tokenize(text), tokens.findTokenSpans(text), tokens.countForeign(text),
    read(text, "x").title === "", read(`${text}A`, `${text}a.`).abstract === "",
  ]);
}"""
ANSWER = """async ([folder, papers]) => {
  const { classify } = await import(`${folder}/api.js`);
  const answers = [];
  for (const [title, abstract] of papers) answers.push(await classify({ title, abstract }));
  return answers;
}"""
EXPLAIN = """async ([folder, title, abstract, category, against]) =>
  (await import(`${folder}/api.js`)).explain({ title, abstract }, null, category, against)"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(site.url)
    yield page
    page.close()


def find_folder(site: Site) -> str:
    (folder,) = site.folder.glob("files-*")
    return f"{site.url}/{folder.name}"


def read_in_python(text: str) -> list[Any]:
    spans = [list(span) for span in find_token_spans(text)]
    upper, lower = f"{text}A", f"{text}a."
    missing = [is_missing_text(upper), is_missing_text(lower)]
    same = missing[1] or (not missing[0] and is_same_text(upper, lower))
    return [clean_markup(text), tokenize(text), spans, count_foreign_words(text), is_missing_text(text), same]


def compare(page: Page, site: Site, texts: Sequence[str]) -> None:
    found = page.evaluate(READ, [find_folder(site), list(texts)])
    for text, own in zip(texts, found, strict=True):
        assert own == read_in_python(text), ascii(text)


def test_hard_texts_are_read_as_in_python(page: Page, site: Site) -> None:
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(TEXTS, min_size=100, max_size=100))
    def check(texts: list[str]) -> None:
        compare(page, site, texts)

    check()


def test_characters_of_every_kind_are_read_as_in_python(page: Page, site: Site) -> None:
    """Those of most scripts, all forms of compatibility, and mathematical letters."""
    blocks = [(0, 0x3100), (0xA640, 0xAC00), (0xE000, 0xE010), (0xF900, 0x10100), (0x1D400, 0x1D800)]
    codes = [code for start, end in blocks for code in range(start, end)]
    compare(page, site, ["a1 ".join(map(chr, codes[at : at + 50])) for at in range(0, len(codes), 50)])


def assert_close(found: Any, wanted: Any, where: str = "", within: float = 1e-4) -> None:
    """The same shape, words and order, and numbers that differ by no more than `within`."""
    if isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=within), where
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for name in wanted:
            assert_close(found[name], wanted[name], f"{where}.{name}", within)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for place, item in enumerate(wanted):
            assert_close(found[place], item, f"{where}[{place}]", within)
    else:
        assert found == wanted, where


def drop_ties(record: dict[str, Any]) -> dict[str, Any]:
    """A prediction without the categories so improbable that their order may be that of rounding."""
    kept = [one for one in record["categories"] if one["probability"] >= 1e-3]
    return record | {"categories": kept}


def test_papers_are_classified_as_in_python(page: Page, site: Site, classifier: Classifier) -> None:
    found = page.evaluate(ANSWER, [find_folder(site), PAPERS])
    papers = [Paper("1", title, abstract) for title, abstract in PAPERS]
    for paper, own, wanted in zip(papers, found, classifier.classify(papers, None), strict=True):
        assert len(own["categories"]) == len(classifier.labels)
        record: Any = json.loads(json.dumps(wanted.to_dict()))
        if wanted.unknown_words == 1.0:  # all categories alike
            assert {one["probability"] for one in own["categories"]} == {record["probability"]}
            own, record = own | {"categories": []}, record | {"categories": []}
        assert_close(drop_ties(own), drop_ties(record), paper.title)


@pytest.mark.parametrize(("number", "against"), [(0, None), (2, None), (9, "cs.CL"), (10, "cs.CL")])
def test_papers_are_explained_as_in_python(
    page: Page, site: Site, classifier: Classifier, number: int, against: str | None
) -> None:
    title, abstract = PAPERS[number]
    category = None if against is None else "cs.CV"
    found = page.evaluate(EXPLAIN, [find_folder(site), title, abstract, category, against])
    wanted = classifier.explain(Paper("1", title, abstract), category=category, against=against)
    # Differences of the log-odds of unlikely categories, by two builds of ONNX Runtime: 1e-4 was seen.
    assert_close(found, json.loads(json.dumps(wanted.to_dict())), within=3e-4)


@pytest.mark.real
def test_real_papers_are_classified_as_in_python(
    page: Page, site: Site, classifier: Classifier, real_data: Path
) -> None:
    """A few of the 20,000 that experiments/page_parity.py compares."""
    import pyarrow.parquet as pq

    table = pq.read_table(real_data / "arxiv_recent.parquet", columns=["title", "abstract"])
    rows = table.take(list(range(0, len(table), len(table) // 100))).to_pylist()
    compare(page, site, [row[part] for row in rows for part in row])
    papers = [(row["title"], row["abstract"]) for row in rows[::4]]
    found = page.evaluate(ANSWER, [find_folder(site), papers])
    for own, wanted in zip(found, classifier.classify(papers, None), strict=True):
        assert_close(
            drop_ties(own) | {"id": ""},
            json.loads(json.dumps(drop_ties(dict(wanted.to_dict())))) | {"id": ""},
        )
