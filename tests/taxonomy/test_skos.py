from __future__ import annotations

import logging
from pathlib import Path

import pytest

from arxonomy.errors import DataError
from arxonomy.taxonomy import read_taxonomy

pytest.importorskip("rdflib")

TURTLE = """
@prefix : <https://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> .
:animals a skos:Concept ; skos:prefLabel "Tiere"@de, "Animals"@en ; skos:notation "1" ; skos:narrower :birds .
:birds a skos:Concept ; skos:prefLabel "Birds"@en ; skos:notation "1.2" .
:owls a skos:Concept ; skos:prefLabel "Owls"@en ; skos:notation "1.2.3" ; skos:broader :birds, :animals .
:strix a skos:Concept ; skos:prefLabel "Strix"@en ; owl:deprecated true ; dct:isReplacedBy :owls .
"""

XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
<skos:Concept rdf:about="https://example.org/a"><skos:prefLabel>Law</skos:prefLabel></skos:Concept>
<skos:Concept rdf:about="https://example.org/b"><skos:prefLabel>Tax law</skos:prefLabel>
<skos:broader rdf:resource="https://example.org/a"/></skos:Concept>
</rdf:RDF>
"""


def test_turtle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "own.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    own = read_taxonomy(path)
    assert own.levels == ("1", "2") and own.get_name("1") == "Animals"
    assert own.nodes["1.2.3"].path == ("1", "1.2.3") and own.nodes["1.2"].path == ("1", "1.2")
    assert own.nodes["1.2.3"].uri == "https://example.org/owls"
    assert own.find_canonical("Strix") == "1.2.3" and own.find_canonical("1.2") == "1.2"
    assert "1 concept has several broader ones" in caplog.text


def test_the_labels_of_papers_choose_the_codes(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    by_name = read_taxonomy(path, ["Owls", "Birds"])
    assert by_name.nodes["Birds"].path == ("Animals", "Birds") and by_name.get_name("Birds") is None
    by_uri = read_taxonomy(path, ["https://example.org/owls"])
    assert by_uri.get_name("https://example.org/owls") == "Owls"


def test_rdf_xml(tmp_path: Path) -> None:
    path = tmp_path / "own.rdf"
    path.write_text(XML, encoding="utf-8")
    assert read_taxonomy(path).nodes["Tax law"].path == ("Law", "Tax law")


@pytest.mark.parametrize(("text", "fault"), [("a b", "found a fault"), ("", "a skos:Concept for each")])
def test_what_is_no_skos_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=fault):
        read_taxonomy(path)
