"""Studies of models on labeled papers: the plain Python behind the commands and the public API.

source.py            labeled papers: a file, hashed once, or papers in memory
selection.py         the papers that a model is scored on
views.py             a choice of labels, for what a model answers and for the papers
answers.py           a classifier's answers to labeled papers, and their scores
parts.py             scores of titles alone and abstracts alone
provenance.py        where models and numbers are from
results.py           `Evaluation`, and what it holds
baselines.py         a baseline on the same papers
evidence.py          what a report needs besides scores: origins, examples, trainings
evaluate.py          `evaluate`: a model and labeled papers -> an `Evaluation`
systems.py           several models, pooled over seeds, on the same papers
compare.py           `compare`: their scores, differences and speeds, a `ModelComparison`
drift.py             `drift`: a model on papers of the months after its training, a `Drift`
refresh.py           `refresh`: the model in use, trained further, and replaced if it is better
new_papers.py        the papers that it is trained on, and compared on
disagreements.py     the papers that one system gets right and another does not
report/              results as HTML pages
train.py             `train`: labeled papers and a recipe -> a saved model
teaching.py          distillation: teachers answer papers, for a network to learn from
teachers.py          the teachers: runs, or recipes that are trained cross-fitted
unlabeled.py         the papers that they answer, without those of the split
jobs.py              many runs, each trained into its own folder, none twice
bench.py             what the studies that train many runs share
cross_validation.py  `cross_validate`: recipes trained once per fold
components.py        what can be taken out of a recipe
ablation.py          `ablate`: a recipe without one of its components at a time
tune.py              `tune`: the settings of a recipe with the best validation score
tuning/              the pieces of `tune`
learning_curve.py    `measure_learning_curve`: recipes trained on more and more papers
"""
