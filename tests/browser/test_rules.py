"""All rules reach the scripts: none is missing, and nothing of this machine is among them."""

from __future__ import annotations

import json
import re
from importlib import resources

from arxonomy.browser.rules import list_rules
from arxonomy.markup.latex import LONGEST_FORMULA

SCRIPTS = resources.files("arxonomy.browser") / "scripts"


def test_every_rule_that_a_script_uses_is_there() -> None:
    rules, used = list_rules(), set()
    for script in SCRIPTS.iterdir():
        if script.name.endswith(".js"):
            text = script.read_text(encoding="utf-8")
            used |= set(re.findall(r"\brules\.([a-z]+)\.([A-Za-z]\w*)", text))
            for names, module in re.findall(r"const \{ ([\w, ]+) \} = rules\.([a-z]+);", text):
                used |= {(module, name) for name in names.split(", ")}
    made = {("unicode", name) for name in ("space", "decimal", "word")}  # by rules.js, of the classes
    assert len(used) > 40
    assert [(module, name) for module, name in sorted(used - made) if name not in rules[module]] == []


def test_rules_are_those_of_python() -> None:
    rules = json.loads(json.dumps(list_rules()))
    assert rules["latex"]["LONGEST_FORMULA"] == LONGEST_FORMULA
    assert rules["tags"]["INLINE"]["set"] == sorted(rules["tags"]["INLINE"]["set"])
    assert rules["unicode"]["lower"] == {"\u0130": "i ", "\u212a": "k"}
    assert rules["unicode"]["casefold"]["ß"] == "ss"


def test_no_path_is_among_them() -> None:
    assert not re.search(r"site-packages|\.py\b", json.dumps(list_rules()))
