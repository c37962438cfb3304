"""The study of the network `arxonomy`: what was tried to make it more accurate, and what it reaches.

systems.py     what is trained: the control, each idea on top of it, baselines
control.toml   the recipe of the control
pools.py       the papers: of three classes, or of all of arXiv
training.py    trains a system once, scores it, measures processor seconds
objectives.py  losses that are not part of the product
changes.py     changes of the network that are not part of the product
pretraining.py  what networks start from: other labels, or pairs of title and abstract
records.py     records of runs, written after each, and read by accuracy.py
significance.py  whether an idea is better than what it is compared with
goals.py       what the goals are, and what is reached
picture.py     accuracy against speed as a picture
clock.py       processor seconds that outlive a stopped process
"""
