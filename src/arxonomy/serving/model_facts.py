"""What the service and the page without one say of a model; needs nothing of the extra `serve`."""

from __future__ import annotations

from arxonomy.artifacts.facts import Manifest
from arxonomy.inference import Classifier
from arxonomy.label_names import format_among
from arxonomy.serving.response_schemas import ConfidenceBand, Evaluation, ModelResponse
from arxonomy.serving.subjects import make_uri
from arxonomy.version import __version__


def describe_model(classifier: Classifier, card: str | None) -> ModelResponse:
    """Describe a model: its categories, its card, and the hashes of its files.

    Args:
        classifier: The model.
        card: Its card in Markdown, if it has one.
    """
    manifest = get_manifest(classifier)
    prior, taxonomy = classifier.training_prior, classifier.taxonomy
    return ModelResponse(
        version=__version__,
        recipe=classifier.name,
        labels=list(classifier.labels),
        uris={label: make_uri(label, taxonomy) for label in classifier.labels},
        names=classifier.names,
        aliases=taxonomy.get_aliases(classifier.labels) if taxonomy else {},
        levels={level: list(holders) for level, holders in classifier.levels.items()},
        among=format_among(classifier.view.to_among()) if classifier.view else None,
        backend=classifier.backend,
        sha256=manifest.sha256 if manifest else None,
        files=manifest.files if manifest else {},
        training_prior=None if prior is None else dict(zip(classifier.labels, prior, strict=True)),
        unknown_words_limit=classifier.unknown_words_limit,
        evaluation=_find_evaluation(manifest),
        card=card,
    )


def get_manifest(classifier: Classifier) -> Manifest | None:
    """Get the manifest of a model's bundle; None for a run, or for several models."""
    return classifier.source.manifest if classifier.source else None


def _find_evaluation(manifest: Manifest | None) -> Evaluation | None:
    """Find the scores of the test papers, or else of the validation papers; None if neither is known."""
    for part in ("test", "validation"):
        if manifest and (scores := manifest.metrics.get_scores(part)):
            return Evaluation(
                split=part,
                papers=scores.papers,
                accuracy=scores.accuracy.value,
                by_confidence=[
                    ConfidenceBand(
                        min_confidence=row.at_least,
                        papers=row.papers,
                        accuracy=row.accuracy.value if row.accuracy else None,
                    )
                    for row in scores.answers
                ],
            )
    return None
