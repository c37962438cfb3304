"""An audit as plain text: the numbers, and what each of them means."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from arxonomy.auditing.labels import FEW_PAPERS
from arxonomy.evaluation.text_report import shown, table

_CLASSES = 20  # lines of the table of classes
_WIDTH = 100


def format_audit(report: dict[str, Any]) -> str:
    """A readable report.

    Args:
        report: What `summary` returned.

    Returns:
        Lines of text without a newline at the end.
    """
    name, labels = shown(report["data"]["name"]), len(report["classes"])
    title = f"{name}: {report['rows']:,} rows, {report['papers']:,} different papers, {labels:,} labels"
    blocks = {
        "Repeats": _repeats(report),
        "Labels": _labels(report),
        "Leakage": _leakage(report["leakage"]),
        "Classes": _classes(report["classes"]),
        "Texts": _texts(report["outliers"]),
        "Label noise": _noise(report["noise"]),
    }
    return "\n\n".join([title, *("\n".join([head, *_wrapped(lines)]) for head, lines in blocks.items())])


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        # Only what is too long, since a table is made of spaces.
        yield from (
            [f"  {line}"]
            if len(line) < _WIDTH
            else textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ")
        )


def _repeats(report: dict[str, Any]) -> Iterator[str]:
    kinds, near = report["repeats"], report["near_duplicates"]
    yield (
        f"{report['rows'] - report['papers']:,} rows repeat a paper: {kinds['same_id']:,} with the same id, "
        f"{kinds['other_version']:,} in another version, {kinds['same_text']:,} with the same text under "
        "another id"
    )
    yield (
        f"{near['papers']:,} papers have a near-duplicate, a revision or a paper of one series: "
        f"{near['pairs']:,} pairs share {near['least_resemblance']:.0%} of their word pairs or more, "
        f"{near['pairs_alike_by_half']:,} of them half or more, and {near['pairs_of_two_labels']:,} have two "
        "labels"
    )
    if several := kinds["ids_of_several_papers"]:
        yield f"{several:,} ids stand for several different texts"


def _labels(report: dict[str, Any]) -> Iterator[str]:
    torn, bound, primary = report["contradictions"], report["ceiling"], report["primary_category"]
    yield f"{torn['papers']:,} papers ({torn['rows']:,} rows) have copies with contradicting labels"
    yield f"ceiling: {bound['exact_copies']:.3%} of rows, {bound['meaning']}; {bound['caution']}"
    if "test_papers" in bound:
        yield f"ceiling of the test papers, of whose copies fewer are there: {bound['test_papers']:.3%}"
    if bound["near_duplicates_too"] != bound["exact_copies"]:
        yield f"ceiling if near-duplicates get one answer too: {bound['near_duplicates_too']:.3%}"
    if primary["known"]:
        yield (
            f"{primary['agreement']:.2%} of the {primary['known']:,} rows with listed categories are "
            f"labeled with the primary (first) one, {primary['other_listed']:,} with another listed one, "
            f"{primary['unlisted']:,} with one that is not listed"
        )
    else:
        yield "no row lists categories, so labels cannot be compared with the primary one"


def _leakage(leakage: dict[str, dict[str, int]] | None) -> Iterator[str]:
    if leakage is None:
        yield "no split was given (--split-file)"
    elif not leakage:
        yield "the split has no validation or test papers"
    else:
        for part, found in leakage.items():
            share = found["copies"] / found["papers"]
            yield (
                f"{found['copies']:,} of {found['papers']:,} {part} papers ({share:.1%}) have a copy in "
                f"training, and {found['near_duplicates']:,} more a near-duplicate"
            )
        if any(found["copies"] or found["near_duplicates"] for found in leakage.values()):
            yield "scores on such papers flatter: a model may remember them"


def _classes(classes: list[dict[str, Any]]) -> Iterator[str]:
    rows = [[shown(one["label"]), f"{one['rows']:,}", f"{one['papers']:,}"] for one in classes[:_CLASSES]]
    yield from table([["label", "rows", "papers"], *rows])
    if more := classes[_CLASSES:]:
        yield f"and {len(more):,} more, of {more[0]['papers']:,} papers or fewer"
    if len(classes) == 1:
        yield "there is but one label: nothing can be learned"
    if small := [one for one in classes if one["small"]]:
        named = ", ".join(f"{shown(one['label'])} ({one['papers']:,})" for one in reversed(small[-10:]))
        others = f" and {len(small) - 10:,} more" if len(small) > 10 else ""
        yield (
            f"too small, with fewer than {FEW_PAPERS} different papers to learn and to test: "
            f"{named}{others}; merge them or leave them out (data.merge, data.labels)"
        )


def _texts(outliers: dict[str, Any]) -> Iterator[str]:
    low, high = outliers["usual_words"]
    yield (
        f"{outliers['short']:,} unusually short (fewer than {low:,} words, title and abstract), "
        f"{outliers['long']:,} unusually long (more than {high:,}), "
        f"{outliers['no_title']:,} without a title, {outliers['no_abstract']:,} without an abstract"
    )
    least, median = outliers["common_words_least"], outliers["common_words_median"]
    yield (
        f"{outliers['foreign']:,} perhaps in another language: less than {least:.0%} of their words are "
        f"common ones of this corpus (usual: {median:.0%})"
    )


def _noise(noise: dict[str, Any] | None) -> Iterator[str]:
    if noise is None:
        yield "not estimated: --no-noise, or fewer than two labels with enough papers"
        return
    yield (
        f"confident learning counts {noise['rate']:.1%} of labels as wrong; suspects: "
        f"{noise['suspects']:,} rows"
    )
    yield (
        "this has nothing to do with the ceiling; papers that stand between two classes count too, so it "
        "overstates, and the more so the less often the model is right"
    )
    small = f", without {noise['labels_left_out']:,} small labels" if noise["labels_left_out"] else ""
    yield (
        f"model: {noise['model']}; right in {noise['out_of_fold_accuracy']:.1%} of {noise['rows']:,} rows "
        f"out of fold ({noise['folds']} folds, copies and near-duplicates together{small})"
    )
    if pairs := noise["confusions"]:
        rows = [[shown(pair["given"]), shown(pair["likely"]), f"{pair['rows']:,}"] for pair in pairs]
        yield from table([["label", "likelier", "rows, estimated"], *rows])
