"""The names of the output contract, in every form of output and in docs/output.md."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.output import (
    RESERVED,
    PredictionRecord,
    format_table_cells,
    list_table_columns,
    make_arrow_schema,
)
from arxonomy.records import Prediction
from arxonomy.serving.response_schemas import ClassifyResponse, ExplainRecord

DOCUMENT = (Path(__file__).resolve().parent.parent / "docs" / "output.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.splitlines()
    if line.startswith("| `")
]
FIELDS = list(PredictionRecord.__annotations__)
OPTIONAL = ["listed", "outside", "typicality", "level", "within"]
UNSURE = Prediction(
    "7", (("cs.CV", 0.5), ("a, b", 0.25)), 0.125, read=("title",), warnings=("one", "two"), abstained=True
)
LISTING = replace(UNSURE, listed=(("cs.CV", 0.75), ("a, b", 0.125)))
VIEWED = replace(LISTING, outside=0.625)
LEVELED = replace(VIEWED, typicality=0.25, level="archive", within=(("cs.CV", 0.375), ("a, b", 0.125)))
WHOLE = {"with_listed": True, "with_outside": True, "with_typicality": True, "with_level": True}


def test_the_document_lists_the_fields_in_their_order() -> None:
    assert [row[0].strip("`") for row in ROWS] == FIELDS
    assert all((row[3] != "always") == (row[0].strip("`") in OPTIONAL) for row in ROWS)
    assert all(re.fullmatch(r"\d+\.\d+", row[4]) for row in ROWS)
    named = re.findall(r"`([a-z_]+)`", DOCUMENT.partition("These names are reserved")[2].partition("\n\n")[0])
    assert tuple(named) == RESERVED and not set(RESERVED) & set(FIELDS)


def test_the_document_describes_what_openapi_describes() -> None:
    properties = ClassifyResponse.model_json_schema()["$defs"]["PredictionRecord"]["properties"]
    assert list(properties) == FIELDS
    for row in ROWS:
        stated = properties[row[0].strip("`")]
        ours, theirs = (re.split("[:;,.]", text.lower())[0] for text in (row[2], stated["description"]))
        assert ours == theirs
        bounded = (stated.get("minimum"), stated.get("maximum")) == (0.0, 1.0)
        assert bounded == (row[1] == "0..1")


def test_every_form_has_the_same_names() -> None:
    assert list(LEVELED.to_dict()) == FIELDS
    assert make_arrow_schema(**WHOLE).names == FIELDS
    assert list(ExplainRecord.__annotations__) == [*FIELDS, "explanation"]
    columns = list_table_columns((), with_categories=True, **WHOLE)
    assert [row[5].partition("`, with")[0].strip("`") for row in ROWS[1:]] == columns
    assert len(format_table_cells(LEVELED, with_categories=True, **WHOLE)) == len(columns)


def test_a_model_that_knows_nothing_of_lists_has_no_field_of_them() -> None:
    plain = [field for field in FIELDS if field not in OPTIONAL]
    assert list(UNSURE.to_dict()) == make_arrow_schema().names == plain
    assert "predicted_listed" not in list_table_columns((), with_categories=True)


def test_what_is_outside_of_a_view_is_in_every_form() -> None:
    record = VIEWED.to_dict()
    assert record["outside"] == 0.625
    schema = make_arrow_schema(with_listed=True, with_outside=True)
    assert pa.Table.from_pylist([record], schema=schema).to_pylist() == [record]
    assert list_table_columns((), with_categories=False, with_outside=True)[-1] == "outside"
    assert format_table_cells(VIEWED, with_categories=False, with_outside=True)[-1] == "0.625000"
    assert list_table_columns(["Outside"], with_categories=False, with_outside=True)[-1] == "arxonomy_outside"


def test_typicality_is_in_every_form_where_it_is_known() -> None:
    known, unknown = replace(UNSURE, typicality=0.625), UNSURE  # of titles alone there may have been too few
    schema = make_arrow_schema(with_typicality=True)
    rows = pa.Table.from_pylist([known.to_dict(), unknown.to_dict()], schema=schema).to_pylist()
    assert [row["typicality"] for row in rows] == [0.625, None]
    cells = [
        format_table_cells(one, with_categories=False, with_typicality=True)[-1] for one in (known, unknown)
    ]
    assert cells == ["0.625000", ""]


def test_lists_are_the_same_in_every_form() -> None:
    record = LISTING.to_dict()
    assert record["listed"] == [
        {"category": "cs.CV", "probability": 0.75},
        {"category": "a, b", "probability": 0.125},
    ]
    schema = make_arrow_schema(with_listed=True)
    assert pa.Table.from_pylist([record], schema=schema).to_pylist() == [record]
    cells = format_table_cells(LISTING, with_categories=False, with_listed=True)
    assert cells[-1] == 'cs.CV=0.750000,"a, b"=0.125000'
    empty = replace(LISTING, listed=())
    assert empty.to_dict()["listed"] == []  # it may list none of them
    assert format_table_cells(empty, with_categories=False, with_listed=True)[-1] == ""


def test_the_example_of_the_document() -> None:
    ((line, options, answer),) = re.findall(
        r"^\$ printf '(.*?)\\n' \| arxonomy (.*)\n(\{.*)$", DOCUMENT, re.MULTILINE
    )
    done = CliRunner().invoke(app, options.split(), input=line + "\n")
    assert json.loads(done.stdout) == json.loads(answer)


def test_a_record_goes_into_arrow_and_comes_back() -> None:
    record = UNSURE.to_dict()
    assert pa.Table.from_pylist([record], schema=make_arrow_schema()).to_pylist() == [record]


def test_the_cells_of_a_table() -> None:
    assert format_table_cells(UNSURE, with_categories=True) == [
        *("", "0.500000", 'cs.CV=0.500000,"a, b"=0.250000'),
        *("title", "0.1250", "one; two", "true"),
    ]
    assert "cs.CV=0.500000" not in " ".join(format_table_cells(UNSURE, with_categories=False))


def test_the_users_names_stay_theirs() -> None:
    theirs = ("Read ", "WARNINGS", "arxonomy_read", "category", "predicted_category")
    assert list_table_columns(theirs, with_categories=False) == [
        *("arxonomy_predicted_category", "predicted_probability"),
        *("arxonomy_arxonomy_read", "unknown_words", "arxonomy_warnings", "abstained"),
    ]


def test_the_level_of_an_answer_is_in_every_form() -> None:
    record = LEVELED.to_dict()
    schema = make_arrow_schema(**WHOLE)
    assert pa.Table.from_pylist([record], schema=schema).to_pylist() == [record]
    assert list_table_columns(["Level"], with_categories=False, with_level=True)[-2:] == [
        "arxonomy_level",
        "predicted_within",
    ]
    cells = format_table_cells(LEVELED, with_categories=False, with_level=True)
    assert cells[-2:] == ["archive", 'cs.CV=0.375000,"a, b"=0.125000']
