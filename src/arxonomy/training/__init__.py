"""A `TrainingJob` -> a run folder: weights, settings, scores; resumable.

train.py        `train`: checks a job and passes it to one of the next three
network.py      one network: vocabulary, word vectors, the loop, the scores of its best epoch
baselines.py    one baseline: its grid is fitted, the validation papers choose
held_out.py     logits of a baseline's training papers, each held out, where papers are few
ensemble.py     several of them, and the calibration of their votes
creation.py     the first files of a run
init.py         weights that start from those of another run
teaching.py     what teachers say of unlabeled papers, and of labeled ones
leakage.py      what a run has seen; no run before it may have seen what it is scored on
job.py          `TrainingJob`: papers, parts, recipe, folder
data.py         what a network is trained on: encoded papers and their weights
examples.py     a job's papers, encoded, weighted, with their targets
targets.py      soft targets: the labels that papers list, and what teachers answer
loop.py         the training loop of a network
linear.py       the linear branch of a network: one pass over the papers, apart from the loop
processes.py    several processes that train one network together
objective.py    the loss of a batch, with all that is drawn for it
stored.py       training papers on a GPU, where batches are put together
graphs.py       steps as CUDA graphs
losses.py       cross-entropy, weighted, smoothed, focal, mixed, of labels or of distributions
precision.py    float32 or bfloat16
optimizer.py    AdamW and the learning-rate schedule
averaging.py    averaged weights (EMA, SWA)
provenance.py   what run.json says a run was made from, and the check that a resumed run is the same
reporter.py     progress callbacks
callbacks.py    `TrainingCallback`: what follows runs, such as a tracker
tensorboard.py  the curves of runs for TensorBoard; it needs that extra
results.py      the last files of a run: validation logits and scores
"""
