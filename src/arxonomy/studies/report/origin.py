"""The report's end: what is wrong with the labels, and how everything came about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from arxonomy.html import safe
from arxonomy.studies.report.pieces import named, paragraphs, percent, table, told

Scores = Mapping[str, Any]


def audited(scores: Scores) -> str:
    """The audit of the file's labels in short."""
    audit = scores.get("audit")
    if not audit:
        return ""
    rows = [[words, value] for words, value in _findings(audit)]
    return (
        paragraphs(
            "Scores can be no better than the labels that they are counted by. What an audit of the whole "
            "file found:"
        )
        + table("Audit of the labels", [], rows, "words")
        + paragraphs(
            f"The ceiling is {safe(audit['ceiling']['meaning'])}; {safe(audit['ceiling']['caution'])}. "
            "<code>arxonomy audit</code> tells more, lists the suspicious papers, and estimates the noise in "
            "the labels.",
            kind="soft",
        )
    )


def _findings(audit: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rows, torn, bound = audit["rows"], audit["contradictions"], audit["ceiling"]
    near, primary = audit["near_duplicates"], audit["primary_category"]
    yield "rows of the file", f"{rows:,}, of {audit['papers']:,} different papers"
    yield (
        "near-duplicates",
        f"{near['papers']:,} papers, {near['pairs_of_two_labels']:,} pairs with two labels",
    )
    yield (
        "contradictions",
        f"{torn['papers']:,} papers ({torn['rows']:,} rows) whose copies have different labels",
    )
    yield "ceiling of all rows", f"{percent(bound['exact_copies'], 2)} right at best"
    if "test_papers" in bound:
        yield "ceiling of the test papers", f"{percent(bound['test_papers'], 2)} right at best"
    if primary["known"]:
        yield (
            "label and primary category",
            f"{percent(primary['agreement'], 2)} of {primary['known']:,} rows are labeled with the primary "
            f"category, {primary['other_listed']:,} with another listed one, {primary['unlisted']:,} with "
            "one that is not listed",
        )
    for part, found in (audit["leakage"] or {}).items():
        yield (
            f"{part} papers known from training",
            f"{found['copies']:,} of {found['papers']:,} have a copy among the training papers of the split, "
            f"{found['near_duplicates']:,} more a near-duplicate",
        )
    if small := [named(one["label"]) for one in audit["classes"] if one["small"]]:
        yield (
            "categories too small to judge",
            ", ".join(small[:20]) + (" and more" if len(small) > 20 else ""),
        )
    unusual = audit["outliers"]
    yield (
        "unusual texts",
        f"{unusual['short']:,} short, {unusual['long']:,} long, {unusual['no_abstract']:,} without an "
        f"abstract, {unusual['foreign']:,} perhaps in another language",
    )


def made(scores: Scores) -> str:
    """The command, the model, its training, hashes, seeds and versions."""
    about, baseline = scores.get("about", {}), scores.get("baseline")
    data = scores.get("data", {})
    rows = [
        ("command", _code(scores.get("command"))),
        ("papers", told(data.get("name"))),
        ("their SHA-256", _code(data.get("sha256"))),
        ("measured with", _versions(about.get("versions"))),
    ]
    tables = [table("This measurement", [], rows, "words")]
    for title, own in (("The model", about.get("model")), ("The baseline", baseline and baseline["made"])):
        if own:
            tables.append(table(title, [], list(_maker(own)), "words"))
    return "".join(tables)


def _maker(own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "kind", told(own["kind"])
    for name in ("recipe", "seed", "chosen", "members"):
        if own.get(name) is not None:
            yield name, told(own[name])
    if own.get("command"):
        yield "trained by", _code(own["command"])
    if data := own.get("data"):
        yield "trained on", f"{named(data['name'])}, {data['papers']:,} papers"
        yield "their SHA-256", _code(data["sha256"])
    if split := own.get("split"):
        counts = ", ".join(
            f"{split[part]:,} {part}" for part in ("train", "validation", "test") if part in split
        )
        drawn = "".join(f", {name} {told(split[name])}" for name in ("setting", "seed") if name in split)
        yield "split", f"{counts}{drawn}".removeprefix(", ") or "its own"
        yield "its SHA-256", _code(split["sha256"])
    if vectors := own.get("vectors"):
        yield "word vectors", told(vectors["name"])
        yield "their SHA-256", _code(vectors["sha256"])
    if own.get("sha256"):
        yield "SHA-256 of the bundle", _code(own["sha256"])
    if own.get("versions"):
        yield "made with", _versions(own["versions"])


def _versions(versions: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{told(name)} {told(version)}" for name, version in (versions or {}).items()) or "–"


def _code(text: object) -> str:
    return f"<code>{told(text)}</code>"
