"""Counts and times of requests and writes, for Prometheus; several workers share them through files."""

import os
from collections.abc import Callable, Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.request_context import Call

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

# In seconds, two or three a decade: a stored score takes under a millisecond, a write to a small ledger
# some ten, a score of the past some hundred, and a full load of claims up to the server's timeout.
REQUEST_BUCKETS = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100, 300,
)  # fmt: skip
# In seconds: from the first look at the lock, by way of the pause between two, to the longest wait there is.
WRITE_BUCKETS = (0.0005, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


LABELS = ("method", "rule", "status")
REQUEST_SECONDS = "credence_request_seconds"


class Metrics:
    """The counters of one process.

    Attributes
    ----------
    registry : CollectorRegistry
        What holds them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            REQUEST_SECONDS,
            "Seconds a request took in the worker",
            LABELS,
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        self.write_waits = Histogram(
            "credence_write_wait_seconds",
            "Seconds a write waited for its turn",
            buckets=WRITE_BUCKETS,
            registry=self.registry,
        )
        self.write_seconds = Histogram(
            "credence_write_seconds",
            "Seconds a write kept the others waiting, from its turn to its commit",
            buckets=WRITE_BUCKETS,
            registry=self.registry,
        )
        self.write_timeouts = Counter(
            "credence_write_timeouts", "Writes whose turn never came", registry=self.registry
        )
        # A look-up by labels costs more than the counting; there are as many as rules and statuses.
        self._observers: dict[tuple[str, str, int], Callable[[float], None]] = {}

    def count(self, call: Call, seconds: float) -> None:
        """Count an answered call under its address's rule: raw paths and methods have no end."""
        method = call.method if call.method in METHODS else "other"
        labels = (method, call.rule or "none", call.status)
        observe = self._observers.get(labels)
        if observe is None:
            observe = self._observers[labels] = self.seconds.labels(*labels).observe
        observe(seconds)

    def wrote(self, waited_s: float, held_s: float | None) -> None:
        """Count a write, as `data.database.observe_writes` tells of it."""
        self.write_waits.observe(waited_s)
        if held_s is None:
            self.write_timeouts.inc()
        else:
            self.write_seconds.observe(held_s)

    def text(self, *others: Collector) -> bytes:
        """Return all counters, those of the other workers included, in Prometheus' text form.

        Parameters
        ----------
        *others : Collector
            What is read only when it is asked for, and comes after the counters.
        """
        together = CollectorRegistry()
        for other in (Totals(self.registry), *others):
            together.register(other)
        return generate_latest(together)


class Traffic:
    """What a worker's clients wait for; the gauges of all living workers are added up.

    Attributes
    ----------
    waiting, connections : Gauge
        Slow requests that wait for their turn; connections open.
    shed, dropped : Counter
        Requests refused because their turn did not come; clients closed because they were too slow.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.waiting = Gauge(
            "credence_requests_waiting",
            "Requests received whole that wait for their turn",
            ["kind"],
            registry=self.registry,
            multiprocess_mode="livesum",
        ).labels("slow")
        self.connections = Gauge(
            "credence_connections_open",
            "Connections open",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.shed = Counter(
            "credence_requests_shed",
            "Requests refused since their turn did not come in time",
            registry=self.registry,
        )
        self.dropped = Counter(
            "credence_clients_dropped", "Clients closed since they were too slow", registry=self.registry
        )


class Totals(Collector):
    """The counters of all workers, or of this process where it is the only one."""

    def __init__(self, own: CollectorRegistry) -> None:
        several = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        self.counters = MultiProcessCollector(None) if several else own  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[Metric]:
        """Tell all counters, and the number of requests: their times hold it, and it is not counted twice."""
        for family in self.counters.collect():
            yield family
            if family.name == REQUEST_SECONDS:
                requests = CounterMetricFamily("credence_requests", "Requests answered", labels=LABELS)
                for sample in family.samples:
                    if sample.name == f"{REQUEST_SECONDS}_count":
                        requests.add_metric([sample.labels[label] for label in LABELS], sample.value)
                yield requests


METRICS_TYPE = CONTENT_TYPE_LATEST
