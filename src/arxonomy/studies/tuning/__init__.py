"""The pieces of `tune`: the search of a recipe's ranges for the best validation score, with Optuna.

space.py     what is searched, and how values become a recipe again
journal.py   the search on disk
budget.py    how long it may take
watch.py     writes the epochs of a run, and ends it when time is over or it is not worth another
search.py    trials one after the other, and further seeds of the best
results.py   what was found: `Tuning`, `TunedTrial`
text.py      that as text
"""
