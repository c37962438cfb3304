"""One prediction -> its explanation, by the requested method."""

from __future__ import annotations

from arxonomy.errors import InputError, SettingsError, needs_extra, suggest_name
from arxonomy.explain.attention import compute_attention, compute_gates
from arxonomy.explain.explanation import METHODS, Explanation, Method
from arxonomy.explain.occlusion import occlude
from arxonomy.explain.target import choose_target
from arxonomy.explain.words import read_words
from arxonomy.inference import Classifier, PaperLike
from arxonomy.inference.paper_like import as_paper
from arxonomy.records import TOP_K

MAX_WORDS = 2000
"""Words of a paper that are explained; the paper is classified once without each of them."""

MAX_CHARACTERS = 100_000
"""Characters of title and abstract that are explained; each of those copies holds nearly all of them, and not
all of them need be words."""


def explain_prediction(
    classifier: Classifier,
    paper: PaperLike,
    *,
    method: Method = "occlusion",
    category: str | None = None,
    against: str | None = None,
    top_k: int | None = TOP_K,
) -> Explanation:
    """Classify one paper and find the words that drove the prediction.

    Args:
        classifier: From `arxonomy.load`. For an ensemble, occlusion and gradients explain the whole
            vote, attention the first network. Where copies of papers are classified, the paper itself is
            explained.
        paper: As for `Classifier.classify`.
        method: `occlusion` works with every model. `gradients` needs networks that PyTorch computes
            (`load(..., backend="torch")`) and Captum. `attention` needs a network, shows where it looked, and
            knows no categories.
        category: The category to explain; None: the most probable one.
        against: Another category: then what separates `category` from it is explained. None: from all others.
        top_k: Categories that the prediction keeps, as `Classifier.classify` does.

    Raises:
        InputError: The paper has neither title nor abstract, is no paper, or has more than `MAX_CHARACTERS`
            characters, or more than `MAX_WORDS` words for a model that reads them all.
        SettingsError: The method or a category is unknown, or the method does not support the request.
        MissingExtraError: The method `gradients` without PyTorch or Captum.
    """
    if method not in METHODS:
        raise SettingsError(f"method: there is no `{method}`: {suggest_name(method, METHODS)}")
    if method == "attention" and (category is not None or against is not None):
        raise SettingsError(
            "attention belongs to no category: leave out category and against, or take the method occlusion"
        )
    paper = as_paper(paper, 1)
    if (size := len(paper.title) + len(paper.abstract)) > MAX_CHARACTERS:
        raise InputError(
            f"paper {paper.id}: expected at most {MAX_CHARACTERS:,} characters to explain, found {size:,}; "
            "give a title and an abstract"
        )
    (prediction,) = classifier.classify([paper], top_k)
    target = choose_target(classifier, prediction, category, against)
    words = read_words(classifier, paper)
    if (count := len(words.title) + len(words.abstract)) > MAX_WORDS:
        raise InputError(
            f"paper {paper.id}: expected at most {MAX_WORDS:,} words to explain, found {count:,}; "
            "give a title and an abstract"
        )
    occlusion = occlude(classifier, paper, target, words, each_word=method == "occlusion")
    title, abstract, title_map = occlusion.title, occlusion.abstract, None
    if method == "attention":
        title, abstract, title_map = compute_attention(classifier, paper, words)
    elif method == "gradients":
        with needs_extra("train", "the method gradients", "the method occlusion needs nothing more"):
            from arxonomy.explain.gradients import integrate_gradients
        title, abstract = integrate_gradients(classifier, paper, target, words)
    return Explanation(
        paper=paper,
        prediction=prediction,
        method=method,
        category=target.category,
        against=target.against,
        log_odds=occlusion.log_odds,
        title_words=words.title,
        abstract_words=words.abstract,
        title=title,
        abstract=abstract,
        branches=occlusion.branches,
        gates=compute_gates(classifier, paper),
        unread=words.unread,
        title_map=title_map,
        names=classifier.names,
    )
