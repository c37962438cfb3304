"""The table of docs/feed.md, out of the record of experiments/feed.py."""

from __future__ import annotations

from tables import make_table, read_record

ROWS = {
    "feed": "**`arxonomy feed`**",
    "mean_cosine": "TF-IDF, mean cosine to the likes",
    "nearest_neighbor": "TF-IDF, nearest neighbor (largest cosine)",
    "chance": "by chance",
}


def precision_table() -> str:
    """Precision at 10 by each ranking, and what the feed gains, with 95% intervals."""
    kinds = read_record("experiments/records/packaged/feed.json")["kinds"]
    head = ["ranked by"]
    for kind, own in kinds.items():
        head += [f"{kind}: {own['readers']} readers", "feed is better by"]
    rows = []
    for name, shown in ROWS.items():
        row = [shown]
        for own in kinds.values():
            gain = own["feed_minus"].get(name)
            row.append(f"{own['precision_at_10'][name]:.3f}")
            row.append(
                "" if gain is None else f"{gain['mean']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})"
            )
        rows.append(row)
    return make_table(head, rows)


def stated_precision() -> str:
    """How the precision that a feed states goes with the one that its reader gets."""
    kinds = read_record("experiments/records/packaged/feed.json")["kinds"]
    stated, real, correlations = (
        " and ".join(f"{value:.2f}" for value in values)
        for values in (
            [own["stated_precision"]["mean"] for own in kinds.values()],
            [own["precision_at_10"]["feed"] for own in kinds.values()],
            [own["stated_precision"]["correlation"] for own in kinds.values()],
        )
    )
    return (
        f"What the feed states, with five of ten likes held out, is a low estimate: on average {stated}, where these\n"
        f"readers get {real}. Over readers the two have a correlation of {correlations}: it tells a good\n"
        "collection from a poor one, and not much more.\n"
    )
