from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arxonomy.markup import clean_markup, clean_with_places
from arxonomy.text import find_token_spans, tokenize
from arxonomy.text.tokens import count_foreign_words

MML = "xmlns:mml='http://www.w3.org/1998/Math/MathML'"


@pytest.mark.parametrize(
    "text",
    [
        "BERT: Pre-training, 2nd ed.",
        "Poincaré maps, naïve Bayes and Erdős numbers – a survey",
        "graph 图神经网络 сеть",
        "n-gram -- and so on; max_len, x^2, ~5, 100%",
        "the result of if a > b: c } d",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_markup(text) is text
    assert clean_with_places(text) == (text, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p<0.05, a < b, n<10 and m>3", "p 0 05 a b n 10 and m 3"),
        ("if a<b and c>d then x<y", "if a b and c d then x y"),
        ("costs $5 and $10, or $3.5 million", "costs 5 and 10 or 3 5 million"),
        ("AT&T, R&D, Q&A; vision & language, ablation&copy", "at t r d q a vision language ablation copy"),
        ("a <think> token </think> and <class> names", "a think token think and class names"),
        ("sets {cat, dog} and {0,1}", "sets cat dog and 0 1"),
        ("an <unclosed tag and {an unclosed brace", "an unclosed tag and an unclosed brace"),
        (r"a path C:\data\new", "a path c data new"),
        ("<output> of <input>", "output of input"),
    ],
)
def test_signs_of_plain_text_are_no_markup(text: str, words: str) -> None:
    assert tokenize(text) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H<sub>2</sub>O and CO<SUB>2</SUB>", "h2o and co2"),
        ("<i>E. coli</i> <b>B</b>ERT <scp>Gpt</scp>s", "e coli bert gpts"),
        ("<p>One</p><p>two<br/>three<br>four</p>", "one two three four"),
        ('<a href="https://x.org/?a=1&amp;b=2" title="a &gt; b">link</a>s', "links"),
        ("the 19<sup>th</sup> and 2<sup>nd</sup>", "the 19th and 2nd"),
        ("<!-- a comment --> text <script>x = 1;</script>only<style>p {}</style>", "text only"),
        (
            "<jats:title>Abstract</jats:title><jats:p>We <jats:italic>show</jats:italic></jats:p>",
            "abstract we show",
        ),
        ("<jats:sec><jats:title>Background</jats:title><jats:p>None.</jats:p></jats:sec>", "background none"),
        ('<AbstractText Label="METHODS" NlmCategory="METHODS">Deep</AbstractText>', "deep"),
        ("<ce:italic>In vivo</ce:italic> CO<inf>2</inf>", "in vivo co2"),
        ("<![CDATA[some <b>text</b>]]>", "some text"),
        ("text <!-- without end", "text without end"),
        ("text <script> without end", "text without end"),
        ("a <i>word and </b> end", "a word and end"),
        (r"<tex-math notation=\"LaTeX\">$k$</tex-math>-means", "k -means"),
        ('by <script type="math/tex">x^2</script> and', "by x 2 and"),
        ("<article-title>Deep nets</article-title>", "deep nets"),
    ],
)
def test_tags_are_read(text: str, words: str) -> None:
    assert tokenize(text) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("looks&nbsp;while&nbspit&#160;is&#xA0;so", "looks while it is so"),
        ("&lt;i&gt;Deep&lt;/i&gt; &amp;lt;b&amp;gt;nets&amp;lt;/b&amp;gt;", "deep nets"),
        ("p &lt; 0.05 &amp;lt; 0.1 &amp; more", "p 0 05 0 1 more"),
        ("seg&shy;mentation, Pre&#8208;training, zero&#8203;width", "segmentation pre-training zerowidth"),
        ("&quot;Attention&quot; &ldquo;is&rdquo; all&hellip;", "attention is all"),
        ("&alpha; &#945; &#x3b1; &amp;alpha; &amp;#945;", "alpha alpha alpha alpha alpha"),
        ("&#99999999999; &#xFFFFFF; &nosuch; &;", "99999999999 nosuch"),
    ],
)
def test_entities_are_read(text: str, words: str) -> None:
    assert tokenize(text) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"{\textless}i{\textgreater}E. coli{\textless}/i{\textgreater}", "e coli"),
        (r"\textless{}b\textgreater{}Deep\textless/b\textgreater{} nets", "deep nets"),
        ("$<$i$>$Deep$<$/i$>$ nets", "deep nets"),
        (r"$\less$i$\greater$Deep$\less$/i$\greater$ nets, CO$_{\textrm{2}}$", "deep nets co2"),
        (r"R{\&}D, AT\&T, p {\&}lt; 0.05, {\&}amp;lt;i{\&}amp;gt;so", "r d at t p 0 05 so"),
        (r"CO\textsubscript{2}, H{\textsubscript{2}}O, 10\textsuperscript{-3}", "co2 h2o 10 -3"),
        (r"{BERT}, {B}ERT, {\"U}ber, Schr{\"{o}}dinger", "bert bert ber schr dinger"),
    ],
)
def test_tags_in_the_words_of_bibtex_are_read(text: str, words: str) -> None:
    assert tokenize(text) == words.split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            r"\emph{Deep} \textbf{B}idirectional \textit{nets} {\em so} \underline{on}",
            "deep bidirectional nets so on",
        ),
        (r"as in \cite{smith2020}, \citep[see][p. 3]{a,b} and~\ref{fig:x}", "as in and"),
        (r"95\% of A\_B, \#1, $100\%$", "95 of a b 1 100"),
        (r"\href{https://a.org/x_y}{Code} \url{https://a.org}", "code https a org"),
        (
            r"R\'enyi, Poincar\'{e}, na\"{\i}ve, Erd\H{o}s, Fran\c{c}ois, \O rsted",
            "r nyi poincar na ve erd s fran ois rsted",
        ),
        (r"the model\'s \"quoted words\" here", "the model s quoted words here"),
        (r"\begin{itemize} \item one \item two \end{itemize}", "one two"),
        (r"\footnote{Code: here} \ourmodel{} is", "code here ourmodel is"),
        (r"\textcolor{red}{warm} \mbox{words}", "warm words"),
        (r"well\-known \LaTeX{} pre-\emph{training}", "wellknown latex pre-training"),
        (r"\documentclass[12pt]{minimal}\usepackage{amsmath}\begin{document}$$x_1$$\end{document}", "x 1"),
        ("first\\nSecond line\\n\\nThird one\\n", "first second line third one n"),
        ("lines broken\n  as in\n  a dump $x$", "lines broken as in a dump x"),
        (r"$\mathcal{L}_{\text{max}}$ and \(\mathbf{x}\)", "l max and x"),
    ],
)
def test_latex_is_read(text: str, words: str) -> None:
    assert tokenize(text) == words.split()


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        (
            "tau",
            [r"$\tau$", r"\(\tau\)", "τ", "𝜏", "&tau;", "&#964;", "<math><mi>τ</mi></math>", r"$$\tau$$"],
        ),
        (
            "r n",
            [r"$\mathbb{R}^n$", r"$\mathbb{R}^{n}$", "ℝⁿ", "<math><msup><mi>ℝ</mi><mi>n</mi></msup></math>"],
        ),
        (
            "r n",
            [
                "<math><msup><mi mathvariant='double-struck'>R</mi><mi>n</mi></msup></math>",
                f"<mml:math {MML} alttext='\\mathbb{{R}}^n'><mml:semantics><mml:msup><mml:mi>ℝ"
                "</mml:mi><mml:mi>"
                "n</mml:mi></mml:msup><mml:annotation encoding='application/x-tex'>\\mathbb{R}^n"
                "</mml:annotation>"
                "</mml:semantics></mml:math>",
            ],
        ),
        (
            "l 1",
            ["$L_1$", "$L_{1}$", "L₁", "L<sub>1</sub>", "<math><msub><mi>L</mi><mn>1</mn></msub></math>"],
        ),
        (
            "co2",
            ["$CO_2$", "CO$_2$", "CO₂", "CO<sub>2</sub>", "<math><msub><mi>CO</mi><mn>2</mn></msub></math>"],
        ),
        ("10 -3", ["$10^{-3}$", "10$^{-3}$", "10⁻³", "10<sup>-3</sup>", "10<sup>−3</sup>"]),
        (
            "x leq 5",
            [r"$x \leq 5$", r"$x\le 5$", "x ≤ 5", "x≤5", "<math><mi>x</mi><mo>≤</mo><mn>5</mn></math>"],
        ),
        (
            "3 times 3",
            [r"$3 \times 3$", r"$3\times3$", "3×3", "3 × 3", "<math><mn>3</mn><mo>×</mo><mn>3</mn></math>"],
        ),
        (
            "o n log n",
            [
                r"$O(n \log n)$",
                "O(n log n)",
                "𝑂(𝑛 log 𝑛)",
                "<math><mi>O</mi><mo>(</mo><mi>n</mi>\n <mi> log </mi><mo>&#8289;</mo><mi>n"
                "</mi><mo>)</mo></math>",
            ],
        ),
        (
            "a b",
            [
                r"$\frac{a}{b}$",
                "a/b",
                "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
                r"$\frac{\hat{a}}{b}$",
            ],
        ),
        (
            "epsilon -dp",
            [r"$\epsilon$-DP", r"$\varepsilon$-DP", "ε-DP", "𝜀-DP", "<math><mi>ε</mi></math>-DP"],
        ),
        (
            "x i 2",
            [
                "$x_i^2$",
                "$x_{i}^{2}$",
                "xᵢ²",
                "<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>",
                r"\begin{equation}x_i^2\end{equation}",
                "<i>x</i><sub>i</sub><sup>2</sup>",
            ],
        ),
        ("x", ["$\\hat{x}$", "<math><mover accent='true'><mi>x</mi><mo>^</mo></mover></math>", "x̂"]),
        ("sqrt n", [r"$\sqrt{n}$", "√n", "<math><msqrt><mi>n</mi></msqrt></math>"]),
    ],
)
def test_a_formula_is_the_same_words_however_it_is_written(words: str, forms: list[str]) -> None:
    for form in forms:
        for text in (form, f"<p>of {form} in</p>"):
            assert [word for word in tokenize(text) if word not in ("of", "in")] == words.split(), text
        assert count_foreign_words(form.replace("x̂", "")) == 0, form


def test_alternatives_of_a_formula_are_read_once() -> None:
    text = (
        "<jats:inline-formula><jats:alternatives><jats:tex-math>$$\\tau$$</jats:tex-math><mml:math><mml:mi>τ"
        "</mml:mi></mml:math></jats:alternatives></jats:inline-formula> is <inline-formula><tex-math>"
        "$\\sigma$</tex-math></inline-formula>"
    )
    assert tokenize(text) == ["tau", "is", "sigma"]


@pytest.mark.parametrize(
    "text",
    [
        "Το δίκτυο και η μάθηση με γραφήματα",
        "Ο αλγόριθμος BERT",
        "Ανάλυση εικόνων με τη χρήση του BERT",
        "ΝΕΥΡΩΝΙΚΑ ΔΙΚΤΥΑ",
    ],
)
def test_a_greek_text_stays_foreign(text: str) -> None:
    assert clean_markup(text) == text
    assert count_foreign_words(text) >= 3


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a <i>deep</i> net", ["a", "deep", "net"]),
        ("H<sub>2</sub>O is", ["H<sub>2</sub>O", "is"]),
        (r"the $\tau$ of &alpha; and &amp;beta;", ["the", r"\tau", "of", "&alpha;", "and", "&amp;beta;"]),
        ("ℝⁿ 𝜏", ["ℝ", "ⁿ", "𝜏"]),
        ("İ <b>x</b> İ y", ["İ", "x", "İ", "y"]),
        (r"\textbf{B}ERT \cite{x} R\'enyi", [r"B}ERT", "R", "nyi"]),
        ("<math><mi>x</mi><mo>=</mo><mn>1</mn></math>", ["x", "1"]),
    ],
)
def test_words_are_found_where_they_were_written(text: str, written: list[str]) -> None:
    assert [text[start:end] for start, end in find_token_spans(text)] == written


MARKS = st.sampled_from(
    [
        *"<>&$\\{}_^ -ab2;#'\"", "<i>", "</i>", "<sub>", "</sub>", "<math>", "</math>", "<mi>", "</mi>",
        "<mo>",
        "<msub>", "</msub>", "<mfrac>", "&lt;", "&amp;", "&#945;", r"\alpha", r"\textbf{", r"\cite{",
        r"\(", r"\)", "$$",
        "<!--", "-->", "<script>", "</script>", "<alternatives>", "<tex-math>", "τ", "₂", "ⁿ", "İ",
        "\ue000", "\ue002",
        r"\begin{equation}", r"\'", "{\\textless}", "<![CDATA[", "]]>", "<annotation>", "</annotation>", "\n",
    ]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(MARKS, max_size=40).map("".join))
def test_any_markup_has_spans_in_order(text: str) -> None:
    spans, tokens = find_token_spans(text), tokenize(text)
    assert len(spans) == len(tokens)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    clean, places = clean_with_places(text)
    assert clean == clean_markup(text)
    assert places is None or len(clean) == len(places[0]) == len(places[1])


HOSTILE = [
    "<", "$", "&", "\\", "{", "}", "^{", "<i>", "<math>", "<math><msub>", "<!--", "<script>", "&amp;",
        "<a b=", "<a b='",
    "&lt;", "\\cite{", "\\cite[", "\\(", "\\begin{equation}", "$x$ ", "$ ", "\\textbf{", "\\\"a",
        "<alternatives>",
    "<tex-math>", "<annotation>", "<math></math>", "<![CDATA[", "\\documentclass", "\ue000", "α",
        "αβγδ ", "₂", "𝜏",
    "<a " , "&#", "&a", "{\\textless", "\\unicode{x", "$_", "<math><mi> ", "\\href{", "<x:y ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    text = unit * (100_000 // len(unit)) + "</alternatives></math>--> end"
    start = time.process_time()
    spans = find_token_spans(text)
    assert time.process_time() - start < 3
    assert text[slice(*spans[-1])] == "end"
