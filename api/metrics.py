"""Counts and times of requests, for Prometheus; several workers share them through files."""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
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


class Traffic:
    """What a worker's clients wait for; the gauges of all living workers are added up.

    Attributes
    ----------
    shed, dropped : Counter
        Requests refused because too many waited; clients closed because they were too slow, or too many.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._waiting = Gauge(
            "credence_requests_waiting",
            "Requests received whole that wait for their turn",
            ["kind"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._connections = Gauge(
            "credence_connections_open",
            "Connections open",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.shed = Counter(
            "credence_requests_shed", "Requests refused since too many waited", registry=self.registry
        )
        self.dropped = Counter(
            "credence_clients_dropped",
            "Clients closed since they were too slow or too many",
            registry=self.registry,
        )

    def show(self, *, quick: int, slow: int, connections: int) -> None:
        """Show how many wait, and how many are connected, now."""
        self._waiting.labels("quick").set(quick)
        self._waiting.labels("slow").set(slow)
        self._connections.set(connections)


METRICS_TYPE = CONTENT_TYPE_LATEST


def init_metrics(app: Flask) -> None:
    """Count every request."""
    metrics: Metrics = app.extensions["credence"]["metrics"]

    @app.after_request
    def count(response: Response) -> Response:
        metrics.count(response, time.perf_counter() - g.began)
        return response
