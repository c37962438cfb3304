"""Draws docs/classify.svg: the table of the example papers, as a terminal shows it.

python experiments/picture.py
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

from rich.console import Console
from rich.text import Text
from tables import ROOT


def main() -> None:
    """Run the command and draw what it prints."""
    table = subprocess.run(
        [sys.executable, "-m", "arxonomy", "classify", "examples/papers.jsonl", "--format", "table"],
        cwd=ROOT,
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "110"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True)
    console.print("[bold]$ arxonomy classify examples/papers.jsonl[/bold]\n")
    console.print(Text.from_ansi(table))
    picture = console.export_svg(title="arxonomy", unique_id="arxonomy")
    # Rich asks a host elsewhere for its font; any monospaced one will do.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    (ROOT / "docs" / "classify.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
