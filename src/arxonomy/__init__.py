"""Arxonomy classifies scientific papers: title and abstract in, category and calibrated probability out.

import arxonomy
classifier = arxonomy.load()
classifier.classify([{"title": "...", "abstract": "..."}])
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
