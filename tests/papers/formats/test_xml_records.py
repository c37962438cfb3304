import pytest

from arxonomy.errors import InputError
from arxonomy.papers.formats import xml_records

ENTRY = "<entry><id>http://arxiv.org/abs/2401.0000{0}v1</id><title>{0}</title></entry>"
FEED = "<?xml version='1.0'?>\n<feed xmlns='http://www.w3.org/2005/Atom'>\n{}\n</feed>\n"


def titles(papers):
    return "".join(paper.title for paper in papers)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("<entry><title>x</entry>", "not valid XML: mismatched tag"),
        ("<entry><title>x", "the record is not closed before the next one"),
        ("<entry><title>a < b</title></entry>", "not valid XML: not well-formed"),
        ("<entry><title>\0</title></entry>", "found a NUL byte"),
        ("<entry><other>x</other></entry>", "expected a title or an abstract, found neither"),
        ("<entry>" + "<a>" * 200 + "</a>" * 200 + "</entry>", "at most 100 elements within each other"),
        ("<entry>\n<title>x</title>\n\n</titl></entry>", "not valid XML: mismatched tag in its line 4"),
    ],
)
def test_a_broken_record_costs_itself_alone(read, write, entry, reason):
    text = FEED.format("\n".join([ENTRY.format(1), entry, ENTRY.format(2), ENTRY.format(3)]))
    papers, bad = read(write("p.xml", text))
    assert titles(papers) == "123"
    assert [line for line, _ in bad] == [4] and reason in bad[0][1]


def test_a_record_that_is_too_long_costs_itself_alone(read, write, monkeypatch):
    monkeypatch.setattr(xml_records, "MAX_LINE", 200_000)
    long = f"<entry><title>{'x' * 300_000}</title></entry>"
    papers, bad = read(write("p.xml", FEED.format(ENTRY.format(1) + long + ENTRY.format(2))))
    assert titles(papers) == "12" and bad == [(3, "the record is longer than 0.2 MB")]


def test_entities_that_a_file_declares_are_refused(read, write):
    bomb = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {x} "&{y};&{y};">' for x, y in zip("bcd", "abc", strict=True)
    )
    text = f"<!DOCTYPE feed [{bomb}]>\n<feed>{ENTRY.format('&d;')}</feed>"
    with pytest.raises(InputError, match="declares entities of its own, which are not read"):
        read(write("p.xml", text))
    papers, bad = read(write("p.xml", text.replace("ENTITY", "ELEMENT")))
    assert papers[0].title == "&d;" and bad == []


def test_a_document_type_elsewhere_is_not_fetched(read, write):
    text = '<!DOCTYPE feed SYSTEM "http://127.0.0.1:1/feed.dtd">\n<feed>' + ENTRY.format(
        "caf&eacute; &amp; bar"
    )
    papers, bad = read(write("p.xml", text + "</feed>"))
    assert papers[0].title == "café & bar" and bad == []


def test_a_declared_encoding_and_one_that_is_given(read, write):
    text = "<?xml version='1.0' encoding='ISO-8859-1'?>\n<feed>" + ENTRY.format("Ü") + "</feed>"
    assert titles(read(write("p.xml", text.encode("latin-1")))[0]) == "Ü"
    assert titles(read(write("p.xml", text.encode("utf-16")))[0]) == "Ü"
    assert titles(read(write("p.xml", text.encode()), encoding="utf-8")[0]) == "Ü"


def test_a_file_that_is_cut_short(read, write):
    text = FEED.format(ENTRY.format(1))
    papers, bad = read(write("p.xml", text[: text.index("</feed>")]))
    assert titles(papers) == "1" and bad[0][1].startswith("the file ends within its records")
    papers, bad = read(
        write("p.xml", text[: text.index("</entry>")].replace("<feed", ENTRY.format(0) + "<feed"))
    )
    assert titles(papers) == "0" and bad[0][1] == "the record is not closed before the end of the file"


def test_categories_of_arxiv_and_formulas_of_pubmed(read, write):
    entry = (
        "<entry><title>T</title><arxiv:primary_category term='cs.CV'/><category term='cs.CV'/>"
        "<category term='cs.LG'/></entry>"
    )
    (paper,), _ = read(write("p.xml", FEED.format(entry)))
    assert (paper.category, paper.categories) == ("cs.CV", ("cs.CV", "cs.LG"))
    article = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>The <i>E. "
        "coli</i> of <mml:math><mml:mi>x</mml:mi></mml:math>.</ArticleTitle></Article></MedlineCitation>"
        "</PubmedArticle></PubmedArticleSet>"
    )
    (paper,), _ = read(write("p.xml", article))
    assert paper.title == "The E. coli of <mml:math><mml:mi>x</mml:mi></mml:math>."
