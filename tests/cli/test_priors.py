"""`--prior auto`, the suggestion of it, and the file that keeps an estimate."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from counting_model import LABELS, PRIOR, WORDS, make_classifier

from arxonomy.evaluation.prior_check import Disagreement

CLEAR, UNSURE = "grammar grammar grammar", "grammar pixel pixel"
"""A paper of cs.CL; and one that is of it where nearly all papers are, else of cs.CV."""


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arxonomy.inference.load", lambda *_, **options: make_classifier())


def write_titles(path: Path, titles: list[str]) -> Path:
    """A paper of each text; its first word is the title."""
    papers = [dict(zip(("title", "abstract"), text.split(" ", 1), strict=True)) for text in titles]
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    return path


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    return write_titles(tmp_path / "papers.jsonl", [CLEAR] * 90 + [UNSURE] * 20)


def lines_of(done) -> list[dict]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_file_of_another_mix_gets_a_suggestion_and_its_answers_stay(arxonomy, papers, tmp_path):
    asked = arxonomy("classify", papers)
    assert asked.stderr.startswith("hint: these papers have other shares of the categories")
    assert "`--prior auto`, 1" in asked.stderr and "of 1,000 answers" in asked.stderr
    alone = [
        lines_of(arxonomy("classify", write_titles(tmp_path / "one.jsonl", [title])))[0]
        for title in (CLEAR, UNSURE)
    ]
    for line, expected in zip(lines_of(asked), [alone[0]] * 90 + [alone[1]] * 20, strict=True):
        assert line | {"id": "1"} == expected
    streamed = arxonomy("classify", input=papers.read_bytes())
    assert (streamed.stdout, streamed.stderr) == (asked.stdout, "")
    assert arxonomy("classify", papers, "--prior", "uniform").stderr == ""


def test_nothing_is_suggested_of_few_papers_or_of_the_training_mix(arxonomy, tmp_path):
    few = write_titles(tmp_path / "few.jsonl", [CLEAR] * 80 + [UNSURE] * 19)
    assert arxonomy("classify", few).stderr == ""
    shares = zip(WORDS, PRIOR, strict=True)
    texts = [f"{word} {word} {word}" for word, share in shares for _ in range(round(200 * share))]
    usual = write_titles(tmp_path / "usual.jsonl", texts)
    assert arxonomy("classify", usual).stderr == ""
    plain, asked = (arxonomy("classify", usual, *words) for words in ((), ("--prior", "auto")))
    assert asked.stderr.startswith("prior: auto changes nothing, since ") and asked.stdout == plain.stdout


def test_an_estimate_is_kept_and_used_again(arxonomy, papers, tmp_path):
    kept = tmp_path / "prior.json"
    auto = arxonomy("classify", papers, "--prior", "auto", "--prior-output", kept)
    first, *others = lines_of(auto)
    assert first["prior"] == json.loads(kept.read_bytes())["prior"] and list(first["prior"]) == list(LABELS)
    assert first["prior"]["cs.CL"] > 0.8 and not any("prior" in line for line in others)
    assert f"prior: cs.AI={first['prior']['cs.AI']:.3f}, cs.CL=0." in auto.stderr
    assert "estimated from 110 papers; 1" in auto.stderr and f"prior: {kept}" in auto.stderr
    assert others[-1]["category"] == "cs.CL" != lines_of(arxonomy("classify", papers))[-1]["category"]
    del first["prior"]
    for again in (
        arxonomy("classify", papers, "--prior", kept),
        arxonomy("classify", "--prior", kept, input=papers.read_bytes()),
    ):
        assert lines_of(again) == [first, *others] and again.stderr == ""


def test_every_form_with_room_says_the_prior(arxonomy, papers, tmp_path):
    for form in ("parquet", "table", "csv"):
        out = tmp_path / f"out.{form}"
        done = arxonomy("classify", papers, "--prior", "auto", "--format", form, "-o", out)
        assert done.exit_code == 0
        assert ("csv has no room for the class prior; --prior-output" in done.stderr) == (form == "csv")
    metadata = pq.read_schema(tmp_path / "out.parquet").metadata
    assert json.loads(metadata[b"arxonomy.prior"])["cs.CL"] > 0.8
    assert "class prior: cs.AI=0.0" in (tmp_path / "out.table").read_text(encoding="utf-8").splitlines()[-1]
    plain = arxonomy("classify", papers, "--format", "parquet")
    assert b"arxonomy.prior" not in (pq.read_schema(io.BytesIO(plain.stdout_bytes)).metadata or {})


def test_a_second_estimate_that_disagrees_turns_it_off(arxonomy, papers, tmp_path, monkeypatch):
    plain = arxonomy("classify", papers)
    found = Disagreement("cs", 0.71, 0.48, 0.6)
    monkeypatch.setattr("arxonomy.inference.prior_estimate.find_confusion", lambda models: [[1] * 5] * 5)
    monkeypatch.setattr("arxonomy.inference.prior_estimate.find_disagreement", lambda *_: found)
    kept = tmp_path / "prior.json"
    done = arxonomy("classify", papers, "--prior", "auto", "--prior-output", kept)
    assert "auto is off, since two estimates disagree: cs is 71% of these papers" in done.stderr
    assert "48% to 60% by the counts of answers" in done.stderr and not kept.exists()
    assert done.stdout == plain.stdout
    assert arxonomy("classify", papers).stderr == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file"),
        ("cs.CL=0.7", "cannot be read: Expecting value"),
        ('["cs.CL"]', "expected the shares of categories"),
        ('{"prior": {"cs.CL": "many"}}', "expected the shares of categories"),
        ('{"cs.CL": 70}', "expected a share in 0..1 for cs.CL, found 70"),
        ('{"prior": {"cs.XX": 0.5}}', "the model has no category `cs.XX`"),
    ],
)
def test_a_file_that_holds_no_prior(arxonomy, tmp_path, text, message):
    path = tmp_path / "prior.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    done = arxonomy("classify", "--title", "grammar", "--prior", path)
    assert done.exit_code == 1 and message in done.stderr


def test_other_names_of_categories_and_plain_shares_are_read(arxonomy, tmp_path):
    path = tmp_path / "mine"
    path.write_text('{"cmp-lg": 0.9}', encoding="utf-8")  # a retired name of cs.CL
    stated, named = (
        lines_of(arxonomy("classify", "--title", "pixel", "--prior", prior)) for prior in (path, "cs.CL=0.9")
    )
    assert stated == named and stated[0]["category"] == "cs.CL"


def test_explanations_and_evaluations_take_the_file(arxonomy, papers, tmp_path):
    kept = tmp_path / "prior.json"
    arxonomy("classify", papers, "--prior", "auto", "--prior-output", kept)
    explained = lines_of(arxonomy("explain", "--title", UNSURE, "--prior", kept))[0]
    assert explained["category"] == "cs.CL"
    refused = arxonomy("explain", "--title", UNSURE, "--prior", "auto")
    assert refused.exit_code == 2 and "prior.json" in refused.output


def test_the_file_goes_with_a_prior(arxonomy, papers):
    done = arxonomy("classify", papers, "--prior-output", "prior.json")
    assert done.exit_code == 2 and "--prior-output" in done.output
