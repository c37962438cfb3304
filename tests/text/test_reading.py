from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arxonomy.config import TextSettings
from arxonomy.records import Paper
from arxonomy.text import EncodedPaper, Encoder, Vocabulary, find_read_parts, keep_part

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", " ", "?!", "$x^2$", "<p></p>", "&nbsp;", "深度", "a net", "<i>a</i>"]),
)


@given(title=TEXTS, abstract=TEXTS)
def test_every_kind_of_model_agrees_on_what_is_read(title: str, abstract: str) -> None:
    encoder = Encoder(Vocabulary(["<PAD>", "<UNK>", "net"]), TextSettings(title_tokens=1, abstract_tokens=2))
    paper = Paper("1", title, abstract)
    encoded, read = encoder.encode(paper), find_read_parts(paper)
    assert encoded.read == read
    for part in ("title", "abstract"):
        alone = tuple(name for name in read if name == part)
        assert find_read_parts(keep_part(paper, part)) == encoded.keep_part(part).read == alone


@pytest.mark.parametrize(("part", "left"), [("title", (2, 0)), ("abstract", (0, 3))])
def test_a_paper_is_cut_down_with_its_characters(part: str, left: tuple[int, int]) -> None:
    words = ["<PAD>", "<UNK>", "net"]
    paper = Paper("1", "a net", "we build nets", "cs.LG")
    assert keep_part(paper, part).category == "cs.LG"
    encoded = Encoder(Vocabulary(words), TextSettings(word_chars=4)).encode(paper).keep_part(part)
    assert isinstance(encoded, EncodedPaper)
    for ids, spelled in ((encoded.title, encoded.title_words), (encoded.abstract, encoded.abstract_words)):
        assert spelled is not None and len(spelled) == len(ids)
    assert (len(encoded.title), len(encoded.abstract)) == left
