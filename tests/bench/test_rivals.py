"""Other systems answer as the runs that they are made of, whose weights are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rivals import run_linear_svm, run_network
from rivals.conversion import convert_fasttext, convert_linear_svm, save_model
from rivals.preparation import check_answers
from saved_models import dataset_of

from arxonomy.artifacts.baselines import load_baseline
from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle
from arxonomy.artifacts.run import Run
from arxonomy.config import load_recipe
from arxonomy.evaluation.calibration import softmax
from arxonomy.models.backend import compute_outputs
from arxonomy.models.baselines.fasttext import split_words
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import Paper
from arxonomy.text import Encoder
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train

SETTINGS = {
    "linear-svm": ["baseline.c=[0.3]", "baseline.balanced=[false]"],
    "fasttext": ["baseline.epochs=[25]", "baseline.learning_rate=[1.0]", "baseline.buckets=500"],
}
needs_fasttext = pytest.mark.skipif(find_spec("fasttext") is None, reason="fasttext-wheel is not installed")


@pytest.fixture(scope="module")
def run_of_kind(invented_papers, tmp_path_factory) -> Callable[[str], Run]:
    folder = tmp_path_factory.mktemp("runs")
    parts = np.array(["train", "train", "train", "validation", "test"])[np.arange(len(invented_papers)) % 5]

    def make(kind: str) -> Run:
        recipe = load_recipe(kind, SETTINGS[kind])
        job = TrainingJob(dataset_of(invented_papers), parts, recipe, folder / kind)
        return train(job, resume=True)

    return make


@pytest.fixture
def papers_file(invented_papers: list[Paper], tmp_path: Path) -> Path:
    rows = [{"id": paper.id, "title": paper.title, "abstract": paper.abstract} for paper in invented_papers]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "papers.parquet")
    return tmp_path / "papers.parquet"


def test_scikit_learn_s_pipeline_has_the_scores_of_its_run(run_of_kind, invented_papers) -> None:
    run = run_of_kind("linear-svm")
    texts = [f"{paper.title}\n{paper.abstract}" for paper in invented_papers]
    scores = convert_linear_svm(run).decision_function(texts)
    np.testing.assert_allclose(scores, load_baseline(run).decision_function(invented_papers), atol=1e-6)


def test_the_program_writes_a_category_for_each_paper(
    run_of_kind, invented_papers, papers_file, tmp_path
) -> None:
    run, model, out = run_of_kind("linear-svm"), tmp_path / "model.joblib", tmp_path / "answers.parquet"
    save_model(convert_linear_svm(run), model)
    run_linear_svm.main(str(model), str(papers_file), str(out))
    answers = pq.read_table(out).to_pydict()
    assert answers["id"] == [paper.id for paper in invented_papers]
    best = load_baseline(run).decision_function(invented_papers).argmax(axis=1)
    assert answers["category"] == [run.info().labels[number] for number in best]


@needs_fasttext
def test_fasttext_s_model_has_the_probabilities_of_its_run(run_of_kind, invented_papers) -> None:
    run = run_of_kind("fasttext")
    model = convert_fasttext(run, invented_papers)
    logits = load_baseline(run).decision_function(invented_papers)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert expected.max() > 0.9
    for paper, row in zip(invented_papers, expected, strict=True):
        text = " ".join(split_words(paper)[:-1])
        # Not model.predict: given several labels, it repeats the first one's probability.
        found = {label: probability for probability, label in model.f.predict(text + "\n", -1, 0.0, "strict")}
        assert found == {
            f"__label__{label}": pytest.approx(probability, abs=1e-4)
            for label, probability in zip(run.info().labels, row, strict=True)
        }


@needs_fasttext
def test_frequent_words_come_first_in_fasttext_s_dictionary(run_of_kind, invented_papers) -> None:
    words, counts = convert_fasttext(run_of_kind("fasttext"), invented_papers).get_words(include_freq=True)
    used = Counter(word for paper in invented_papers for word in split_words(paper)[:-1])
    found = dict(zip(words[1:], counts[1:], strict=True))  # the first one is the end of a text
    assert found == {word: 1 + used[word] for word in found}
    assert list(counts[1:]) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("kind", ["linear-svm", pytest.param("fasttext", marks=needs_fasttext)])
def test_a_model_that_answers_otherwise_than_its_run_is_refused(kind, run_of_kind, invented_papers) -> None:
    run = run_of_kind(kind)
    model = convert_linear_svm(run) if kind == "linear-svm" else convert_fasttext(run, invented_papers)
    check_answers(kind, model, run, invented_papers)
    if kind == "linear-svm":
        model[-1].coef_ = -model[-1].coef_
    else:
        model.set_matrices(-model.get_input_matrix(), model.get_output_matrix())
    with pytest.raises(SystemExit, match="of the run's answers"):
        check_answers(kind, model, run, invented_papers)


@pytest.mark.slow
def test_plain_pytorch_answers_as_the_exported_graph(invented_papers, papers_file, tmp_path) -> None:
    bundle, out = Bundle(find_packaged_bundle()), tmp_path / "answers.parquet"
    run_network.main(str(bundle.folder), str(papers_file), str(out))
    encoder = Encoder(bundle.vocabulary(), bundle.text)
    encoded = [encoder.encode(paper) for paper in invented_papers]
    (logits,) = compute_outputs(OnnxBackend(bundle.graph, threads=1), encoded, ["logits"])
    probabilities = softmax(logits)
    answers = pq.read_table(out).to_pydict()
    assert answers["category"] == [bundle.labels[number] for number in probabilities.argmax(axis=1)]
    np.testing.assert_allclose(answers["probability"], probabilities.max(axis=1), atol=1e-5)
