"""An audit as plain text: the numbers, and what each of them means."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from arxonomy.auditing.labels import FEW_PAPERS, ClassSize, Spellings
from arxonomy.auditing.repeats import Leakage
from arxonomy.evaluation.text_report import format_table
from arxonomy.messages import format_count
from arxonomy.sanitize import clean_for_terminal

if TYPE_CHECKING:
    from arxonomy.auditing.counts import NoiseCounts, OutlierCounts
    from arxonomy.auditing.summary import AuditSummary

_CLASSES = 20  # lines of the table of classes
_WIDTH = 100


def format_audit(summary: AuditSummary) -> str:
    """Format a summary as a readable report, without a newline at the end."""
    title = (
        f"{clean_for_terminal(summary.data.name)}: {format_count(summary.rows, 'row')}, "
        f"{format_count(summary.papers, 'different paper')}, {format_count(len(summary.classes), 'label')}"
    )
    blocks = {
        "Repeats": _describe_repeats(summary),
        "Labels": _describe_labels(summary),
        "Leakage": _describe_leakage(summary.leakage),
        "Classes": _describe_classes(summary.classes),
        "Texts": _describe_texts(summary.outliers),
        "Label noise": _describe_noise(summary.noise, summary.spellings),
    }
    return "\n\n".join([title, *("\n".join([head, *_wrap(lines)]) for head, lines in blocks.items())])


def _wrap(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        # Only what is too long, since a table is made of spaces.
        yield from (
            [f"  {line}"]
            if len(line) < _WIDTH
            else textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ")
        )


def _describe_repeats(summary: AuditSummary) -> Iterator[str]:
    repeats, near = summary.repeats, summary.near_duplicates
    yield (
        f"rows that repeat a paper: {summary.rows - summary.papers:,} ({repeats.same_id:,} with the same id, "
        f"{repeats.other_version:,} in another version, {repeats.same_text:,} with the same text under "
        "another id)"
    )
    yield (
        f"papers with a near-duplicate, a revision or a paper of one series: {near.papers:,}; "
        f"{near.pairs:,} pairs share {near.least_resemblance:.0%} of their word pairs or more, "
        f"{near.pairs_alike_by_half:,} of them half or more, and {near.pairs_of_two_labels:,} have two "
        "labels"
    )
    if shared := summary.boilerplate.most_frequent:
        count, text = summary.boilerplate.texts, clean_for_terminal(shared[0].text)
        texts = format_count(count, "text")
        yield (
            f"boilerplate, which many different papers share and which makes none a copy: {texts} in "
            f"{summary.boilerplate.papers:,} papers, most often `{text}` ({shared[0].papers:,})"
        )
    if several := repeats.ids_of_several_papers:
        yield f"{several:,} ids stand for several different texts"


def _describe_labels(summary: AuditSummary) -> Iterator[str]:
    if summary.unlabeled:
        yield f"rows without a label, which are left out: {summary.unlabeled:,}"
    yield from _describe_spellings(summary.spellings)
    contradictions, ceiling, primary = summary.contradictions, summary.ceiling, summary.primary_category
    papers, rows = contradictions.papers, contradictions.rows
    yield f"papers whose copies have contradicting labels: {papers:,}, in {rows:,} rows"
    yield f"ceiling: {ceiling.exact_copies:.3%} of rows, {ceiling.meaning}; {ceiling.caution}"
    if ceiling.test_papers is not None:
        yield f"ceiling of the test papers, counting only copies among them: {ceiling.test_papers:.3%}"
    if ceiling.near_duplicates_too != ceiling.exact_copies:
        yield f"ceiling if near-duplicates get one answer too: {ceiling.near_duplicates_too:.3%}"
    if primary.agreement is not None:
        yield (
            f"{primary.agreement:.2%} of the {primary.known:,} rows with listed categories are "
            f"labeled with the primary (first) one, {primary.other_listed:,} with another listed one, "
            f"{primary.unlisted:,} with one that is not listed"
        )
    else:
        yield "no row lists categories, so labels cannot be compared with the primary one"


def _describe_spellings(spellings: Spellings) -> Iterator[str]:
    for group in spellings.groups[:_CLASSES]:
        names = " and ".join(f"`{clean_for_terminal(label)}` ({rows:,})" for label, rows in group.items())
        yield f"perhaps one label in several spellings, counted apart below: {names}"
    if more := spellings.groups[_CLASSES:]:
        yield f"and {len(more):,} more such groups"
    if spellings.groups:
        yield f"merge what is one label with {clean_for_terminal(spellings.option)}"


def _describe_leakage(leakage: Mapping[str, Leakage] | None) -> Iterator[str]:
    if leakage is None:
        yield "no split was given (--split-file)"
    elif not leakage:
        yield "the split has no validation or test papers"
    else:
        for part, leaks in leakage.items():
            yield (
                f"{leaks.copies:,} of {leaks.papers:,} {part} papers ({leaks.copies / leaks.papers:.1%}) "
                f"have a copy in training, and {leaks.near_duplicates:,} more a near-duplicate"
            )
        if any(leaks.copies or leaks.near_duplicates for leaks in leakage.values()):
            yield "scores on such papers are optimistic: a model may have memorized them"


def _describe_classes(classes: Sequence[ClassSize]) -> Iterator[str]:
    rows = [
        [clean_for_terminal(size.label), f"{size.rows:,}", f"{size.papers:,}"] for size in classes[:_CLASSES]
    ]
    yield from format_table([["label", "rows", "papers"], *rows])
    if more := classes[_CLASSES:]:
        yield f"and {len(more):,} more, of {more[0].papers:,} papers or fewer"
    if len(classes) == 1:
        yield "there is only one label: nothing can be learned"
    if small := [size for size in classes if size.small]:
        named = ", ".join(
            f"{clean_for_terminal(size.label)} ({size.papers:,})" for size in reversed(small[-10:])
        )
        others = f" and {len(small) - 10:,} more" if len(small) > 10 else ""
        yield (
            f"too small, with fewer than {FEW_PAPERS} different papers to learn and to test: "
            f"{named}{others}; merge them (--among) or leave them out (--min-papers {FEW_PAPERS})"
        )


def _describe_texts(outliers: OutlierCounts) -> Iterator[str]:
    low, high = outliers.usual_words
    yield (
        f"{outliers.short:,} unusually short (fewer than {low:,} words, title and abstract), "
        f"{outliers.long:,} unusually long (more than {high:,}), "
        f"{outliers.no_title:,} without a title, {outliers.no_abstract:,} without an abstract"
    )
    yield (
        f"{outliers.foreign:,} perhaps in another language: less than {outliers.common_words_least:.0%} of "
        f"their words are frequent in this corpus (usual: {outliers.common_words_median:.0%})"
    )


def _describe_noise(noise: NoiseCounts | None, spellings: Spellings) -> Iterator[str]:
    if noise is None:
        yield "not estimated: --no-noise, or fewer than two labels with enough papers"
        return
    if spellings.groups:
        yield "labels that are perhaps one in several spellings (above) count as wrong here; merge them first"
    if noise.sampled_from is not None:
        yield f"estimated on a random sample of the {noise.sampled_from:,} rows, which all suspects are of"
    yield f"confident learning counts {noise.rate:.1%} of labels as wrong; suspects: {noise.suspects:,} rows"
    yield (
        "this is independent of the ceiling; papers on the border of two classes count too, so it is an "
        "overestimate, and the less accurate the model, the larger it is"
    )
    small = f", without {noise.labels_left_out:,} small labels" if noise.labels_left_out else ""
    yield (
        f"model: {noise.model}; right in {noise.out_of_fold_accuracy:.1%} of {noise.rows:,} rows "
        f"out of fold ({noise.folds} folds, copies and near-duplicates together{small})"
    )
    if noise.confusions:
        rows = [
            [clean_for_terminal(pair.given), clean_for_terminal(pair.likely), f"{pair.rows:,}"]
            for pair in noise.confusions
        ]
        yield from format_table([["label", "more likely", "estimated rows"], *rows])
