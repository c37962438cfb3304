"""What the routes share, without routes."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest
from serving.servers import PausedClassifier

from arxonomy.records import Paper
from arxonomy.serving.service import Service
from arxonomy.serving.settings import ServeSettings


def test_closing_does_not_wait_for_an_explanation():
    paused = PausedClassifier()
    service = Service(paused, ServeSettings())  # type: ignore[arg-type]
    paper = Paper("1", "a", "b")
    worked_on, queued = (service.explain(paper, "occlusion", None, None) for _ in range(2))
    assert paused.entered.wait(20)
    closing = threading.Thread(target=service.close)
    closing.start()
    closing.join(10)
    assert not closing.is_alive() and not worked_on.done()
    with pytest.raises(CancelledError):
        queued.result(0)
    explainers = [thread for thread in threading.enumerate() if thread.name == "explainer"]
    assert explainers and all(thread.daemon for thread in explainers)  # nor does the end of the process
    paused.resume.set()
    assert worked_on.exception(20) is not None  # this classifier cannot be explained
