"""The page is valid, needs nothing else, and believes no word of the papers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explain.conftest import HOSTILE, make_explanation
from html_reader import Reader

from arxonomy.explain import explain_prediction, save_explanations
from arxonomy.explain.page import CATEGORIES


def page_of(tmp_path: Path, *explanations) -> str:
    save_explanations(explanations, tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def colored(page: Reader) -> list[tuple[dict[str, str | None], str]]:
    """The words of the texts."""
    return [entry for entry in page.of("span") if "w" in (entry[0].get("class") or "").split()]


@pytest.mark.parametrize("architecture", ["v1", "baseline"])
def test_words_and_cells_carry_their_weights(classifier_of, tmp_path, architecture):
    paper = ("Parsing a corpus", "We parse tokens with a grammar.")
    attention = explain_prediction(classifier_of(architecture), paper, method="attention")
    page = Reader(page_of(tmp_path, attention))
    assert [(text, attributes["title"].partition(",")[0]) for attributes, text in colored(page)] == [
        (word, f"{weight:.2%}")
        for word, weight in zip(re.findall(r"\w+", " ".join(paper)), attention.scores, strict=True)
    ]
    cells = [text for attributes, text in page.of("td") if "title" in attributes]
    assert cells == [f"{100 * weight:.1f}" for weight in attention.heat_map.flatten()]
    assert page.of("bdi")[0][1] == attention.prediction.category
    assert page.of("h2")[0][1] == f" {attention.prediction.probability:.1%}"
    assert ("stands at the first of" in "".join(page.texts)) == (architecture == "baseline")


@pytest.mark.parametrize("method", ["occlusion", "gradients"])
def test_words_for_and_against_have_their_hues_and_numbers(tmp_path, method):
    result = replace(make_explanation(method=method), against="cs.CV")
    page = Reader(page_of(tmp_path, result))
    words = colored(page)
    assert [float(attributes["title"].partition(",")[0]) for attributes, _ in words] == pytest.approx(
        result.scores.tolist(), abs=6e-4
    )
    assert ["a" in attributes["class"].split() for attributes, _ in words] == (result.scores < 0).tolist()
    depths = np.array([float(attributes["style"].removeprefix("--w:")) for attributes, _ in words])
    np.testing.assert_allclose(depths, np.abs(result.scores) / np.abs(result.scores).max(), atol=0.006)
    best, worst = (result.words[i].text[:23] for i in (result.scores.argmax(), result.scores.argmin()))
    lists = [text for attributes, text in page.of("p", **{"class": "soft"}) if "word-" in text]
    assert lists[0].startswith(best) and lists[1].startswith(worst)
    assert "What separates " in [text[:15] for _, text in page.of("h3")] and not page.of("table")


def test_faint_words_stay_pale_and_unread_ones_are_struck_out(classifier_of, tmp_path):
    faint = replace(make_explanation(method="occlusion"), title=np.full(6, 0.01), abstract=np.full(40, -0.02))
    assert (faint.depths[0][0], faint.depths[1][0]) == pytest.approx((0.1, -0.2))
    result = explain_prediction(
        classifier_of(), ("Title", "word " * 301 + "<b>beyond</b>"), method="attention"
    )
    page = Reader(page_of(tmp_path, result))
    assert len(colored(page)) == 301
    assert [text for _, text in page.of("span", **{"class": "off"})][1:] == [" word <b>beyond</b>"]
    assert "The last 2 words of the abstract" in "".join(page.texts)


@pytest.mark.parametrize(
    ("method", "square"), [("attention", True), ("attention", False), ("occlusion", False)]
)
def test_the_page_stands_alone_with_any_text(tmp_path, method, square):
    hostile = make_explanation(hostile=True, square=square, method=method)
    source = page_of(
        tmp_path, hostile, make_explanation(30, 300), make_explanation(0, 3), make_explanation(3, 0)
    )
    page = Reader(source)
    assert source.startswith("<!doctype html>")
    assert page.of("meta", content="default-src 'none'; style-src 'unsafe-inline'")
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert attributes.get("href", "#").startswith("#")
    targets = [attributes["href"][1:] for attributes, _ in page.of("a")]
    assert targets == [attributes["id"] for attributes, _ in page.of("article")]
    assert "http:" not in source and "https:" not in source and "url(" not in source
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", source)
    shown = HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd").replace("\x00", "\ufffd")
    assert [text for _, text in page.of("bdi")].count(shown) == (
        5 if method == "attention" else 6  # index: id, answer; answer, id, bars; what is explained
    )
    assert [text for _, text in page.of("p", **{"class": "warning"})] == [shown]
    assert source.count("has no words that the model reads") == 2


def test_heat_maps_are_open_for_one_paper_and_within_reach_for_more(tmp_path):
    (one,) = Reader(page_of(tmp_path, make_explanation())).of("details")
    assert "open" in one[0]
    several = Reader(page_of(tmp_path, make_explanation(), make_explanation()))
    assert ["open" in attributes for attributes, _ in several.of("details")] == [False, False]
    assert len(several.of("summary")) == 2
    assert len(several.of("div", **{"class": "scroll", "tabindex": "0", "role": "region"})) == 2


def test_the_legend_warns_and_the_bars_show_the_numbers(tmp_path):
    page = Reader(page_of(tmp_path, make_explanation()))
    assert "no proof of cause" in "".join(page.texts)
    numbers = [text for _, text in page.of("dd", **{"class": "number"})]
    assert numbers == ["62.5%", "25.0%", *["1.2%"] * (CATEGORIES - 2), "-0.25", "+1.50", "0.38", "0.75"]
    assert [attributes["style"] for attributes, _ in page.of("i")][:2] == ["width:62.50%", "width:25.00%"]


def luminance(color: list[float]) -> float:
    """Relative luminance of an sRGB color (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_is_readable_on_every_color_by_day_and_by_night(tmp_path):
    source = page_of(tmp_path, make_explanation())
    schemes = [
        [[int(name[i : i + 2], 16) for i in (0, 2, 4)] for name in names]
        for names in re.findall(r"--page: #(\w{6}); --text: #(\w{6}); --soft: #(\w{6})", source)
    ]
    cases = []
    for hue in ("deep", "against"):
        colors = re.findall(rf"--{hue}: (\d+) (\d+) (\d+)", source)
        cases += [(scheme, list(map(int, rgb))) for scheme, rgb in zip(schemes, colors, strict=True)]
    assert len(cases) == 4
    for (paper, text, soft), deep in cases:
        for ink, most in ((text, 1.0), (soft, 0.0)):
            for depth in (0.0, 0.25 * most, 0.5 * most, 0.75 * most, most):
                ground = [under + depth * (over - under) for under, over in zip(paper, deep, strict=True)]
                dark, light = sorted((luminance(ink), luminance(ground)))
                assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_same_page_for_the_same_input(tmp_path):
    assert page_of(tmp_path, make_explanation(), make_explanation(8)) == page_of(
        tmp_path, make_explanation(), make_explanation(8)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
