"""The model card of a bundle: every number in it comes out of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arxonomy.artifacts.facts import Manifest

_TEMPLATE = """\
# {recipe}: sorts scientific papers into {count} categories

Title and abstract in; one of {labels} out, with a probability.

## How to use it

    arxonomy classify papers.csv --model FOLDER

    import arxonomy
    arxonomy.load("FOLDER").classify([("a title", "an abstract")])

## What it was trained on

{training}

## How good it is

{scores}

{calibrated}

## What to expect when it answers only if it is sure

    arxonomy classify papers.csv --model FOLDER --min-confidence 0.9

A paper whose best category is less probable than that gets no category.

{answers}

## Where it fails

{failures}

## Limits

- It knows only the categories above and answers with one of them whatever it reads.
- It reads {title} words of a title and {abstract} of an abstract, in English.
- When more than {limit:.0f}% of the words are unknown to it, the answer carries a warning and \
is drawn toward equal probabilities, or toward the mix that a `--prior` states.
- Weights: {weights}. The two backends differ by at most {backends_differ_by:.1e} in probability on texts \
made for that check.
"""

_ONE = """\
- Papers: `{data[name]}`, {data[papers]:,} papers (SHA-256 `{data[sha256]}`)
- Split: {split[train]:,} papers for training, {split[validation]:,} for validation, {split[test]:,} for \
testing (the run's `split.csv`, SHA-256 `{split[sha256]}`; where no split is given, the recipe draws \
one: {split[setting]}, seed {split[seed]})
- Merged labels: {merged}
- Recipe: `{recipe}` (architecture {architecture}, {words:,} words), training seed {seed}; all \
settings are in `recipe.json`
- Word vectors at the start: {start}"""

_SEVERAL = """\
It is an ensemble: the answer is the mean of the probabilities of {number} models. Each has a card of its \
own, in its folder.

| member | recipe | architecture | words | seed | training papers | word vectors at the start |
|---|---|---|---|---|---|---|
{members}

Merged labels: {merged}"""

_CALIBRATED = """\
Probabilities are softmax({logits} / {temperature:.4f} + biases), with the biases {biases}. Both were fitted \
on {calibration[papers]:,} validation papers, where they took the log loss from {before[log_loss]:.4f} to \
{after[log_loss]:.4f}, the expected calibration error from {before[expected_calibration_error]:.4f} to \
{after[expected_calibration_error]:.4f} and the accuracy from {before[accuracy]:.4f} to \
{after[accuracy]:.4f}. On papers that did not fit them (each half of these calibrated by the other) the \
calibration error is {unseen[after][expected_calibration_error]:.4f} ({error[0]:.4f} to {error[1]:.4f}) and \
the Brier score {unseen[after][brier]:.4f} ({brier[0]:.4f} to {brier[1]:.4f}), before them \
{unseen[before][expected_calibration_error]:.4f} and {unseen[before][brier]:.4f}. The validation papers \
chose the best epoch too, so trust the test scores more."""

_MIX = """\


Probabilities assume the class mix of these papers: {mix}. If yours is another one and you know it, say \
so with `--prior {label}=0.7`, or in Python with `arxonomy.load("FOLDER", prior={{"{label}": 0.7}})`; the \
probabilities follow."""

_NOT_CALIBRATED = (
    "Each member's probabilities are calibrated on its own validation papers. Their mean is not: the members "
    "have no validation papers in common."
)

_COPIES = """

Each paper is sorted as {copies} copies, whose abstracts are changed by one operation each (synonyms, \
swaps or deletions that touch {alpha:.0%} of the words); the answer is their mean. A paper's copies are \
always the same."""


def model_card(manifest: Manifest, extra: str = "") -> str:
    """The card as Markdown.

    Args:
        manifest: The contents of `bundle.json`.
        extra: Markdown to add at the end.
    """
    info = manifest.to_dict()
    members = info.get("members", [info])
    return _TEMPLATE.format_map(
        {
            **info,
            "count": len(info["labels"]),
            "labels": ", ".join(f"`{label}`" for label in info["labels"]),
            "limit": 100 * info["unknown_words_limit"],
            "training": _training(info),
            "title": max(member["text"]["title_tokens"] for member in members),
            "abstract": max(member["text"]["abstract_tokens"] for member in members),
            "scores": _scores(info["metrics"]),
            "calibrated": _calibrated(info),
            "answers": _answers(info),
            "failures": _failures(info["metrics"]),
            "weights": {
                "float32": "32-bit floating point, as trained",
                "compact": "8-bit word vectors and 16-bit matrices; the scores above are those of the "
                "32-bit weights they were made from",
            }[info["weights"]],
        }
    ) + (f"\n{extra.strip()}\n" if extra.strip() else "")


def _architecture(info: Mapping[str, Any]) -> str:
    parts = info["model"].get("without")  # not in bundles from before the setting
    return f"`{info['model']['architecture']}`" + (f" without {', '.join(parts)}" if parts else "")


def _training(info: Mapping[str, Any]) -> str:
    merged = "; ".join(f"{new} = {' + '.join(old)}" for new, old in info["merge"].items()) or "none"
    if "members" not in info:
        vectors = info["vectors"]
        start = f"`{vectors['path']}` (SHA-256 `{vectors['sha256']}`)" if vectors else "random"
        own = {"merged": merged, "start": start, "architecture": _architecture(info)}
        return _ONE.format_map({**info, **own})
    rows = [
        f"| `member-{number}` | `{one['recipe']}` | {_architecture(one)} | {one['words']:,} | "
        f"{one['seed']} | {one['split']['train']:,} of `{one['data']['name']}` | "
        f"{'`' + one['vectors']['path'] + '`' if one['vectors'] else 'random'} |"
        for number, one in enumerate(info["members"], 1)
    ]
    return _SEVERAL.format(number=len(rows), members="\n".join(rows), merged=merged)


def _calibrated(info: Mapping[str, Any]) -> str:
    text = _NOT_CALIBRATED
    if info["calibration"] is not None:
        unseen = info["calibration"]["cross_fitted"]
        biases = zip(info["labels"], info["biases"], strict=True)
        text = _CALIBRATED.format_map(
            {
                **info,
                **info["calibration"],
                "logits": "log(the members' mean)" if "members" in info else "logits",
                "unseen": unseen,
                "error": unseen["after"]["expected_calibration_error_interval"],
                "brier": unseen["after"]["brier_interval"],
                "biases": ", ".join(f"{bias:+.3f} for {label}" for label, bias in biases),
            }
        )
    if info["priors"] is not None:
        mix = [f"{share:.1%} {label}" for label, share in zip(info["labels"], info["priors"], strict=True)]
        text += _MIX.format(mix=", ".join(mix), label=info["labels"][0])
    return text + (_COPIES.format_map(info) if info.get("copies") else "")


def _answers(info: Mapping[str, Any]) -> str:
    """Accuracy and coverage by least confidence, on validation papers and on test papers if scored."""
    parts = {}
    if info["calibration"] is not None:
        parts["validation"] = info["calibration"]["cross_fitted"]["answers"]
    if "answers" in info["metrics"].get("test", {}):
        parts["test"] = info["metrics"]["test"]["answers"]
    if not parts:
        return "This was not measured: the members have no validation papers in common."
    head = ["sure at least", *(f"{part} papers {what}" for part in parts for what in ("answered", "right"))]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for rows in zip(*parts.values(), strict=True):
        cells = [_share(row, key) for row in rows for key in ("coverage", "accuracy")]
        lines.append(f"| {rows[0]['at_least']:.2f} | {' | '.join(cells)} |")
    lines.append("\nIn brackets the 95% intervals; *right* is the share of the answered papers.")
    if "validation" in parts:
        lines[-1] += " Validation papers are calibrated in halves, each by the other."
    return "\n".join(lines)


def _share(row: Mapping[str, Any], key: str) -> str:
    if row[key] is None:
        return "none"
    low, high = row[f"{key}_interval"]
    return f"{row[key]:.1%} ({low:.1%} to {high:.1%})"


def _scores(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return "It was not scored as a whole; its members' cards have their scores."
    lines = [
        "| papers | number | accuracy (95% interval) | macro F1 | calibration error |",
        "|---|---|---|---|---|",
    ]
    for part in ("validation", "test"):
        if part in metrics:
            found = metrics[part]
            low, high = found["accuracy_interval"]
            lines.append(
                f"| {part} | {found['papers']:,} | {found['accuracy']:.4f} ({low:.4f} to {high:.4f}) | "
                f"{found['macro_f1']:.4f} | {found['expected_calibration_error']:.4f} |"
            )
    if "test" not in metrics:
        lines.append("\nIt was not scored on test papers before it was exported.")
    return "\n".join(lines)


def _failures(metrics: Mapping[str, Any], most: int = 5) -> str:
    """Per class, and the pairs that are confused most often, on test papers where there are some."""
    if not metrics:
        return "See the members' cards."
    part = "test" if "test" in metrics else "validation"
    found = metrics[part]
    lines = [
        f"On the {part} papers:",
        "",
        "| category | precision | recall | F1 | papers |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {label} | {one['precision']:.3f} | {one['recall']:.3f} | {one['f1']:.3f} | {one['support']:,} |"
        for label, one in found["per_class"].items()
    ]
    labels = list(found["per_class"])
    mistakes = [
        (count, labels[truth], labels[answer])
        for truth, row in enumerate(found["confusion"])
        for answer, count in enumerate(row)
        if truth != answer and count
    ]
    shares = [
        f"- {count:,} of {found['per_class'][truth]['support']:,} {truth} papers are taken for {answer}"
        for count, truth, answer in sorted(mistakes, reverse=True)[:most]
    ]
    if "any_listed_accuracy" in found:
        shares.append(
            "- counting every category that the authors list as right, "
            f"{found['any_listed_accuracy']:.4f} of the answers are right"
        )
    return "\n".join([*lines, "", *shares])
