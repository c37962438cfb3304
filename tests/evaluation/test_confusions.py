from __future__ import annotations

from arxonomy.evaluation.confusions import confused_pairs


def test_the_most_frequent_confusions_first_and_none_that_never_happened():
    scores = {"per_class": dict.fromkeys("abc"), "confusion": [[9, 2, 0], [5, 9, 2], [0, 0, 9]]}
    assert confused_pairs(scores) == [(("b", "a"), 5), (("a", "b"), 2), (("b", "c"), 2)]
    assert confused_pairs(scores, most=1) == [(("b", "a"), 5)]
    assert confused_pairs({"per_class": {"a": None}, "confusion": [[3]]}) == []
