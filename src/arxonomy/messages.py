"""Notes, warnings and errors on stderr, cleaned for a terminal.

A command prints its own messages with `say`. Library code logs to the logger of its module
(`logging.getLogger(__name__)`), and `log_to_stderr` shows what it logs while a command or a verbose
estimator runs.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from arxonomy.sanitize import clean_for_terminal


def say(*messages: str) -> None:
    """Print messages to stderr; above a progress bar, if one is drawn, since Rich then stands in for stderr.

    Each begins a line. Further lines of one are indented: a line break in the name of a file or a column must
    not begin what looks like another message.
    """
    shown = []
    for message in messages:
        first, *more = message.splitlines() or [""]
        shown += [first, *(f"  {line}" for line in more)]
    lines = (clean_for_terminal(line, keep_blanks=True) for line in shown)
    sys.stderr.write("\n".join(lines) + "\n")  # one write: threads mix no lines
    sys.stderr.flush()


def format_count(number: int, noun: str, nouns: str = "") -> str:
    """Format a number of things, whose plural ends in `s` if it is not given.

    >>> format_count(1, "label"), format_count(1200, "label")
    ('1 label', '1,200 labels')
    """
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def list_some(names: Sequence[str], most: int = 10) -> str:
    """List the first of some names, and how many more there are.

    >>> list_some(["cs.CL", "cs.CV", "cs.LG"], most=2)
    'cs.CL, cs.CV and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


class StderrHandler(logging.Handler):
    """Prints notes (INFO) as they are, and warnings and errors with their level in front."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record; stderr is looked up each time, since a progress bar or a test replaces it."""
        level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        say(level + self.format(record))


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Show on stderr what the package logs within the block: all from INFO, unless a level is set already."""
    logger = logging.getLogger("arxonomy")
    if any(isinstance(handler, StderrHandler) for handler in logger.handlers):
        yield
        return
    handler, level = StderrHandler(), logger.level
    logger.addHandler(handler)
    if level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
