"""What a feed has shown, so that it is shown once: a text file with a paper on each line.

A line is the paper's id and the day on which it was shown. A paper without an id of arXiv's is named by the
hash of its text, since other files may call other papers the same. The file may be edited and deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_data_path

from arxonomy.atomic import write_atomic
from arxonomy.errors import InputError

_LINE = re.compile(r"(\S{1,100})\t(\d{4}-\d\d-\d\d)")


def find_history() -> Path:
    """Find the file in the user's folder for data, as on Linux `~/.local/share/arxonomy/feed-history.txt`."""
    return user_data_path("arxonomy", appauthor=False) / "feed-history.txt"


class History:
    """The papers that were shown.

    Args:
        path: The file, which need not be there.

    Raises:
        InputError: The file cannot be read, or is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._days = _read(path)

    def __contains__(self, name: object) -> bool:
        return name in self._days

    def add(self, names: Iterable[str], day: str) -> None:
        """Add papers that were shown, and write the file with what other processes have added since.

        Args:
            names: The papers' names.
            day: As in 2026-10-02; one that is there keeps its own.

        Raises:
            ArxonomyError: The file cannot be written, or is damaged.
        """
        self._days = dict.fromkeys(names, day) | self._days | _read(self.path)
        lines = sorted((shown, name) for name, shown in self._days.items())
        write_atomic(self.path, "".join(f"{name}\t{shown}\n" for shown, name in lines))


def _read(path: Path) -> dict[str, str]:
    """The name of each paper, and the day on which it was shown."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path}: cannot be read as the history of a feed: {error}") from error
    days = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InputError(
                f"{path}:{number}: expected an id, a tab and a day, as in 2501.01234 and 2026-10-02; it is "
                "no history of a feed, or damaged; name another file, or delete it"
            )
        days[match[1]] = match[2]
    return days
