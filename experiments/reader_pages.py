"""What the pages in docs/for show: the outputs of their commands, on the papers in examples/.

The commands of a page run one after the other in one folder, which begins with a copy of `examples/`; those of
`arxonomy` in this process, others (`curl`, `head`) in a shell, where `localhost:8000` is a service of this process.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest import mock

from readme import keep_if_close
from serving_document import ADDRESS, start_service
from tables import ROOT
from typer.testing import CliRunner

from arxonomy.cli import app

WIDTH = "88"  # columns; as wide as a block of code on the site
_COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)


@functools.cache
def open_folder(page: str) -> Path:
    """The folder in which the commands of a page run; it is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="arxonomy-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def replay(previous: str, page: str) -> str:
    """Run the commands of a block again.

    Args:
        previous: The block as it stands: lines that begin with `$` are commands. It stays as it is while its
            numbers agree to 1e-4, since another processor rounds differently.
        page: Path of the page. Its blocks share a folder.
    """
    folder = open_folder(Path(page).name)
    outputs = [f"$ {command}\n{run_command(command, folder)}" for command in _COMMAND.findall(previous)]
    return keep_if_close(previous, "```\n" + "\n".join(outputs) + "```\n")


def run_command(command: str, folder: Path) -> str:
    """Run a command in a folder; returns what it prints, on either stream.

    Raises:
        ValueError: If the command fails.
    """
    settings = {"COLUMNS": WIDTH, "XDG_DATA_HOME": str(folder / "data"), "OMP_NUM_THREADS": "1"}
    printed, talk = "", ""
    if match := re.fullmatch(r"arxonomy (.*?)( 2> /dev/null)?( [|>] .*)?", command):
        with contextlib.chdir(folder), mock.patch.dict(os.environ, settings):
            os.environ.pop("ARXONOMY_MODEL", None)
            done = CliRunner().invoke(app, shlex.split(match[1]), prog_name="arxonomy")
        if done.exit_code:
            raise ValueError(f"{command}: {done.output}")
        printed, talk = done.stdout, "" if match[2] else done.stderr
        command = f"cat{match[3]}" if match[3] else ""
    if command:
        shell = command.replace(ADDRESS, start_service()) if ADDRESS in command else command
        ran = subprocess.run(
            ["bash", "-c", shell], cwd=folder, input=printed, capture_output=True, text=True, timeout=60
        )
        if ran.returncode:
            raise ValueError(f"{command}: {ran.stderr}")
        printed = ran.stdout
    return "".join(f"{line.rstrip()}\n" for line in (printed + talk).strip("\n").splitlines())
