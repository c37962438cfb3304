"""What docs/performance.md says of the network's limits, and docs/scaling.md of millions of papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from network.goals import ABSENT, read_json
from performance import RECORDS, Growth, read_growth
from tables import make_table

from arxonomy.messages import format_count


class Limits(NamedTuple):
    """Microseconds of a paper at the least, by each limit of the machine."""

    operations: float
    """If products of matrices alone took time, at the full speed of one core."""
    caches: float
    """If all numbers between operators went through a cache."""
    memory: float
    """If rows of tables alone came from memory."""

    @property
    def bound(self) -> float:
        """The largest: no program with these operations and operators is faster."""
        return max(self)


def compute_limits(record: dict[str, Any]) -> Limits:
    """Compute the limits of the network on the machine of a record."""
    paper, limits = record["paper"], record["limits"]
    return Limits(
        paper["operations_of_products"] / limits["gflops"] / 1e3,
        paper["bytes_between_operators"] / limits["cache_gb_per_second"] / 1e3,
        paper["bytes_of_rows"] / limits["memory_gb_per_second"] / 1e3,
    )


def get_microseconds(record: dict[str, Any], part: str) -> float:
    """Processor time of a part, for each paper: that of the fastest round, as the limits are of the fastest."""
    return 1e6 * min(record["processor_seconds"][part]) / record["papers"]


def roofline_table(folder: Path = RECORDS) -> str:
    """Operations and bytes of a paper, what the machine can do, and what is reached."""
    record = read_json(folder / "roofline.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    paper, limits, at_least = record["paper"], record["limits"], compute_limits(record)
    taken = get_microseconds(record, "network")
    rows = [
        [
            "products of matrices",
            f"{paper['operations_of_products'] / 1e6:.1f} million operations",
            f"{limits['gflops']:,.0f} billion a second",
            f"{at_least.operations:.0f}",
            f"{at_least.operations / taken:.0%}",
        ],
        [
            f"between the {paper['operators']} operators",
            f"{paper['bytes_between_operators'] / 1e6:.2f} MB",
            f"{limits['cache_gb_per_second']:,.0f} GB a second, from cache to cache",
            f"{at_least.caches:.0f}",
            f"{at_least.caches / taken:.0%}",
        ],
        [
            "rows of tables",
            f"{paper['bytes_of_rows'] / 1e6:.2f} MB",
            f"{limits['memory_gb_per_second']:,.0f} GB a second, from memory",
            f"{at_least.memory:.0f}",
            f"{at_least.memory / taken:.0%}",
        ],
    ]
    head = ["what", "for a paper", "limit of one core", "µs at least", f"of the measured {taken:.0f} µs"]
    tokens = record["mean_tokens"]
    return f"""
A paper of mean length has {tokens["title"]:.0f} words of title and {tokens["abstract"]:.0f} of abstract; batches have {record["batch"]} papers.

{make_table(head, rows)}"""


def time_table(folder: Path = RECORDS) -> str:
    """Share of the network's time in each kind of operator."""
    record = read_json(folder / "roofline.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    shares = [
        [f"`{kind}`" if kind != "others" else kind, f"{share:.0%}"]
        for kind, share in record["share_of_time"].items()
    ]
    return "\n" + make_table(["operator", "of the network's time"], shares)


def factor_of_two(folder: Path = RECORDS) -> str:
    """How much of `bulk` the network is, and what a factor of two needs."""
    record = read_json(folder / "roofline.json")
    if record is None:
        return f"\n{ABSENT.capitalize()}.\n"
    network = get_microseconds(record, "network")
    whole = get_microseconds(record, "bulk") - get_microseconds(record, "start")
    bound, rest = compute_limits(record).bound, whole - network
    if rest <= 0:
        return "\nThe machine was too busy to tell the network from all the rest.\n"
    return f"""
Without its start, `bulk` takes {whole:.0f} µs a paper ({record["papers"]:,} papers), of which the network takes {network:.0f} µs ({network / whole:.0%}) and
all the rest {rest:.0f} µs: reading, markup, words, calibration, answers, Parquet. If the network cost nothing, `bulk` would be
{whole / rest:.1f} times as fast; if it reached the largest of its limits, {bound:.0f} µs, {whole / (rest + bound):.1f} times. The next factor of two is {whole / 2:.0f} µs
a paper: with the network at that limit, all the rest may take {max(0.0, whole / 2 - bound):.0f} µs.
"""


def scaling_table(price: float, folder: Path = RECORDS) -> str:
    """Time and cost of millions of papers.

    Args:
        price: Of a core for an hour, in dollars; an assumption.
        folder: The records.
    """
    growth = read_growth(folder)
    if not growth:
        return f"\n{ABSENT.capitalize()}.\n"
    one = max((row for row in growth if row.workers == 1), key=lambda row: row.papers)
    pair = next((row for row in growth if row.workers == 2), None)
    rows = []
    for papers in (3_000_000, 100_000_000):
        for workers in (1, 16):
            measured = one if workers == 1 or pair is None else pair
            # Hours of a core, whether it was at work or waited.
            hours = papers * measured.workers * measured.wall_seconds / measured.papers / 3600
            rows.append(
                [
                    f"{papers / 1e6:,.0f} million",
                    str(workers),
                    format_hours(hours / workers),
                    f"{hours:,.1f}",
                    f"${hours * price:,.2f}",
                    f"{papers * one.answers_mb / one.papers / 1000:,.1f}",
                    f"{workers * max(row.peak_mb for row in growth) / 1000:.1f}",
                ]
            )
    head = [
        "papers",
        "workers",
        "time",
        "core hours",
        f"at ${price:.2f} a core hour",
        "GB of answers",
        "GB of memory",
    ]
    return "\n" + make_table(head, rows) + describe_basis(one, pair)


def describe_basis(one: Growth, pair: Growth | None) -> str:
    """The measurements that a table of millions of papers was computed from."""
    text = f"""
Computed from {one.papers:,} papers with one worker in {one.wall_seconds:,.0f} s"""
    if pair is None:
        return text + "; sixteen are taken for sixteen times as fast.\n"
    gain = (pair.papers / pair.wall_seconds) / (one.papers / one.wall_seconds)
    return (
        text
        + f""", and {pair.papers:,} with two workers in {pair.wall_seconds:,.0f} s: two workers are {gain:.2f}
times as fast as one. Sixteen are taken for eight such pairs.
"""
    )


def format_hours(hours: float) -> str:
    """As in `45 minutes`, `3.2 hours` or `2.1 days`."""
    if hours < 1:
        return format_count(round(60 * hours), "minute")
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
