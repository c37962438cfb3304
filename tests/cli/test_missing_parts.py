from __future__ import annotations

import json
from pathlib import Path

import pytest

from arxonomy.cli.missing_parts import MissingParts
from arxonomy.records import Prediction

BOTH, TITLE, ABSTRACT = ("title", "abstract"), ("title",), ("abstract",)


@pytest.mark.parametrize(
    ("reads", "said"),
    [
        ([BOTH] * 3, []),
        ([BOTH, ()], []),
        ([TITLE], ["the paper has no abstract: its category comes from the title alone"]),
        ([ABSTRACT], ["the paper has no title: its category comes from the abstract alone"]),
        ([TITLE] * 1200, ["the 1,200 papers have no abstract: their categories come from the title alone"]),
        ([TITLE, BOTH], ["1 of 2 papers has no abstract: its category comes from the title alone"]),
        (
            [TITLE] * 12 + [BOTH] * 287 + [ABSTRACT],
            [
                "12 of 300 papers have no abstract: their categories come from the title alone",
                "1 of 300 papers has no title: its category comes from the abstract alone",
            ],
        ),
    ],
)
def test_missing_parts_are_counted_once(
    reads: list[tuple[str, ...]], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    missing = MissingParts()
    for read in reads:
        missing.count(Prediction("1", (("a", 1.0),), 0.0, read))
    missing.sum_up()
    assert capsys.readouterr().err.splitlines() == [f"warning: {line}" for line in said]


PLACEHOLDERS = ["", "N/A", "nan", "[No abstract available]", "Withdrawn."]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_with_words_for_nothing_is_read_as_without_them(
    arxonomy, bundle, tmp_path: Path, form
) -> None:
    titles = [f"parsing with trees {number}" for number in range(len(PLACEHOLDERS))]
    pairs = [*zip(titles, PLACEHOLDERS, strict=True), ("parsing with trees", "we parse a sentence")]
    file = tmp_path / f"papers.{form}"
    if form == "csv":
        lines = ["title,abstract", *(f"{title},{abstract}" for title, abstract in pairs)]
    else:
        lines = [json.dumps({"title": title, "abstract": abstract}) for title, abstract in pairs]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = arxonomy("classify", file, "--format", "jsonl", "--model", bundle)
    assert done.exit_code == 0, done.output
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["read"] for answer in answers] == [["title"]] * len(PLACEHOLDERS) + [["title", "abstract"]]
    alone = json.loads(
        arxonomy("classify", "--title", titles[0], "--format", "jsonl", "--model", bundle).stdout
    )
    assert answers[0]["categories"] == alone["categories"] and alone["read"] == ["title"]
    (line,) = (line for line in done.stderr.splitlines() if "alone" in line)
    assert line == ("warning: 5 of 6 papers have no abstract: their categories come from the title alone")


def test_one_paper_of_the_command_line(arxonomy, bundle) -> None:
    done = arxonomy("classify", "--abstract", "we parse a sentence", "--format", "jsonl", "--model", bundle)
    assert json.loads(done.stdout)["read"] == ["abstract"]
    assert "warning: the paper has no title: its category comes from the abstract alone" in done.stderr
    both = arxonomy("classify", "--title", "a parser", "--abstract", "we parse", "--model", bundle)
    assert "alone" not in both.stderr
