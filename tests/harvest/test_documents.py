from __future__ import annotations

import pytest

from arxonomy.errors import RemoteError
from arxonomy.harvest.client import TransientError
from arxonomy.harvest.documents import find_all, get_name, parse_html, parse_xml, read_texts


def test_names_have_no_namespaces_and_texts_are_in_one_line():
    root = parse_xml(b"<a xmlns='urn:x'><b> one\n two </b><c><d/></c><b>again</b><!-- x --><?y z?></a>", "a")
    assert read_texts(root) == {"b": "one two"}
    assert [get_name(child) for child in root] == ["b", "c", "b"]
    assert len(list(find_all(root, "b"))) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"text",
        b"<a>",
        b"<a><b></a>",
        b"<a>&nbsp;</a>",
        b"<a/><a/>",
        b"<c/>",
        b"<a>\xe9</a>",
    ],
)
def test_what_is_not_whole_may_be_well_the_next_time(body):
    with pytest.raises(TransientError):
        parse_xml(body, "a", "b")


@pytest.mark.parametrize(
    "prolog",
    [
        b"<!DOCTYPE a SYSTEM 'http://evil.example/x.dtd'>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        b"<!DOCTYPE a [<!ENTITY x 'xxxx'>]>",
        b"<?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused(prolog):
    with pytest.raises(RemoteError, match="found a document type") as caught:
        parse_xml(prolog + b"<a>&x;</a>", "a")
    assert not isinstance(caught.value, TransientError)


def test_html_needs_something_in_it():
    assert parse_html("<p>Größe<p>x".encode()).text_content() == "Größex"
    with pytest.raises(TransientError):
        parse_html(b"")
