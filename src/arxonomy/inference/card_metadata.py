"""The metadata at the top of a model card, in YAML, by which the Hugging Face Hub shows and finds a model."""

from __future__ import annotations

import re
from typing import Any

from arxonomy.artifacts.facts import Manifest
from arxonomy.evaluation import Scores
from arxonomy.sanitize import replace_controls
from arxonomy.taxonomy import find_taxonomy

_METADATA = re.compile(r"\A---\n.*?\n---\n\n?", re.DOTALL)


def make_metadata(manifest: Manifest, license: str) -> dict[str, Any]:
    """Make the metadata of a card; every number is one of the manifest.

    Args:
        manifest: The contents of `bundle.json`.
        license: The identifier of the model's license, as the Hub spells it (`apache-2.0`, `cc-by-4.0`,
            `unknown`).
    """
    data = [member.data for member in manifest.get_members() if member.data]
    files = dict.fromkeys(replace_controls(file.name) for own in data for file in own.files or (own,))
    scores = {part: manifest.metrics.get_scores(part) for part in ("test", "validation")}
    results = [_describe_scores(own, part, list(files)) for part, own in scores.items() if own]
    metadata: dict[str, Any] = {
        "pipeline_tag": "text-classification",
        "library_name": "arxonomy",
        "license": license,
        "language": "en",
        "tags": ["scientific-papers", *(["arxiv"] if find_taxonomy(manifest.labels) else [])],
        "datasets": list(files),
    }
    if results:
        metadata["metrics"] = [metric["type"] for metric in results[0]["metrics"]]
        metadata["model-index"] = [{"name": replace_controls(manifest.recipe), "results": results}]
    return metadata


def format_metadata(metadata: dict[str, Any]) -> str:
    """Format metadata as the YAML at the top of a card, with the lines around it."""
    import yaml

    return f"---\n{yaml.safe_dump(metadata, allow_unicode=True, sort_keys=False, width=110)}---\n\n"


def drop_metadata(card: str) -> str:
    """Leave out the metadata of a card, which are not for people; cards of older bundles have none."""
    return _METADATA.sub("", card)


def _describe_scores(scores: Scores, part: str, files: list[str]) -> dict[str, Any]:
    """Describe the scores of a part of the split as a result of a model-index."""
    name = " + ".join(files)
    metrics = [
        {"type": "accuracy", "name": "accuracy", "value": scores.accuracy.value},
        {"type": "f1", "name": "macro F1", "value": scores.macro_f1},
    ]
    if error := scores.expected_calibration_error:
        title = "expected calibration error"
        metrics.append({"type": title.replace(" ", "_"), "name": title, "value": error.value})
    return {
        "task": {"type": "text-classification"},
        "dataset": {"name": name, "type": name, "split": part},
        "metrics": metrics,
    }
