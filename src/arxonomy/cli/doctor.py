"""`arxonomy doctor`: what this installation consists of, and what is broken in it."""

from __future__ import annotations

import dataclasses
import json
import logging
from typing import Annotated

import typer

from arxonomy.cli.options import JsonOption
from arxonomy.messages import format_count, say

EXAMPLES = """
Example: arxonomy doctor
Example: arxonomy doctor --json > report.json
"""


def command(
    as_json: JsonOption = False,
    seconds: Annotated[
        float,
        typer.Option(min=0, max=600, help="For about how long the speed is measured; 0 measures nothing."),
    ] = 2.0,
) -> None:
    """Check the installation: versions, model, folders, optional parts, speed.

    Paste what it prints into a bug report: it holds no text of a paper, no key and no token, and your home
    folder is ~ in it. Optional parts that are missing come with the command that installs them.

    The exit status is 1 if something is broken that you can fix: a damaged model, a requirement that is
    missing or too old, a folder that cannot be written to. A missing optional part is no fault.
    """
    from arxonomy.doctor import diagnose
    from arxonomy.doctor.text_report import format_diagnosis

    # It says where the model is; the report does too, with ~ for the home folder.
    logging.getLogger("arxonomy.artifacts.installed").setLevel(logging.WARNING)
    found = diagnose(seconds)
    print(
        json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2)
        if as_json
        else format_diagnosis(found)
    )
    if found.problems:
        say(f"error: {format_count(len(found.problems), 'problem')}; each says what to do")
        raise typer.Exit(1)
