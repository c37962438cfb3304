"""Small pieces of the report: numbers as words, tables, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from arxonomy.html import safe, scroll_box

STYLE = """
header { border-bottom: 1px solid var(--line); padding-bottom: 1.5rem; }
section { border-top: 1px solid var(--line); margin-top: 2.25rem; padding-top: 1.75rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; list-style: none; padding: 0; max-width: none;
  margin: 1rem 0 0; }
h2 { margin-bottom: .5rem; }
h4 { font-size: .95rem; margin: 1rem 0 .2rem; }
figure { margin: 0; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 1rem;
  margin: 1.25rem 0; }
.card { background: var(--panel); border-radius: .5rem; padding: 1rem 1.1rem; }
.card p { margin: 0; }
.card .big { font-size: 2.3rem; line-height: 1.2; font-weight: 700; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
  gap: 1.5rem 2rem; margin: 1.25rem 0; }
.charts.one { max-width: 36rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .75rem 0 .4rem; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  text-align: right; overflow-wrap: normal; }
thead th { vertical-align: bottom; color: var(--soft); font-weight: 600; }
th:first-child { text-align: left; }
tbody th { font-weight: 400; text-align: left; }
td small { display: block; color: var(--soft); font-size: .8rem; white-space: nowrap; }
table.slices tbody th { white-space: nowrap; }
table.words td { text-align: left; overflow-wrap: anywhere; }
table.words th { white-space: nowrap; }
table.matrix td { background: rgb(var(--deep) / var(--w)); text-align: center; padding: .6rem .8rem;
  border: 2px solid var(--page); min-width: 5.5rem; }
table.matrix td small { color: inherit; }
table.matrix thead th { text-align: center; padding: .35rem .5rem; white-space: nowrap; }
table.matrix tbody th { vertical-align: middle; white-space: nowrap; }
.paper { background: var(--panel); border-radius: .5rem; padding: .8rem 1rem; margin: .6rem 0; }
.paper p { margin: .2rem 0; max-width: none; }
.paper .title { font-weight: 600; }
code { font: .85rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 36rem) { table.words th { white-space: normal; } th, td { padding-right: .55rem; } }
@media print { body { font-size: 11pt; } main { max-width: none; padding: 0; } nav { display: none; }
  .scroll { overflow: visible; } figure, .card, .paper, tr { break-inside: avoid; }
  h2, h3, h4, caption { break-after: avoid; } }
"""


def percent(share: float, digits: int = 1) -> str:
    """A share in 0..1 in percent."""
    return f"{share:.{digits}%}"


def between(ends: Sequence[float], digits: int = 1) -> str:
    """An interval of shares in percent."""
    return f"{ends[0]:.{digits}%} to {ends[1]:.{digits}%}"


def points(difference: float) -> str:
    """A difference of shares, in points, with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")


def p_value(p: float) -> str:
    """A p-value in a few letters, as HTML."""
    return f"p\u00a0=\u00a0{p:.2g}" if p >= 0.001 else "p\u00a0&lt;\u00a00.001"


def papers(count: int) -> str:
    """A number of papers, in words."""
    return "1 paper" if count == 1 else f"{count:,} papers"


def named(label: object) -> str:
    """A name out of the data as HTML: whichever way it is written, it turns nothing around it."""
    return f"<bdi>{safe(label)}</bdi>"


def with_interval(share: float | None, ends: Sequence[float] | None) -> str:
    """A share with its interval below it, as HTML; a dash where there is none."""
    return "–" if share is None or ends is None else f"{percent(share)}<small>{between(ends)}</small>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table that scrolls in its own box.

    Args:
        caption: As text.
        head: The names of the columns, as HTML; none for a table of names and values.
        rows: Cells as HTML; the first one names the row.
        kind: A class of the table: `words` for long cells, `slices` for short names of rows.
    """
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
        for first, *cells in rows
    )
    return scroll_box(
        caption,
        f"<table{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>\n<caption>{safe(caption)}</caption>\n"
        + (f"<thead><tr>{columns}</tr></thead>\n" if head else "")
        + f"<tbody>\n{lines}</tbody>\n</table>\n",
    )


def figures(*charts: tuple[str, str]) -> str:
    """Charts side by side where there is room, each with its caption (as text)."""
    drawn = "".join(
        f"<figure>\n<figcaption>{safe(caption)}</figcaption>\n{svg}</figure>\n" for caption, svg in charts
    )
    return f'<div class="charts{" one" if len(charts) == 1 else ""}">\n{drawn}</div>\n'


def paragraphs(*sentences: str | None, kind: str = "") -> str:
    """A paragraph of HTML for each that is not empty."""
    start = f'<p class="{kind}">' if kind else "<p>"
    return "".join(f"{start}{sentence}</p>\n" for sentence in sentences if sentence)


def told(value: Any) -> str:
    """A value as HTML in a table of facts; a dash for none."""
    return "–" if value is None or value == "" else named(value)
