"""The probabilities of being listed: the same behind every door, from training to a bundle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file
from saved_models import PARTS as SPLIT
from saved_models import ROWS, dataset_of
from typer.testing import CliRunner

from arxonomy.artifacts.facts import Manifest
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.validation import Validation, read_validation, write_validation
from arxonomy.cli import app
from arxonomy.config import TextSettings, make_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibration, Calibrations, ListedCalibration, PartScores
from arxonomy.inference import Classifier, export_bundle, load
from arxonomy.inference.card import render_card
from arxonomy.inference.manifest import describe_run
from arxonomy.inference.members import NetworkMember
from arxonomy.records import LISTED_FROM, Paper
from arxonomy.serving.app import make_app
from arxonomy.serving.service import Service
from arxonomy.serving.settings import ServeSettings
from arxonomy.studies.evaluate import evaluate
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.copier import Copier
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

LABELS = ("x", "y", "z")
LOGITS, LISTED = np.array([2.0, 0.0, -1.0]), np.array([-3.0, 1.0, 0.0])
PLAIN = Calibrations.identity(3)
OWN = Calibrations(
    ListedCalibration(1.0, (0.0, 0.0, 0.5)),
    ListedCalibration(2.0, (0.5, 0.0, 0.0)),
    ListedCalibration(4.0, (0.0, 0.1, 0.0)),
)
PAPERS = [("graph", "a deep net"), ("graph", ""), ("", "deep net"), ("***", "deep net")]
READS = [("title", "abstract"), ("title",), ("abstract",), ("abstract",)]


class TwoHeads:
    """A network that says the same of every paper."""

    name = "onnx"
    batch_size = 3

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        heads = {"logits": LOGITS, "listed_logits": LISTED, "fusion_weights": np.array([0.5, 0.5])}
        papers = len(inputs["title_ids"])
        return [np.tile(heads[name], (papers, 1)).astype(np.float32) for name in outputs]


def make_member(listed: Calibrations | None = OWN, copies: int = 0) -> NetworkMember:
    words = ["<PAD>", "<UNK>", "graph", "a", "deep", "net"]
    copier = Copier(np.zeros((len(words), 5), np.int32), words, copies, 0.5) if copies else None
    return NetworkMember(TwoHeads(), Encoder(Vocabulary(words), TextSettings()), PLAIN, copier, listed)


def make_classifier(*members: NetworkMember, **options) -> Classifier:
    return Classifier(members or [make_member()], LABELS, training_prior=(0.5, 0.25, 0.25), **options)


def expect_lists(calibrations: Calibrations = OWN) -> np.ndarray:
    return np.array([calibrations.choose(read).apply(LISTED) for read in READS])


def test_predictions_name_what_a_paper_may_list() -> None:
    classifier = make_classifier()
    expected = expect_lists()
    np.testing.assert_allclose(classifier.listed_probabilities(PAPERS), expected, atol=1e-7)
    predictions = classifier.classify(PAPERS, top_k=1, min_confidence=1.0)
    for prediction, shares in zip(predictions, expected, strict=True):
        wanted = {name: share for name, share in zip(LABELS, shares, strict=True) if share >= LISTED_FROM}
        assert prediction.listed is not None and dict(prediction.listed) == pytest.approx(wanted)
        assert [share for _, share in prediction.listed] == sorted(wanted.values(), reverse=True)
        assert prediction.abstained and len(prediction.categories) == 1
    assert predictions[0].listed == classifier.classify(PAPERS[:1])[0].listed  # whatever the batch
    assert "x" not in dict(predictions[0].listed)  # less than 10%


def test_a_prior_leaves_lists_and_unknown_words_shrink_them() -> None:
    classifier = make_classifier(unknown_words_limit=0.3)
    stated = classifier.with_prior({"z": 0.9})
    assert stated.classify(PAPERS[:1])[0].categories != classifier.classify(PAPERS[:1])[0].categories
    assert stated.classify(PAPERS[:1])[0].listed == classifier.classify(PAPERS[:1])[0].listed
    half = ("graph", "qqq net www")
    shares = classifier.listed_probabilities([half])[0]
    np.testing.assert_allclose(shares, 0.5 * OWN.whole.apply(LISTED), atol=1e-7)
    nothing = classifier.classify([("qqq", "")])[0]
    assert nothing.listed == () and nothing.to_dict()["listed"] == []


def test_models_that_have_learned_lists_vote_on_them() -> None:
    other = Calibrations.repeat(ListedCalibration(1.0, (1.0, 0.0, 0.0)))
    members = [make_member(), make_member(other), make_member(None)]
    mean = (expect_lists() + expect_lists(other)) / 2
    np.testing.assert_allclose(make_classifier(*members).listed_probabilities(PAPERS), mean, atol=1e-7)
    of_vote = Calibrations.repeat(ListedCalibration(0.5, (0.0, 0.0, 0.0)))
    calibrated = make_classifier(*members, listed_calibrations=of_vote)
    sharper = mean**2 / (mean**2 + (1 - mean) ** 2)
    np.testing.assert_allclose(calibrated.listed_probabilities(PAPERS), sharper, atol=1e-6)


def test_copies_of_a_paper_are_averaged() -> None:
    shares = make_classifier(make_member(copies=3)).listed_probabilities(PAPERS)
    np.testing.assert_allclose(shares, expect_lists(), atol=1e-7)


def test_a_model_that_knows_nothing_of_lists_says_nothing() -> None:
    classifier = make_classifier(make_member(None))
    assert not classifier.knows_lists and classifier.compute_all(PAPERS).listed is None
    prediction = classifier.classify(PAPERS[:1])[0]
    assert prediction.listed is None and "listed" not in prediction.to_dict()
    with pytest.raises(SettingsError, match=r"training\.listed_loss"):
        classifier.listed_probabilities(PAPERS)


def test_an_explanation_has_the_lists_and_no_papers_have_none() -> None:
    classifier = make_classifier()
    explained = classifier.explain(PAPERS[0]).to_dict()
    assert explained["listed"] == classifier.classify(PAPERS[:1])[0].to_dict()["listed"]
    assert classifier.classify([]) == [] and classifier.listed_probabilities([]).shape == (0, 3)


def draw_validation(seed: int = 0) -> Validation:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 2, (40, 3)), np.arange(40) % 3
    titles = np.where(np.arange(40)[:, None] < 5, np.nan, logits / 2)
    lists = (rng.random((30, 3)) < 0.4).astype(np.int64)
    listed = PartScores(lists, logits[:30], titles[:30], logits[:30] * 2)
    return Validation(PartScores(labels, logits, titles, logits), listed=listed)


def test_a_run_keeps_the_logits_and_the_lists(tmp_path: Path) -> None:
    run, validation = Run(tmp_path), draw_validation()
    write_validation(run, validation)
    stored = read_validation(run)
    assert stored.listed is not None and validation.listed is not None
    np.testing.assert_array_equal(stored.listed.labels, validation.listed.labels)
    np.testing.assert_allclose(stored.listed.title, validation.listed.title, atol=1e-6)
    fitted = stored.fit_listed()
    assert isinstance(fitted, Calibrations) and isinstance(fitted.title, ListedCalibration)
    assert len({fitted.whole, fitted.title, fitted.abstract}) == 3
    vote = Validation.vote([stored, draw_validation(0), replace(draw_validation(0), listed=None)])
    assert vote.listed is not None  # of those that have learned lists
    voted = ListedCalibration.identity(3).apply(vote.listed.given)
    alone = fitted.apply(stored.listed.given, stored.listed.get_reads())
    np.testing.assert_allclose(voted, alone, atol=1e-5)
    # A run from before has no such logits.
    kept = {name: values for name, values in load_file(run.validation).items() if "listed" not in name}
    save_file(kept, run.validation)
    assert read_validation(run).fit_listed() is None


@pytest.fixture(scope="module")
def listing_papers(invented_papers) -> list[Paper]:
    """Each paper lists its category; every second one of the first two labels lists the third one, too."""
    crossed = [
        (str(paper.category), "cs.LG")[: 1 + row // 3 % 2] for row, paper in enumerate(invented_papers)
    ]
    return [replace(paper, categories=names) for paper, names in zip(invented_papers, crossed, strict=True)]


# As in saved_models.py, so that exports share their traces.
TINY = {"embed_dim": 16, "num_filters": 8, "lstm_hidden": 8, "dropout": 0.1}
TINY |= {"kernel_sizes": [3], "word_dropout": 0.2, "pair_dim": 8, "pair_buckets": 512}


def train_tiny(papers: Sequence[Paper], out: Path, listed_loss: float) -> Run:
    recipe = make_recipe(
        {
            "name": "listing",
            "model": {"architecture": "arxonomy", **TINY},
            "training": {
                "epochs": 1, "batch_size": 8, "learning_rate": 0.01, "precision": "32",
                "listed_loss": listed_loss,
            },
        }
    )  # fmt: skip
    return train(TrainingJob(dataset_of(papers), SPLIT[ROWS % 5], recipe, out))


@pytest.fixture(scope="module")
def listing_run(listing_papers, tmp_path_factory) -> Run:
    return train_tiny(listing_papers, tmp_path_factory.mktemp("runs") / "listing", 1.0)


@pytest.mark.slow
def test_training_scores_the_papers_that_list_categories(listing_run: Run, listing_papers) -> None:
    validation = read_validation(listing_run)
    papers = [listing_papers[row] for row in ROWS if SPLIT[row % 5] == "validation"]
    classifier = load(listing_run.folder, device="cpu", threads=1)
    assert validation.listed is not None
    wanted = [[name in paper.categories for name in classifier.labels] for paper in papers]
    np.testing.assert_array_equal(validation.listed.labels, wanted)
    fitted = validation.fit_listed()
    assert fitted is not None and classifier.members[0].listed_calibrations == fitted
    whole = classifier.listed_probabilities(papers)
    np.testing.assert_allclose(whole, fitted.whole.apply(validation.listed.given), atol=1e-6)
    titles = classifier.listed_probabilities(replace(paper, abstract="") for paper in papers)
    np.testing.assert_allclose(titles, fitted.title.apply(validation.listed.title), atol=1e-6)


@pytest.mark.slow
def test_a_bundle_keeps_the_calibrations_of_lists(listing_run: Run) -> None:
    manifest = Manifest.model_validate(json.loads(json.dumps(describe_run(listing_run, "float32").to_dict())))
    assert manifest.get_listed_calibrations() == read_validation(listing_run).fit_listed()
    validation = read_validation(listing_run)
    threshold = validation.choose_listed_threshold(validation.fit_listed())
    assert threshold is not None and manifest.listed.threshold == threshold
    older = manifest.to_dict()
    del older["listed"]["threshold"]
    assert Manifest.model_validate(older).listed.threshold is None
    without = {key: value for key, value in manifest.to_dict().items() if key != "listed"}
    assert Manifest.model_validate(without).get_listed_calibrations() is None  # one from before


@pytest.mark.slow
def test_a_card_states_how_pairs_are_stored(listing_run: Run) -> None:
    manifest = describe_run(listing_run, "compact")
    for changes, small in (
        ({"pair_dim": 8}, True),
        ({"pair_dim": 7}, False),
        ({"without": ["pairs"]}, False),
    ):
        model = manifest.model.model_copy(update=changes)
        card = render_card(manifest.model_copy(update={"model": model}))
        assert ("5-bit vectors of word pairs" in card) is small


@pytest.mark.slow
def test_a_bundle_says_what_its_run_says(listing_run: Run, listing_papers, tmp_path: Path) -> None:
    bundle = load(export_bundle(listing_run.folder, tmp_path / "bundle"), threads=1)
    run = load(listing_run.folder, device="cpu", threads=1)
    assert bundle.backend == "onnx" and bundle.knows_lists
    card = (tmp_path / "bundle" / "README.md").read_text()
    assert "Predictions also say which categories a paper may be listed in" in card
    papers = [*listing_papers[:9], ("graph attention", ""), ("", "We parse sentences.")]
    shares = run.listed_probabilities(papers)
    np.testing.assert_allclose(bundle.listed_probabilities(papers), shares, atol=1e-5)
    assert bundle.listed_threshold == run.listed_threshold is not None
    assert bundle.with_prior("uniform").listed_threshold == bundle.listed_threshold
    torch = load(tmp_path / "bundle", backend="torch", device="cpu", threads=1, copies=2)
    assert torch.listed_probabilities(papers).shape == shares.shape  # copies are drawn at random
    several = load([listing_run.folder, tmp_path / "bundle"], device="cpu", threads=1)
    assert several.listed_threshold is None  # of their vote nothing was chosen
    np.testing.assert_allclose(several.listed_probabilities(papers), shares, atol=1e-5)


@pytest.mark.slow
def test_every_door_says_the_same(listing_run: Run, tmp_path: Path) -> None:
    classifier = load(listing_run.folder, device="cpu", threads=1)
    paper = {"id": "1", "title": "graph attention", "abstract": "We parse sentences with networks."}
    (wanted,) = classifier.classify([paper])
    source, options = tmp_path / "papers.jsonl", ["--model", str(listing_run.folder)]
    source.write_text(json.dumps(paper) + "\n")
    lines = CliRunner().invoke(app, ["classify", str(source), *options, "--format", "jsonl"])
    assert json.loads(lines.stdout)["listed"] == wanted.to_dict()["listed"] != []
    for form in ("csv", "parquet", "txt"):
        out = tmp_path / f"out.{form}"
        assert CliRunner().invoke(app, ["classify", str(source), *options, "-o", str(out)]).exit_code == 0
    assert pq.read_table(tmp_path / "out.parquet").to_pylist()[0]["listed"] == wanted.to_dict()["listed"]
    header, row = (tmp_path / "out.csv").read_text().splitlines()
    assert header.endswith(",predicted_listed") and wanted.listed is not None
    assert row.endswith(",".join(f"{name}={share:.6f}" for name, share in wanted.listed) + '"')
    shown = (tmp_path / "out.txt").read_text()
    assert f"also listed in {next(name for name, _ in wanted.listed if name != wanted.category)} " in shown


def test_rest_says_the_same_whatever_the_prior() -> None:
    classifier = make_classifier()
    paper = {"id": "1", "title": "graph", "abstract": "a deep net"}

    async def ask() -> tuple[dict, dict]:
        service = Service(classifier, ServeSettings())
        transport = httpx.ASGITransport(make_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            answer = await client.post("/v1/classify", json={"papers": [paper], "prior": "uniform"})
            schema = await client.get("/openapi.json")
        service.close()
        return answer.json(), schema.json()["components"]["schemas"]["PredictionRecord"]

    answer, schema = asyncio.run(ask())
    assert answer["predictions"][0]["listed"] == classifier.classify([paper])[0].to_dict()["listed"] != []
    assert "listed" in schema["properties"] and "listed" not in schema["required"]


@pytest.mark.slow
def test_evaluate_scores_the_lists(listing_run: Run, listing_papers) -> None:
    test = [listing_papers[row] for row in ROWS if SPLIT[row % 5] == "test"]
    evaluation = evaluate(listing_run.folder, test, split="all")
    scores = evaluation.scores.listed
    assert scores is not None and scores.papers == len(test)
    assert evaluation.to_dict()["listed"] == scores.to_dict()
    assert scores.chosen is not None and ", chosen on validation papers: F1 " in evaluation.to_text()
    assert "was chosen on validation papers, for the highest F1" in evaluation.to_html()
    assert "Listed categories, of the 18 papers" in evaluation.to_text()
    assert "Which categories a paper is listed in" in evaluation.to_html()
    bare = evaluate(listing_run.folder, [replace(paper, categories=()) for paper in test], split="all")
    assert bare.scores.listed is None and "Which categories a paper is listed in" not in bare.to_html()


@pytest.mark.slow
@pytest.mark.parametrize("case", ["no loss", "no lists"])
def test_what_has_not_learned_lists_has_none(
    case: str, listing_papers, invented_papers, tmp_path: Path
) -> None:
    papers = (
        [replace(paper, categories=()) for paper in invented_papers] if case == "no lists" else listing_papers
    )
    run = train_tiny(papers, tmp_path / "run", 0.0 if case == "no loss" else 1.0)
    assert read_validation(run).listed is None
    assert not load(run.folder, device="cpu", threads=1).knows_lists
    assert describe_run(run, "float32").listed is None


def test_a_calibration_of_the_category_is_not_changed() -> None:
    assert Calibrations.fit(draw_validation().papers).whole == Calibration.fit(
        draw_validation().papers.given[5:], draw_validation().papers.labels[5:]
    )
