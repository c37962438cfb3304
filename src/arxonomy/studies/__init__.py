"""Studies of models on labeled papers: the plain Python behind the commands, without a command line.

answers.py           a classifier's answers to labeled papers, and their scores
selection.py         a labeled file, and the papers of it that a model is scored on
provenance.py        where a run or a bundle is from
baselines.py         a baseline on the same papers
evidence.py          what a report needs besides scores: baseline, audit, origins, examples
report/              scores as one HTML page
evaluate.py          a model and labeled papers -> an `Evaluation`
results.py           what an evaluation gives: scores, and what is needed to judge them
systems.py           runs and bundles -> systems to compare, pooled over seeds
compare.py           several models on the same papers
disagreements.py     the papers that one system gets right and another does not
jobs.py              many runs, each trained into its own folder, none twice
bench.py             what the studies that train many runs share
cross_validation.py  recipes trained once per fold
ablation.py          a recipe without one of its components at a time
learning_curve.py    recipes trained on more and more papers
"""
