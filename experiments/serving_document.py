"""What docs/serving.md shows: the outputs of its commands, and what one text instead of two fields loses.

The commands run in a shell (with curl) against a service of this process; a command that ends in `head -c` has
`...` after its output.
"""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import subprocess
import sys

from readme import keep_if_close
from tables import make_table, read_record

ADDRESS = "localhost:8000"
"""Where the document's commands call the service."""

_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)


@functools.cache
def start_service() -> str:
    """Start the service, which ends with this process.

    Returns:
        Its address.
    """
    command = [sys.executable, "-m", "arxonomy", "serve", "--port", "0", "--threads", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    assert process.stderr is not None
    match = re.search(r"at http://(\S+);", process.stderr.readline())
    assert match is not None
    return match[1]


def run_commands(previous: str) -> str:
    """Run the commands of a block again.

    Args:
        previous: The block as it stands: lines that begin with `$` are commands. It stays as it is while its
            numbers agree to 1e-4, or where there is no curl or bash.
    """
    if not (shutil.which("curl") and shutil.which("bash")):
        return previous
    outputs = [run_command(command, start_service()) for command in _COMMAND.findall(previous)]
    return keep_if_close(previous, "```\n" + "\n".join(outputs) + "```\n")


def run_command(command: str, address: str) -> str:
    """Run a command; returns it with what it prints."""
    shell = ["bash", "-c", command.replace(ADDRESS, address)]
    printed = subprocess.run(shell, capture_output=True, text=True, check=True, timeout=60).stdout
    more = "..." if re.search(r"head -c [0-9]+$", command) else ""
    return f"$ {command}\n" + printed.rstrip("\n") + f"{more}\n"


def one_text_table() -> str:
    """What one text instead of title and abstract loses."""
    record = read_record("experiments/records/annif_text.json")
    rows = []
    for way, measured in record["ways"].items():
        difference = ""
        if "difference" in measured:
            low, high = (f"{100 * bound:+.1f}" for bound in measured["interval"])
            difference = f"{100 * measured['difference']:+.1f} pp ({low} to {high})"
        rows.append([way, f"{100 * measured['accuracy']:.1f}%", difference])
    return make_table([f"the {record['test_papers']:,} texts", "accuracy", "difference (95% CI)"], rows)
