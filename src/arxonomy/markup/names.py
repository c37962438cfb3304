"""The names of elements of HTML, JATS and MathML."""

from __future__ import annotations

PREFIXES = frozenset("jats mml m ce sb xhtml html h xlink w ns0 ns1 ns2 ns3 ns4 ns5 abs prism dc svg".split())
"""Prefixes of such elements: what has one is an element, whatever its name."""

INLINE = frozenset(
    "a abbr acronym b bdi bdo big bold bold-italic cite code del dfn em ext-link fixed-case font i inf "
    "ins inline-formula inline-graphic italic kbd mark monospace named-content nobr overline q roman s "
    "samp sans-serif sc scp small span strike strong styled-content sub subscript sup superscript tt u "
    "underline var wbr xref inline-supplementary-material email uri".split()
)
"""Elements within words: nothing comes in place of their tags."""

BLOCK = frozenset(
    "abstract abstracttext alt-title alternatives article-title bibref blockquote body br break center "
    "chem-struct copyrightinformation dd def-list disp-formula disp-quote div dl dt fig fn graphic h1 h2 "
    "h3 h4 h5 h6 head hr html img li list list-item media ol p para pre sec simple-para simplepara "
    "statement subtitle table tbody td tex-math tfoot th thead title tr trans-abstract trans-title ul".split()
)
"""Elements around words: a blank comes in place of their tags."""

AMBIGUOUS = frozenset(
    "article aside audio button canvas caption class data details dialog figure footer form header iframe "
    "image input label link main map meta nav object option output section select source style script "
    "summary svg text textarea time video".split()
)
"""Elements whose names stand in brackets in plain text too; with attributes or a prefix they are tags."""

DROPPED = frozenset("script style".split())
"""Elements whose content is not read."""

MATH = frozenset(
    "math semantics mrow mi mn mo mtext ms mspace msub msup msubsup munder mover munderover mfrac msqrt "
    "mroot mstyle merror mpadded mphantom mfenced menclose mmultiscripts mprescripts none mtable mtr "
    "mlabeledtr mtd maction maligngroup malignmark mglyph annotation annotation-xml apply ci cn "
    "csymbol".split()
)
"""Elements of formulas."""
