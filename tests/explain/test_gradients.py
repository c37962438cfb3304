"""Integrated gradients add up, and find the words that were planted, as occlusion does."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from saved_models import PARTS

from arxonomy.config import TextSettings, make_recipe
from arxonomy.errors import SettingsError
from arxonomy.evaluation import Calibrations
from arxonomy.explain import explain_prediction
from arxonomy.explain.gradients import TOLERANCE
from arxonomy.inference import Classifier, load
from arxonomy.inference.members import NetworkMember
from arxonomy.inference.torch_backend import TorchBackend
from arxonomy.models.deep import DeepHybridCNNLSTM
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.text import Encoder, Vocabulary
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

DECIDING = {"cs.CL": "grammar", "cs.CV": "pixel", "cs.LG": "regret"}
LABELS = (*sorted(DECIDING), "other")
OTHERS = "we show that this old method of two new parts may do more than one with less data".split()


def planted(category: str, draw: random.Random) -> tuple[str, str]:
    """A paper whose class depends on one word in the title and one in the abstract; `other` has none."""
    title, abstract = draw.sample(OTHERS, 4), draw.choices(OTHERS, k=12)
    if category in DECIDING:
        title.insert(draw.randrange(4), DECIDING[category])
        abstract.insert(draw.randrange(12), DECIDING[category])
    return " ".join(title), " ".join(abstract)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """A tiny network that has learned the deciding words."""
    draw, rows = random.Random(1), np.arange(400)
    labels = [LABELS[row % 4] for row in rows]
    papers = tuple(
        Paper(str(row), *planted(label, draw), label, (label,), row=row) for row, label in enumerate(labels)
    )
    recipe = make_recipe(
        {
            "name": "tiny",
            "model": {"embed_dim": 32, "num_filters": 8, "lstm_hidden": 8, "dropout": 0.3},
            "training": {"epochs": 12, "batch_size": 16, "learning_rate": 0.01, "precision": "32"},
        }
    )
    dataset = Dataset(papers, LABELS, "0" * 64, "/somewhere/planted.csv", 0)
    run = train(TrainingJob(dataset, PARTS[rows % 5], recipe, tmp_path_factory.mktemp("runs") / "planted"))
    return load(run.folder, device="cpu", threads=1)


@pytest.mark.slow
def test_gradients_and_occlusion_find_the_planted_words(classifier) -> None:
    draw = random.Random(2)
    for number in range(9):
        category = sorted(DECIDING)[number % 3]
        paper = planted(category, draw)
        by = {
            method: explain_prediction(classifier, paper, method=method, category=category)
            for method in ("occlusion", "gradients")
        }
        assert by["occlusion"].prediction.category == category
        for result in by.values():
            decided = np.array([word.text == DECIDING[category] for word in result.words])
            assert decided[result.scores.argmax()]
            assert result.scores[decided].sum() > np.abs(result.scores[~decided]).sum()


@pytest.mark.parametrize("against", [None, "cs.LG"])
@pytest.mark.parametrize("prior", [None, {"cs.CV": 0.9}])
def test_the_scores_add_up(classifier, prior, against) -> None:
    paper = planted("cs.CV", random.Random(3))
    result = explain_prediction(
        classifier.with_prior(prior), paper, method="gradients", category="cs.CV", against=against
    )
    begin = without_meaning(classifier.with_prior(prior), paper, against)
    assert result.scores.sum() == pytest.approx(result.log_odds - begin, abs=2 * TOLERANCE)


def without_meaning(classifier, paper, against) -> float:
    """The log-odds of cs.CV for a paper of the same words, all of whose vectors are zero."""
    network = classifier.network.network
    kept = network.embedding.weight.detach().clone()
    try:
        with torch.no_grad():
            network.embedding.weight.zero_()
        return explain_prediction(classifier, paper, category="cs.CV", against=against).log_odds
    finally:
        with torch.no_grad():
            network.embedding.weight.copy_(kept)


@pytest.mark.slow
def test_an_ensemble_is_explained_as_a_whole(run_of, invented_papers) -> None:
    paper = invented_papers[0]
    folders = [run_of("v1").folder, run_of("baseline").folder]
    one, two, both = (load(each, device="cpu", threads=1) for each in (*folders, folders))
    scores = [
        explain_prediction(each, paper, method="gradients", category="cs.CL").scores
        for each in (one, two, both)
    ]
    assert np.abs(scores[0] - scores[1]).max() > 0.01
    twice = load([folders[0], folders[0]], device="cpu", threads=1)
    np.testing.assert_allclose(
        explain_prediction(twice, paper, method="gradients", category="cs.CL").scores, scores[0], atol=1e-3
    )
    lowest, highest = np.minimum(scores[0], scores[1]), np.maximum(scores[0], scores[1])
    assert (scores[2].sum() > lowest.sum() - 0.1) and (scores[2].sum() < highest.sum() + 0.1)


@pytest.mark.parametrize("paper", [("", "parsing images"), ("parsing", ""), ("", "图"), ("x", "x " * 310)])
def test_texts_of_hardly_any_words_and_of_too_many(run_of, paper) -> None:
    result = explain_prediction(load(run_of("v1").folder, device="cpu", threads=1), paper, method="gradients")
    assert len(result.scores) == len(result.words) and np.isfinite(result.scores).all()


def test_a_network_that_reads_characters(invented_papers) -> None:
    torch.manual_seed(0)
    encoder = Encoder(Vocabulary.build(invented_papers, TextSettings()), TextSettings(word_chars=12))
    network = DeepHybridCNNLSTM(len(encoder.vocabulary), 16, 4, lstm_hidden=4)
    member = NetworkMember(TorchBackend(network, device="cpu"), encoder, Calibrations.identity(3))
    result = explain_prediction(Classifier([member], ("x", "y", "z")), invented_papers[0], method="gradients")
    assert result.scores.any() and len(result.scores) == len(result.words)


def test_a_baseline_has_no_gradients(classifier_of) -> None:
    with pytest.raises(SettingsError, match="found the backend onnx"):
        explain_prediction(classifier_of(), ("a", "b"), method="gradients")


def test_a_word_has_its_share_through_the_bag_of_words_too(run_of) -> None:
    classifier = load(run_of("arxonomy").folder, device="cpu", threads=1)
    paper = ("Parsing dialogue", "We parse a corpus of dialogue")
    network = classifier.network.network
    network.linear.curvature.fill_(0.05)
    whole = explain_prediction(classifier, paper, method="gradients", category="cs.CL")
    with torch.no_grad():
        for table in (network.embedding, network.bag.words, network.bag.pairs):
            table.weight.zero_()
        network.linear.table.zero_()
    begin = explain_prediction(classifier, paper, category="cs.CL").log_odds
    assert whole.scores.sum() == pytest.approx(whole.log_odds - begin, abs=2 * TOLERANCE)
    assert whole.scores.any()
