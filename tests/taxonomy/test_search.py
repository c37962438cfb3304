"""Words are found in codes and names, whatever their case."""

from __future__ import annotations

import pytest

from arxonomy.taxonomy import Node, Taxonomy, get_arxiv, search_nodes


def list_codes(text: str) -> list[str]:
    return [node.code for node in search_nodes(get_arxiv(), text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("cs.CL", ["cs.CL"]),  # and not cs.DC, of Cluster Computing
        (" CS.cl ", ["cs.CL"]),
        ("Computation and Language", ["cs.CL", "cmp-lg"]),
        ("comput lang", ["cs.CL", "cmp-lg"]),
        ("machine learning", ["cs.LG", "stat.ML"]),
        ("quant-ph", ["quant-ph"]),
    ],
)
def test_a_category_is_found_by_its_code_and_by_words_of_its_name(text, codes):
    assert list_codes(text) == codes


def test_the_category_comes_after_its_alias():
    assert list_codes("math.IT") == ["math.IT", "cs.IT"]
    assert list_codes("cs.SY")[:2] == ["cs.SY", "eess.SY"]


def test_an_archive_comes_before_what_it_holds():
    first, *others = list_codes("cs")
    assert first == "cs" and {"cs.CL", "cs.LG"} <= set(others)


@pytest.mark.parametrize("text", ["", "  ", "...", "zzz", "language zzz", "anguage"])
def test_what_has_not_all_words_is_not_found(text):
    assert list_codes(text) == []


def test_names_of_any_language_are_searched():
    nodes = {"b": Node("b", ("b",), "Bildverarbeitung und Sehen"), "ö": Node("ö", ("ö",), "Ökologie")}
    taxonomy = Taxonomy("mine", ("level",), nodes)
    assert [node.code for node in search_nodes(taxonomy, "sehen BILD")] == ["b"]
    assert [node.code for node in search_nodes(taxonomy, "öko")] == ["ö"]
