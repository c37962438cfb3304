"""Texts that are hard to read: pieces of markup and of many scripts, and papers with a word for nothing."""

from __future__ import annotations

from hypothesis import strategies as st

_PIECES = r"""
\ $ { } _ ^ < > & / ; # " = - ! ' ` ~ . | ( ) [ ] Ab Z 0 19 CO st 2nd
<sub> </sub> <sup> </sup> <math> </math> <mml:math> </mml:math> <mi> </mi> <msub> </msub> <mover> </mover>
<mo> </mo> <mn>2</mn> <mtext> </mtext> <mfrac> </mfrac> <p> </p> <i> </i> <br/> <script> </script> <!-- -->
<![CDATA[ ]]> <tex-math> </tex-math> <alternatives> </alternatives>
&amp; &lt; &gt; &#945; &#x3b1; &#1; &#128; &nbsp &alpha; &notit; R&D
$x_1$ $^{2}$ $_2$ \emph{ \textbf{ \frac \cite{a} \begin{equation} \end{equation} \mathcal{L} \"o \'e \'s \c{c}
\textsubscript{ \textless {\textgreater} \& \unicode{x3b1} \documentclass{a} \begin{document} \href{u}{
\n \ss{} \( \) \[ \] $$ \$ \le \varepsilon \hat \\ \_
₂ ²⁺ α β Αθήνα ά 𝜏 𝔸 ℝ × → − ‐ İ K ß ﬁ 中文字 图 😀 𝟙 ٣ é
N/A None Withdrawn abstract
"""
_BLANKS = [" ", "\n", "\t", "\xa0", "\x1c", "\x85", "\u2028", "\x00", "\xad", "\u200b", "\ue000", "\ue002"]
PIECES = [*_PIECES.split(), *_BLANKS]

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)
"""Any characters of Unicode, and pieces that mean something."""

PAPERS = [
    ("Language models that see images", "Our language model parses sentences, and learns to segment images."),
    ("Parsing sentences", ""),
    (
        "",
        "We parse the grammar of sentences, and <i>segment</i> images of $\\tau$ in H<sub>2</sub>O.",
    ),
    ("N/A", "We learn policies by rewards with deep reinforcement learning agents."),
    ("On cracks in panels", "On cracks in panels."),
    (
        "Ein Modell der Sprache",
        "Wir lernen die Grammatik der Sätze mit einem neuronalen Netz und prüfen es an Bildern.",
    ),
    ("图神经网络", "我们提出了一种新的方法 graph neural network"),
    ("Pancakes", "Mix flour, milk and eggs; fry the batter in butter until golden, and serve it with syrup."),
    ("qwxzy", "zzyqx wqxyz"),
    (
        "Quantum error correction with surface codes " * 8,
        "We study the threshold of qubits, and decode errors. " * 60,
    ),
    (
        'Ω-limit sets of \\"odinger $\\alpha_1$ maps 😀',
        "Let $f \\colon X \\to Y$ be İ-smooth; then &amp;lt;b&amp;gt; holds for p < 0.05.",
    ),
]
"""Papers of every kind: whole, one part alone, markup, missing, long, another language, no paper at all."""
