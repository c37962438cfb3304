"""Arxonomy classifies scientific papers: title and abstract in, category and calibrated probability out.

import arxonomy
classifier = arxonomy.load()
classifier.classify([{"title": "...", "abstract": "..."}])

The folders, each of which imports only from those above it:

    records, errors, version    what everything shares: papers, predictions, errors
    atomic, runtime             files written atomically; devices and threads
    sanitize, rendering         untrusted text made harmless; HTML pages
    config                      recipes and their settings
    papers                      files of papers -> records, splits
    text                        papers -> tokens -> ids
    evaluation                  arrays -> scores, significance, calibration
    models                      ids -> logits
    artifacts                   runs and bundles on disk
    training                    labeled papers and a recipe -> a run
    auditing                    what is wrong with labels
    inference                   a saved model -> `Classifier`
    explain                     a prediction -> the words that drove it
    studies                     evaluations and comparisons of saved models
    serving                     predictions over HTTP
    recipes, bundled            the recipes and the model in the package
    cli                         the commands
    estimator                   a scikit-learn estimator
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arxonomy.records import Paper, Prediction
from arxonomy.version import __version__

if TYPE_CHECKING:
    from arxonomy.estimator import PaperClassifier
    from arxonomy.inference import Classifier, load

__all__ = ["Classifier", "Paper", "PaperClassifier", "Prediction", "__version__", "load"]

_LAZY = {
    "Classifier": "arxonomy.inference",
    "load": "arxonomy.inference",
    "PaperClassifier": "arxonomy.estimator",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:  # lazily: `import arxonomy` should cost milliseconds
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
