"""What all pages share: text is harmless, and the head lets nothing in."""

from __future__ import annotations

import subprocess
import sys

import pytest
from html_reader import Reader
from jinja2 import UndefinedError
from markupsafe import Markup

from arxonomy.rendering import get_environment

PAGE = """{% extends "page.html.jinja" %}
{% from "macros.html.jinja" import scroll_box %}
{% block title %}{{ title }}{% endblock %}
{% block style %}
p { color: red }
{% endblock %}
{% block content %}
{% call scroll_box(label) %}
<p>text</p>
{% endcall %}
{% endblock %}
"""


def render(source: str, **values: object) -> str:
    return get_environment("arxonomy").from_string(source).render(values)


@pytest.mark.parametrize(
    ("source", "value", "html"),
    [
        ("{{ value }}", '<b a="1">&\'\u202e\n  x ', "&lt;b a=&#34;1&#34;&gt;&amp;&#39;\ufffd x"),
        ("{{ value }}", Markup("<b>\n"), "<b>\n"),
        ("{{ value }}", None, "None"),
        ("{{ value | keep_spaces }}", " <\x1b ", " &lt;\ufffd "),
        ("{{ value | shorten(4) }}", "\x1b <>&", "\ufffd &lt;…"),
        ('{{ value | number("+.1%") }}', 0.82249, "+82.2%"),
    ],
)
def test_printed_values_are_cleaned_and_escaped(source, value, html):
    assert render(source, value=value) == html


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError):
        render("{{ value }}")


def test_a_page_stands_alone():
    source = render(PAGE, title="<script>", label='a "table"')
    page = Reader(source)
    assert source.startswith('<!doctype html>\n<html lang="en">')
    assert page.of("meta", content="default-src 'none'; style-src 'unsafe-inline'")
    assert page.of("title")[0][1] == "<script>"
    assert page.of("p") == [({}, "text")]
    (style,) = page.of("style")
    assert "--page: #ffffff" in style[1] and "p { color: red }" in style[1]


def test_a_box_that_scrolls_has_a_name_and_is_within_reach_of_the_keyboard():
    (box,) = Reader(render(PAGE, title="", label='a "table"')).of("div")
    assert box[0] == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": 'a "table"'}


def test_plain_import_and_help_need_no_templates():
    code = """
import sys, arxonomy, arxonomy.cli
from typer.testing import CliRunner
assert CliRunner().invoke(arxonomy.cli.app, ["--help"]).exit_code == 0
assert "jinja2" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
