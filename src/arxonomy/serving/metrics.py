"""The metrics for Prometheus, at `/metrics`."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_PAPERS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The metrics of one service, apart from those of any other in the process.

    Args:
        info: Labels that describe the model.
    """

    def __init__(self, info: dict[str, str]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "arxonomy_requests", "Requests answered.", ["route", "status"], registry=self.registry
        )
        self.rejects = Counter(
            "arxonomy_rejects", "Requests with an error.", ["cause"], registry=self.registry
        )
        self.papers = Counter("arxonomy_papers", "Papers classified.", registry=self.registry)
        self.in_progress = Gauge("arxonomy_requests_in_progress", "Requests begun.", registry=self.registry)
        self.waiting = Gauge(
            "arxonomy_papers_waiting", "Papers without a prediction.", registry=self.registry
        )
        self.batch = Histogram(
            "arxonomy_batch_papers", "Papers classified together.", buckets=_PAPERS, registry=self.registry
        )
        self.queue_seconds = Histogram(
            "arxonomy_queue_seconds", "Wait for the first batch.", buckets=_SECONDS, registry=self.registry
        )
        self.compute_seconds = Histogram(
            "arxonomy_compute_seconds", "Time to classify a batch.", buckets=_SECONDS, registry=self.registry
        )
        Info("arxonomy_model", "The model.", registry=self.registry).info(info)
        ProcessCollector(registry=self.registry)

    def to_text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
