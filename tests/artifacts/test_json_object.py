"""JSON as runs and bundles write it."""

from __future__ import annotations

import json

from arxonomy.artifacts.json_object import format_json


def test_a_list_of_numbers_has_one_line_and_a_text_stays_as_it_is() -> None:
    value = {
        "matrix": [[1, -2.5], [3e-07, 4]],
        "words": ["a", "1, 2"],
        "text": "[\n 1,\n 2 ]",
        "none": [],
        "mixed": [1, None],
    }
    text = format_json(value)
    assert json.loads(text) == value and text.endswith("}\n")
    assert "    [1,-2.5],\n    [3e-07,4]\n" in text
    assert '    "a",\n    "1, 2"\n' in text
    assert format_json(["a", "b"], indent=0) == '[\n"a",\n"b"\n]\n'
