"""What the commands say of a file's bad records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.papers import BadRecord

SHOWN = 20
"""Bad records of one file that are shown; the rest are counted."""


class BadRecords:
    """Collector of a file's bad records: warns of the first ones and counts all; passed as `on_bad`.

    Args:
        file: The file; `-` is stdin.
    """

    def __init__(self, file: str | Path) -> None:
        self.file = "stdin" if str(file) == "-" else str(file)
        self.count = 0

    def __call__(self, record: BadRecord) -> None:
        """Count one, and warn of it if few came before."""
        self.count += 1
        if self.count <= SHOWN:
            say(f"warning: {record}")

    def sum_up(self) -> None:
        """Print how many there were, if any."""
        if self.count > SHOWN:
            say(f"warning: {self.count - SHOWN:,} more bad records are not shown")
        if self.count:
            records = "1 bad record was" if self.count == 1 else f"{self.count:,} bad records were"
            say(f"{records} left out of {self.file}")
