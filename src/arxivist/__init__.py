"""Arxivist sorts scientific papers: title and abstract in, category and honest probability out.

import arxivist
classifier = arxivist.load()
classifier.classify([{"title": "...", "abstract": "..."}])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arxivist.records import Paper, Prediction
from arxivist.version import __version__

if TYPE_CHECKING:
    from arxivist.estimator import PaperClassifier
    from arxivist.inference import Classifier, load

__all__ = ["Classifier", "Paper", "PaperClassifier", "Prediction", "__version__", "load"]

_LAZY = {
    "Classifier": "arxivist.inference",
    "load": "arxivist.inference",
    "PaperClassifier": "arxivist.estimator",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:  # lazily: `import arxivist` should cost milliseconds
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
