from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli.test_commands import run_without
from cli.test_terminal import on_terminal
from explain.conftest import make_explanation
from test_plain_install import EXTRAS

from arxonomy.cli.explain import _color_words
from arxonomy.text import tokenize

ANSI = "\x1b[31mred\x1b[0m"
PAPER = ["--title", "A grammar for parsing", "--abstract", "We parse a corpus of (zyzzyva) dialogue."]


def test_json_lines_are_those_of_classify_with_each_words_score(
    arxonomy, bundle, papers_csv, invented_papers
):
    done = arxonomy("explain", papers_csv, "--limit", 3, "--model", bundle)
    assert done.exit_code == 0
    assert done.stderr == "note: only the first 3 papers are explained\nhint: explain more with `--limit N`\n"
    answers = [
        json.loads(line) for line in arxonomy("classify", papers_csv, "--model", bundle).stdout.splitlines()
    ]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 3
    for explained, answer, paper in zip(lines, answers, invented_papers, strict=False):
        why = explained.pop("explanation")
        assert (list(explained), explained["id"]) == (list(answer), answer["id"])
        assert explained["probability"] == pytest.approx(answer["probability"], abs=1e-5)
        assert (why["method"], why["category"], why["against"]) == ("occlusion", answer["category"], None)
        for text in ("title", "abstract"):
            written = getattr(paper, text)
            assert [entry["word"] for entry in why[text]] == tokenize(written)
            for entry in why[text]:
                assert written[entry["start"] : entry["end"]].lower() == entry["word"]
            assert any(entry["score"] for entry in why[text])


@pytest.mark.slow
def test_attention_sums_to_one_and_gradients_take_pytorch(arxonomy, bundle):
    done = arxonomy("explain", *PAPER, "--model", bundle, "--method", "attention")
    why = json.loads(done.stdout)["explanation"]
    assert why["method"] == "attention"
    for text in ("title", "abstract"):
        assert sum(entry["score"] for entry in why[text]) == pytest.approx(1, abs=1e-4)
    done = arxonomy("explain", *PAPER, "--model", bundle, "--method", "gradients", "--device", "cpu")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["explanation"]["method"] == "gradients"
    done = arxonomy("explain", *PAPER, "--model", bundle, "--method", "gradients", "--backend", "onnx")
    assert (done.exit_code, done.stdout) == (1, "") and "--backend torch" in done.stderr


def test_one_category_against_another(arxonomy, bundle):
    both = [
        json.loads(
            arxonomy("explain", *PAPER, "--model", bundle, "--category", one, "--against", other).stdout
        )["explanation"]
        for one, other in (("cs.CL", "cs.CV"), ("cs.CV", "cs.CL"))
    ]
    assert [why["against"] for why in both] == ["cs.CV", "cs.CL"]
    assert both[0]["log_odds"] == pytest.approx(-both[1]["log_odds"], abs=1e-6)
    for entry, opposite in zip(both[0]["abstract"], both[1]["abstract"], strict=True):
        assert entry["score"] == pytest.approx(-opposite["score"], abs=1e-6)


def test_the_limit_is_twenty_and_says_so_only_when_it_matters(arxonomy, bundle):
    papers = '{"title":"parsing"}\n'
    done = arxonomy("explain", "--model", bundle, input=papers * 20)
    assert (done.stdout.count("\n"), done.stderr) == (20, "stdin: titles from `title`, no abstracts found\n")
    done = arxonomy("explain", "--model", bundle, input=papers * 21)
    assert done.stdout.count("\n") == 20
    assert "only the first 20 papers" in done.stderr


def test_text(arxonomy, bundle):
    done = arxonomy("explain", *PAPER, "--model", bundle, "--format", "text", "--category", "cs.CL")
    assert (done.exit_code, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.startswith("1  cs.") and head.endswith("%")
    named = " ".join(rows)
    assert "cs.CL (Computation and" in rows[0]
    assert "cs.CL against all others: " in named and "log-odds, by occlusion" in named
    assert "grammar +" in named and "gates" in named and "\x1b" not in done.stdout
    done = arxonomy("explain", *PAPER, "--model", bundle, "--format", "text", "--method", "attention")
    assert "zyzzyva" in done.stdout and "(unknown)" in done.stdout and "oppose" not in done.stdout


def test_words_are_color_words_on_a_terminal_alone(bundle, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    status, _, shown = on_terminal(["stdout"], "explain", *PAPER, "--model", bundle, "--category", "cs.CL")
    assert status == 0
    assert b"A" in shown and b"corpus" in shown and b"gates" in shown
    blue, orange = b";48;2;74;148;240m", b";48;2;244;150;70m"
    assert shown.count(blue) > 1 and shown.count(orange) > 1
    # As it was written, and in its order.
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", shown)
    assert b"We parse a corpus of (zyzzyva) dialogue." in plain


def test_hostile_text_is_harmless(arxonomy, bundle, tmp_path):
    paper = {"id": ANSI, "title": f"[bold]x[/bold] [/nope] {ANSI} <script>", "abstract": "<img src=x>"}
    line = json.dumps(paper) + "\n"
    done = arxonomy("explain", "--model", bundle, "--format", "text", input=line)
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output and "␛[31mred" in done.stdout
    html = tmp_path / "page.html"
    done = arxonomy("explain", "--model", bundle, "--html", html, input=line)
    assert done.exit_code == 0, done.output
    source = html.read_text(encoding="utf-8")
    assert "\x1b" not in source and "<script" not in source and "<img" not in source


@pytest.mark.parametrize("method", ["occlusion", "attention"])
def test_hostile_text_is_harmless_in_color_too(method):
    explanation = make_explanation(hostile=True, method=method)
    for side, text in enumerate((explanation.paper.title, explanation.paper.abstract)):
        shown = _color_words(
            explanation, text, (explanation.title_words, explanation.abstract_words)[side], side
        )
        assert "word-0" in shown.plain and "␛[31m" in shown.plain and len(shown.spans) > 1
        assert not re.search(r"[\x00-\x1f\u202e]", shown.plain)


def test_a_page_of_several_papers(arxonomy, bundle, papers_csv, tmp_path):
    out = tmp_path / "page.html"
    done = arxonomy("explain", papers_csv, "--limit", 4, "--model", bundle, "--html", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"explained 4 papers: {out}"
    assert out.read_text(encoding="utf-8").count("<article") == 4


def test_page_and_picture_of_one_paper_and_lines_when_asked(arxonomy, bundle, tmp_path):
    html, png = tmp_path / "page.html", tmp_path / "picture.png"
    done = arxonomy("explain", *PAPER, "--model", bundle, "--html", html, "--png", png, "--format", "jsonl")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["id"] == "1"
    assert done.stderr == f"explained 1 paper: {html}\npicture: {png}\n"
    assert png.read_bytes().startswith(b"\x89PNG") and "<article" in html.read_text(encoding="utf-8")


def test_a_picture_is_of_one_paper(arxonomy, bundle, papers_csv, tmp_path):
    png = tmp_path / "picture.png"
    done = arxonomy("explain", papers_csv, "--model", bundle, "--png", png)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--limit 1" in done.stderr and not png.exists()
    assert arxonomy("explain", papers_csv, "--limit", 1, "--model", bundle, "--png", png).exit_code == 0
    assert png.exists()


def test_bad_records_are_named_and_the_good_ones_explained(arxonomy, bundle):
    done = arxonomy("explain", "-", "--model", bundle, input='{"title":"x"}\nnot json\n{"abstract":"y"}\n')
    assert done.exit_code == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["1", "3"]
    assert "stdin:2: not valid JSON" in done.stderr and "1 bad record was left out" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["missing.csv"], 1, "error: missing.csv does not exist"),
        (["--title", "x", "papers.csv"], 2, "not both"),
        (["--title", " "], 1, "expected a title or an abstract"),
        (["--title", "x", "--limit", "0"], 2, "--limit"),
        (["--title", "x", "--format", "csv"], 2, "--format"),
        (["--title", "x", "--method", "magic"], 2, "--method"),
        (["--title", "x", "--category", "cs.CLL"], 1, "did you mean `cs.CL`?"),
        (["--title", "x", "--against", "math.AG"], 1, "known: `cs.CL`"),
        (["--title", "x", "--method", "attention", "--category", "cs.CL"], 1, "belongs to no category"),
        (["--title", "x", "--png", "x.png", "--method", "occlusion"], 1, "a picture is drawn of attention"),
        (["--title", "x", "--html", "/proc/no/page.html"], 1, "cannot write"),
    ],
)
def test_errors(arxonomy, bundle, words, status, message):
    done = arxonomy("explain", "--model", bundle, *words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert message in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_after_a_plain_install(bundle, tmp_path: Path):
    out = tmp_path / "page.html"
    done = run_without(EXTRAS, "explain", *PAPER, "--model", bundle, "--html", out)
    assert (done.returncode, done.stdout) == (0, "") and out.exists()
    done = run_without(EXTRAS, "explain", *PAPER, "--model", bundle, "--png", tmp_path / "picture.png")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and "pip install 'arxonomy[train]'" in done.stderr


def test_help_has_examples(arxonomy):
    assert "Example: arxonomy explain" in arxonomy("explain", "--help").stdout
