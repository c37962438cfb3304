from __future__ import annotations

import decimal

import numpy as np
import pandas as pd
import pytest

from arxonomy.papers.fields.missing import is_missing, is_missing_text, is_missing_word

WORDS = "NA N/A n/a nan NaN NULL null None <NA> #N/A NaT - -- ? . n.a. [] (-) k.A.".split()
WORDS += ["", "  ", "n / a", "keine Angabe", "Not available", "—"]

TEXTS = [
    "[No abstract available]",
    "TBD",
    "TODO",
    "(see PDF)",
    "[object Object]",
    "Geen abstract beschikbaar",
    "Zusammenfassung fehlt",
    "No abstract available",
    "No abstract available.",
    "No Abstract",
    "(no summary provided)",
    "There is no abstract available",
    "No abstract is available for this article.",
    "Abstract not available",
    "[Abstract not available.]",
    "An abstract is not available for this content.",
    "Abstract unavailable",
    "Abstract:",
    "Abstract",
    "Withdrawn.",
    "[Withdrawn]",
    "This paper has been withdrawn.",
    "This paper has been withdrawn by the author due to a sign error in equation (7)",
    "This submission has been withdrawn at the request of the authors",
    "this article has been retracted",
    "Withdrawn by the authors",
    "Kein Abstract verfügbar",
    "Keine Zusammenfassung vorhanden",
    "Pas de résumé disponible",
    "Résumé non disponible",
    "Resumen no disponible",
    "Sin resumen",
    "Resumo não disponível",
    "[No title available]",
    "Untitled",
    "not yet available",
]

KEPT = [
    "No free lunch for abstracts",
    "Abstract interpretation of loops",
    "Abstracts for everyone",
    "None of these models can count",
    "Nan province: a map",
    "Not all tokens are needed",
    "No abstract syntax tree is needed",
    "Missing data and how to fill it in",
    "This paper has been accepted",
    "This paper has been withdrawn. We study how often papers are withdrawn, and why.",
    "Withdrawn consent in federated learning",
    "Summary of results",
    "Title",
    "Untitled works of art, sorted",
    "NA-cycles",
    "a",
    "1",
    "+",
    "No abstract available" + " and then much text that says what the paper is about" * 10,
]


@pytest.mark.parametrize("word", WORDS)
def test_words_for_nothing_are_nothing_everywhere(word: str) -> None:
    assert is_missing_word(word) and is_missing_text(word)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("change", [str, str.upper, "  {} ".format, "[{}]".format, "<{}>".format])
def test_texts_that_say_there_is_none(text: str, change) -> None:
    assert is_missing_text(change(text))


@pytest.mark.parametrize("text", KEPT)
def test_texts_that_merely_contain_such_words_are_kept(text: str) -> None:
    assert not is_missing_text(text)


@pytest.mark.parametrize("label", ["cs.NA", "none of these", "no", "Withdrawn", "abstract", "0", "C++"])
def test_labels_that_are_labels(label: str) -> None:
    assert not is_missing_word(label)


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        *[(value, True) for value in (None, float("nan"), np.float32("nan"), np.nan, pd.NA, pd.NaT)],
        (np.datetime64("NaT"), True),
        (decimal.Decimal("NaN"), True),
        *[
            (value, False)
            for value in (0, "", "nan", False, [], {}, np.array([1.0, 2.0]), decimal.Decimal(1))
        ],
    ],
)
def test_empty_cells(value: object, missing: bool) -> None:
    assert is_missing(value) is missing
