import random

import numpy as np
import pytest
from auditing.conftest import EDITS, make_edited_copy

from arxonomy.auditing.near import find_near_duplicates
from arxonomy.auditing.words import build_word_sets
from arxonomy.papers import group_copies, read_papers
from arxonomy.papers.copies import merge_groups
from arxonomy.records import Paper

SHARES = (0.05, 0.1, 0.15, 0.2)


def find_pairs(papers):
    near = find_near_duplicates(papers, build_word_sets(papers), group_copies(papers))
    return {tuple(pair) for pair in near.pairs.tolist()}


def plant_copies(papers, each):
    """`papers` with edited copies of some of them, `each` of every kind and share; and the true pairs."""
    draw = random.Random(3)
    common = [word for paper in papers for word in f"{paper.title} {paper.abstract}".split()]
    rare = sorted(set(common))
    cases = [(kind, share, pool) for kind in EDITS for share in SHARES for pool in (common, rare)] * each
    whole, pairs = list(papers), set()
    for original, (kind, share, pool) in zip(draw.sample(range(len(papers)), len(cases)), cases, strict=True):
        pairs.add((original, len(whole)))
        whole.append(make_edited_copy(papers[original], len(whole), share, kind, pool))
    return whole, pairs


def test_planted_edits_are_found(invented_corpus):
    papers, pairs = plant_copies(invented_corpus, each=5)
    pairs_found = find_pairs(papers)
    assert len(pairs) == 200
    assert len(pairs_found & pairs) >= 0.95 * len(pairs)
    assert len(pairs_found & pairs) >= 0.95 * len(pairs_found)


@pytest.mark.slow
@pytest.mark.real
def test_planted_edits_of_real_papers_are_found(real_data):
    originals = list(read_papers(real_data / "arxiv12k/primary_label.csv", labeled=True))
    papers, pairs = plant_copies(originals, each=15)
    pairs_found = find_pairs(papers)
    both = {pair for pair in pairs_found if pair[1] >= len(originals)}
    assert len(pairs) == 600
    assert len(both & pairs) >= 0.95 * len(pairs)
    assert len(both & pairs) >= 0.95 * len(both)
    assert 1 <= len(pairs_found - both) <= 4  # the file has some of its own


def test_edited_titles_and_new_abstracts(invented_corpus):
    first, second, *rest = invented_corpus[:50]
    retitled = Paper("a", rest[0].title, first.abstract)
    same_title = Paper("b", second.title, invented_corpus[200].abstract)
    assert find_pairs([first, second, *rest, retitled, same_title]) == {(0, 50)}


def test_a_chain_of_revisions_is_one_paper(invented_corpus):
    papers = invented_corpus[:60]
    for row in range(60, 65):
        before = papers[-1] if row > 60 else papers[9]
        papers = [*papers, make_edited_copy(before, row, 0.15, "mixed", ["revised"])]
    near = find_near_duplicates(papers, build_word_sets(papers), group_copies(papers))
    groups = merge_groups(group_copies(papers), near.pairs)
    assert groups[60:].tolist() == [9] * 5
    assert groups[:60].tolist() == list(range(60))
    assert (near.resemblance >= 0.25).all() and (near.resemblance <= 1.0).all()


def test_a_small_vocabulary_alone_makes_no_find_near_duplicates(invented_papers):
    # These papers share most of their words, in other orders.
    assert find_pairs(invented_papers) == set()
    copies = [
        make_edited_copy(paper, 90 + i, 0.1, "mixed", ["new"]) for i, paper in enumerate(invented_papers[:20])
    ]
    assert len(find_pairs([*invented_papers, *copies]) & {(i, 90 + i) for i in range(20)}) >= 19


def test_copies_are_compared_once(invented_corpus):
    papers = invented_corpus[:20]
    twice = [*papers, *(Paper(f"x{i}", p.title, p.abstract) for i, p in enumerate(papers))]
    assert find_pairs(twice) == set()


def test_papers_with_few_words_or_none():
    papers = [
        Paper("1", "???", ""),
        Paper("2", "...", ""),
        Paper("3", "deep nets", ""),
        Paper("4", "nets", ""),
    ]
    assert find_pairs(papers) == set()
    assert find_pairs(papers[:1]) == set()
    titles = [Paper(str(i), f"Deep learning for the detection of kind {i}", "") for i in range(20)]
    assert find_pairs(titles) == set()


def test_many_similar_papers_stay_few_pairs(invented_corpus):
    base = invented_corpus[0]
    papers = [Paper(str(i), base.title, f"{base.abstract} version{i}") for i in range(300)]
    near = find_near_duplicates(papers, build_word_sets(papers), group_copies(papers))
    assert len(near.pairs) < 300 * 100
    assert set(merge_groups(group_copies(papers), near.pairs).tolist()) == {0}


def test_other_scripts():
    draw = random.Random(5)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 500)]
    papers = [Paper(str(i), "", "".join(draw.choices(signs, k=150))) for i in range(30)]
    text = list(papers[3].abstract)
    text[::8] = "图" * len(text[::8])
    assert find_pairs([*papers, Paper("copy", "", "".join(text))]) == {(3, 30)}


def test_words_are_counted_once_per_paper():
    words = build_word_sets([Paper("1", "A b", "b c-c"), Paper("2", "", "C")])
    assert words.lengths.tolist() == [5, 1]
    assert words.sizes.tolist() == [3, 1]
    assert words.papers_with.tolist() == [1, 1, 2]
    assert words.count(words.papers_with == 1).tolist() == [2, 0]
    assert np.array_equal(words.ids, [0, 1, 2, 2])
