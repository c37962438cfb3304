"""The one script of a page: `templates/report.js`, which searches and sorts long tables."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

LONG_TABLE = 30
"""Rows beyond which a table is folded, and can be searched and sorted."""


@dataclass(frozen=True)
class Script:
    """A script inside a page."""

    text: Markup
    """What stands between its tags; none of it is from data."""
    sha256: str
    """Its hash in base64, by which the page's policy lets it run, and nothing else."""


@cache
def read_script() -> Script:
    """Read the script of long tables."""
    from markupsafe import Markup

    folder = resources.files("arxonomy.studies.report") / "templates"
    text = (folder / "report.js").read_text(encoding="utf-8")
    return Script(Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
