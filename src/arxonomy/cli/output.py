"""Predictions as JSON lines, as CSV after the user's own columns, or as a table to read."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arxonomy.atomic import replace_file
from arxonomy.messages import say
from arxonomy.records import Paper, Prediction
from arxonomy.sanitize import clean_for_terminal, format_csv_line


class Writer(Protocol):
    """Writes one prediction after the other."""

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once."""


@contextmanager
def open_output(out: Path | None) -> Iterator[BinaryIO]:
    """Open stdout, or a file that is written atomically."""
    if out is None:
        yield sys.stdout.buffer
    else:
        with replace_file(out) as temporary, temporary.open("wb") as file:
            yield file


class JsonLines:
    """One JSON object per line, in UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once."""
        import orjson

        self._stream.write(orjson.dumps(prediction.to_dict(), option=orjson.OPT_APPEND_NEWLINE))
        self._stream.flush()


class CsvLines:
    """The user's own columns, then ours.

    Ours are `predicted_category` (empty where the classifier abstained), `predicted_probability`, `read`,
    `unknown_words`, `warnings` and `abstained`, with `arxonomy_` in front of a name that the user has
    already; `id` comes first where the user has none.

    Args:
        stream: Where to write.
        id_columns: Names, in lower case, that the user's column of ids may have.
    """

    OURS = ("predicted_category", "predicted_probability", "read", "unknown_words", "warnings", "abstained")

    def __init__(self, stream: BinaryIO, id_columns: Collection[str]) -> None:
        self._stream = stream
        self._id_columns = id_columns
        self._theirs: list[str] | None = None
        self._with_id = False
        self._missed: set[str] = set()

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once; the header comes before the first."""
        if self._theirs is None:
            self._theirs = list(paper.columns)
            names = {name.strip().casefold() for name in self._theirs}
            self._with_id = not names & set(self._id_columns)
            ours = [f"arxonomy_{name}" if name in names else name for name in self.OURS]
            self._row([*(["id"] if self._with_id else []), *self._theirs, *ours])
        for name in paper.columns.keys() - self._theirs - self._missed:  # JSON lines may differ in keys
            self._missed.add(name)
            say(f"note: the column `{name}` is left out, since the first paper does not have it")
        self._row(
            [
                *([paper.id] if self._with_id else []),
                *(paper.columns.get(name, "") for name in self._theirs),
                prediction.category or "",
                f"{prediction.probability:.6f}",
                " ".join(prediction.read),
                f"{prediction.unknown_words:.4f}",
                "; ".join(prediction.warnings),
                "true" if prediction.abstained else "false",
            ]
        )

    def _row(self, cells: Sequence[str]) -> None:
        self._stream.write(format_csv_line(cells))
        self._stream.flush()


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
        labels: The model's categories.
        width: Letters in a line; None asks the terminal.
    """

    OTHERS = 2
    """Further categories that are shown."""

    def __init__(self, stream: BinaryIO, labels: Sequence[str], width: int | None = None) -> None:
        self._console = make_console(stream, width)
        self._category = min(24, max(8, *(len(clean_for_terminal(label)) for label in labels)))
        self._begun = False

    def write(self, paper: Paper, prediction: Prediction) -> None:
        """Write the prediction of one paper at once; the header comes before the first."""
        if not self._begun:
            self._begun = True
            names = ("id", "title", "category", "", "", "or")
            self._row(*(Text(name, style="bold") for name in names))
        first = 0 if prediction.abstained else 1
        others = prediction.categories[first : first + self.OTHERS]
        self._row(
            Text(clean_for_terminal(paper.id)),
            Text(clean_for_terminal(paper.title or paper.abstract)),
            Text(
                clean_for_terminal(prediction.category or "(none)"),
                style="dim" if prediction.abstained else "bold",
            ),
            Text(f"{prediction.probability:.1%}"),
            Bar(1.0, 0.0, prediction.probability),
            Text(", ".join(f"{clean_for_terminal(name)} {share:.0%}" for name, share in others), style="dim"),
        )
        for warning in prediction.warnings:
            self._console.print(Text(f"  ⚠ {clean_for_terminal(warning)}", style="yellow"))

    def _row(self, *cells: Text | Bar) -> None:
        table = Table.grid(expand=True, padding=(0, 2, 0, 0))
        table.add_column(width=12, overflow="fold")
        table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
        table.add_column(width=self._category, overflow="fold")
        table.add_column(width=6, justify="right")
        table.add_column(width=8)
        table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
        table.add_row(*cells)
        self._console.print(table)
