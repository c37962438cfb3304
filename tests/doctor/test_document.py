"""docs/doctor.md says what a diagnosis holds."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from arxonomy.doctor.results import Diagnosis, Extra

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_the_document_describes_each_field_in_its_order() -> None:
    named = re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)
    assert named == [field.name for field in fields(Diagnosis)]


def test_the_document_names_each_state_of_an_extra() -> None:
    (row,) = re.findall(r"^\| `extras` \|.*", DOCUMENT, re.MULTILINE)
    assert re.findall("`(\\w+)`", row)[1:] == list(get_args(get_type_hints(Extra)["state"]))
