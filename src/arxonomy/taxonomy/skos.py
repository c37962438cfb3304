"""SKOS (https://www.w3.org/TR/skos-reference), in Turtle or RDF/XML -> `Taxonomy`; needs the extra `skos`."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from arxonomy.errors import DataError, needs_extra
from arxonomy.label_names import normalize_label
from arxonomy.messages import format_count
from arxonomy.taxonomy.concepts import Concept, build_taxonomy
from arxonomy.taxonomy.taxonomy import Status, Taxonomy

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node as Term

_LOG = logging.getLogger(__name__)

FORMATS = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".skos": "xml"}
"""How a file's name ends -> rdflib's name of its form."""


def parse_skos(data: bytes, form: str, name: str, labels: tuple[str, ...] = ()) -> Taxonomy:
    """Parse the bytes of a file.

    The code of a concept is its notation, its preferred label or its URI: whichever most of `labels` are;
    a concept without one of that kind, or with one that another has too, has the next. Its name is its
    preferred label, in English if there is one. Of several broader concepts the first in the order of
    their codes counts, since probabilities are summed up along one path. A concept that is
    `owl:deprecated` is a retired name; `dct:isReplacedBy` names the one in its place.

    Args:
        data: The bytes.
        form: A value of `FORMATS`.
        name: Where they are from.
        labels: The labels that papers have.

    Raises:
        DataError: They are no such form, or have no concepts; or see `build_taxonomy`.
        MissingExtraError: rdflib is not installed.
    """
    with needs_extra("skos", "a taxonomy in SKOS"):
        import rdflib

    graph = rdflib.Graph()
    try:
        graph.parse(data=data, format=form)
    except Exception as error:  # parsers of rdflib raise what they like
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{name}: expected SKOS in {form}, found a fault: {reason}") from error
    concepts = sorted(set(graph.subjects(rdflib.RDF.type, rdflib.SKOS.Concept)), key=str)
    if not concepts:
        raise DataError(f"{name}: expected SKOS with a skos:Concept for each category, found none")
    names = {concept: _choose_name(graph, concept) for concept in concepts}
    codes = _choose_codes(graph, concepts, names, frozenset(map(normalize_label, labels)))
    broader = _find_broader(graph, codes, name)
    return build_taxonomy(
        [
            _make_concept(graph, concept, codes, names[concept], broader.get(concept))
            for concept in sorted(concepts, key=codes.__getitem__)
        ],
        name,
    )


def _choose_name(graph: Graph, concept: Term) -> str:
    """Choose the preferred label in English, else one without a language, else another; may be empty."""
    from rdflib import SKOS, Literal

    found = [label for label in graph.objects(concept, SKOS.prefLabel) if isinstance(label, Literal)]
    ranks = {"en": 0, None: 1}
    best = sorted(found, key=lambda label: (ranks.get(label.language, 2), str(label)))
    return normalize_label(str(best[0])) if best else ""


def _choose_codes(
    graph: Graph, concepts: list[Term], names: dict[Term, str], labels: frozenset[str]
) -> dict[Term, str]:
    from rdflib import SKOS

    notations = {
        concept: normalize_label(min(map(str, graph.objects(concept, SKOS.notation)), default=""))
        for concept in concepts
    }
    kinds = [notations, names, {concept: str(concept) for concept in concepts}]
    kinds.sort(key=lambda kind: -len(labels & set(kind.values())))  # stable: of equals in the order above
    codes: dict[Term, str] = {}
    taken = {""}
    for concept in concepts:
        codes[concept] = next((kind[concept] for kind in kinds if kind[concept] not in taken), str(concept))
        taken.add(codes[concept])
    return codes


def _find_broader(graph: Graph, codes: dict[Term, str], name: str) -> dict[Term, str]:
    from rdflib import SKOS

    found: dict[Term, set[str]] = defaultdict(set)
    pairs = [
        *graph.subject_objects(SKOS.broader),
        *((low, high) for high, low in graph.subject_objects(SKOS.narrower)),
    ]
    for low, high in pairs:
        if low in codes and high in codes:
            found[low].add(codes[high])
    if several := sum(len(own) > 1 for own in found.values()):
        _LOG.info(
            "%s: %s several broader ones: the first in the order of their codes counts",
            name,
            format_count(several, "concept has", "concepts have"),
        )
    return {low: min(own) for low, own in found.items()}


def _make_concept(
    graph: Graph, concept: Term, codes: dict[Term, str], name: str, broader: str | None
) -> Concept:
    from rdflib import DCTERMS, OWL

    stated = {str(value).casefold() for value in graph.objects(concept, OWL.deprecated)}
    status: Status = "retired" if stated & {"true", "1"} else "active"
    heirs = sorted(codes[heir] for heir in graph.objects(concept, DCTERMS.isReplacedBy) if heir in codes)
    code = codes[concept]
    return Concept(
        code,
        name if name != code else None,
        broader,
        status,
        heirs[0] if status == "retired" and len(heirs) == 1 else None,
        str(concept),
    )
