"""The model that ships in the package."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import arxonomy
from arxonomy.artifacts.saved_model import open_model
from arxonomy.config import DataSettings
from arxonomy.evaluation import expected_calibration_error, score
from arxonomy.papers import load_dataset, read_papers, read_split
from arxonomy.text import keep_part

REPO = Path(__file__).resolve().parents[2]
AMONG = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"
MODEL = Path(str(resources.files("arxonomy") / "bundled"))


@pytest.fixture(scope="module")
def answers() -> dict[str, arxonomy.Prediction]:
    papers = read_papers(REPO / "examples" / "papers.jsonl")
    return {answer.id: answer for answer in arxonomy.load().classify(papers)}


def test_it_is_small_and_holds_tensors_and_json_only() -> None:
    files = [file for file in MODEL.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 16e6
    assert {file.suffix for file in files} == {".json", ".md", ".onnx", ".safetensors"}


def test_its_card_names_no_folder_of_the_machine_that_trained_it() -> None:
    for name in ("README.md", "bundle.json", "recipe.json"):
        text = (MODEL / name).read_text(encoding="utf-8")
        assert str(Path.home()) not in text and "/tmp/" not in text and "../" not in text


def test_clear_papers_are_sorted(answers: dict[str, arxonomy.Prediction]) -> None:
    expected = ["cs.CV"] * 4 + ["cs.CL"] * 4 + ["cs.AI-LG"] * 4
    found = [answers[f"example-{number:02}"].category for number in range(1, 13)]
    assert sum(a == b for a, b in zip(found, expected, strict=True)) >= 11


def test_ambiguous_papers_are_less_sure_than_clear_ones(answers: dict[str, arxonomy.Prediction]) -> None:
    clear = sorted(answers[f"example-{number:02}"].probability for number in range(1, 13))
    ambiguous = sorted(answers[f"example-{number:02}"].probability for number in range(13, 16))
    assert ambiguous[1] < clear[len(clear) // 2]


def test_a_paper_from_far_outside_carries_a_warning(answers: dict[str, arxonomy.Prediction]) -> None:
    assert answers["example-16"].warnings
    assert answers["example-16"].probability < 0.6
    assert sum(bool(answer.warnings) for answer in answers.values()) == 1


@pytest.mark.slow
@pytest.mark.real
def test_it_scores_what_its_record_says_on_papers_it_never_saw(real_data: Path) -> None:
    dataset = load_dataset(real_data / "arxiv12k" / "primary_label.csv", DataSettings(among=AMONG))
    parts = read_split(real_data / "arxiv12k" / "primary_split.csv", dataset.papers)
    rows = [row for row, part in enumerate(parts) if part == "test"]
    papers = [dataset.papers[row] for row in rows]
    model = open_model(MODEL)
    assert model.trained_on(papers) == 0
    # A handful have got another primary category since they were collected.
    assert model.trained_on(dataset.papers) > 0.99 * (len(dataset.papers) - len(papers))

    classifier = arxonomy.load()
    assert classifier.labels == dataset.labels
    found = score(dataset.get_label_ids()[rows], classifier.probabilities(papers), dataset.labels)
    record = json.loads((REPO / "experiments" / "records" / "bundled.json").read_text(encoding="utf-8"))
    assert found.papers == record["papers"]
    assert found.accuracy.value == pytest.approx(record["accuracy"], abs=0.002)
    assert found.macro_f1 == pytest.approx(record["macro_f1"], abs=0.002)
    assert found.expected_calibration_error is not None and found.expected_calibration_error.value < 0.06


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(("part", "floor"), [("title", 0.7), ("abstract", 0.75)])
def test_it_reads_papers_of_which_only_a_part_is_given(real_data: Path, part: str, floor: float) -> None:
    dataset = load_dataset(real_data / "arxiv12k" / "primary_label.csv", DataSettings(among=AMONG))
    parts = read_split(real_data / "arxiv12k" / "primary_split.csv", dataset.papers)
    rows = [row for row, split in enumerate(parts) if split == "test"][::4]
    truth = dataset.get_label_ids()[rows]
    classifier = arxonomy.load()
    answers = classifier.classify(keep_part(dataset.papers[row], part) for row in rows)
    assert {answer.read for answer in answers} == {(part,)}
    found = np.array([classifier.labels.index(answer.category or "") for answer in answers])
    # Each category is predicted about as often as it is right.
    shares = np.bincount(found, minlength=3) / len(found)
    assert np.abs(shares - np.bincount(truth, minlength=3) / len(truth)).max() < 0.1
    assert (found == truth).mean() > floor
    confidence = np.mean([answer.probability for answer in answers])
    assert confidence == pytest.approx((found == truth).mean(), abs=0.05)
    probabilities = classifier.probabilities(keep_part(dataset.papers[row], part) for row in rows)
    assert (
        expected_calibration_error(truth, probabilities) < 0.08
    )  # perfect probabilities of 450 papers give 0.04
