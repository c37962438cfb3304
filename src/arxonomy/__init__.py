"""Arxonomy classifies scientific papers: title and abstract in, category and calibrated probability out.

    import arxonomy

    classifier = arxonomy.load()
    classifier.classify([{"title": "...", "abstract": "..."}])
    arxonomy.check([{"title": "...", "abstract": "...", "category": "cs.CL"}])

With the extra `train` (`pip install 'arxonomy[train]'`):

    model = arxonomy.train("papers.csv", "v1")
    print(arxonomy.evaluate(model, "papers.csv").to_text())
    print(arxonomy.compare([model, "other-run"], "papers.csv").to_text())
    print(arxonomy.drift(model, "newer.csv").to_text())
    print(arxonomy.audit("papers.csv").to_text())
    print(arxonomy.tune("papers.csv", "v1", minutes=60).to_text())

The folders, each of which imports only from those above it:

    records, errors, version    what everything shares: papers, predictions, errors
    output                      the names of what is said of a paper, in every form of output
    advice                      how to name a column, at each interface
    platforms                   what differs between Linux, macOS and Windows
    atomic, runtime             files written atomically; devices, threads and processes
    sanitize, messages          untrusted text made harmless; notes and warnings on stderr
    rendering                   HTML pages
    label_names                 when two labels are the same, and how options name them
    config                      recipes and their settings
    taxonomy                    arXiv's categories and users' own hierarchies
    markup                      HTML, MathML, LaTeX -> the text that is meant
    papers                      files of papers -> records, splits
    harvest                     arXiv's records -> files of papers
    writing                     predictions -> files in the user's own form
    text                        papers -> tokens -> ids
    evaluation                  arrays -> scores, significance, calibration
    models                      ids -> logits
    artifacts                   runs and bundles on disk
    training                    labeled papers and a recipe -> a run
    auditing                    what is wrong with labels
    inference                   a saved model -> `Classifier`
    explain                     a prediction -> the words that drove it
    checking                    categories that authors chose -> verdicts, decisions
    feed                        the day's papers, ranked for one reader
    bulk                        files of very many papers -> a folder of predictions, resumable
    studies                     evaluations and comparisons of saved models
    serving                     predictions over HTTP
    browser                     a page without a server, whose model runs in the browser
    doctor                      what an installation consists of, and what is broken in it
    recipes, bundled            the recipes and the model in the package
    cli                         the commands
    estimator                   a scikit-learn estimator
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arxonomy.records import Paper, Prediction
from arxonomy.version import __version__

if TYPE_CHECKING:
    from arxonomy.auditing import audit
    from arxonomy.checking import check
    from arxonomy.estimator import PaperClassifier
    from arxonomy.inference import Classifier, load
    from arxonomy.studies.compare import compare
    from arxonomy.studies.drift import drift
    from arxonomy.studies.evaluate import evaluate
    from arxonomy.studies.refresh import refresh
    from arxonomy.studies.train import train
    from arxonomy.studies.tune import tune

__all__ = [
    "Classifier",
    "Paper",
    "PaperClassifier",
    "Prediction",
    "__version__",
    "audit",
    "check",
    "compare",
    "drift",
    "evaluate",
    "load",
    "refresh",
    "train",
    "tune",
]

_LAZY = {
    "Classifier": "arxonomy.inference",
    "PaperClassifier": "arxonomy.estimator",
    "audit": "arxonomy.auditing",
    "check": "arxonomy.checking",
    "compare": "arxonomy.studies.compare",
    "drift": "arxonomy.studies.drift",
    "evaluate": "arxonomy.studies.evaluate",
    "load": "arxonomy.inference",
    "refresh": "arxonomy.studies.refresh",
    "train": "arxonomy.studies.train",
    "tune": "arxonomy.studies.tune",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:  # lazily: `import arxonomy` should cost milliseconds
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
