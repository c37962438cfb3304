"""`--prior`: what a user states, what is estimated from the papers, and the file that keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arxonomy.cli.options import convert_to_usage_error
from arxonomy.errors import SettingsError
from arxonomy.messages import format_count, list_some, say
from arxonomy.records import Paper

if TYPE_CHECKING:
    from arxonomy.inference import Classifier
    from arxonomy.inference.class_prior import Prior
    from arxonomy.inference.prior_estimate import PriorEstimate, PriorTally

_STATED = (
    "Class prior: shares of the categories among these papers, as in cs.CL=0.7,cs.CV=0.2 (those left out "
    "share the rest in the proportions of the training papers; a name with , or = is put in double quotes), "
    "uniform, arxiv for the shares that arXiv's papers have, or a JSON file with them"
)
PriorOption = Annotated[
    str | None,
    typer.Option(
        "--prior",
        metavar="PRIOR|FILE",
        help=f"{_STATED}; auto estimates it from all papers, which it holds in memory (default: that of the "
        "training papers).",
    ),
]
StatedPriorOption = Annotated[
    str | None,
    typer.Option("--prior", metavar="PRIOR|FILE", help=f"{_STATED} (default: that of the training papers)."),
]
PriorOutputOption = Annotated[
    Path | None,
    typer.Option(
        "--prior-output",
        metavar="FILE.json",
        help="Write the class prior that --prior states or estimates as JSON, for --prior FILE.",
    ),
]

_SHOWN = 10  # shares that are printed


def apply_prior(classifier: Classifier, text: str | None, papers: Iterable[Paper]) -> Classifier:
    """Make the classifier for papers with the class prior that `--prior` states, or `auto` estimates.

    An estimate is printed. One that another estimate contradicts, or that would change next to nothing, is
    not applied, which is said.

    Args:
        classifier: What `load` returned.
        text: The option's text.
        papers: The papers; read for `auto` alone.

    Raises:
        typer.BadParameter: The text cannot be parsed.
        SettingsError: The model lacks a category, the shares are not possible, or the file holds none.
    """
    if text != "auto":
        return state_prior(classifier, text)
    estimate = classifier.estimate_prior(papers)
    if estimate.disagreement is not None:
        found = estimate.disagreement
        say(
            f"prior: auto is off, since two estimates disagree: {found.group} is {found.share:.0%} of these "
            f"papers by their probabilities, {found.low:.0%} to {found.high:.0%} by the counts of answers",
            "hint: state a prior that you know, as in --prior cs.CL=0.7",
        )
        return classifier
    if not estimate.is_useful:
        say(
            f"prior: auto changes nothing, since {_format_gain(estimate)}; estimated were "
            f"{format_prior(estimate.shares)}"
        )
        return classifier
    checked = "" if estimate.is_checked else "; the model does not say what a second estimate needs"
    say(
        f"prior: {format_prior(estimate.shares)}",
        f"estimated from {format_count(estimate.papers, 'paper')}; {_format_gain(estimate)}{checked}",
    )
    return classifier.with_prior(estimate.shares)


def state_prior(classifier: Classifier, text: str | None) -> Classifier:
    """Make the classifier for papers with the class prior that `--prior` states, other than `auto`.

    Raises:
        typer.BadParameter: The text cannot be parsed, or is `auto`.
        SettingsError: See `apply_prior`.
    """
    from arxonomy.inference.class_prior import parse_class_prior

    if text is None:
        return classifier
    if text == "auto":
        raise typer.BadParameter(
            "auto estimates the prior of a whole file; let `arxonomy classify FILE --prior auto "
            "--prior-output prior.json` write it, and name prior.json here",
            param_hint="--prior",
        )
    if is_file(text):
        return classifier.with_prior(read_prior(Path(text)))
    with convert_to_usage_error("--prior"):
        shares = parse_class_prior(text, classifier.labels)
    return classifier.with_prior(shares)


def is_file(text: str | None) -> bool:
    """Whether the text of `--prior` names a file: there is one, or it ends in `.json`."""
    # Unlike Path, os.path takes a prior of many categories for no file, not for too long a name of one.
    return text is not None and (text.lower().endswith(".json") or os.path.isfile(text))


def read_prior(path: Path) -> Prior:
    """Read a class prior from JSON: an object of shares, or one with such an object as `prior`.

    Raises:
        SettingsError: It cannot be read, or is no such object.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"{path}: expected a class prior as JSON, which cannot be read: {reason}"
        ) from None
    shares = content.get("prior", content) if isinstance(content, dict) else content
    if not isinstance(shares, dict) or not all(type(share) in (int, float) for share in shares.values()):
        raise SettingsError(
            f'{path}: expected the shares of categories, as in {{"cs.CL": 0.7}} or in what --prior-output '
            "writes; found other JSON"
        )
    return shares


def write_prior(path: Path, shares: Mapping[str, float]) -> None:
    """Write a class prior as JSON, atomically, as `read_prior` reads it."""
    from arxonomy.atomic import write_atomic

    write_atomic(path, json.dumps({"prior": shares}, ensure_ascii=False, indent=1) + "\n")
    say(f"prior: {path}")


def suggest_prior(tally: PriorTally) -> None:
    """Suggest `--prior auto` for the papers of a file, where that is expected to be worth it."""
    estimate = tally.estimate()
    if estimate.is_suggested:
        say(
            "hint: these papers have other shares of the categories than the training papers; with "
            f"`--prior auto`, {_format_gain(estimate)}"
        )


def format_prior(shares: Mapping[str, float]) -> str:
    """Format the shares of a class prior; of many categories those with the largest.

    >>> format_prior({"cs.CL": 0.25, "cs.CV": 0.75})
    'cs.CL=0.250, cs.CV=0.750'
    """
    shown = list(shares.items())
    if len(shown) > _SHOWN:
        shown.sort(key=lambda item: -item[1])
    return list_some([f"{label}={share:.3f}" for label, share in shown], _SHOWN)


def _format_gain(estimate: PriorEstimate) -> str:
    return f"{1000 * estimate.gain:.0f} more of 1,000 answers are expected to be right"
