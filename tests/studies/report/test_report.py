"""The page says what the scores say, is valid, needs nothing else, and believes no word of the papers."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from html_reader import Reader

from arxonomy.artifacts.epochs import EpochRecord
from arxonomy.auditing import AuditSummary
from arxonomy.auditing.counts import (
    AuditedData,
    BoilerplateCounts,
    Ceiling,
    Contradictions,
    NearDuplicateCounts,
    OutlierCounts,
)
from arxonomy.auditing.labels import ClassSize, PrimaryAgreement, Spellings
from arxonomy.auditing.repeats import Leakage, Repeats
from arxonomy.evaluation import Scores, score, score_in_detail, softmax
from arxonomy.evaluation.confusions import find_confused_pairs
from arxonomy.evaluation.hierarchical_scores import measure_levels, score_hierarchy
from arxonomy.studies.provenance import DataSource
from arxonomy.studies.report.sections import LARGEST_MATRIX, LONG_TABLE
from arxonomy.studies.results import About, BaselineScores, Evaluation, Example, Training

HOSTILE = "\x1b[1m\u202e</title></style><script>alert('1')</script><img src=x onerror=\"x\">&amp;\x00http://x"
SHOWN = HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd").replace("\x00", "\ufffd")


def scores_of(labels: list[str], count: int = 300) -> dict:
    draw = np.random.default_rng(0)
    truth = draw.integers(len(labels), size=count)
    logits = 2 * draw.normal(size=(count, len(labels))) + 2 * (np.arange(len(labels)) == truth[:, None])
    before, after = softmax(logits), softmax(logits / 2)
    listed = [[labels[number], labels[0]] for number in truth]
    months = [f"2025-{1 + number % 7:02}" for number in range(count)]
    return score_in_detail(
        truth,
        after,
        labels,
        listed,
        published=months,
        words=draw.integers(5, 300, size=count).tolist(),
        uncalibrated=before,
    ).to_dict()


def made(name: str, kind: str = "run") -> dict:
    return {
        "kind": kind,
        "description": name,
        "recipe": name,
        "seed": 7,
        "command": name,
        "data": {"name": name, "sha256": "ab" * 32, "papers": 1234},
        "split": {"sha256": "cd" * 32, "train": 1000, "validation": 100, "test": 134},
        "vectors": {"name": name, "sha256": "ef" * 32},
        "versions": {"numpy": name},
    }


def full(labels: list[str], name: str = "plain", **changes) -> dict:
    """Scores with all that a report can show."""
    scores = scores_of(labels)
    comparison = {
        "accuracy": 0.0312,
        "accuracy_interval": [-0.011, 0.0634],
        "only_first_right": 30,
        "only_second_right": 21,
        "test": "McNemar's exact test",
        "p_value": 0.2345,
        "better": False,
    }
    keys = ("accuracy", "accuracy_interval", "any_listed_accuracy", "top2_accuracy", "macro_f1")
    baseline = {
        "name": name,
        "description": name,
        "seen": 0,
        "made": made(name),
        **{key: scores[key] for key in keys},
        "accuracy": 0.4321,
        "accuracy_interval": [0.3789, 0.4987],
        "comparison": comparison,
    }
    about = {"model": made(name), "seen": 0, "without_id": 0, "versions": {"arxonomy": name}}
    data = {"name": name, "sha256": "01" * 32}
    more = {"model": name, "data": data, "part": "test", "command": name, "prior": {labels[0]: 1.0}}
    return scores | {"baseline": baseline, "audit": audit_of(labels), "about": about} | more | changes


def audit_of(labels: list[str]) -> AuditSummary:
    return AuditSummary(
        data=AuditedData("papers.csv", "01" * 32),
        rows=12_000,
        bad_records=0,
        unlabeled=0,
        spellings=Spellings((), ""),
        papers=8_910,
        repeats=Repeats(0, 0, 0, 0),
        boilerplate=BoilerplateCounts(0, 0, ()),
        near_duplicates=NearDuplicateCounts(
            pairs=3, pairs_alike_by_half=1, papers=6, pairs_of_two_labels=1, least_resemblance=0.3
        ),
        contradictions=Contradictions(papers=1_990, rows=4_394),
        ceiling=Ceiling(
            exact_copies=0.82825,
            near_duplicates_too=0.82,
            test_papers=0.9744,
            meaning="a bound",
            caution="careful",
        ),
        primary_category=PrimaryAgreement(
            known=12_000, primary=8_840, other_listed=3_160, unlisted=0, agreement=0.73667
        ),
        leakage={"test": Leakage(papers=300, copies=54, near_duplicates=1)},
        classes=tuple(ClassSize(label, rows=5, papers=5, small=True) for label in labels),
        outliers=OutlierCounts(
            short=83,
            long=0,
            no_title=0,
            no_abstract=2,
            foreign=1,
            usual_words=(20, 400),
            common_words_median=0.9,
            common_words_least=0.5,
        ),
        noise=None,
    )


def example(text: str) -> Example:
    return Example(text, text, text * 9, [text], answer=0.8765, truth=0.0432)


def epochs(count: int) -> list[EpochRecord]:
    return [
        EpochRecord(
            epoch=number,
            train_loss=1 / number,
            validation_loss=0.5 + 1 / number,
            validation_accuracy=0.9 - 0.3 / number,
            validation_macro_f1=0.8,
            learning_rate=1e-3,
            seconds=1.0,
        )
        for number in range(1, count + 1)
    ]


def evaluation_of(scores: dict, text: str = "plain", trainings: Sequence[Training] = ()) -> Evaluation:
    pairs = find_confused_pairs(list(scores["per_class"]), scores["confusion"])
    return Evaluation(
        Scores.from_dict(scores),
        model=scores.get("model", "model"),
        part=scores.get("part", "all"),
        data=DataSource.from_dict(scores["data"]) if "data" in scores else None,
        command=scores.get("command"),
        prior=scores.get("prior"),
        baseline=BaselineScores.from_dict(scores["baseline"]) if "baseline" in scores else None,
        audit=scores.get("audit"),
        about=About.from_dict(scores["about"]) if "about" in scores else None,
        examples={pair: [example(text)] for pair, _ in pairs} if text else {},
        trainings=trainings,
    )


def page_of(scores: dict, text: str = "plain") -> str:
    tried = [{"c": number, "how": text, "accuracy": 0.5 + number / 10} for number in range(2)]
    trainings = [
        Training(text, epochs(12)),
        Training(text, tried=tried, chosen={"how": text}, chosen_by="accuracy"),
    ]
    return evaluation_of(scores, text, trainings).to_html()


def rows_of(page: Reader, caption: str) -> list[list[str]]:
    """The texts of a table's body, a cell's own and then that of its small print, row by row."""
    inside, rows, row = False, [], []
    for (tag, attributes), text in zip(page.elements, page.texts, strict=True):
        if tag == "caption":
            inside = text == caption
        elif inside and tag == "tr":
            rows.append(row := [])
        elif inside and (
            tag in ("td", "small", "bdi", "code") or (tag == "th" and attributes["scope"] == "row")
        ):
            row.append(text)
    return [[cell for cell in row if cell] for row in rows if row]


def test_the_numbers_are_those_of_the_scores():
    scores = full(["cs.CL", "cs.CV", "cs.LG"])
    page = Reader(page_of(scores))
    big = [text for _, text in page.of("p", **{"class": "big"})]
    assert big == [f"{scores['accuracy']:.1%}", "43.2%", "+3.1"]
    low, high = scores["accuracy_interval"]
    soft = [text for _, text in page.of("p", **{"class": "soft"})]
    assert f"right; 95% interval {low:.1%} to {high:.1%}" in soft
    assert "right; 95% interval 37.9% to 49.9%" in soft
    assert any("95% interval −1.1 to +6.3, p\u00a0=\u00a00.23" in text for text in soft)
    assert [row[1:] for row in rows_of(page, "Share of right answers")[:3]] == [
        [f"{own[key]:.1%}" for own in (scores, scores["baseline"], scores["several_categories"])]
        for key in ("accuracy", "any_listed_accuracy", "top2_accuracy")
    ]
    assert rows_of(page, "Scores by category") == [
        [name, *(f"{own[key]:.1%}" for key in ("precision", "recall", "f1")), str(own["support"])]
        for name, own in scores["per_class"].items()
    ]
    _, *matrix = rows_of(page, "Confusion matrix")  # without its head
    assert [row[1::2] for row in matrix] == [list(map(str, row)) for row in scores["confusion"]]
    (_, most), *_ = find_confused_pairs(list(scores["per_class"]), scores["confusion"])
    assert rows_of(page, "Most frequent confusions")[0][-2] == str(most)
    sure = rows_of(page, "Classifying only when confident, with 95% intervals")
    assert [(row[0], row[1], row[2]) for row in sure] == [
        (f"{row['at_least']:g}", str(row["papers"]), f"{row['coverage']:.1%}") for row in scores["answers"]
    ]
    calibration = rows_of(page, "Calibration, with 95% intervals")
    assert [row[1] for row in calibration] == [
        f"{own['expected_calibration_error']:.1%}" for own in (scores["before_calibration"], scores)
    ]
    for caption, key, named in (
        ("Scores by month", "by_month", lambda row: row["month"]),
        ("Scores by length", "by_length", lambda row: "{:,} to {:,}".format(*row["words"])),
    ):
        shown = rows_of(page, caption)
        rows = scores["slices"][key]
        assert [row[0] for row in shown] == list(map(named, rows))
        for cells, row in zip(shown, rows, strict=True):
            assert cells[1:3] == (
                [str(row["papers"]), "few"] if row["few"] else [str(row["papers"]), cells[2]]
            )
            assert f"{row['accuracy']:.1%}" in cells and f"{row['expected_calibration_error']:.1%}" in cells
    words = "".join(page.texts)
    assert "82.83% right at best" in words and "4,394 rows" in words
    assert "54 of these 300 papers have a copy among the training papers" in words
    assert "none of them" not in words.lower()


def test_what_the_model_has_seen_is_said():
    labels = ["a", "b"]
    clean = full(labels, audit=None)
    assert "None of them was seen in training" in page_of(clean)
    clean["about"]["without_id"] = 300
    assert "is not known for 300 papers" in page_of(clean)
    clean["about"]["seen"] = 12
    clean["baseline"]["seen"] = 5
    page = page_of(clean)
    assert "12 of these 300 papers were used to train or to choose the model" in page
    assert "5 of these papers were used to train or to choose the baseline" in page
    assert "None of them was seen" not in page
    bundle = full(labels)
    bundle["about"]["model"]["kind"] = "bundle"  # which was not trained on the split's training papers
    assert "None of them has the id of a paper seen in training" in page_of(bundle)


@pytest.mark.parametrize(
    ("difference", "better", "verdict"),
    [
        (0.1, True, "The model is significantly better."),
        (-0.1, True, "The baseline is significantly better."),
        (0.1, False, "The difference is not significant."),
    ],
)
def test_the_verdict_on_the_baseline(difference, better, verdict):
    scores = full(["a", "b"])
    scores["baseline"]["comparison"] |= {"accuracy": difference, "better": better}
    assert verdict in page_of(scores)
    assert "baseline plain: accuracy 43.21%" in evaluation_of(scores).to_text()


def test_the_page_stands_alone_whatever_the_papers_say():
    labels = [f"{number} {HOSTILE}" for number in range(3)]
    source = page_of(full(labels, HOSTILE), HOSTILE)
    page = Reader(source)
    assert page.of("meta", content="default-src 'none'; style-src 'unsafe-inline'")
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "image", "use", "foreignobject"}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "srcset", "action", "xlink:href")
            assert name != "href" or (value or "").startswith("#")
            assert name != "style" or re.fullmatch(r"--w:[01]\.\d\d", value or "")
    assert len(page.of("style")) == 1
    assert not re.search(r"url\(|@import|http", page.of("style")[0][1])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", source)
    bdi = [text for _, text in page.of("bdi")]
    # title, abstract (cut), id and category of each of the five papers; and the names of all else
    assert bdi.count(SHOWN) >= 15 and sum(text.startswith(SHOWN) and text.endswith("…") for text in bdi) == 5
    assert page.of("title")[0][1].startswith(SHOWN)


def test_the_page_can_be_read_without_seeing_it():
    source = page_of(full(["cs.CL", "cs.CV", "cs.LG"]))
    page = Reader(source)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)
    assert {attributes["href"][1:] for attributes, _ in page.of("a")} <= set(ids)
    assert all(attributes.get("scope") in ("row", "col") for attributes, _ in page.of("th"))
    assert '<th scope="col"></th>' not in source
    count = {tag: len(page.of(tag)) for tag in ("table", "caption", "svg", "desc", "title", "figcaption")}
    assert count["table"] == count["caption"] == len(page.of("div", **{"class": "scroll"})) > 8
    assert count["svg"] == count["desc"] == count["title"] - 1 == count["figcaption"] == 5
    assert all(attributes["role"] == "img" for attributes, _ in page.of("svg"))


def test_what_is_not_there_is_left_out():
    labels, draw = ["a", "b"], np.random.default_rng(0)
    truth = draw.integers(2, size=30)
    page = Reader(evaluation_of(score(truth, softmax(draw.normal(size=(30, 2))), labels).to_dict()).to_html())
    headings = [text for _, text in page.of("h2")]
    assert headings == [
        "How many answers are right",
        "By category",
        "What is confused",
        "What a stated confidence is worth",
        "How this was measured",
    ]
    single = evaluation_of(
        score([0], [[0.9, 0.1]], labels).to_dict()
        | {"baseline": full(labels)["baseline"] | {"comparison": None}}
    )
    assert len(Reader(single.to_html()).of("p", **{"class": "big"})) == 2


def test_a_large_matrix_is_left_out():
    page = page_of(scores_of([f"c{number}" for number in range(LARGEST_MATRIX + 1)]))
    assert f"confusion matrix of {LARGEST_MATRIX + 1} categories is left out" in page
    assert not Reader(page).of("table", **{"class": "matrix"})


def test_names_stand_below_codes():
    plain = evaluation_of(scores_of(["cs.CL", "x"]))
    named = replace(plain, names={"cs.CL": "Computation & Language"})
    assert rows_of(Reader(named.to_html()), "Scores by category")[0][:2] == [
        "cs.CL",
        "Computation & Language",
    ]
    assert "Computation" not in plain.to_html()


def test_many_categories_are_folded_and_shown_by_archive_first():
    labels = [f"{'cs' if number < 40 else HOSTILE}.{number}" for number in range(LARGEST_MATRIX + 20)]
    scores = full(labels, HOSTILE)
    source = page_of(scores, HOSTILE)
    page = Reader(source)
    (details,) = page.of("details")
    assert details[0]["class"] == "long"
    assert len(rows_of(page, "Scores by category")) == len(labels)
    worst = rows_of(page, "The lowest F1, of categories with 50 papers or more if there are any")
    lowest = min(scores["per_class"], key=lambda label: scores["per_class"][label]["f1"])
    assert len(worst) == 10 and worst[0][0] == lowest.replace(HOSTILE, SHOWN)
    assert [row[0] for row in rows_of(page, "Scores by archive")] == ["cs", SHOWN]
    _, *matrix = rows_of(page, "Confusion matrix by archive")
    assert [[int(cell) for cell in row[1:]] for row in matrix] == scores["groups"]["confusion"]
    assert len(rows_of(page, "Most frequent confusions")) == 20
    assert len(page.of("div", **{"class": "paper"})) == 5  # examples of the first five pairs


def test_the_hierarchy_has_a_section_where_there_is_one():
    labels = ["cs.AI", "cs.CL", HOSTILE]
    levels = {HOSTILE: ("cs", "cs", "other"), "category": tuple(labels)}
    draw = np.random.default_rng(0)
    truth, shares = draw.integers(3, size=40), softmax(draw.normal(size=(40, 3)))
    hierarchy = score_hierarchy(measure_levels(truth, shares, levels), levels)
    scores = score(truth, shares, labels).model_copy(update={"hierarchy": hierarchy})
    page = Reader(evaluation_of(scores.to_dict()).to_html())
    assert "In the hierarchy of the categories" in [text for _, text in page.of("h2")]
    levels_rows = rows_of(page, "Each level by itself, with 95% intervals")
    assert [row[:2] for row in levels_rows] == [[SHOWN, "2"], ["category", "3"]]
    assert levels_rows[0][2] == f"{hierarchy.levels[0].accuracy.value:.1%}"
    rows = rows_of(page, "Backing off, with 95% intervals")
    expected = [row for row in hierarchy.back_off for own in (row.answered, *row.by_level) if own.papers]
    assert len(rows) >= len(expected) and rows[0][:2] == ["0.5", "any"]


def test_the_one_script_is_the_page_s_own_and_needs_a_long_table():
    labels = [f"c{number} {HOSTILE}" for number in range(LONG_TABLE + 1)]
    page = Reader(page_of(full(labels, HOSTILE), HOSTILE))
    ((_, script),) = page.of("script")
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{own}'"
    assert page.of("meta", content=policy)
    assert "alert" not in script and not re.search(r"innerHTML|eval|http", script)
    assert not Reader(page_of(full(labels[1:], HOSTILE), HOSTILE)).of("script")


def test_a_long_prior_is_cut():
    labels = [f"c{number}" for number in range(15)]
    prior = {label: (1 + place) / 120 for place, label in enumerate(labels)}
    text = "".join(Reader(page_of(full(labels, prior=prior))).texts)
    assert "and 5 smaller shares." in text


def test_the_same_page_for_the_same_input():
    assert page_of(full(["a", "b"])) == page_of(full(["a", "b"]))


def luminance(color: str) -> float:
    """Relative luminance of an sRGB color (WCAG 2.2)."""
    shares = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_color_of_letters_is_readable_by_day_and_by_night():
    schemes = re.findall(r":root \{.*?\}", page_of(full(["a", "b"])), re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        color = dict(re.findall(r"--(\w+): #(\w{6})", scheme))
        for ground in ("page", "panel"):
            for ink in ("text", "soft", "bar", "other"):
                dark, light = sorted((luminance(color[ink]), luminance(color[ground])))
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ground, ink)
