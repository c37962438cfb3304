from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from arxonomy.errors import ArxonomyError, DataError
from arxonomy.evaluation import (
    save_confusion,
    save_curves,
    save_reliability,
    save_risk_coverage,
    score,
    score_in_detail,
    softmax,
)


def scores_of(classes: int, papers: int, name: str = "cs.{}") -> dict:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, max(classes - 1, 1), papers)  # the last class has no papers
    logits = rng.normal(size=(papers, classes)) + 2.5 * np.eye(classes)[truth]
    return score(truth, softmax(logits), [name.format(i) for i in range(classes)]).to_dict()


def epochs_of(count: int) -> list[dict]:
    return [
        {
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "validation_loss": 0.5 + 0.02 * epoch,
            "validation_accuracy": 0.8 - 0.3 / epoch - 0.002 * epoch,
            "validation_macro_f1": 0.78 - 0.35 / epoch - 0.002 * epoch,
            "learning_rate": 1e-3 * 0.5 ** (epoch // 6),
            "seconds": 60.0,
        }
        for epoch in range(1, count + 1)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "papers", "name"),
    [
        (2, 5, "{}"),
        (3, 1800, "cs.{}"),
        (8, 2000, "a rather long category {}"),
        (40, 9000, "astro-ph.{}"),
        (70, 900, "{}"),
    ],
)
def test_confusion_is_a_picture_for_any_number_of_classes(tmp_path: Path, classes, papers, name) -> None:
    save_confusion(scores_of(classes, papers, name), tmp_path / "confusion.png")
    height, width, _ = imread(tmp_path / "confusion.png").shape
    assert 200 < height < 5000
    assert 200 < width < 5000
    assert [path.name for path in tmp_path.iterdir()] == ["confusion.png"]


@pytest.mark.parametrize("papers", [1, 14, 1800])
@pytest.mark.parametrize("before", [False, True])
def test_confidence_is_two_pictures(tmp_path: Path, papers: int, before: bool) -> None:
    rng = np.random.default_rng(0)
    truth, shares = rng.integers(0, 3, papers), softmax(rng.normal(size=(papers, 3)))
    sharper = shares**2 / (shares**2).sum(axis=1, keepdims=True) if before else None
    days, words = [None] * papers, [9] * papers
    scores = score_in_detail(
        truth, shares, list("abc"), None, published=days, words=words, uncalibrated=sharper
    ).to_dict()
    for draw in (save_reliability, save_risk_coverage):
        draw(scores, tmp_path / "picture.png")
        height, width, _ = imread(tmp_path / "picture.png").shape
        assert min(height, width) > 500


@pytest.mark.parametrize("count", [1, 2, 30])
def test_curves_are_a_picture(tmp_path: Path, count: int) -> None:
    save_curves(epochs_of(count), str(tmp_path / "curves.png"))
    assert imread(tmp_path / "curves.png").shape[1] > 1000


def test_curves_survive_a_run_that_diverged(tmp_path: Path) -> None:
    epochs = epochs_of(3)
    epochs[2] |= {"train_loss": float("nan"), "validation_loss": float("inf")}
    save_curves(epochs, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").exists()


def test_curves_need_an_epoch(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one epoch"):
        save_curves([], tmp_path / "curves.png")


def test_a_failed_drawing_leaves_the_old_picture_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    from matplotlib.figure import Figure

    def fail(self, file, **_: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError("no space left on device")

    picture = tmp_path / "curves.png"
    picture.write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(ArxonomyError, match=r"cannot write .*curves\.png: no space"):
        save_curves(epochs_of(2), picture)
    assert picture.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]


def test_a_dollar_in_a_label_is_no_formula(tmp_path: Path) -> None:
    save_confusion(scores_of(3, 20, r"$\foo_{}$"), tmp_path / "matrix.png")
    assert imread(tmp_path / "matrix.png").size
