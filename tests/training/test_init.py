"""A network starts from another run's weights, as far as they fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from arxonomy.artifacts.run import Run
from arxonomy.config import ModelSettings, Recipe, load_recipe
from arxonomy.errors import BundleError, DataError, RunError, SettingsError
from arxonomy.inference import export_bundle
from arxonomy.models import build_model
from arxonomy.models.ngram_rows import hash_pairs, hash_words
from arxonomy.papers import Dataset
from arxonomy.text import Vocabulary
from arxonomy.training.init import extend_vocabulary, start_from
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import SilentReporter
from arxonomy.training.train import train

HEAD = {"classifier.6.weight", "classifier.6.bias"}


@pytest.fixture(scope="module")
def trained(
    dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A finished run of the tiny recipe."""
    recipe = tiny("training.epochs=1")
    return train(TrainingJob(dataset, parts, recipe, tmp_path_factory.mktemp("runs") / "first"))


def start(trained: Run, words: list[str], labels: tuple[str, ...]) -> tuple[dict, dict, dict]:
    """Weights by name: as a network began, what it took, and those of the run."""
    settings = trained.recipe().model
    network = build_model(settings, len(words), len(labels))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    start_from(network, settings, Vocabulary(words), labels, trained)
    return before, network.state_dict(), load_file(trained.weights)


def test_words_are_found_by_name_and_a_head_by_its_labels(trained: Run, notes: Callable) -> None:
    old_words = trained.vocabulary().words
    words = ["<PAD>", "<UNK>", "neologism", *old_words[:9:-1]]
    before, after, old = start(trained, words, trained.info().labels)
    table = after.pop("embedding.weight")
    torch.testing.assert_close(table[2], before["embedding.weight"][2])
    rows = [old_words.index(word) for word in words[3:]]
    torch.testing.assert_close(table[3:], old["embedding.weight"][rows])
    for name, value in after.items():
        torch.testing.assert_close(value, old[name])
    assert f"init: {len(words) - 1} of {len(words)} words and" in notes()[-1]
    assert notes()[-1].endswith("new: none")


@pytest.mark.parametrize("labels", [("cs.CL", "cs.CV"), ("math.AG", "math.CO", "math.NT")])
def test_a_head_for_other_labels_starts_anew(trained: Run, notes: Callable, labels: tuple[str, ...]) -> None:
    before, after, old = start(trained, list(trained.vocabulary().words), labels)
    for name, value in after.items():
        torch.testing.assert_close(value, (before if name in HEAD else old)[name])
    assert all(name in notes()[-1] for name in HEAD)


def test_a_pair_of_words_keeps_its_vector(run_of: Callable[..., Run]) -> None:
    sizes = ["model.kernel_sizes=[3]", "model.pair_dim=4", "model.pair_buckets=64"]
    trained = run_of("pairs", "model.architecture=arxonomy", "training.epochs=1", *sizes)
    old_words = trained.vocabulary().words
    words = [*old_words[:2], *old_words[:9:-1]]
    _, after, old = start(trained, words, trained.info().labels)
    assert torch.equal(after["bag.pairs.weight"], old["bag.pairs.weight"])
    ids = torch.tensor([old_words.index(word) for word in words])
    assert torch.equal(after["bag.words.weight"], old["bag.words.weight"][ids])
    assert torch.equal(after["bag.keys"], hash_words(words))
    rows = [hash_pairs(keys.long()[None], 64) for keys in (after["bag.keys"], old["bag.keys"][ids])]
    assert torch.equal(*rows)


def test_a_word_that_only_the_run_before_knows_stays_known(trained: Run) -> None:
    old = trained.vocabulary().words
    own = Vocabulary(["<PAD>", "<UNK>", "neologism", old[5]])
    extended = extend_vocabulary(own, trained, max_words=8)
    assert extended.words == (*own.words, *[word for word in old[2:7] if word != old[5]])
    assert extend_vocabulary(own, trained, max_words=3).words == own.words


def test_widths_that_all_differ_are_refused(trained: Run) -> None:
    settings = ModelSettings(embed_dim=5, num_filters=6, lstm_hidden=6)
    words = trained.vocabulary()
    with pytest.raises(SettingsError, match=r"no weight of .* fits this network"):
        start_from(build_model(settings, len(words), 2), settings, words, ("a", "b"), trained)


def test_a_network_that_takes_little_is_warned_of(trained: Run, caplog: pytest.LogCaptureFixture) -> None:
    settings = trained.recipe().model.model_copy(update={"num_filters": 6, "lstm_hidden": 6})
    words = trained.vocabulary()
    start_from(build_model(settings, len(words), 2), settings, words, ("a", "b"), trained)
    assert [entry.levelname for entry in caplog.records] == ["WARNING"]


def test_what_is_no_finished_run_of_the_architecture_is_refused(
    trained: Run, run_of: Callable[..., Run], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="expected a run folder, found none at"):
        run_of("new", init=tmp_path / "nowhere")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/bundle.json").write_text("{}")
    with pytest.raises(BundleError, match=r"expected the file as it was exported"):
        run_of("new", init=tmp_path / "bundle")
    with pytest.raises(SettingsError, match="expected a run of the architecture baseline, found the arch"):
        run_of("new", "model.architecture=baseline", init=trained.folder)

    class Stopper(SilentReporter):
        def batch_done(self, loss: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_of("stopped", reporter=Stopper())
    with pytest.raises(RunError, match="has not ended; resume it"):
        run_of("new", init=tmp_path / "stopped")
    assert not (tmp_path / "new").exists()


def test_a_bundle_that_has_seen_a_scored_paper_is_refused_as_a_start(
    trained: Run, dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    """The same validation papers may have chosen the weights of a run; a bundle does not say which do."""
    bundle = export_bundle(trained.folder, tmp_path / "bundle")
    job = TrainingJob(dataset, parts, trained.recipe(), tmp_path / "new", init=bundle)
    with pytest.raises(DataError, match=r"bundle has seen 15 validation papers of this split"):
        train(job)
    nameless = replace(dataset, papers=tuple(replace(own, id=str(own.row + 1)) for own in dataset.papers))
    with pytest.raises(DataError, match=r"expected an id for each .* found 30 papers without"):
        train(replace(job, dataset=nameless))


def test_a_baseline_starts_from_no_run(
    trained: Run, dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    job = TrainingJob(dataset, parts, load_recipe("complement-nb"), tmp_path / "new", init=trained.folder)
    with pytest.raises(SettingsError, match="expected a network to train, found the baseline complement-nb"):
        train(job)
    train(replace(job, init=None))
    with pytest.raises(SettingsError, match="expected a run of the architecture v1, found the baseline"):
        train(replace(job, recipe=load_recipe("v1"), init=job.out, out=tmp_path / "newer"))


@pytest.mark.slow
def test_a_run_that_started_from_another_resumes_with_the_same_alone(
    trained: Run, run_of: Callable[..., Run], tmp_path: Path
) -> None:
    whole = run_of("whole", init=trained.folder)
    assert whole.info().init is not None
    assert (whole.info().init.name, whole.info().init.recipe) == ("first", "tiny")

    class Stopper(SilentReporter):
        batches = 11

        def batch_done(self, loss: float) -> None:
            self.batches -= 1
            if not self.batches:
                raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("arxonomy.training.loop.CHECKPOINT_SECONDS", 0.0)
        run_of("stopped", init=trained.folder, reporter=Stopper())
    with pytest.raises(RunError, match=r"started with first weights: those of first .*, not with labels"):
        run_of("stopped", resume=True)
    stopped = run_of("stopped", init=trained.folder, resume=True)
    assert stopped.weights.read_bytes() == whole.weights.read_bytes()
    assert whole.weights.read_bytes() != run_of("cold").weights.read_bytes()
