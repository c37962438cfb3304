"""Teachers answer papers that they have not seen, once, and a network learns from them, resumable."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from arxonomy.artifacts.run import Run
from arxonomy.artifacts.saved_model import open_model
from arxonomy.artifacts.seen import digest_papers, find_seen, read_seen
from arxonomy.artifacts.teacher_answers import FILE
from arxonomy.config import Recipe, load_recipe, make_recipe
from arxonomy.errors import ArxonomyError, DataError, RunError, SettingsError
from arxonomy.inference import load
from arxonomy.inference.card import render_card
from arxonomy.inference.manifest import describe_run
from arxonomy.papers import Dataset
from arxonomy.records import Paper
from arxonomy.studies.provenance import describe_origin
from arxonomy.studies.teaching import Lesson, teach
from arxonomy.studies.unlabeled import UnlabeledFile
from arxonomy.training.job import TrainingJob
from arxonomy.training.reporter import SilentReporter
from arxonomy.training.train import train

SMALL = ("training.epochs=1", "model.embed_dim=4", "text.abstract_tokens=5")
Jobs = Callable[..., TrainingJob]
Files = Callable[..., UnlabeledFile]


@pytest.fixture
def job_of(dataset: Dataset, parts: np.ndarray, tiny: Callable[..., Recipe], tmp_path: Path) -> Jobs:
    """`job_of("name", "training.teacher_share=0.5")`: a training of the tiny recipe."""
    return lambda name, *overrides, **options: TrainingJob(
        options.pop("dataset", dataset),
        options.pop("parts", parts),
        options.pop("recipe", None) or tiny(*overrides),
        tmp_path / name,
        **options,
    )


@pytest.fixture
def file_of(tmp_path: Path) -> Files:
    """`file_of(papers)`: a file of these papers, without their labels."""

    def write(papers: list[Paper], name: str = "more.jsonl") -> UnlabeledFile:
        kept = ("id", "title", "abstract")
        lines = [{key: value for key, value in asdict(paper).items() if key in kept} for paper in papers]
        (tmp_path / name).write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        return UnlabeledFile(tmp_path / name)

    return write


@pytest.fixture
def others(dataset: Dataset) -> list[Paper]:
    """30 papers in the words of the invented ones, and in another order."""
    return [
        Paper(f"other-{row}", " ".join(paper.title.split()[::-1]), " ".join(paper.abstract.split()[::-1]))
        for row, paper in enumerate(dataset.papers[:30])
    ]


class Stopper(SilentReporter):
    """Stops a training after so many batches."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    def batch_done(self, loss: float) -> None:
        self.batches -= 1
        if not self.batches:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_a_training_paper_is_answered_by_those_who_have_not_seen_it(
    job_of: Jobs, file_of: Files, others: list[Paper], notes: Callable[[], list[str]]
) -> None:
    job = job_of("student", "training.teacher_share=0.5")
    teaching = teach(job, Lesson(["complement-nb", "majority"], [file_of(others)], folds=3)).teaching
    assert teaching is not None
    runs = {path.name: path for path in (job.run.folder / "teachers").iterdir()}
    assert set(runs) == {f"{name}-fold-{k}" for name in ("complement-nb", "majority") for k in (1, 2, 3)}
    papers = job.papers("train")
    digests = digest_papers(papers)
    expected, counts = np.zeros((len(papers), 3)), np.zeros(len(papers))
    for path in runs.values():
        seen = read_seen(Run(path))
        assert seen is not None
        new = ~find_seen(digests, seen.trained)
        assert new.sum() == len(papers) // 3
        counts += new
        expected[new] += load(path).probabilities(
            [paper for paper, own in zip(papers, new, strict=True) if own]
        )
    assert (counts == 2).all()  # one teacher of each recipe
    assert teaching.labeled is not None
    np.testing.assert_allclose(teaching.labeled, expected / 2, atol=1e-6)
    together = np.mean([load(path).probabilities(others) for path in runs.values()], axis=0)
    np.testing.assert_allclose(teaching.answers, together, atol=1e-6)
    assert [(own.name, own.folds) for own in teaching.teachers] == [("complement-nb", 3), ("majority", 3)]
    assert "teachers: 60 of 60 training papers answered" in notes()
    assert "unlabeled: 30 papers" in notes()


def test_a_run_counts_as_much_as_all_folds_of_a_recipe(
    job_of: Jobs, file_of: Files, others: list[Paper]
) -> None:
    given = train(job_of("given", recipe=load_recipe("majority")))
    job = job_of("student")
    teaching = teach(job, Lesson([str(given.folder), "complement-nb"], [file_of(others)], folds=3)).teaching
    assert teaching is not None
    folds = [load(path).probabilities(others) for path in sorted((job.run.folder / "teachers").iterdir())]
    expected = (load(given.folder).probabilities(others) + np.mean(folds, axis=0)) / 2
    np.testing.assert_allclose(teaching.answers, expected, atol=1e-6)


@pytest.mark.slow
def test_a_run_that_was_stopped_asks_nobody_again_and_ends_alike(
    job_of: Jobs, file_of: Files, others: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = ["training.epochs=2", "training.teacher_share=0.4", "training.unlabeled_ratio=0.7"]
    overrides += ["training.unlabeled_weight=0.5", "training.cross_lists=0.2"]
    file, lesson = file_of(others), ["complement-nb"]

    def run(name: str, *more: str, resume: bool = False, stop: int = 0, papers: UnlabeledFile = file) -> Run:
        job = teach(job_of(name, *overrides, *more), Lesson(lesson, [papers], folds=2), resume=resume)
        return train(job, resume=resume, reporter=Stopper(stop))

    whole = run("whole")
    assert whole.info().unlabeled[0].papers == 30
    with monkeypatch.context() as patch:
        patch.setattr("arxonomy.training.loop.CHECKPOINT_SECONDS", 0.0)
        for batches in (5, 3, 9):  # an epoch has 60 labeled papers and 42 others: 13 batches
            with pytest.raises(KeyboardInterrupt):
                run("stopped", resume=True, stop=batches)
    before = (Path(whole.folder).parent / "stopped" / FILE).stat().st_mtime_ns
    monkeypatch.setattr("arxonomy.studies.teaching.load", None)
    stopped = run("stopped", resume=True)
    assert (stopped.folder / FILE).stat().st_mtime_ns == before
    for name in ("model.safetensors", "validation.safetensors", "seen.safetensors"):
        assert (stopped.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    monkeypatch.undo()
    with pytest.raises(RunError, match="already holds a run"):
        run("stopped")
    with pytest.raises(RunError, match=r"started with teachers: .* 30 of more.jsonl, not with .* 20 of f"):
        run("stopped", resume=True, papers=file_of(others[:20], "fewer.jsonl"))
    lesson.append("majority")
    with pytest.raises(
        RunError, match=r"teachers complement-nb \(2 folds\), not with .*, majority \(2 folds\)"
    ):
        run("stopped", resume=True)
    assert not (stopped.folder / "teachers/majority-fold-1").exists()
    assert (stopped.folder / FILE).stat().st_mtime_ns == before
    seen = read_seen(stopped)
    assert seen is not None and find_seen(digest_papers(others), seen.trained).all()


@pytest.mark.slow
def test_provenance_names_teachers_and_unlabeled_papers(
    job_of: Jobs, file_of: Files, others: list[Paper]
) -> None:
    teacher = train(job_of("teacher", *SMALL))
    student = train(
        teach(
            job_of("student", *SMALL, init=teacher.folder), Lesson([str(teacher.folder)], [file_of(others)])
        )
    )
    info = json.loads((student.folder / "run.json").read_text(encoding="utf-8"))
    assert (info["init"]["name"], info["teachers"][0]["name"]) == ("teacher", "teacher")
    assert info["init"]["sha256"] == info["teachers"][0]["sha256"]
    expected = {
        "first weights": "those of teacher (recipe tiny)",
        "teachers": "teacher",
        "unlabeled papers": "30 of more.jsonl",
    }
    assert describe_origin(open_model(student.folder)).learned_from == expected
    manifest = describe_run(student, "float32")  # as a bundle keeps it
    assert manifest.list_origins() == expected
    lines = [f"- {what.capitalize()}: {name}" for what, name in expected.items()]
    assert "\n".join(lines) in render_card(manifest)


@pytest.mark.slow
def test_teachers_that_have_answered_are_not_asked_again(
    job_of: Jobs, file_of: Files, others: list[Paper], monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = Lesson(["majority"], [file_of(others)], folds=3)
    asked: list[str] = []

    def ask(path: Path, **options: Any) -> Any:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(Path(path).name)
        return load(path, **options)

    expected = teach(job_of("whole", *SMALL), lesson).teaching
    monkeypatch.setattr("arxonomy.studies.teaching.load", ask)
    with pytest.raises(KeyboardInterrupt):
        teach(job_of("student", *SMALL), lesson)
    asked.insert(0, "not two any more")
    found = teach(job_of("student", *SMALL), lesson).teaching
    assert asked[1:] == [f"majority-fold-{fold}" for fold in (1, 2, 3)]
    assert found is not None and expected is not None and found.labeled is None
    assert found.answers.tobytes() == expected.answers.tobytes()


@pytest.mark.slow
def test_the_members_of_an_ensemble_are_taught(
    job_of: Jobs, file_of: Files, others: list[Paper], tmp_path: Path
) -> None:
    recipe = tmp_path / "member.toml"
    recipe.write_text(
        "[model]\nembed_dim = 4\nnum_filters = 4\nlstm_hidden = 4\n[text]\nabstract_tokens = 5\n"
        "[training]\nepochs = 1\nteacher_share = 0.5\n"
    )
    ensemble = make_recipe({"name": "pair", "ensemble": {"members": [str(recipe)] * 2, "seeds": [1, 2]}})
    job = teach(job_of("pair", recipe=ensemble), Lesson(["complement-nb"], [file_of(others)], folds=2))
    assert job.teaching is not None and job.teaching.labeled is not None
    run = train(job)
    for own in (run, *run.members()):
        seen = read_seen(own)
        assert own.info().teachers[0].name == "complement-nb"
        assert seen is not None and find_seen(digest_papers(others), seen.trained).all()


def test_unlabeled_papers_of_the_split_are_left_out_by_id_and_by_text(
    job_of: Jobs,
    file_of: Files,
    others: list[Paper],
    dataset: Dataset,
    parts: np.ndarray,
    notes: Callable[[], list[str]],
) -> None:
    scored = [paper for paper, part in zip(dataset.papers, parts, strict=True) if part == "test"]
    trained = [paper for paper, part in zip(dataset.papers, parts, strict=True) if part == "train"]
    mine = [
        *others[:2],
        replace(scored[0], id="a-copy", title=scored[0].title.upper()),
        replace(others[3], id=scored[1].id),
        replace(trained[0], id="another"),
        replace(others[0], id="again"),
    ]
    job = job_of("student", *SMALL)
    teaching = teach(job, Lesson(["majority"], [file_of(mine)], folds=1)).teaching
    assert teaching is not None
    assert [paper.id for paper in teaching.papers] == ["other-0", "other-1"]
    note = "unlabeled: 2 papers; left out: 2 validation or test papers, 1 training paper, 1 repeated paper"
    assert note in notes()
    assert not (job.run.folder / "teachers/majority-fold-1").exists()  # one teacher, of all training papers
    with pytest.raises(DataError, match="found only those of the split: 1 validation or test paper; give"):
        teach(job, Lesson(["majority"], [file_of(mine[2:3])]))


def test_teachers_that_cannot_teach_are_refused_before_anything_is_trained(
    job_of: Jobs, file_of: Files, others: list[Paper], dataset: Dataset, parts: np.ndarray, tmp_path: Path
) -> None:
    majority = load_recipe("majority")
    own = str(train(job_of("own", recipe=majority)).folder)
    leaking = np.where(parts == "test", "train", parts)
    leak = str(train(job_of("leak", recipe=majority, parts=leaking)).folder)
    rows = [row for row, paper in enumerate(dataset.papers) if paper.category != "cs.LG"]
    two = Dataset.from_papers(dataset.papers[row] for row in rows)
    other = str(train(job_of("two", recipe=majority, dataset=two, parts=parts[rows])).folder)
    file = file_of(others)
    missing = UnlabeledFile(tmp_path / "missing.csv")  # read after the teachers were opened
    share = "training.teacher_share=0.5"
    cases: list[tuple[list[str], Lesson, str]] = [
        ([], Lesson([], [file]), "`unlabeled`: expected teachers, found none; give `teachers`"),
        ([], Lesson(["majority"]), "expected papers to answer, found none; give `unlabeled`, or set tr"),
        ([], Lesson(["majority", "majority"], [file]), "expected each once, found majority twice"),
        ([], Lesson(["majority"], [file], folds=0), "expected 1 or more, found 0"),
        ([], Lesson(["nowhere"], [missing]), "found no nowhere; `arxonomy recipes` lists the recipes"),
        ([], Lesson(["linear-smv"], [missing]), "found no linear-smv; did you mean `linear-svm`"),
        ([], Lesson([str(tmp_path)], [missing]), "expected a run folder, found none at"),
        ([], Lesson([own, f"{own}/"], [missing]), "expected each once, found .*own twice"),
        ([], Lesson([own], [missing], folds=2), "`cross_fit`: expected a recipe among the teachers"),
        ([], Lesson([], folds=2), "`cross_fit`: expected teachers, found none"),
        ([], Lesson(["majority"], [file, file]), "expected different files, found .* twice"),
        ([], Lesson([leak], [file]), r"`teachers` .*leak has seen 15 test papers of this split"),
        (
            [],
            Lesson([other], [file]),
            "expected a run with the labels cs.CL, cs.CV, cs.LG, found cs.CL, cs.CV in",
        ),
        ([share], Lesson([own], [file]), "every teacher was trained on every training paper"),
    ]
    for overrides, lesson, message in cases:
        with pytest.raises(ArxonomyError, match=message):
            teach(job_of("student", *overrides), lesson)
        assert not (tmp_path / "student").exists()  # nobody was trained, nor asked
    with pytest.raises(SettingsError, match=r"`teachers`: expected a network to train, found the baseline"):
        teach(job_of("student", recipe=majority), Lesson([own], [file]))
    with pytest.raises(SettingsError, match=r"teacher_share.*found 0.5 and no teacher"):
        train(job_of("student", share))
