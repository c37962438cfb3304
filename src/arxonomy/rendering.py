"""HTML pages from Jinja2 templates: one environment for all, in which no text of a paper can become HTML.

A page stands alone: no other host, no other file, no script but one whose hash its policy states. A package
keeps its templates in its folder `templates`; those that all pages share are in `arxonomy/templates`:

    page.html.jinja    the page around the content: blocks `title`, `style`, `content`, `policy` and `script`
    page.css           colors by day and by night, headings, paragraphs
    macros.html.jinja  `scroll_box`, a box that scrolls within itself
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from arxonomy.sanitize import clean_for_page, replace_controls, shorten

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(package: str, template: str, **values: object) -> str:
    """Render a template.

    Args:
        package: The package whose folder `templates` has it, such as `arxonomy.explain`.
        template: Its file name.
        **values: What the template uses. Each value that it prints is cleaned by `clean_for_page` and
            escaped, unless it is `Markup`.

    Raises:
        jinja2.UndefinedError: The template uses a value that is not given.
    """
    return get_environment(package).get_template(template).render(values)


@dataclass(frozen=True)
class Script:
    """A script inside a page."""

    text: Markup
    """What stands between its tags; none of it is from data."""
    sha256: str
    """Its hash in base64, by which the page's policy lets it run, and nothing else."""


@cache
def read_script(package: str, name: str) -> Script:
    """Read a script of a package's templates, to stand inside a page."""
    from markupsafe import Markup

    text = (resources.files(package) / "templates" / name).read_text(encoding="utf-8")
    return Script(Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


@cache
def get_environment(package: str) -> Environment:
    """Get the environment of a package's templates.

    Filters: `number` formats by Python's format specification (`share | number(".1%")`), `shorten` cuts a
    text to some letters, `keep_spaces` cleans a piece of a text without stripping it.
    """
    environment = make_environment((package, "arxonomy"), _clean, autoescape=True)
    environment.filters["shorten"] = _shorten
    environment.filters["keep_spaces"] = _keep_spaces
    return environment


def make_environment(
    packages: Iterable[str], finalize: Callable[[object], object], *, autoescape: bool
) -> Environment:
    """Make an environment with the filter `number`; a value that is not given is an error.

    Args:
        packages: The packages whose folders `templates` are searched, in this order.
        finalize: Cleans what a template prints.
        autoescape: Whether that is then escaped as HTML.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in dict.fromkeys(packages)]),
        autoescape=autoescape,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = format
    return environment


def _clean(value: object) -> object:
    """Clean what a template prints, before it is escaped; markup stays as it is."""
    return value if hasattr(value, "__html__") else clean_for_page(str(value))


def _shorten(value: object, letters: int) -> str:
    return shorten(clean_for_page(str(value)), letters)


def _keep_spaces(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(escape(replace_controls(text)))
