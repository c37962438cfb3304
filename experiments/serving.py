"""Write the outputs in docs/serving.md as the service prints them.

    python experiments/serving.py

A block of the document that begins with `$` holds commands, each with what it prints. The commands run in a
shell (with curl) against a service of this process's own; a command that ends in `head -c` has `...` after
its output. The table of what one text loses comes from its record.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arxonomy.atomic import write_atomic

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "serving.md"
RECORD = ROOT / "experiments" / "records" / "annif_text.json"
ADDRESS = "localhost:8000"
"""What commands of the document call the service."""

_BLOCK = re.compile(r"(?<=^```\n)\$ .*?(?=^```$)", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)


@contextmanager
def run_service() -> Iterator[str]:
    """Run a service; yields its address."""
    command = [sys.executable, "-m", "arxonomy", "serve", "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            match = re.search(r"at http://(\S+);", process.stderr.readline())
            assert match is not None
            yield match[1]
        finally:
            process.terminate()


def update_document(text: str, address: str) -> str:
    """Update the outputs from the service at `address`, and the record's table."""

    def run_block(match: re.Match[str]) -> str:
        return "\n".join(run_command(command, address) for command in _COMMAND.findall(match[0]))

    text = _BLOCK.sub(run_block, text)
    return re.sub(
        r"(?<=<!-- one text: begin -->\n).*?(?=<!-- one text: end -->)", format_table(), text, flags=re.DOTALL
    )


def run_command(command: str, address: str) -> str:
    """Run a command; returns it with what it prints."""
    shell = ["bash", "-c", command.replace(ADDRESS, address)]
    printed = subprocess.run(shell, capture_output=True, text=True, check=True, timeout=60).stdout
    more = "..." if re.search(r"head -c [0-9]+$", command) else ""
    return f"$ {command}\n" + printed.rstrip("\n") + f"{more}\n"


def format_table() -> str:
    """Format what one text loses."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    rows = [
        f"| the {record['test_papers']:,} texts | accuracy | difference (95% interval) |",
        "|---|---|---|",
    ]
    for way, found in record["ways"].items():
        difference = ""
        if "difference" in found:
            low, high = (f"{100 * bound:+.1f}" for bound in found["interval"])
            difference = f"{100 * found['difference']:+.1f} points ({low} to {high})"
        rows.append(f"| {way} | {100 * found['accuracy']:.1f}% | {difference} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Run the commands and write the document."""
    with run_service() as address:
        write_atomic(DOCUMENT, update_document(DOCUMENT.read_text(encoding="utf-8"), address))


if __name__ == "__main__":
    main()
