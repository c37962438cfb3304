r"""Text with markup -> the text that is meant, step by step.

    `{\textless}`, `\&` -> signs | tags, entities, tags, entities, tags | LaTeX | Unicode's signs

Tags are read before and after entities, since an attribute may hold an escaped `<` and a whole tag may be
escaped. Each step takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Callable

from arxonomy.markup.edits import Edit, Places, apply_edits, move_places
from arxonomy.markup.entities import find_entities, find_tex_signs
from arxonomy.markup.latex import find_latex
from arxonomy.markup.symbols import find_symbols, has_symbols
from arxonomy.markup.tags import find_tags

_ESCAPED = 3
"""How often an entity may have been escaped."""


def clean_markup(text: str) -> str:
    r"""Read a text with markup as the text that is meant; one without stays as it is.

    >>> clean_markup("<p>H<sub>2</sub>O at p &lt; 0.05</p>").split()
    ['H2O', 'at', 'p', '<', '0.05']
    >>> clean_markup(r"\emph{Deep} $\tau$").split() == clean_markup("Deep 𝜏").split() == ["Deep", "tau"]
    True

    Args:
        text: Any text.
    """
    return text if _is_plain(text) else _clean(text, None)[0]


def clean_with_places(text: str) -> tuple[str, Places | None]:
    """Read a text as `clean_markup` does, and find where each character of the result was written.

    Args:
        text: Any text.

    Returns:
        The clean text, and where each of its characters begins and ends in `text`; None: where it is.
    """
    if _is_plain(text):
        return text, None
    return _clean(text, (list(range(len(text))), list(range(1, len(text) + 1))))


def _is_plain(text: str) -> bool:
    # Five looks for a sign are far faster than one expression for all of them.
    return not (
        "<" in text
        or "&" in text
        or "$" in text
        or "\\" in text
        or "{" in text
        or not (text.isascii() or not has_symbols(text))
    )


def _clean(text: str, places: Places | None) -> tuple[str, Places | None]:
    def edit(find: Callable[[str], list[Edit]]) -> bool:
        nonlocal text, places
        edits = find(text)
        if edits:
            if places is not None:
                places = move_places(places, edits)
            text = apply_edits(text, edits)
        return bool(edits)

    if "\\" in text or "$" in text:
        edit(find_tex_signs)
    for _ in range(_ESCAPED):
        if "<" in text:
            edit(find_tags)
        if "&" not in text or not edit(find_entities):
            break
    else:
        edit(find_tags)
    if "\\" in text or "$" in text or "{" in text:
        edit(find_latex)
    if not text.isascii():
        edit(find_symbols)
    return text, places
