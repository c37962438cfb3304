"""What docs/checking.md shows: how often verdicts are wrong, out of the record of experiments/check.py."""

from __future__ import annotations

from typing import Any

from tables import format_percent, make_table, read_record

from arxonomy.checking import FALSE_ALARMS
from arxonomy.evaluation import CheckRates

RECORD = "experiments/records/packaged/check.json"
DRAWS = {
    "any, across": "any category of another archive",
    "any, within": "any category of the same archive",
    "near, across": "of another archive, often listed with the true one",
    "near, within": "of the same archive, often listed with the true one",
}
"""Kind of draw in the record -> its name."""


def read_default() -> dict[str, Any]:
    """What was measured at the rate of false alarms that `arxonomy check` has."""
    return read_record(RECORD)["rates"][f"{FALSE_ALARMS:g}"]


def make_rates() -> CheckRates:
    """The error rates that the bundle of the packaged model states."""
    measured = read_default()
    filed, swapped = measured["filed"], measured["swapped"]
    across, within, near_across, near_within = (swapped[f"{kind}, left out"]["move"] for kind in DRAWS)
    return CheckRates(
        papers=filed["papers"],
        false_alarms=FALSE_ALARMS,
        moves=filed["move"],
        additions=filed["add"],
        found_across=across,
        found_within=within,
        found_near_across=near_across,
        found_near_within=near_within,
    )


def filed_table() -> str:
    """Verdicts on papers as their authors filed them, at each rate and by arXiv's rule."""
    record, own = read_record(RECORD), read_default()["filed"]
    rows = [
        [name, *(format_percent(rule["filed"][key]) for key in ("agree", "add", "move", "cannot-tell"))]
        for name, rule in list_rules(record)
    ]
    return (
        f"\n{own['papers']:,} papers of {record['months'][0]} and "
        f"{record['months'][-1]}, as their authors filed them:\n\n"
        + make_table(["rule", "agree", "add cross-lists", "move", "cannot tell"], rows)
        + f"""
Authors' own labels are noisy: of the moves that are proposed here at 5%, {format_percent(own["moves_to_listed"])} are to a category that the paper
itself lists.
"""
    )


def list_rules(record: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The rules by name, with what was measured."""
    rates = [(f"`--false-alarms {rate}`", own) for rate, own in record["rates"].items()]
    return [*rates, ("`--rule arxiv`", record["arxiv"])]


def found_table() -> str:
    """Wrong categories that are found."""
    record = read_record(RECORD)
    rows = []
    for kind, name in DRAWS.items():
        shares = [format_percent(own["swapped"][f"{kind}, kept"]["move"]) for _, own in list_rules(record)]
        papers = record["arxiv"]["swapped"][f"{kind}, kept"]["papers"]
        rows.append([name, f"{papers:,}", *shares])
    names = [name for name, _ in list_rules(record)]
    return "\n" + make_table(["the wrong category", "papers", *names], rows)


def target_table() -> str:
    """What is proposed for papers with a wrong category, with the true one in their list or not."""
    rows = []
    for kind, name in DRAWS.items():
        for way, words in (("kept", "yes"), ("left out", "no")):
            own = read_default()["swapped"][f"{kind}, {way}"]
            keys = (
                "move",
                "true_category_proposed",
                "listed_category_proposed",
                "move_or_true_category_added",
            )
            rows.append([name, words, *(format_percent(own[key]) for key in keys)])
    head = [
        "the wrong category",
        "the true one is a cross-list",
        "move",
        "of these, to the true category",
        "to one that the authors list",
        "move, or the true category as a cross-list",
    ]
    return "\n" + make_table(head, rows)


def groups_table() -> str:
    """Where the false alarms are: the archives and categories with the most and the fewest."""
    groups = read_default()["filed"]["moves_by_group"]
    ranked = sorted(groups, key=lambda name: -groups[name]["move"])
    rows = [
        [f"`{name}`", f"{groups[name]['papers']:,}", format_percent(groups[name]["move"])]
        for name in (*ranked[:6], *ranked[-6:])
    ]
    return "\n" + make_table(["archive or category", "papers", "a move is proposed"], rows)


def additions_line() -> str:
    """How often a hidden cross-list is proposed."""
    measured = read_default()
    hidden = measured["additions"]
    return f"""
Of {hidden["papers"]:,} papers with cross-lists, one of which was hidden, it is proposed for {format_percent(hidden["hidden_category_proposed"])}, while cross-lists are
proposed for {format_percent(measured["filed"]["add"])} of all papers as filed. Which of the fitting categories authors list is hardly to be foreseen.
"""


def scores_table() -> str:
    """The scores of doubt that were compared on validation papers."""
    record = read_record(RECORD)
    rows = [
        [name, *(format_percent(found[kind]) for kind in DRAWS)]
        for name, found in record["scores_on_validation"].items()
    ]
    return (
        f"\nFound at 5% false alarms on {record['thresholds']['papers']:,} validation papers, by the score of the "
        "authors' category (papers outside of the model's field count as well):\n\n"
        + make_table(
            ["score", "any, other archive", "any, same", "often listed, other archive", "same"], rows
        )
    )
