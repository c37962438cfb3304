"""Every user-fixable error.

    ArxonomyError
    ├── InputError        a file or record that cannot be read
    │   └── NoPapersError     a file without a single usable paper
    ├── SettingsError     a recipe, an option or a combination of them
    ├── DataError         papers that cannot be used as asked (labels, splits)
    ├── RunError          a run folder or checkpoint that is missing, damaged or of something else
    ├── BundleError       a bundle that is missing, of another version or damaged
    │   └── PackingError      packed weights that answer otherwise than the trained ones
    ├── RemoteError       a service that does not answer, or not as expected
    └── MissingExtraError a package that only an extra installs

A message states what was expected, what was found and what to do, in one or two lines. The command line
prints it without a traceback and exits with 1; a traceback is only for our own bugs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from arxonomy.advice import advise_extra

_LISTED = 40
"""Known names that are listed where none is close."""


class ArxonomyError(Exception):
    """Base of every user-fixable error."""


class InputError(ArxonomyError):
    """A file or a record in it cannot be read."""


class NoPapersError(InputError):
    """A file has no usable paper."""


class SettingsError(ArxonomyError):
    """A recipe, an option or a combination of them makes no sense."""


class DataError(ArxonomyError):
    """Papers cannot be used as asked."""


class RunError(ArxonomyError):
    """A run folder is missing, belongs to something else or is damaged."""


class BundleError(ArxonomyError):
    """A bundle is missing, damaged, or of a format this version does not know."""


class PackingError(BundleError):
    """Packed weights answer too differently from those that they were made from."""


class RemoteError(ArxonomyError):
    """A service elsewhere does not answer, or not as expected."""


class MissingExtraError(ArxonomyError, ModuleNotFoundError):
    """A package that only an extra installs is missing."""

    @classmethod
    def from_import(
        cls, error: ModuleNotFoundError, extra: str, what: str = "this", advice: str = ""
    ) -> MissingExtraError:
        """Make the error of a failed import; the arguments are those of `needs_extra`."""
        message = (
            f"{what} needs `{error.name}`, which is not installed; install it with `{advise_extra(extra)}`"
        )
        return cls(f"{message}; {advice}" if advice else message, name=error.name)


@contextmanager
def needs_extra(extra: str, what: str = "this", advice: str = "") -> Iterator[None]:
    """Say which extra to install where a package is missing; a context manager and a decorator.

    Args:
        extra: The extra's name.
        what: What needs it.
        advice: What does without it.

    Raises:
        MissingExtraError: A package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if isinstance(error, MissingExtraError) or str(error.name).startswith("arxonomy"):
            raise
        raise MissingExtraError.from_import(error, extra, what, advice) from error


def suggest_name(wrong: str, known: Iterable[str]) -> str:
    """Suggest the closest known name, or list them if none is close.

    >>> suggest_name("epoch", ["epochs", "seed"])
    'did you mean `epochs`?'
    """
    names = sorted(known)
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    known_names = ", ".join(f"`{name}`" for name in names[:_LISTED])
    return suggest_near_name(wrong, names) or f"known: {known_names}{more}"


def suggest_near_name(wrong: str, known: Iterable[str], least: float = 0.6) -> str:
    """Suggest the closest known name; empty if none is close.

    Args:
        wrong: The name that was given.
        known: The names that there are.
        least: Least likeness, in 0..1; see `difflib.get_close_matches`.

    >>> suggest_near_name("authors", ["epochs", "seed"])
    ''
    """
    close = difflib.get_close_matches(wrong[:100], sorted(known), n=1, cutoff=least)
    return f"did you mean `{close[0]}`?" if close else ""
