"""The usual words for nothing: `N/A` for a label, `[No abstract available]` for an abstract."""

from __future__ import annotations

import re
from typing import Any

from arxonomy.markup import clean_markup

MAX_MISSING = 300
"""Longest text that can stand for nothing, in characters; a longer one merely contains such words."""

_SIGNS = " \t\r\n\xa0\ufeff-–—_.…?!*/\\|[](){}<>\"'`“”„«»:;,#"
_WORDS = frozenset(
    "na,n/a,n / a,n.a,n. a,nan,null,none,nil,nat,undefined,not available,not applicable,value!,ref!,k.a,k. a,"
    "tbd,tba,todo,see pdf,see full text,object object,"
    "keine angabe,keine angaben,nicht verfügbar,nicht vorhanden,non disponible,no disponible,non disponibile,"
    "não disponível,无,無,なし".split(",")
)

_THING = (
    r"(?:abstracts?|summary|description|zusammenfassung|kurzfassung|résumé|resume|resumen|resumo|riassunto"
    r"|sommario|titles?|titel|título|titulo|titre|titolo)"
)
_THERE = (
    r"(?:available|provided|found|given|supplied|present|included|submitted|required|received|entered|recorded"
    r"|beschikbaar|verfügbar|vorhanden|verfuegbar|disponible|disponibile|disponível|disponivel|fourni)"
)
_BE = r"(?:\s(?:is|was|are|has\sbeen|ist|wurde|est|es|é|è))?(?:\s(?:currently|yet))?"
_FOR_WHAT = r"(?:\s(?:for|in|from|with|by|on|at|pour|para|zu|für)\s[^.!?]{1,60})?"
_OF_WHAT = r"(?:\s(?:of|for)\s(?:this|the)\s\w+)?"
_PAPER = r"(?:paper|article|submission|manuscript|work|preprint|report|document|arxiv\s\w+)"
_TEXT = re.compile(
    rf"""(?:abstract:?\s(?!.{{0,3}}text\b))?(?:
      abstract | abstract\stext | summary | zusammenfassung | résumé | resumen | resumo
    | untitled | sans\stitre
    | (?:there\sis\s)? (?:no|sans|sin|sem|ohne|kein|keine|geen|aucun|nessun|senza|pas\sde|no\shay|não\shá)
      \s {_THING} {_BE} (?:\s{_THERE})? (?:\syet)? {_FOR_WHAT}
    | (?:an?\s|the\s)? {_THING} (?:\stext)? {_OF_WHAT} :? {_BE}
      \s (?:not|un|nicht|non|no|não) [\s-]? (?:(?:currently|yet)\s)? {_THERE} {_FOR_WHAT}
    | (?:an?\s|the\s)? {_THING} {_OF_WHAT} :? {_BE} \s (?:missing|empty|to\sfollow|fehlt)
    | (?:not|none|nicht|non|no) \s (?:(?:currently|yet)\s)? {_THERE}
    | unavailable | missing | withdrawn | retracted
    | this\s{_PAPER}\s(?:has\s(?:now\s)?been|is|was)\s(?:now\s|being\s|temporarily\s)?
      (?:withdrawn|retracted|removed) \b [^.!?]{{0,150}}
    | (?:{_PAPER}\s)? (?:withdrawn|retracted) \s (?:by|due\sto|because|as|since|from) \b [^.!?]{{0,120}}
    | {_PAPER}\s(?:withdrawn|retracted)
    | 暂无摘要 | 无摘要 | 摘要なし | 抄録なし | 要旨なし
    )(?: \. \s (?:as\syou\shave\saccess|please|click) \b .{{0,200}} )?""",
    re.VERBOSE,
)
# The first two letters of all the above, so that nearly every title needs no more than a look at them.
_STARTS = frozenset(
    "na,n/,n ,n.,nu,no,ni,nã,un,va,re,tb,to,ge,se,ob,k.,ke,zu,ku,ré,ri,so,ti,tí,ab,su,de,th,sa,si,se,"
    "oh,au,ne,pa,an,a ,mi,wi,ar,pr,ma,wo,do,无,無,なし,暂无,无摘,摘要,抄録,要旨".split(",")
)


def is_missing(value: Any) -> bool:
    """Whether a table's cell is empty: None, NaN, NaT, or pandas' NA; text never is."""
    # pandas' values are recognized by name, since it need not be installed; only NaN differs from itself.
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str | bytes | bool | int | list | dict | tuple):
        return False
    try:
        return bool(value != value)
    except (TypeError, ValueError, ArithmeticError, RuntimeError):  # an array, or a number that signals
        return False


def is_missing_word(text: str) -> bool:
    """Whether a label, an id or a date is a word for nothing, or no more than signs.

    >>> [word for word in ("N/A", "nan", "?", "-", "cs.NA", "none of these") if is_missing_word(word)]
    ['N/A', 'nan', '?', '-']
    """
    if len(text) > MAX_MISSING:
        return False
    word = text.strip(_SIGNS)
    return not word or (word[:2].casefold() in _STARTS and " ".join(word.split()).casefold() in _WORDS)


def is_missing_text(text: str) -> bool:
    """Whether a title or an abstract only says that there is none, or that the paper is withdrawn.

    >>> is_missing_text("[No abstract available]"), is_missing_text("No abstract, please: summaries of code")
    (True, False)
    """
    start = text[:2]  # letters and digits stay what they are, so that most texts need not be cleaned
    if len(text) > MAX_MISSING or (start.isalnum() and start.isascii() and _starts_otherwise(start)):
        return False
    words = clean_markup(text).strip(_SIGNS)
    if not words:
        return True
    if _starts_otherwise(words):
        return False
    words = " ".join(words.split()).casefold()
    return words in _WORDS or _TEXT.fullmatch(words) is not None


def _starts_otherwise(text: str) -> bool:
    return text[:2].casefold() not in _STARTS
