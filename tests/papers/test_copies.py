import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.papers import group_copies
from arxonomy.papers.copies import find_generic_rows
from arxonomy.records import Paper


def group(*papers):
    return group_copies([Paper(*paper) for paper in papers]).tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2501.00001", "2501.00001v2"),
        ("2501.00001", "arXiv:2501.00001"),
        ("http://arxiv.org/abs/2501.00001v1", "2501.00001v3"),
        ("math.GT/0309136", "math/0309136v1"),
    ],
)
def test_same_arxiv_id(first, second):
    assert group((first, "A", ""), ("9999", "B", ""), (second, "C", "")) == [0, 1, 0]


@pytest.mark.parametrize(
    ("first", "second"), [("1", "1"), ("12v1", "12v2"), ("2599.00001", "2599.00001"), ("x/1", "x/1")]
)
def test_other_ids_identify_no_copies(first, second):
    assert group((first, "A", ""), (second, "B", "")) == [0, 1]


def test_same_text():
    assert group(
        ("1", "Deep-Nets!", "We  see."), ("2", "deep nets", "we\nsee"), ("3", "deepnets", "we see")
    ) == [0, 0, 2]


@pytest.mark.parametrize(
    "title",
    [
        "<i>Deep</i> $\\tau$-nets",
        "Deep &tau;-nets",
        r"\textbf{D}eep 𝜏-nets",
        "&lt;b&gt;Deep&lt;/b&gt; tau -nets",
    ],
)
def test_same_text_but_for_markup(title):
    assert group(("1", "Deep τ-nets", "We see."), ("2", title, "<jats:p>We see.</jats:p>")) == [0, 0]


def test_text_without_letters_is_no_copy():
    assert group(("1", "???", ""), ("2", "!!!", "")) == [0, 1]


def test_chains_join():
    # The last paper shares its id with one and its text with the other.
    assert group(("2501.00001", "A", ""), ("2501.00002", "B", ""), ("2501.00002v2", "A", "")) == [0, 0, 0]


@given(st.lists(st.tuples(st.integers(1, 8), st.sampled_from("abcdefgh"))))
def test_groups_are_the_connected_components(pairs):
    title = "the {} of many words that no other paper has".format
    groups = group(*((f"2501.0000{number}", title(letter), "") for number, letter in pairs))
    want = list(range(len(pairs)))
    for _ in pairs:  # spread the smallest position until nothing changes
        want = [min(want[j] for j, b in enumerate(pairs) if a[0] == b[0] or a[1] == b[1]) for a in pairs]
    assert groups == want


LONG = "We see that words about words are words of their own, and count them in many ways that nobody knew."


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Editorial", ""),
        ("Book Review.", "No abstract is available for this article, as you have access to its full text."),
        ("", "The full text of this article is available to subscribers of the journal."),
        ("Erratum", "Erratum"),
        ("Message from the chairs", "Abstract to come"),
    ],
)
def test_text_that_many_different_papers_share_makes_no_copies(title, abstract):
    many = [(f"10.1000/{number}", title, abstract) for number in range(6)]
    assert group(*many) == [0, 1, 2, 3, 4, 5]
    assert find_generic_rows([Paper(*paper) for paper in many]).all()


@pytest.mark.parametrize(
    ("ids", "title", "abstract"),
    [
        ("abc", "Counting the words of many words", ""),  # a title of its own
        ("abc", "Editorial", LONG * 3),  # a text of its own
        ("abc", "", LONG * 3),
        ("ab", "Editorial", ""),  # not many
        ("aaa", "Editorial", ""),  # one paper, listed several times
        (("2501.00001", "2501.00001v2", "2501.00001v3"), "Editorial", ""),
    ],
)
def test_texts_of_their_own_make_copies(ids, title, abstract):
    assert set(group(*((name, title, abstract) for name in ids))) == {0}
