from __future__ import annotations

from arxonomy.evaluation.confusions import find_confused_pairs


def test_the_most_frequent_confusions_first_and_none_that_never_happened():
    confusion = [[9, 2, 0], [5, 9, 2], [0, 0, 9]]
    assert find_confused_pairs("abc", confusion) == [(("b", "a"), 5), (("a", "b"), 2), (("b", "c"), 2)]
    assert find_confused_pairs("abc", confusion, most=1) == [(("b", "a"), 5)]
    assert find_confused_pairs("a", [[3]]) == []
