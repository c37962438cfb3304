"""Saved models -> `Classifier`: the only path from a paper to a prediction.

classifier.py       papers in, predictions out; one model, or several that vote
voting.py           the models of a classifier, with the prior and the view that were stated
predictions.py      probabilities of papers -> their predictions
pairs.py            papers with their predictions, in bounded memory
levels.py           the same at a level of the hierarchy, or backed off to one that is sure
answers.py          what models say of papers, and how several answers become one
members.py          the models of a classifier: networks and baselines, each with its calibration
adjustment.py       what is done to answers in the end: a stated prior, unknown words, a view
view.py             a choice of a model's labels: what is merged, what is outside
paper_like.py       whatever stands for a paper in Python -> `Paper`
loading.py          bundles or run folders -> `Classifier`
torch_backend.py    computes with PyTorch
calibration.py      the calibration of a run, and of the votes of several
class_prior.py      the class prior that probabilities assume, and the one that a user states
prior_estimate.py   the class prior of unlabeled papers, and whether to trust it
export.py           run folders -> a bundle, whose backends are proved to agree
manifest.py         what `bundle.json` says of the runs that it was made from
onnx_export.py      a PyTorch network -> an ONNX graph that borrows its weights from a safetensors file
onnx_layers.py      layers in the form that ONNX Runtime computes fastest
card.py             the model card, from `templates/card.md.jinja`
card_metadata.py    the YAML at its top, by which the Hugging Face Hub shows a model
"""

from arxonomy.inference.classifier import Classifier
from arxonomy.inference.export import export_bundle
from arxonomy.inference.loading import load
from arxonomy.inference.paper_like import PaperLike

__all__ = ["Classifier", "PaperLike", "export_bundle", "load"]
