from __future__ import annotations

import os
import stat
import threading

import pytest

from arxonomy.errors import RemoteError
from arxonomy.harvest.pace import INTERVAL, LONGEST_PAUSE, Clock, Pace


@pytest.fixture
def file(tmp_path):
    return tmp_path / "next"


def test_a_request_waits_three_seconds_after_the_one_before(clock, file):
    pace = Pace(clock.make(), file)
    with pace.take_turn():
        clock.time += 10  # a slow answer: the pause begins with its end
    with pace.take_turn():
        pass
    assert clock.pauses == [0.0, pytest.approx(INTERVAL, abs=0.01)]


def test_another_process_waits_for_it_too(clock, file):
    with Pace(clock.make(), file).take_turn():
        pass
    with Pace(clock.make(), file).take_turn():
        pass
    assert clock.pauses[1] == pytest.approx(INTERVAL, abs=0.01)


def test_one_at_a_time_even_where_pauses_take_no_time(file):
    inside, most = 0, 0
    lock = threading.Lock()

    def ask() -> None:
        nonlocal inside, most
        pace = Pace(Clock(sleep=lambda _: None), file)  # as each process has its own
        for _ in range(20):
            with pace.take_turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                os.sched_yield()
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_process_that_was_killed_in_a_request_still_counts(clock, file):
    turn = Pace(clock.make(), file).take_turn()
    turn.__enter__()
    assert float(file.read_text()) == pytest.approx(clock.time + INTERVAL, abs=0.01)


def test_a_pause_that_arxiv_asked_for_is_kept_by_all(clock, file, notes):
    with Pace(clock.make(), file).take_turn() as postpone:
        postpone(90)
    with Pace(clock.make(), file).take_turn():
        pass
    assert clock.pauses[1:] == [pytest.approx(90, abs=0.01)]
    assert notes() == ["arXiv asked for a pause: waiting 90 s"]


@pytest.mark.parametrize("content", ["garbage", "nan", "inf", "9e99", "\0" * 50])
def test_a_file_with_anything_in_it_means_an_ordinary_pause(clock, file, content):
    file.write_text(content)
    with Pace(clock.make(), file).take_turn():
        pass
    assert clock.pauses == [INTERVAL]


def test_a_clock_that_was_set_back_does_not_block(clock, file):
    file.write_text(str(clock.time + 2 * LONGEST_PAUSE))
    with Pace(clock.make(), file).take_turn():
        pass
    assert clock.pauses == [INTERVAL]
    with Pace(clock.make(), file).take_turn():
        pass
    assert clock.pauses[-1] == pytest.approx(INTERVAL, abs=0.01)


def test_all_users_may_lock_the_file(clock, file):
    before = os.umask(0o077)
    try:
        with Pace(clock.make(), file).take_turn():
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666


def test_a_link_in_its_place_is_refused_and_nothing_is_written(clock, file, tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    file.symlink_to(target)
    with (
        pytest.raises(RemoteError, match="so none is made; make it a file that you may write to"),
        Pace(clock.make(), file).take_turn(),
    ):
        raise AssertionError("a request was made")
    assert target.read_text() == "precious"
