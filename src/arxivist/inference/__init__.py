"""A bundle -> `Classifier`: the only path from a paper to a prediction.

classifier.py       papers in, predictions out
loading.py          a bundle or a run folder -> `Classifier`
bundle.py           the files of a bundle; refuses one that is damaged
onnx_backend.py     computes with ONNX Runtime, which every installation has
torch_backend.py    computes with PyTorch
export.py           a run folder -> a bundle, proved to answer alike with both backends
weights.py          float32 and compact weights
onnx_export.py      a PyTorch network -> an ONNX graph that borrows its weights from a safetensors file
card.py             the model card
"""

from arxivist.inference.bundle import trained_on
from arxivist.inference.classifier import Classifier, PaperLike
from arxivist.inference.export import export_bundle
from arxivist.inference.loading import load

__all__ = ["Classifier", "PaperLike", "export_bundle", "load", "trained_on"]
