"""What is read of which command of LaTeX; a command that is not named here is read by its name."""

from __future__ import annotations

STYLES = frozenset(
    "emph textbf textit texttt textsc textrm textsf textmd textup textsl textnormal textls underline "
    "uline ul hl em bf it tt rm sf sc sl bfseries itshape slshape scshape ttfamily rmfamily sffamily "
    "mdseries upshape normalfont mbox hbox ensuremath protect relax textcolor mathrm mathit mathbf mathsf "
    "mathtt mathbb mathcal mathfrak mathscr mathds mathnormal boldsymbol bm pmb text operatorname mathop "
    "mathbin mathrel mathord bold bb cal Bbb textquotesingle null allowbreak tiny small footnotesize "
    "large Large xspace".split()
)
"""Commands that change how letters look; nothing comes in their place."""

BLANKS = frozenset(
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr frac dfrac tfrac "
    "cfrac sfrac nicefrac hat widehat tilde widetilde bar overline vec overrightarrow dot ddot check "
    "breve acute grave mathring underbrace overbrace stackrel overset underset displaystyle textstyle "
    "scriptstyle limits nolimits cdot cdots dots ldots vdots ddots dotsc dotsb circ bullet ast star langle "
    "rangle lvert rvert lVert rVert vert Vert mid lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack "
    "colon prime quad qquad enspace thinspace space newline linebreak par noindent item centering hline "
    "phantom nonumber notag footnote section subsection paragraph title caption textquoteleft "
    "textquotedblleft textquotedblright textbullet textellipsis textperiodcentered textdegree degree "
    "textregistered texttrademark copyright textbar textbackslash lq rq smallskip medskip bigskip url "
    "path xspace setlength usepackage hfill vfill newpage substack".split()
)
"""Commands in whose place a blank comes: brackets, spaces, accents and fractions of formulas, notes."""

WITHOUT_ARGUMENT = frozenset(
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar citenum Cite Citep Citet autocite "
    "textcite parencite footcite ref eqref autoref cref Cref pageref nameref label vspace hspace begin "
    "end documentclass bibliographystyle bibliography includegraphics usepackage pagestyle thispagestyle "
    "setlength color".split()
)
"""Commands that are left out together with their arguments."""

WITHOUT_FIRST_ARGUMENT = frozenset("href textcolor colorbox hyperref".split())
"""Commands whose first argument, an address or a color, is left out."""

FORMULA_ENVIRONMENTS = frozenset(
    "equation equation* align align* aligned gather gather* multline multline* eqnarray eqnarray* math "
    "displaymath split cases matrix pmatrix bmatrix vmatrix array".split()
)
"""Environments whose content is a formula."""

SCRIPTS = {"textsubscript": "\ue000", "textsuperscript": "\ue001"}
"""Commands for an index and an exponent within text, and the mark of each."""

NAMES = {
    "le": "leq", "leqslant": "leq", "leqq": "leq", "ge": "geq", "geqslant": "geq", "geqq": "geq", "ne": "neq",
    "to": "rightarrow", "longrightarrow": "rightarrow", "implies": "rightarrow",
    "Longrightarrow": "rightarrow",
    "gets": "leftarrow", "longleftarrow": "leftarrow", "iff": "leftrightarrow", "longmapsto": "mapsto",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varpi": "pi", "varrho": "rho",
    "varsigma": "sigma", "varkappa": "kappa", "thicksim": "sim", "thickapprox": "approx", "land": "wedge",
    "lor": "vee", "lnot": "neg", "owns": "ni", "varnothing": "emptyset", "dag": "dagger", "textmu": "mu",
    "texttimes": "times", "textpm": "pm", "surd": "sqrt", "textalpha": "alpha", "textbeta": "beta",
}  # fmt: skip
"""Commands that mean what another one does -> that one."""
