"""What the commands say of bad records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from arxonomy.messages import say

if TYPE_CHECKING:
    from arxonomy.papers import BadRecord

SHOWN = 20
"""Bad records that are shown; the rest are counted."""


class BadRecords:
    """Collector of the bad records of files: warns of the first ones and counts all; passed as `on_bad`.

    Args:
        files: The file, or several that are read as one; `-` is stdin.
    """

    def __init__(self, files: str | Path | Sequence[Path]) -> None:
        paths = [files] if isinstance(files, str | Path) else files
        self.file = " + ".join("stdin" if str(path) == "-" else str(path) for path in paths)
        self.count = 0
        self._reported = 0
        self._by_file: Counter[str] | None = Counter() if len(paths) > 1 else None

    def __call__(self, record: BadRecord) -> None:
        """Count one, and warn of it if few came before."""
        self.count += record.records
        self._reported += 1
        if self._by_file is not None:
            self._by_file[record.file] += record.records
        if self._reported <= SHOWN:
            say(f"warning: {record}")

    def sum_up(self) -> None:
        """Print how many there were, if any."""
        if self._reported > SHOWN:
            say(f"warning: {self._reported - SHOWN:,} more bad records are not shown")
        if self.count:
            records = "1 bad record was" if self.count == 1 else f"{self.count:,} bad records were"
            files = f" of {self.file}"
            if self._by_file is not None:
                files = ": " + ", ".join(f"{count:,} of {file}" for file, count in self._by_file.items())
            say(f"{records} left out{files}")
