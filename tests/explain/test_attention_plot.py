"""Pictures are really drawn, for any text; a warning of matplotlib would fail the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from explain.conftest import make_explanation
from matplotlib.image import imread

from arxonomy.explain import explain_prediction, save_attention


def picture(tmp_path: Path, attention) -> np.ndarray:
    """(height, width, 3) colors in 0..1."""
    save_attention(attention, tmp_path / "attention.png")
    assert [path.name for path in tmp_path.iterdir()] == ["attention.png"]
    return imread(tmp_path / "attention.png")[:, :, :3]


def blue(pixels: np.ndarray) -> float:
    """The share of pixels that are plainly blue."""
    return float((pixels[:, :, 2] - pixels[:, :, 0] > 0.2).mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "abstract", "square"),
    [(1, 1, True), (6, 40, True), (6, 40, False), (30, 300, True), (30, 300, False), (60, 20, True)],
)
def test_a_picture_of_any_length(tmp_path, title, abstract, square):
    pixels = picture(tmp_path, make_explanation(title, abstract, square))
    height, width, _ = pixels.shape
    assert 800 < height < 4000 and 1500 < width < 2600
    assert blue(pixels) > 0.005 and (pixels.min(axis=2) < 0.2).mean() > 0.002  # colors, and letters
    margin = 40  # nothing runs over the edges
    for edge in (pixels[:margin], pixels[-margin:], pixels[:, :margin], pixels[:, -margin:]):
        assert edge.min() == 1.0


@pytest.mark.parametrize(("title", "abstract"), [(0, 20), (5, 0), (0, 0)])
@pytest.mark.parametrize("square", [True, False])
def test_an_empty_text_is_said_to_be_empty(tmp_path, title, abstract, square):
    assert picture(tmp_path, make_explanation(title, abstract, square)).min() < 0.2


def test_hostile_text_is_drawn_as_text(tmp_path):
    pixels = picture(tmp_path, make_explanation(hostile=True))
    assert pixels[:, -40:].min() == 1.0 and pixels[:, :40].min() == 1.0


@pytest.mark.slow
def test_the_words_that_are_looked_at_are_columns_of_deep_blue(tmp_path):
    for name, looked_at, deep in (("even", slice(None), False), ("third", 2, True)):
        grid = np.zeros((20, 20))
        grid[:, looked_at] = 1.0
        attention = replace(make_explanation(20, 1), title_map=grid / grid.sum(axis=1, keepdims=True))
        (tmp_path / name).mkdir()
        pixels = picture(tmp_path / name, attention)
        found = np.argwhere(np.abs(pixels - np.array([0x4A, 0x94, 0xF0]) / 255).max(axis=2) < 0.01)
        assert bool(len(found)) == deep
    height, width = np.ptp(found, axis=0)
    assert height == pytest.approx(20 * width, rel=0.1)


def test_a_real_attention(classifier_of, tmp_path):
    attention = explain_prediction(
        classifier_of(), ("Parsing $x$ with a grammar", "We parse tokens. " * 30), method="attention"
    )
    assert blue(picture(tmp_path, attention)) > 0.005
