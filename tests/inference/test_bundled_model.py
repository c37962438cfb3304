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
from arxonomy.papers import Dataset, load_dataset, read_papers, read_split
from arxonomy.taxonomy.arxiv import get_arxiv
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
    assert sum(file.stat().st_size for file in files) <= 24e6
    assert {file.suffix for file in files} == {".json", ".md", ".onnx", ".safetensors"}


def test_its_card_names_no_folder_of_the_machine_that_trained_it() -> None:
    for name in ("README.md", "bundle.json", "recipe.json"):
        text = (MODEL / name).read_text(encoding="utf-8")
        assert str(Path.home()) not in text and "/tmp/" not in text and "../" not in text


EXPECTED = {
    **dict.fromkeys(("01", "02", "03", "13"), "cs.CV"),
    **dict.fromkeys(("05", "06", "07"), "cs.CL"),
    "04": "hep-ex",
    "08": "math.NT",
    "09": "cs.AI",
    "11": "astro-ph.EP",
    "12": "q-bio.PE",
}


def test_clear_papers_are_sorted(answers: dict[str, arxonomy.Prediction]) -> None:
    found = {number: answers[f"example-{number}"].category for number in EXPECTED}
    assert sum(found[number] == category for number, category in EXPECTED.items()) >= len(EXPECTED) - 1


def test_it_knows_all_of_arxiv() -> None:
    classifier = arxonomy.load()
    active = {code for code, node in get_arxiv().nodes.items() if node.status == "active"}
    assert set(classifier.labels) == active
    assert classifier.knows_lists and classifier.knows_typicality
    assert list(classifier.levels) == ["group", "archive", "category"]


def test_papers_of_other_fields_than_computer_science_are_not_forced_into_it() -> None:
    papers = [
        {"title": "On the cohomology of moduli spaces of abelian surfaces", "category": "math"},
        {"title": "Superconductivity in twisted trilayer graphene", "category": "cond-mat"},
        {"title": "Galaxy clusters at high redshift: the X-ray luminosity function", "category": "astro-ph"},
        {"title": "Entanglement of three qubits under a noisy channel", "category": "quant-ph"},
    ]
    answers = arxonomy.load().classify(papers, level="archive")
    assert [answer.category for answer in answers] == [paper["category"] for paper in papers]


def test_ambiguous_papers_are_less_sure_than_clear_ones(answers: dict[str, arxonomy.Prediction]) -> None:
    clear = sorted(answers[f"example-{number}"].probability for number in EXPECTED)
    ambiguous = sorted(answers[f"example-{number}"].probability for number in (10, 14, 15))
    assert ambiguous[1] < clear[len(clear) // 2]


def test_a_paper_from_far_outside_carries_a_warning(answers: dict[str, arxonomy.Prediction]) -> None:
    assert answers["example-16"].warnings
    assert answers["example-16"].is_atypical and answers["example-16"].category is None
    assert sum(bool(answer.warnings) for answer in answers.values()) == 1


@pytest.fixture(scope="module")
def unseen(real_data: Path) -> tuple[Dataset, list[int]]:
    """Papers of three classes and the rows of their test papers, which the model has not seen."""
    dataset = load_dataset(real_data / "arxiv12k" / "primary_label.csv", DataSettings(among=AMONG))
    parts = read_split(real_data / "arxiv12k" / "primary_split.csv", dataset.papers)
    return dataset, [row for row, part in enumerate(parts) if part == "test"]


@pytest.mark.slow
@pytest.mark.real
def test_it_scores_what_its_record_says_on_papers_it_never_saw(unseen: tuple[Dataset, list[int]]) -> None:
    dataset, rows = unseen
    papers = [dataset.papers[row] for row in rows]
    assert open_model(MODEL).trained_on(papers) == 0
    classifier = arxonomy.load().with_view(AMONG)
    assert classifier.labels == dataset.labels
    found = score(dataset.get_label_ids()[rows], classifier.probabilities(papers), dataset.labels)
    # The record is that of the model whose training papers are older; seeds differ by less than two points.
    record = json.loads((REPO / "experiments/records/packaged/view.json").read_text(encoding="utf-8"))
    assert found.papers == record["papers"]
    assert found.accuracy.value == pytest.approx(record["accuracy"], abs=0.02)
    assert found.macro_f1 == pytest.approx(record["macro_f1"], abs=0.02)
    assert found.expected_calibration_error is not None and found.expected_calibration_error.value < 0.06


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(("part", "floor"), [("title", 0.7), ("abstract", 0.75)])
def test_it_reads_papers_of_which_only_a_part_is_given(
    unseen: tuple[Dataset, list[int]], part: str, floor: float
) -> None:
    dataset, rows = unseen
    rows = rows[::4]
    truth = dataset.get_label_ids()[rows]
    classifier = arxonomy.load().with_view(AMONG)
    papers = [keep_part(dataset.papers[row], part) for row in rows]
    assert {answer.read for answer in classifier.classify(papers)} == {(part,)}
    probabilities = classifier.probabilities(papers)
    found = probabilities.argmax(axis=1)
    # Each category is predicted about as often as it is right.
    shares = np.bincount(found, minlength=3) / len(found)
    assert np.abs(shares - np.bincount(truth, minlength=3) / len(truth)).max() < 0.1
    assert (found == truth).mean() > floor
    assert probabilities.max(axis=1).mean() == pytest.approx((found == truth).mean(), abs=0.06)
    # Perfect probabilities of 450 papers give 0.04.
    assert expected_calibration_error(truth, probabilities) < 0.1
