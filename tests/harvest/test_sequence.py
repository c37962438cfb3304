from __future__ import annotations

from arxonomy.harvest.sequence import MAX_GAPS, find_gaps


def test_gaps_are_within_a_month_and_not_between_two():
    found = find_gaps(["2409.00010", "2409.00011", "2501.00001", "2501.00004", "2501.00006"])
    assert found.gaps == (("2501.00002", "2501.00003"), ("2501.00005", "2501.00005"))
    assert (found.present, found.numbers, found.gap_count) == (5, 8, 2)


def test_ids_keep_their_width():
    assert find_gaps(["0704.0001", "0704.0003"]).gaps == (("0704.0002", "0704.0002"),)


def test_ids_that_archives_counted_are_passed_over():
    found = find_gaps(["hep-th/9901001", "hep-th/9901009"])
    assert (found.present, found.numbers, found.gaps) == (0, 0, ())


def test_many_gaps_are_counted_and_the_first_are_named():
    found = find_gaps(f"2501.{number:05}" for number in range(1, 1001, 2))
    assert (found.gap_count, len(found.gaps)) == (499, MAX_GAPS)
