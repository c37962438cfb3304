"""The page of the queue is valid, stands alone, and believes no word of the papers."""

from __future__ import annotations

import base64
import hashlib
import json

from checking.conftest import PIXELS, make_paper
from html_reader import Reader

from arxonomy.checking import Contrast, check, rank, save_queue
from arxonomy.checking.decisions import make_record

HOSTILE = "</script><script>alert(1)</script><!--\x1b[31m\u202e" + PIXELS
WORDS = Contrast(1.0, ((f"</p>{HOSTILE}", 0.5), ("pixel", 0.25)), ())


def make_page(model, tmp_path, *papers, words=None) -> tuple[list, str]:
    queue = rank(check(papers, model).checks)
    save_queue(queue, words or {}, ["a note"], {"cs.CV": "Computer Vision"}, tmp_path / "queue.html")
    return queue, (tmp_path / "queue.html").read_text(encoding="utf-8")


def test_the_page_holds_both_lines_of_every_decision(model, tmp_path):
    papers = [
        make_paper("cs.LG", "cs.LG", id=HOSTILE, title=HOSTILE, abstract=f"{HOSTILE} {PIXELS}\ud800"),
        make_paper("cs.LG", "cs.LG", title="gradient " * 8, id="add"),
    ]
    queue, source = make_page(model, tmp_path, *papers)
    ((_, text),) = Reader(source).of("script", type="application/json")
    held = json.loads(text)
    assert len(held) == len(queue) == 2
    for own, found in zip(held, queue, strict=True):
        for word, accepted in (("accept", True), ("reject", False)):
            assert own["paper"] | own[word] == json.loads(json.dumps(make_record(found, accepted=accepted)))


def test_the_page_stands_alone_with_any_text(model, tmp_path):
    paper = make_paper("cs.LG", "cs.LG", id=HOSTILE, title=HOSTILE, abstract=f"{PIXELS} {HOSTILE}")
    _, source = make_page(model, tmp_path, paper, words={0: WORDS})
    page = Reader(source)
    scripts = [text for attributes, text in page.of("script") if "type" not in attributes]
    assert len(scripts) == 1 and len(page.of("script")) == 2
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert page.of("meta", content=policy)
    assert not {"img", "link", "iframe"} & {tag for tag, _ in page.elements}
    assert not any(name.startswith("on") or name == "src" for _, own in page.elements for name in own)
    assert "\x1b" not in source and "\u202e" not in source
    shown = HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert [text for _, text in page.of("bdi")].count(shown) == 2  # title and id
    assert f"{PIXELS} {shown}" in [text for _, text in page.of("bdi")]
    assert "<script>alert" not in source


def test_it_says_what_is_proposed_and_on_what_evidence(model, tmp_path):
    papers = [
        make_paper("cs.LG", "cs.LG", "cs.AI"),
        make_paper("cs.LG", "cs.LG", title="gradient " * 8, id="add"),
    ]
    _, source = make_page(model, tmp_path, *papers, words={0: WORDS})
    page = Reader(source)
    rows = [text for attributes, text in page.of("td")]
    assert rows[0] == "<0.01%" and rows[1] == "<10%" and rows[2] == rows[3] == ">99.99%"
    text = " ".join(" ".join(page.texts).split())
    assert "a note" in text and "Computer Vision" in text and "pixel" in text
    assert text.count("Decision on paper") == 2
    names = [attributes["name"] for attributes, _ in page.of("input", value="accept")]
    assert names == ["decision-1", "decision-2"]


def test_an_empty_queue_says_so(model, tmp_path):
    _, source = make_page(model, tmp_path, make_paper("cs.CV", "cs.CV"))
    assert "There is nothing to decide." in source and not Reader(source).of("article")
