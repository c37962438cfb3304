"""What commands and the library print on stderr."""

from __future__ import annotations

import contextlib
import io
import logging
import threading

import pytest
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

from arxonomy.cli import app
from arxonomy.messages import log_to_stderr, say

LOG = logging.getLogger("arxonomy.papers.example")


def test_a_note_is_printed_as_it_is_and_a_warning_with_its_level(capsys: pytest.CaptureFixture[str]) -> None:
    with log_to_stderr():
        LOG.debug("not shown")
        LOG.info("read %d papers", 3)
        LOG.warning("one label only")
        LOG.error("no disk")
    assert capsys.readouterr() == ("", "read 3 papers\nwarning: one label only\nerror: no disk\n")


def test_control_characters_are_cleaned_and_further_lines_are_indented(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with log_to_stderr():
        LOG.warning("a \x1b[31mred\x07 file\u202e\nsecond line")
    assert capsys.readouterr().err == "warning: a ␛[31mred␇ file\n  second line\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"])
def test_a_name_cannot_begin_what_looks_like_another_message(
    capsys: pytest.CaptureFixture[str], end: str
) -> None:
    say(f"column `a{end}error: all is lost`", "hint: name it")
    assert capsys.readouterr().err == "column `a\n  error: all is lost`\nhint: name it\n"


def test_nothing_is_printed_twice_and_nothing_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("arxonomy")
    before = (list(logger.handlers), logger.level)
    for _ in range(2):
        with log_to_stderr(), log_to_stderr():
            LOG.info("once")
    assert capsys.readouterr().err == "once\nonce\n"
    assert (list(logger.handlers), logger.level) == before


def test_the_level_can_be_set(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="arxonomy"), log_to_stderr():
        LOG.info("not shown")
        LOG.warning("shown")
    assert capsys.readouterr().err == "warning: shown\n"
    assert [record.getMessage() for record in caplog.records] == ["shown"]


def test_every_command_shows_what_the_library_logs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def names() -> list[str]:
        LOG.info("a note")
        return ["v1"]

    monkeypatch.setattr("arxonomy.config.list_recipes", names)
    for _ in range(2):
        assert CliRunner().invoke(app, ["recipes"]).stderr == "a note\n"
    assert caplog.messages == ["a note", "a note"]


def test_lines_stand_whole_above_the_bar() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, stderr=True)
    with log_to_stderr(), Progress(console=console, transient=True) as progress:
        task = progress.add_task("training", total=40)

        def work(name: str) -> None:
            for step in range(10):
                LOG.info("%s finished step %d", name, step)
                progress.advance(task)

        threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = {line.rpartition("\x1b[2K")[2].strip() for line in screen.getvalue().splitlines()}
    assert lines >= {f"worker-{number} finished step {step}" for number in range(4) for step in range(10)}


def test_a_stderr_that_cannot_be_written_is_an_error() -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("no space left")

    with contextlib.redirect_stderr(Full()), log_to_stderr(), pytest.raises(OSError, match="no space"):
        LOG.info("note")


def test_blanks_in_a_name_that_is_shown_are_kept(capsys):
    say("found `TY  - JOUR`\tand\x1b[1m more")
    assert capsys.readouterr().err == "found `TY  - JOUR` and␛[1m more\n"
