"""Predictions as a table to read."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, BinaryIO, cast

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arxonomy.cli.priors import format_prior
from arxonomy.records import OUTSIDE_FIELD, Paper, Prediction
from arxonomy.sanitize import clean_for_terminal

_NONE = "none of these"  # where most of the probability is outside of a view


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise  # what Rich has caught, which would end the process with 1


def make_console(stream: BinaryIO, width: int | None = None) -> Console:
    """Make a console that draws on a binary stream without closing it, in color only on a terminal.

    Args:
        stream: Where to draw.
        width: Letters in a line; None asks the terminal.
    """
    # Unlike io.TextIOWrapper, this does not close stdout in the end.
    text = codecs.getwriter("utf-8")(stream, "replace")
    return _Console(file=cast(IO[str], text), width=width, highlight=False)


class TableLines:
    """A table to read; its columns have fixed widths, so that each paper shows as soon as it is classified.

    Args:
        stream: Where to write.
        labels: The model's categories, and what else stands in their place.
        width: Letters in a line; None asks the terminal.
        names: The human names of categories that have one, for a line below each paper.
        prior: Category -> share of the class prior that was stated or estimated, for the last line.
    """

    OTHERS = 2
    """Further categories that are shown."""

    def __init__(
        self,
        stream: BinaryIO,
        labels: Sequence[str],
        width: int | None = None,
        names: Mapping[str, str] | None = None,
        prior: Mapping[str, float] | None = None,
    ) -> None:
        self._names = names or {}
        self._prior = prior
        self._console = make_console(stream, width)
        self._category = min(24, max(8, *(len(clean_for_terminal(label)) for label in [*labels, _NONE])))
        self._begun = False

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once; the header comes before the first."""
        if not self._begun:
            self._begun = True
            names = ["id", "title", "category", "", "", "or"]
            if prediction.outside is not None:
                names.append("outside")
            self._row(*(Text(name, style="bold") for name in names))
        first = 0 if prediction.abstained else 1
        others = prediction.categories[first : first + self.OTHERS]
        none = OUTSIDE_FIELD if prediction.is_atypical else _NONE if prediction.is_outside else "(none)"
        outside = [] if prediction.outside is None else [Text(f"{prediction.outside:.1%}")]
        self._row(
            Text(clean_for_terminal(paper.id)),
            Text(clean_for_terminal(paper.title or paper.abstract)),
            Text(
                clean_for_terminal(prediction.category or none),
                style="dim" if prediction.abstained else "bold",
            ),
            Text(f"{prediction.probability:.1%}"),
            Bar(1.0, 0.0, prediction.probability),
            Text(_format_shares(others), style="dim"),
            *outside,
        )
        name = self._names.get(prediction.category or "")
        below = [clean_for_terminal(name)] if name else []
        if prediction.level is not None:
            inside = _format_shares((prediction.within or ())[: self.OTHERS + 1])
            within = f", within it {inside}" if inside and prediction.category else ""
            below.append(f"at the level {prediction.level}{within}")
        listed = [pair for pair in prediction.listed or () if pair[0] != prediction.category]
        if listed and not prediction.is_atypical:
            also = "may be listed in" if prediction.within else "also listed in"
            below.append(f"{also} {_format_shares(listed, self._names)}")
        if below:
            self._console.print(Text(f"  {'; '.join(below)}", style="dim"))
        for warning in prediction.warnings:
            self._console.print(Text(f"  ⚠ {clean_for_terminal(warning)}", style="yellow"))

    def finish(self) -> None:
        """Write the class prior."""
        if self._prior is not None:
            self._console.print(Text(f"class prior: {format_prior(self._prior)}", style="dim"))

    def _row(self, *cells: Text | Bar) -> None:
        table = Table.grid(expand=True, padding=(0, 2, 0, 0))
        table.add_column(width=12, overflow="fold")
        table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column(width=self._category, overflow="fold")
        table.add_column(width=6, justify="right")
        table.add_column(width=8)
        table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        if len(cells) > len(table.columns):
            table.add_column(width=7, justify="right")
        table.add_row(*cells)
        self._console.print(table)


def _format_shares(shares: Iterable[tuple[str, float]], names: Mapping[str, str] | None = None) -> str:
    return ", ".join(f"{format_category(category, names or {})} {share:.0%}" for category, share in shares)


def format_category(category: str, names: Mapping[str, str]) -> str:
    """Format a category for a terminal, with its human name if it has one.

    >>> format_category("cs.CL", {"cs.CL": "Computation and Language"})
    'cs.CL (Computation and Language)'
    """
    name = names.get(category)
    return clean_for_terminal(f"{category} ({name})" if name else category)
