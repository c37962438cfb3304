"""How authors filed a paper, in the labels of a model."""

from __future__ import annotations

from dataclasses import dataclass

from arxonomy.checking.results import Cause
from arxonomy.inference import Classifier
from arxonomy.label_names import normalize_label
from arxonomy.papers.labels import clean_label, list_renames
from arxonomy.records import Paper


@dataclass(frozen=True, slots=True)
class Filing:
    """The categories that authors chose."""

    category: str
    """Their own category, a label of the model."""
    categories: tuple[str, ...] | None
    """All that they list, that one first; as it is written where the model does not know it. None where the
    paper comes without a list."""


@dataclass(frozen=True, slots=True)
class Unfiled:
    """Why it is not known what authors chose."""

    cause: Cause
    """Of which kind the reason is."""
    reason: str
    """The reason in words."""


class FilingReader:
    """Reads the categories of papers as labels of a model.

    An alias (`math.IT`) stands for the category in its place, and a label that training has merged into
    another one for that. A retired name says what a paper was filed under in its time: it is no choice of
    today's authors.

    Args:
        classifier: The model.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._taxonomy = classifier.taxonomy
        self._labels = {normalize_label(label): label for label in classifier.model_labels}
        for source in classifier.sources:
            renames = list_renames(source.recipe.data.among)
            self._labels |= {old: self._labels[new] for old, new in renames.items() if new in self._labels}

    def read(self, paper: Paper) -> Filing | Unfiled:
        """Read the categories that a paper's authors chose."""
        category = clean_label(paper.category or "")
        if not category:
            return Unfiled("no category", "the paper has no category")
        own = self._find_label(category)
        if own is None:
            return self._explain_unknown(category)
        codes = list(filter(None, map(clean_label, paper.categories)))
        listed = [self._find_label(code, also_retired=True) or code for code in codes]
        return Filing(own, tuple(dict.fromkeys([own, *listed])) if listed else None)

    def _find_label(self, code: str, *, also_retired: bool = False) -> str | None:
        """Find the label that a code of a paper stands for."""
        if code in self._labels or self._taxonomy is None:
            return self._labels.get(code)
        node = self._taxonomy.nodes.get(code)
        if node is None or node.canonical is None or (node.status == "retired" and not also_retired):
            return None
        return self._labels.get(node.canonical)

    def _explain_unknown(self, code: str) -> Unfiled:
        shown = f"`{code[:80]}`"
        node = None if self._taxonomy is None else self._taxonomy.nodes.get(code)
        if node is not None and node.status == "retired":
            now = f"; such papers are in {node.canonical} today" if node.canonical else ""
            return Unfiled("retired category", f"the category {shown} is retired{now}")
        if node is not None and node.status == "archive":
            return Unfiled("unknown category", f"{shown} holds categories and is none itself")
        return Unfiled("unknown category", f"the model does not know the category {shown}")
