"""What the study trains: the control, each idea on top of it, baselines. Nothing is imported to list them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CONTROL = str(Path(__file__).with_name("control.toml"))
V1 = str(Path(__file__).parents[1] / "v1.toml")
MINILM = str(Path(__file__).with_name("minilm.toml"))
MINILM_TUNED = str(Path(__file__).with_name("minilm-tuned.toml"))
PUBLISHED_TEACHERS = tuple(
    str(Path(__file__).with_name(f"{name}.toml")) for name in ("teacher-svm", "teacher")
)
TEACHERS: dict[str, tuple[str, ...]] = {
    "few": ("linear-svm", MINILM, "arxonomy"),
    "published": PUBLISHED_TEACHERS,
}
"""Pool -> recipes of the cross-fitted ensemble that teaches."""
CROSS_FIT = {"few": 5, "published": 3}
"""Pool -> teachers of each recipe."""

Step = Literal[
    "adversarial", "r-drop", "joint-heads", "hidden", "triples", "teachers", "tuned-teacher", "vectors"
]
"""What `training.py` does besides a plain training."""


@dataclass(frozen=True)
class System:
    """A recipe, and what is changed about it."""

    name: str
    """Of its records and run folders."""
    title: str
    """As a table calls it."""
    settings: tuple[str, ...] = ()
    """`key=value`, on top of the recipe."""
    against: str = "control"
    """The system that it is compared with."""
    recipe: str = CONTROL
    """Name or file."""
    steps: tuple[Step, ...] = ()
    """What is not a setting."""
    init: Literal["", "categories", "contrastive"] = ""
    """The pretraining that its weights start from."""
    source: str = ""
    """Where the idea is from, as a link in Markdown."""
    number: int = 0
    """Of the idea; 0 is none, or a combination."""
    short: str = ""
    """As a picture calls it."""


def _link(number: str, authors: str) -> str:
    return f"[{authors}](https://arxiv.org/abs/{number})"


BAG = ("model.without=[]",)
WORD_DROPOUT = "model.word_dropout=0.5"

IDEAS = (
    System("control", "the narrow hybrid network alone", against=""),
    System(
        "bag",
        "words and word pairs beside the network",
        BAG,
        number=1,
        source=_link("1607.01759", "Joulin et al. 2016"),
    ),
    System(
        "distillation",
        "distillation from a cross-fitted ensemble, with unlabeled papers",
        ("training.teacher_share=0.5",),
        steps=("teachers",),
        number=2,
        source=_link("1503.02531", "Hinton et al. 2015"),
    ),
    System(
        "adversarial",
        "virtual adversarial loss and entropy minimization on unlabeled papers",
        steps=("adversarial",),
        number=3,
        source=f"{_link('1605.07725', 'Miyato et al. 2017')}, {_link('2009.04007', 'Sachan et al. 2019')}",
    ),
    System(
        "categories",
        "supervised pretraining on all of arXiv's categories (other labels)",
        ("training.learning_rate=5e-4",),
        init="categories",
        number=4,
    ),
    System(
        "contrastive",
        "contrastive pretraining on titles and abstracts of unlabeled papers",
        init="contrastive",
        number=5,
        source=_link("2104.08821", "Gao et al. 2021"),
    ),
    System("r-drop", "R-Drop", steps=("r-drop",), number=6, source=_link("2106.14448", "Liang et al. 2021")),
    System(
        "word-dropout",
        "half of the words dropped in training",
        (WORD_DROPOUT,),
        number=7,
        source="[Iyyer et al. 2015](https://aclanthology.org/P15-1162)",
    ),
    System("cross-lists", "cross-lists as 20% of the target", ("training.cross_lists=0.2",), number=8),
    System(
        "joint-heads",
        "a second head for all listed categories, trained jointly",
        ("training.listed_loss=0.5",),
        steps=("joint-heads",),
        number=9,
    ),
    System(
        "vectors",
        "word vectors learned from unlabeled papers (skip-gram)",
        steps=("vectors",),
        number=10,
        source=_link("1310.4546", "Mikolov et al. 2013"),
    ),
    System("hidden", "a hidden layer in the head", steps=("hidden",), number=11),
    System(
        "triples",
        "word triples in the bag of words",
        BAG,
        against="bag",
        steps=("triples",),
        number=12,
    ),
    System(
        "smoothing",
        "label smoothing 0.1",
        ("training.label_smoothing=0.1",),
        number=13,
        source=_link("1512.00567", "Szegedy et al. 2015"),
    ),
    System(
        "average",
        "moving average of the weights",
        ("training.weight_average=0.99",),
        number=14,
        source=_link("1803.05407", "Izmailov et al. 2018"),
    ),
    System("wide", "word vectors twice as wide", ("model.embed_dim=192",), number=15),
    System(
        "branch-dropout",
        "whole branches dropped in training",
        (*BAG, WORD_DROPOUT, "model.branch_dropout=0.3"),
        against="bag-dropped",
        number=16,
        source=_link("1501.00102", "Neverova et al. 2016"),
    ),
    System("bag-dropped", "the bag, and half of the words dropped", (*BAG, WORD_DROPOUT)),
    System(
        "bag-dropped-lists",
        "the bag, half of the words dropped, cross-lists",
        (*BAG, WORD_DROPOUT, "training.cross_lists=0.2"),
    ),
    System("recipe", "the recipe `arxonomy`", recipe="arxonomy"),
    System(
        "recipe-vectors",
        "the recipe `arxonomy`, with these word vectors",
        recipe="arxonomy",
        steps=("vectors",),
    ),
)
"""The control, the ideas alone, and last some of them together."""

BASELINES = (
    System("linear-svm", "TF-IDF + LinearSVC", recipe="linear-svm", against="", short="LinearSVC"),
    System("fasttext", "fastText", recipe="fasttext", against="", short="fastText"),
    System("minilm", "MiniLM-L6 + logistic regression", recipe=MINILM, against="", short="MiniLM"),
    System(
        "minilm-tuned",
        "MiniLM-L6 fine-tuned whole",
        recipe=MINILM_TUNED,
        against="",
        short="MiniLM, fine-tuned",
    ),
    System("v1", "`v1`", recipe=V1, against="", steps=("vectors",), short="v1"),
    System("packaged", "the model in the package", recipe="", against="", short="packaged"),
)
LARGE = {
    "linear-svm": ("baseline.c=[0.1, 0.3]", "baseline.balanced=[false]", "baseline.min_papers=3"),
    "fasttext": ("baseline.epochs=[5, 10]", "baseline.learning_rate=[0.25, 0.5]"),
}
"""Fewer settings for baselines to try on many papers, around those that they choose on few."""
ONCE = ("training.epochs=1",)
"""What networks change on the published papers of three classes, a quarter of all: a second epoch overfits."""
TWICE = ("training.epochs=2",)
"""The same where they are taught: a second epoch makes validation papers neither better nor worse."""
LARGE_NETWORK = (
    "text.min_count=3",
    "training.epochs=3",
    "training.batch_size=256",
    "training.learning_rate=2e-3",
    "training.table_learning_rate=2e-3",
)
"""What the control and the ideas change on many papers."""

AVERAGED = (
    "model.embed_dim=96",
    "model.word_dropout=0.4",
    "training.embedding_learning_rate=5e-4",
    "training.weight_average=0.998",
)
"""What was tried for `arxonomy-large`, and is no part of it."""
FINAL = (
    System("arxonomy", "**`arxonomy`**", recipe="arxonomy", steps=("vectors",), against="", short="arxonomy"),
    System(
        "arxonomy-taught",
        "**`arxonomy`**, taught by a cross-fitted ensemble",
        recipe="arxonomy-taught",
        steps=("teachers", "vectors"),
        against="",
        short="arxonomy, taught",
    ),
    System(
        "arxonomy-taught-more",
        "**`arxonomy`**, taught by this ensemble and a fine-tuned MiniLM",
        recipe="arxonomy-taught",
        steps=("teachers", "tuned-teacher", "vectors"),
        against="",
        short="arxonomy, taught more",
    ),
    System(
        "arxonomy-averaged",
        "**`arxonomy-large`** with averaged weights, slower and wider word vectors",
        AVERAGED,
        recipe="arxonomy-large",
        steps=("vectors",),
        against="",
        short="arxonomy-large, averaged",
    ),
    System(
        "arxonomy-wide",
        "the same with wider convolutions of two sizes and a wider BiLSTM",
        (
            *AVERAGED,
            "training.epochs=2",
            "model.num_filters=96",
            "model.kernel_sizes=[3, 5]",
            "model.lstm_hidden=64",
        ),
        recipe="arxonomy-large",
        steps=("vectors",),
        against="",
        short="arxonomy-large, wide",
    ),
    System(
        "arxonomy-large-taught",
        "**`arxonomy-large`**, averaged, taught by a cross-fitted ensemble",
        (*AVERAGED, "training.teacher_share=0.5"),
        recipe="arxonomy-large",
        steps=("teachers", "vectors"),
        against="",
        short="arxonomy-large, taught",
    ),
    System(
        "arxonomy-large",
        "**`arxonomy-large`**",
        recipe="arxonomy-large",
        steps=("vectors",),
        against="",
        short="arxonomy-large",
    ),
)
"""What the goals are measured with."""

SYSTEMS = {system.name: system for system in (*IDEAS, *BASELINES, *FINAL)}

BEST = ("bag-dropped-lists", "vectors", "branch-dropout")
"""The ideas that are tried on more papers too."""
PLAN: dict[str, tuple[str, ...]] = {
    "few": (*(system.name for system in IDEAS), "linear-svm", "fasttext"),
    "sample": ("control", *BEST, "fasttext", "linear-svm"),
}
"""Pool -> the systems that the study trains on it."""
SEEDS = {"few": (1, 2, 3), "sample": (1,)}
"""Pool -> the seeds of a network. Baselines have one."""
GOALS: dict[str, tuple[str, ...]] = {
    "few": (
        "arxonomy",
        "arxonomy-taught",
        "linear-svm",
        "fasttext",
        "minilm",
        "minilm-tuned",
        "v1",
        "packaged",
    ),
    "published": (
        "arxonomy-large",
        "arxonomy-averaged",
        "arxonomy-wide",
        "arxonomy-large-taught",
        "linear-svm",
        "fasttext",
    ),
    "all": ("arxonomy-large", "arxonomy-averaged", "arxonomy-wide", "fasttext", "linear-svm"),
}
"""Pool -> the systems that are measured on it for the goals."""
GOAL_SEEDS = {"few": (1, 2, 3, 4, 5), "published": (1, 2, 3, 4, 5), "all": (1,)}
BASELINE_SEED = 42
"""Of a baseline."""
SEVERAL = tuple(system.name for system in (*IDEAS, *FINAL))
"""Systems that are trained with several seeds; a baseline has one."""
