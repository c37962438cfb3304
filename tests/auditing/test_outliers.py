from dataclasses import replace

from arxonomy.auditing.outliers import find_outliers
from arxonomy.auditing.words import build_word_sets
from arxonomy.records import Paper

GERMAN = (
    "Wir stellen ein Verfahren vor, das die Ergebnisse früherer Arbeiten auf mehreren Aufgaben verbessert, "
    "und zeigen mit Versuchen, warum es robust ist, wenn Daten knapp oder verrauscht sind und warum"
)
CHINESE = "我们提出了一种新的方法并在多个任务上改进了以前的结果实验表明当数据稀缺或有噪声时该方法仍然稳健"


def test_lengths_and_blanks(invented_corpus):
    papers = list(invented_corpus)
    papers[3] = replace(papers[3], abstract="Withdrawn.")
    papers[5] = replace(papers[5], abstract=f"{papers[5].abstract} " * 5)
    papers[8] = replace(papers[8], title=" ")
    papers[9] = replace(papers[9], abstract="")
    outliers = find_outliers(papers, build_word_sets(papers))
    assert outliers.short.tolist() == [3, 9]
    assert outliers.long.tolist() == [5]
    assert outliers.no_title.tolist() == [8]
    assert outliers.no_abstract.tolist() == [9]
    low, high = outliers.usual_words
    assert 50 < low < 120 and 200 < high < 500


def test_other_languages(invented_papers):
    papers = [replace(paper, abstract=f"{paper.abstract} {paper.abstract}") for paper in invented_papers]
    papers += [Paper("de", "Ein neues Verfahren", GERMAN), Paper("zh", "新方法", CHINESE)]
    outliers = find_outliers(papers, build_word_sets(papers))
    assert outliers.foreign.tolist() == [90, 91]
    median, bound = outliers.common_share
    assert 0 < bound < median <= 1


def test_a_uniform_corpus_has_no_outliers():
    papers = [Paper(str(i), "", " ".join(f"w{j}" for j in range(30))) for i in range(20)]
    papers.append(Paper("a", "", " ".join(f"w{j}" for j in range(33))))
    outliers = find_outliers(papers, build_word_sets(papers))
    assert not any(len(rows) for rows in (outliers.short, outliers.long, outliers.foreign))


def test_papers_without_words():
    outliers = find_outliers(
        [Paper("1", "?", "!"), Paper("2", "?", "")], build_word_sets([Paper("1", "?", "!")] * 2)
    )
    assert outliers.no_abstract.tolist() == [1]
    assert not len(outliers.foreign)
