"""What goes to stderr: notes, warnings and errors, made safe for a terminal."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arxonomy.papers import BadRecord

SHOWN = 20
"""Bad records of one file that are shown; the rest are counted."""

_JOINERS = "\u200c\u200d"  # invisible, but words of some scripts and emoji are written with them


def visible(text: str) -> str:
    r"""The text as one line that cannot move a terminal's cursor, color it or turn its direction.

    White space becomes a space; other control characters become visible signs; the invisible ones,
    such as those that turn the direction of writing, are dropped.

    >>> visible("red: \x1b[31m")
    'red: ␛[31m'
    """
    return "".join(map(_sign, " ".join(text.split())))


def _sign(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cc" and ord(letter) < 32:
        return chr(0x2400 + ord(letter))
    if kind in ("Cc", "Cs"):
        return "\ufffd"
    return "" if kind == "Cf" and letter not in _JOINERS else letter


def say(text: str) -> None:
    """Print to stderr."""
    print("\n".join(map(visible, text.splitlines())), file=sys.stderr)


class BadRecords:
    """Warns of a file's bad records and counts them; to be given as `on_bad`.

    Args:
        file: The file; `-` is stdin.
    """

    def __init__(self, file: str | Path) -> None:
        self.file = "stdin" if str(file) == "-" else str(file)
        self.count = 0

    def __call__(self, record: BadRecord) -> None:
        """Take note of one."""
        self.count += 1
        if self.count <= SHOWN:
            say(f"warning: {record}")

    def sum_up(self) -> None:
        """Say how many there were, if any."""
        if self.count > SHOWN:
            say(f"warning: {self.count - SHOWN:,} more bad records are not shown")
        if self.count:
            records = "1 bad record was" if self.count == 1 else f"{self.count:,} bad records were"
            say(f"{records} left out of {self.file}")
