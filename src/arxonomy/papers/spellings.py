"""Labels that may be one in several spellings: which they are, and the option that merges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arxonomy.advice import advise_option
from arxonomy.label_names import REST, Among, fold_label, format_among
from arxonomy.messages import format_count

_SHOWN = 10


def find_spellings(counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """Find labels that differ in case, blanks, hyphens or the form of characters alone.

    Args:
        counts: Label -> its number of papers.

    Returns:
        Groups of labels that may be one, the most frequent spelling first in each.
    """
    groups: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda name: (-counts[name], name)):
        groups.setdefault(fold_label(label), []).append(label)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def describe_spellings(
    spellings: Sequence[Sequence[str]], counts: Mapping[str, int], among: Mapping[str, Sequence[str]]
) -> str:
    """Describe in one line which labels may be one, and how to merge them.

    Args:
        spellings: As `find_spellings` gives them; at least one.
        counts: Label -> its number of papers.
        among: See `suggest_merge`.
    """
    groups = []
    for group in spellings[:_SHOWN]:
        names = [f"`{label}` ({format_count(counts[label], 'paper')})" for label in group]
        groups.append(", ".join(names[:-1]) + f" and {names[-1]}")
    more = f"; and {len(spellings) - _SHOWN:,} more such groups" if len(spellings) > _SHOWN else ""
    each = " each" if len(spellings) > 1 else ""
    return (
        f"{'; '.join(groups)}{more} may be one label{each}; merge them with {suggest_merge(spellings, among)}"
    )


def suggest_merge(spellings: Sequence[Sequence[str]], among: Mapping[str, Sequence[str]]) -> str:
    """Write the option that merges spellings of one label, on top of the labels that are chosen already.

    Args:
        spellings: Groups of labels, the one that stays first in each.
        among: The choice under which the labels have their present names; empty: all labels of the file.

    Returns:
        Such as `--among 'cs.CV=cs.CV+cs.cv,*'`, in the words of the present interface.
    """
    merged: Among = {}
    into = {name: group[0] for group in spellings for name in group}
    chosen = {name: list(olds) for name, olds in among.items()} or {REST: []}
    for group in spellings:
        merged[group[0]] = [old for name in group for old in chosen.get(name, [name])]
    merged |= {name: olds for name, olds in chosen.items() if name not in into and name != REST}
    if REST in chosen:
        merged[REST] = []
    return advise_option("--among", format_among(merged))
