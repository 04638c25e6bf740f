"""Counts and times of requests, for Prometheus; several workers share them through files."""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class Metrics:
    """The counters of one process.

    Attributes
    ----------
    registry : CollectorRegistry
        What holds them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "rule", "status")
        self.requests = Counter("credence_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "credence_request_seconds", "Seconds a request took", labels[:2], registry=self.registry
        )

    def count(self, response: Response, seconds: float) -> None:
        """Count an answered request under its address's rule: raw paths and methods have no end."""
        method = request.method if request.method in METHODS else "other"
        rule = request.url_rule.rule if request.url_rule else "none"
        self.requests.labels(method, rule, str(response.status_code)).inc()
        self.seconds.labels(method, rule).observe(seconds)

    def text(self) -> bytes:
        """Return all counters, those of the other workers included, in Prometheus' text form."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


METRICS_TYPE = CONTENT_TYPE_LATEST


def init_metrics(app: Flask) -> None:
    """Count every request."""
    metrics: Metrics = app.extensions["credence"]["metrics"]

    @app.after_request
    def count(response: Response) -> Response:
        metrics.count(response, time.perf_counter() - g.began)
        return response
