import gzip

import pytest

from arxonomy.errors import NoPapersError
from arxonomy.papers import read_papers
from arxonomy.papers.formats.bibtex import MAX_ABBREVIATION, remove_tex

REFERENCES = r"""% what stands between entries is a comment
@string{acl = "Proceedings of " # {ACL}}
@comment{@article{no, title={not this one}}}
@article{first17,
  title = {A {BERT} for {\"U}bersetzung},
  author = "Gau{\ss}, \'Etienne and others",
  abstract = {We gain 5% on $x_{i}$,
     a \emph{lot}.},
  archivePrefix = {arXiv}, eprint = {1706.03762v2}, primaryClass = {cs.CL},
  keywords = {Machine Learning (cs.LG), Computation and Language (cs.CL), node.js},
  booktitle = acl # { 2017}, year = 2017, month = jun
}
@InProceedings(second, TITLE = "Quoted {"}words{"} (in brackets)", year = {2021}, month = "12~dec",)
@misc{third, abstract = {Only an abstract, by someone@example.org}, date = {2020-02-03}} more comment
"""


def test_entries_become_papers(read, write):
    papers, bad = read(write("refs.bib", REFERENCES), keep_columns=True)
    assert bad == []
    first, second, third = papers
    assert (first.id, first.category, first.categories) == ("1706.03762v2", "cs.CL", ("cs.CL", "cs.LG"))
    assert (first.title, first.published) == ("A BERT for Übersetzung", "2017-06")
    assert first.abstract == "We gain 5% on $x_{i}$, a lot."
    assert first.columns["author"] == "Gauß, Étienne and others"
    assert first.columns["booktitle"] == "Proceedings of ACL 2017"
    assert (second.id, second.title, second.published) == (
        "second",
        'Quoted "words" (in brackets)',
        "2021-12",
    )
    assert (third.title, third.published, third.category) == ("", "2020-02-03", None)
    assert third.abstract.endswith("someone@example.org")


def test_the_format_is_recognized_by_name_by_option_and_by_the_first_bytes(read, write, stdin):
    for name in ("refs.bib", "refs.BibTeX", "refs"):
        papers, _ = read(write(name, REFERENCES[REFERENCES.index("@string") :]))
        assert len(papers) == 3
    assert len(read(write("refs.bib.gz", gzip.compress(REFERENCES.encode())))[0]) == 3
    assert len(list(read_papers(stdin(REFERENCES), format="bibtex"))) == 3


GOOD = "@misc{good,\n title={Good}}\n"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (b"@misc{x, title = {never closed,\n year = 2020\n", "is not closed before the next one"),
        (b'@misc{x, title = "never closed,\n year = 2020}\n', "is not closed before the next one"),
        (b"@misc{x title = {no comma}}\n", "not valid BibTeX: Expected comma after entry key"),
        (b"@misc{x, title {no equals sign}}\n", "not valid BibTeX"),
        (b"@misc{x, author = {Nobody}}\n", "expected a title or an abstract, found neither"),
        (b"@misc{x, title = { }, abstract = {}}\n", "expected a title or an abstract, found neither"),
        (b"@misc{x,\n title = {caf\xe9}}\n", "its line 4 is bad: expected UTF-8, found byte 0xe9"),
        (b"@misc{x, title = {\0}}\n", "found a NUL byte"),
        (b"@misc{x, title = {%b}}\n" % (b"x" * 10_000_000), "the line is longer than 10 MB"),
        (b"@misc{x, title = {%b}}\n" % (b"\n" * 6000), "expected an entry of at most 5,000 lines"),
        (b"@misc{x, title = {%b}}\n" % (b"x" * 1_000_000), "an entry of at most 5,000 lines and 1,000,000"),
        (b"@string{x = {%b}}\n" % (b"x" * 1001), "an abbreviation of at most 1,000 characters"),
    ],
)
def test_a_bad_entry_costs_only_itself(read, write, entry, reason):
    papers, bad = read(write("p.bib", GOOD.encode() + entry + GOOD.encode()))
    assert [paper.title for paper in papers] == ["Good", "Good"]
    assert len(bad) == 1
    assert bad[0][0] == 3
    assert reason in bad[0][1]


def test_abbreviations_cannot_expand_without_end(read, write):
    bomb = f"@string{{s = {{{'x' * MAX_ABBREVIATION}}}}}\n@misc{{x, title = {'s # ' * 2_000} s}}\n"
    papers, bad = read(write("p.bib", GOOD + bomb + GOOD))
    assert len(papers) == 2
    assert bad == [(4, "expected an entry of at most 5,000 lines and 1,000,000 characters")]


def test_of_a_field_given_twice_the_first_counts_as_in_bibtex(read, write):
    papers, bad = read(write("p.bib", "@misc{x, title={One}, title={Two}, month=13, year=1999}"))
    assert [(paper.title, paper.published) for paper in papers] == [("One", "1999")]
    assert bad == []


def test_entries_on_one_line_and_keys_given_twice(read, write):
    papers, bad = read(write("p.bib", "@misc{x, title={One}} @misc{x, title={Two}}\n@misc{x, title={Three}}"))
    assert [paper.title for paper in papers] == ["One", "Two", "Three"]
    assert bad == []


def test_a_file_without_entries(read, write):
    with pytest.raises(NoPapersError, match="holds no papers"):
        read(write("p.bib", "% nothing\n@comment{@misc{x, title={T}}}\n"))


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{\'e} \'{E} \'e \`a \^o \~n \=a \.z \"u", "é É é à ô ñ ā ż ü"),
        (r"\v{C} \v c \c{c} \u{g} \H{o} \k{a} \r{u} \d{s} \b{k}", "Č č ç ğ ő ą ů ṣ ḵ"),
        (
            r"na\"{\i}ve \'\i{} {\o}re stra{\ss}e \AA ngstr\"om \L{}\'od\'z",
            "naïve í øre straße Ångström Łódź",
        ),
        (r"50\% of \$5 \& \#1 a\_b \{x\}", "50% of $5 & #1 a_b {x}"),
        (r"50% off", "50% off"),
        (r"``so'' --- 1--2~km a\\b\,c", "“so” — 1–2 km a b c"),
        (r"\emph{all} \textbf{of \textit{it}} {\em now} \LaTeX\ too", "all of it now LaTeX too"),
        (r"$\alpha_{i}$ and \alpha{}", r"$\alpha_{i}$ and"),
        (r"one $ alone, \$x$ and \~{}me", "one $ alone, \\$x$ and ~me"),
        (r"\"", '"'),
    ],
)
def test_latex_is_undone(tex, text):
    assert remove_tex(tex) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"{\textless}i{\textgreater}Deep{\textless}/i{\textgreater} nets", "<i>Deep</i> nets"),
        (r"R{\&}D at p {\textless} 0.05", "R&D at p < 0.05"),
        (r"as in \cite{a,b} and \citep[see][p. 3]{c}, \href{https://x.org}{here}", "as in and , here"),
    ],
)
def test_signs_stay_and_references_go(written: str, read: str) -> None:
    assert remove_tex(written) == read


@pytest.mark.parametrize("empty", ["{}", '""', "{{}}"])
def test_of_a_field_that_stands_twice_the_first_that_holds_something_is_read(read, write, empty):
    entry = f"@article{{a,\n title={{One}},\n title={{Two}},\n abstract={empty},\n abstract={{We see.}}\n}}\n"
    (paper,) = read(write("p.bib", entry))[0]
    assert (paper.title, paper.abstract) == ("One", "We see.")
