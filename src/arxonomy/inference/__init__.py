"""Bundles -> `Classifier`: the only path from a paper to a prediction.

classifier.py       papers in, predictions out; one model, or several that vote
loading.py          bundles or run folders -> `Classifier`
bundle.py           the files of a bundle; refuses one that is damaged
onnx_backend.py     computes with ONNX Runtime, which every installation has
torch_backend.py    computes with PyTorch
export.py           run folders -> a bundle, proved to answer alike with both backends
describe.py         what a bundle says of its runs
calibrated.py       the calibration of a run, and of the votes of several
priors.py           the class mix that probabilities assume, and the one a user states
weights.py          float32 and compact weights
onnx_export.py      a PyTorch network -> an ONNX graph that borrows its weights from a safetensors file
card.py             the model card
"""

from arxonomy.inference.classifier import Classifier, PaperLike
from arxonomy.inference.export import export_bundle
from arxonomy.inference.loading import load

__all__ = ["Classifier", "PaperLike", "export_bundle", "load"]
