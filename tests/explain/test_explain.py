"""One shape for all methods; clear errors."""

from __future__ import annotations

import json

import pytest

from arxonomy.errors import InputError, SettingsError
from arxonomy.explain import METHODS, explain_prediction
from arxonomy.records import Paper
from arxonomy.text import tokenize

PAPER = Paper("p", "A Grammar for: Parsing", "We parse İ-images; syntax, and the (Zyzzyva) token. " * 3)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("architecture", ["v1", "baseline", "arxonomy"])
def test_each_method_gives_each_word_a_score(classifier_of, architecture, method):
    classifier = classifier_of(architecture, "torch")
    result = explain_prediction(classifier, PAPER, method=method)
    assert result.prediction == classifier.classify([PAPER])[0]
    assert (result.method, result.category, result.against) == (
        method,
        result.prediction.category,
        None,
    )
    for words, scores, text in (
        (result.title_words, result.title, PAPER.title),
        (result.abstract_words, result.abstract, PAPER.abstract),
    ):
        assert [word.text for word in words] == tokenize(text)
        assert [text[word.start : word.end].lower() for word in words if word.text != "i"] == [
            word.text for word in words if word.text != "i"
        ]
        assert scores.shape == (len(words),) and scores.any()
    assert {word.text for word in result.abstract_words if not word.known} >= {"zyzzyva"}
    assert result.gates is not None and all(0 < gate < 1 for gate in result.gates)


@pytest.mark.slow
def test_as_json(classifier_of):
    result = explain_prediction(
        classifier_of(), Paper("p", "zyzzyva parsing", "token " * 302), against="cs.CV"
    )
    line = json.loads(json.dumps(result.to_dict()))
    assert list(line) == [
        *("id", "category", "probability", "categories", "read", "unknown_words", "warnings", "abstained"),
        *("listed", "typicality", "explanation"),
    ]
    own = line["explanation"]
    assert list(own) == [
        *("method", "category", "against", "log_odds", "title", "abstract", "branches", "gates", "unread")
    ]
    assert (own["method"], own["category"], own["against"]) == ("occlusion", line["category"], "cs.CV")
    assert own["title"][0] == {
        "word": "zyzzyva",
        "start": 0,
        "end": 7,
        "score": round(result.title[0], 8),
        "known": False,
    }
    assert len(own["abstract"]) == 300 and own["unread"] == {"title": 0, "abstract": 2}
    assert list(own["branches"]) == ["title", "abstract"]
    assert list(own["gates"]) == ["title", "abstract", "bag_of_words"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "occlusoin"}, "method: there is no `occlusoin`: did you mean `occlusion`"),
        ({"category": "cs.CLL"}, "category: the model has no category `cs.CLL`: did you mean `cs.CL`"),
        ({"against": "zoology"}, "against: the model has no category `zoology`: known: `astro-ph.CO`"),
        ({"category": "cs.CL", "against": "cs.CL"}, "found `cs.CL` twice"),
        ({"method": "attention", "category": "cs.CL"}, "attention belongs to no category"),
        ({"method": "gradients"}, "backend='torch'"),
    ],
)
def test_impossible_options_are_errors(classifier_of, options, message):
    with pytest.raises(SettingsError, match=message):
        explain_prediction(classifier_of(), PAPER, **options)


def test_a_paper_without_text_is_an_error(classifier_of):
    with pytest.raises(InputError, match="expected a title or an abstract"):
        explain_prediction(classifier_of(), ("", " "))


def test_a_paper_of_too_many_characters_is_an_error(classifier_of):
    title = "parsing"
    explain_prediction(classifier_of(), (title, "🙂" * (100_000 - len(title))))
    with pytest.raises(InputError, match="at most 100,000 characters to explain, found 100,001"):
        explain_prediction(classifier_of(), (title, "🙂" * (100_001 - len(title))))


def test_a_classifier_explains_itself(classifier_of):
    classifier = classifier_of("v1")
    paper, options = ("Parsing a corpus", "We parse tokens."), {"category": "cs.CV", "against": "cs.CL"}
    assert (
        classifier.explain(paper, **options).to_dict()
        == explain_prediction(classifier, paper, **options).to_dict()
    )
