"""Occlusion works with any model; its scores are computed by hand where the model is simple."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from saved_models import PARTS, ROWS, dataset_of

from arxonomy.config import TextSettings, make_recipe
from arxonomy.errors import InputError
from arxonomy.evaluation import Calibration, Calibrations
from arxonomy.explain import explain_prediction
from arxonomy.inference import Classifier, load
from arxonomy.inference.members import NetworkMember
from arxonomy.records import Paper
from arxonomy.text import Encoder, Vocabulary
from arxonomy.text.copier import Copier
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


class Adding:
    """A network that adds up what its words are worth: `good` 2 for x, `bad` 1 for y, in a title doubled."""

    name = "onnx"
    batch_size = 3

    def run(self, inputs: Mapping[str, np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        title, abstract = inputs["title_ids"], inputs["abstract_ids"]
        of = [2 * (title == word).sum(axis=1) + (abstract == word).sum(axis=1) for word in (2, 3)]
        logits = np.stack([2 * of[0], of[1], np.zeros(len(title))], axis=1).astype(np.float32)
        gates = np.full((len(title), 2), 0.5, dtype=np.float32)
        return [{"logits": logits, "fusion_weights": gates}[name] for name in outputs]


def adding(temperature: float = 1.0, words: str = "good bad", **settings) -> NetworkMember:
    encoder = Encoder(Vocabulary(["<PAD>", "<UNK>", *words.split()]), TextSettings(**settings))
    return NetworkMember(Adding(), encoder, Calibrations.repeat(Calibration(temperature, (0.0, 0.0, 0.0))))


PAPER = Paper("p", "Good news", "Bad, GOOD and (other) good words: bad")


def test_a_sum_comes_apart_into_its_words() -> None:
    classifier = Classifier([adding(temperature=2.0)], ("x", "y", "z"))
    result = explain_prediction(classifier, PAPER, category="x", against="z")
    assert result.log_odds == pytest.approx((4 + 2 + 2) / 2)
    assert result.title == pytest.approx([2, 0])
    assert result.abstract == pytest.approx([0, 1, 0, 0, 1, 0, 0])
    assert result.branches == pytest.approx((2, 2))
    assert result.gates == (0.5, 0.5)
    other = explain_prediction(classifier, PAPER, category="y", against="x")
    assert other.abstract == pytest.approx([0.5, -1, 0, 0, -1, 0, 0.5])
    assert [word.text for word in other.abstract_words if not word.known] == ["and", "other", "words"]


def test_against_all_others_by_hand() -> None:
    classifier = Classifier([adding()], ("x", "y", "z"))
    result = explain_prediction(classifier, ("", "good bad bad"), category="y")
    whole = 2 - np.log(np.exp(2) + 1)
    assert result.log_odds == pytest.approx(whole)
    assert result.abstract == pytest.approx(
        [whole - 2 + np.log(2), *[whole - (1 - np.log(np.exp(2) + 1))] * 2]
    )
    assert result.branches == pytest.approx((0, whole + np.log(2)))


def test_unknown_words_and_copies_have_no_influence() -> None:
    """Most words are unknown: the answer is drawn to even, and would hide what the network does."""
    alone = Classifier([adding()], ("x", "y", "z"))
    result = explain_prediction(alone, ("", "good what ever this may be"), against="z", category="x")
    assert result.prediction.warnings and result.prediction.probability < 0.5
    assert result.log_odds == pytest.approx(2) and result.abstract == pytest.approx([2, 0, 0, 0, 0, 0])
    copier = Copier(np.zeros((4, 5), dtype=np.int32), ["<PAD>", "<UNK>", "good", "bad"], copies=3, alpha=0.5)
    member = NetworkMember(Adding(), adding().encoder, Calibrations.identity(3), copier)
    copied = explain_prediction(Classifier([member], ("x", "y", "z")), PAPER, category="x", against="z")
    assert copied.log_odds == pytest.approx(8)


def test_a_stated_mix_shifts_what_is_explained() -> None:
    mix = (0.2, 0.3, 0.5)
    classifier = Classifier([adding()], ("x", "y", "z"), training_prior=mix)
    shifted = classifier.with_prior({"x": 0.8, "y": 0.1, "z": 0.1})
    result = explain_prediction(shifted, PAPER, category="x", against="z")
    assert result.log_odds == pytest.approx(8 + np.log(0.8 / 0.2) - np.log(0.1 / 0.5))
    assert result.title == pytest.approx([4, 0])


@pytest.mark.parametrize(
    "abstract",
    [
        "<p>bad <b>go</b>od</p> other",
        r"bad \emph{good} other",
        "bad &lt;i&gt;good&lt;/i&gt; other",
        r"\textbf{bad} {g}ood $\tau$",
        "bad good <math><msub><mi>τ</mi><mo>-</mo></msub></math>",
        "bad good &amp;amp;amp;amp;tau;",
    ],
)
def test_a_word_is_taken_away_with_its_markup(abstract: str) -> None:
    classifier = Classifier([adding()], ("x", "y", "z"))
    result = explain_prediction(classifier, ("<i>Good</i>", abstract), category="x", against="z")
    assert result.title == pytest.approx([4])
    assert result.abstract[:2] == pytest.approx([0, 2])
    assert not np.any(result.abstract[2:])
    first = result.abstract_words[0]
    assert abstract[first.start : first.end] == "bad"


def test_words_beyond_the_limit_do_not_move_up() -> None:
    classifier = Classifier([adding(title_tokens=1, abstract_tokens=3)], ("x", "y", "z"))
    result = explain_prediction(
        classifier, ("good good", "bad other other good good"), category="x", against="z"
    )
    assert (result.title, result.abstract) == (pytest.approx([4]), pytest.approx([0, 0, 0]))
    assert result.unread == (1, 2)


@pytest.mark.parametrize(
    "paper", [("good", ""), ("", "good"), ("", "图"), ("图", "good " * 40), ("what", "?")]
)
def test_texts_of_hardly_any_words(paper) -> None:
    result = explain_prediction(Classifier([adding()], ("x", "y", "z")), paper, category="x")
    assert (len(result.title), len(result.abstract)) == (
        len(result.title_words),
        len(result.abstract_words),
    )
    assert ((result.scores > 0) == [word.text == "good" for word in result.words]).all()


def test_the_whole_vote_is_explained(run_of, invented_papers) -> None:
    folders = [run_of("v1").folder, run_of("baseline").folder]
    first, second, both = (load(each, device="cpu", threads=1) for each in (*folders, folders))
    paper = invented_papers[1]
    result = explain_prediction(both, paper, category="cs.CV")

    def log_odds(*texts: str) -> float:
        share = np.mean([one.plain_probabilities([Paper("", *texts)])[0, 1] for one in (first, second)])
        return float(np.log(share / (1 - share)))

    whole, words = log_odds(paper.title, paper.abstract), paper.abstract.split()
    assert result.log_odds == pytest.approx(whole, abs=1e-5)
    for place in (0, 7):
        rest = " ".join(words[:place] + words[place + 1 :])
        assert result.abstract[place] == pytest.approx(whole - log_odds(paper.title, rest), abs=1e-5)


@pytest.mark.parametrize("architecture", ["v1", "baseline"])
def test_both_backends_and_all_batches_agree(classifier_of, invented_papers, architecture) -> None:
    paper = invented_papers[2]
    onnx, torch = (explain_prediction(classifier_of(architecture, name), paper) for name in ("onnx", "torch"))
    np.testing.assert_allclose(onnx.scores, torch.scores, atol=1e-5)
    np.testing.assert_allclose(onnx.branches, torch.branches, atol=1e-5)
    # Alone, as in one batch with all the others.
    classifier, text = classifier_of(architecture), onnx.abstract_words[3]
    rest = paper.abstract[: text.start] + paper.abstract[text.end :]
    pair = [
        classifier.plain_probabilities([Paper("", paper.title, each)])[0] for each in (paper.abstract, rest)
    ]
    column = classifier.labels.index(onnx.category)
    before, after = (np.log(shares[column] / (1 - shares[column])) for shares in pair)
    assert onnx.abstract[3] == pytest.approx(before - after, abs=1e-5)


def test_a_baseline_is_explained_by_the_words_of_its_class(invented_papers, tmp_path) -> None:
    recipe = make_recipe({"name": "svm", "baseline": {"kind": "linear-svm", "c": [1.0]}})
    run = train(TrainingJob(dataset_of(invented_papers), PARTS[ROWS % 5], recipe, tmp_path / "svm"))
    paper = ("Image", "We propose zyzzyva: pixel, camera, and grammar")
    result = explain_prediction(load(run.folder), paper, category="cs.CV")
    best = {result.words[i].text for i in np.argsort(-result.scores)[:3]}
    assert best == {"image", "pixel", "camera"}
    assert result.words[int(np.argmin(result.scores))].text == "grammar"
    assert [word.text for word in result.words if not word.known] == ["zyzzyva"]
    assert (result.gates, result.unread) == (None, (0, 0))
    with pytest.raises(InputError, match="at most 2,000 words to explain, found 2,501"):
        explain_prediction(load(run.folder), ("Image", "pixel " * 2500))


def test_long_texts_are_not_held_all_at_once() -> None:
    """All variants together would take nine megabytes."""
    classifier = Classifier([adding()], ("x", "y", "z"))
    tracemalloc.start()
    result = explain_prediction(classifier, ("", " ".join(["w" * 900] * 99 + ["good"])), category="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.flatnonzero(result.abstract).tolist() == [99]
    assert peak < 7e6
