"""`arxonomy.refresh`: the model in use learns from new papers, and is replaced only by a better one."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import arxonomy
from arxonomy.artifacts.bundle import read_manifest
from arxonomy.artifacts.installed import find_model, list_models, roll_back, use_model
from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.errors import DataError, RunError, SettingsError
from arxonomy.records import Paper
from arxonomy.studies.refresh import Refresh, _export, make_fine_tuning

WORDS = {
    "cs.CL": "lexeme clitic phoneme affix deixis prosody",
    "cs.CV": "voxel frustum homography saliency raster mosaic",
}
FAST = ["training.epochs=6", "training.learning_rate=0.02", "training.batch_size=16"]


@pytest.fixture(autouse=True)
def _small(tmp_path, monkeypatch):
    """A data folder of the test's own, and comparisons on fewer papers."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("arxonomy.studies.new_papers.FEWEST_PAPERS", 30)


@pytest.fixture(scope="module")
def new_papers() -> list[Paper]:
    """120 papers of April in words that the tiny model has never seen; none has its label cs.LG."""
    draw = random.Random(7)
    papers = []
    for row in range(120):
        category = sorted(WORDS)[row % 2]
        own = WORDS[category].split()
        papers.append(
            Paper(
                id=f"new-{row}",
                title=" ".join(draw.sample(own, 3)),
                abstract=" ".join(draw.choices(own, k=12)),
                category=category,
                categories=(category,),
                published=f"2025-04-{1 + row // 4:02}",
                row=row,
            )
        )
    return papers


@pytest.fixture(scope="module")
def refreshed(bundle_of, new_papers, invented_papers, tmp_path_factory) -> tuple[Refresh, Path]:
    """A refresh that is better, and the data folder that it was made in."""
    root = tmp_path_factory.mktemp("refreshed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(root))
        patch.setattr("arxonomy.studies.new_papers.FEWEST_PAPERS", 30)
        use_model(bundle_of())
        papers = [*invented_papers, *new_papers]
        done = arxonomy.refresh(papers, out=root / "run", settings=FAST, resamples=200)
    return done, root


@pytest.mark.slow
def test_a_better_model_replaces_the_one_in_use_and_can_be_rolled_back(
    refreshed, bundle_of, new_papers, monkeypatch
) -> None:
    done, root = refreshed
    monkeypatch.setenv("XDG_DATA_HOME", str(root))
    assert done.replaced is True
    assert (done.held_out, done.held_out_from) == (56, "2025-04-17")
    assert done.train + done.validation == 64
    assert done.old_accuracy.value < 0.7 < done.new_accuracy.value
    assert done.gain.low > 0
    assert done.to_text().endswith(f"replaced: {done.new} is in use; `arxonomy models roll-back` goes back")
    new = arxonomy.load()
    assert new.source.path.name == done.new
    assert new.classify([new_papers[-1]])[0].category == new_papers[-1].category
    assert new.labels == ("cs.CL", "cs.CV", "cs.LG")
    assert roll_back() == done.old
    assert find_model().folder.name == done.old


@pytest.mark.slow
def test_packed_weights_that_answer_otherwise_give_way_to_float32(
    refreshed, tmp_path, monkeypatch, caplog
) -> None:
    run = Run(refreshed[1] / "run")
    assert read_manifest(_export(run, tmp_path / "packed", "compact")).weights == "compact"
    monkeypatch.setattr("arxonomy.evaluation.agreement.MARGIN", 0.0)  # no difference is small enough
    assert read_manifest(_export(run, tmp_path / "plain", "compact")).weights == "float32"
    assert "too differently from trained ones; the new model has weights in float32" in caplog.text


@pytest.mark.slow
def test_the_new_model_says_what_it_and_the_old_one_have_seen(
    refreshed, bundle_of, new_papers, invented_papers
) -> None:
    done, root = refreshed
    new = open_model(root / "arxonomy/models" / done.new)
    before = open_model(bundle_of()).find_trained_on(invented_papers)
    assert (new.find_trained_on(invented_papers) == before).all()
    assert new.trained_on(new_papers) == done.train + done.validation
    assert open_model(root / "run").trained_on(invented_papers) == before.sum()
    assert new.data.last_month == "2025-04"
    assert new.manifest.init.sha256 == open_model(bundle_of()).sha256
    assert new.metrics.get_scores("test").papers == done.held_out


@pytest.mark.slow
def test_a_model_that_is_not_better_replaces_nothing(bundle_of, new_papers, tmp_path) -> None:
    use_model(bundle_of())
    slow = ["training.epochs=1", "training.learning_rate=1e-9"]
    done = arxonomy.refresh(new_papers, out=tmp_path / "run", settings=slow, resamples=200)
    assert done.replaced is False
    assert done.new == str(tmp_path / "run")
    assert "stays in use, since the new one is not better by more than chance" in done.to_text()
    assert [model.name for model in list_models() if model.in_use] == [done.old]
    assert len(list_models()) == 2


def test_papers_that_say_nothing_new_are_refused_with_their_numbers(bundle_of, own_papers, tmp_path) -> None:
    use_model(bundle_of())
    seen = [paper for paper in own_papers if open_model(bundle_of()).trained_on([paper])]
    with pytest.raises(
        DataError, match=rf"found only {len(seen)} papers that the model has seen; give newer"
    ):
        arxonomy.refresh(seen, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def own_papers(invented_papers) -> list[Paper]:
    """Those of the two labels that the tiny model does not merge."""
    return [paper for paper in invented_papers if paper.category != "cs.LG"]


@pytest.mark.parametrize(
    ("days", "message"),
    [(7, "30 papers of 8 days or more .* found 28 of 7 days"), (28, "30 new papers or more .* found 8;")],
)
def test_too_few_papers_or_days_are_refused(bundle_of, new_papers, tmp_path, days, message) -> None:
    use_model(bundle_of())
    with pytest.raises(DataError, match=message):
        arxonomy.refresh(new_papers, held_out_days=days, out=tmp_path / "run")


def test_papers_older_than_the_models_own_are_refused(bundle_of, new_papers, tmp_path) -> None:
    use_model(bundle_of())
    old = [replace(paper, published=f"2024{paper.published[4:]}") for paper in new_papers]
    with pytest.raises(DataError, match=r"model has seen, of 2025-03, found papers until 2024-04-30"):
        arxonomy.refresh(old, out=tmp_path / "run")


def test_a_model_that_the_environment_names_is_not_refreshed(bundle_of, new_papers, monkeypatch) -> None:
    monkeypatch.setenv("ARXONOMY_MODEL", str(bundle_of()))
    with pytest.raises(SettingsError, match="ARXONOMY_MODEL names the model"):
        arxonomy.refresh(new_papers)


def test_fine_tuning_is_shorter_and_slower_than_the_recipe_unless_settings_say_otherwise(bundle_of) -> None:
    recipe = open_model(bundle_of()).recipe
    tuned = make_fine_tuning(recipe, ["training.batch_size=4"])
    assert tuned.training.learning_rate == pytest.approx(recipe.training.learning_rate / 4)
    assert (tuned.training.epochs, tuned.training.batch_size) == (2, 4)
    assert tuned.model == recipe.model


def test_a_bundle_that_names_no_papers_cannot_be_a_start(bundle_of, new_papers, tmp_path) -> None:
    """Its papers had no ids, so that what it is scored on might be what it has seen."""
    from safetensors.numpy import load_file, save_file

    from arxonomy.artifacts.bundle import read_manifest, write_manifest

    folder = shutil.copytree(bundle_of(), tmp_path / "unnamed")
    path = folder / "trained_on.safetensors"
    save_file({"papers": load_file(path)["papers"][:0]}, path)
    write_manifest(folder, read_manifest(folder))
    use_model(folder)
    with pytest.raises((SettingsError, RunError), match=r"names the .* papers that it has seen by their ids"):
        arxonomy.refresh(new_papers, out=tmp_path / "run", settings=FAST)
