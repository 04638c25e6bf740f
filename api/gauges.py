"""What is read only when ``/metrics`` is asked: the ledger, the processes, the build."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.clock import now
from api.ledger import Handles
from data.counts import count
from data.errors import DatabaseError
from models.version import model_version

# Kilobytes, pages and ticks are of the kernel's own sizes: proc(5).
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class LedgerGauges(Collector):
    """The ledger: a few look-ups, and a count of sources and questions, each time that it is asked."""

    def __init__(self, handles: Handles) -> None:
        self.handles = handles

    def collect(self) -> Iterator[Metric]:
        """Tell how the ledger is; only that it is down, where it cannot be read."""
        up = ("credence_ledger_up", "Whether the ledger can be read: 1 or 0")
        try:
            counts = count(self.handles.open())
        except DatabaseError:
            yield _gauge(*up, 0)
            return
        yield _gauge(*up, 1)
        yield _gauges("credence_ledger_rows", "Rows of the ledger", "noun", counts.rows)
        size = "Size of the database file and of its write-ahead log"
        yield _gauges("credence_ledger_bytes", size, "file", counts.file_bytes)
        yield _gauge("credence_ledger_free_bytes", "Room left on the ledger's disk", counts.free_bytes)
        written = "When the ledger last changed"
        yield _gauge("credence_ledger_written_timestamp_seconds", written, _seconds(counts.written_at))
        fitted = "How recent a state the last fit saw"
        yield _gauge("credence_fit_timestamp_seconds", fitted, _seconds(counts.fitted_at))
        yield _gauge("credence_fit_seconds", "Seconds the last fit took", counts.fit_seconds)
        yield _gauge("credence_unscored_entries", "Writes that no score reflects yet", counts.n_unscored)
        stale = "Questions whose scores in lists wait to be made anew"
        yield _gauge("credence_stale_questions", stale, counts.n_stale)
        backlog = counts.backlog
        waiting = {"pending": backlog.pending, "dead": backlog.dead}
        pending = "Deliveries that are pending, or dead"
        yield _gauges("credence_webhook_deliveries", pending, "state", waiting)
        age = 0.0 if backlog.oldest_at is None else max(0.0, (now() - backlog.oldest_at).total_seconds())
        yield _gauge("credence_webhook_oldest_seconds", "Age of the oldest event that is still pending", age)
        attempts = CounterMetricFamily(
            "credence_webhook_attempts", "Attempts to deliver, by what came of them", labels=["outcome"]
        )
        for outcome, number in backlog.attempts.items():
            attempts.add_metric([outcome], number)
        yield attempts


class ProcessGauges(Collector):
    """The server's processes, read from /proc; nothing where there is none."""

    def collect(self) -> Iterator[Metric]:
        """Tell the memory and the processor's time of each process."""
        labels = ["process", "pid"]
        memory = GaugeMetricFamily("credence_process_resident_bytes", "Memory of a process", labels=labels)
        seconds = CounterMetricFamily(
            "credence_process_cpu_seconds", "Seconds of processor a process used", labels=labels
        )
        for role, pid in processes():
            try:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended just now, or this is not Linux
            # What is behind the name begins with the third field of proc(5).
            memory.add_metric([role, str(pid)], int(stat[21]) * PAGE_BYTES)
            seconds.add_metric([role, str(pid)], (int(stat[11]) + int(stat[12])) / TICKS_A_SECOND)
        yield memory
        yield seconds


class BuildGauges(Collector):
    """Which release runs, and which model it scores with."""

    def __init__(self) -> None:
        try:
            self.release = version("credence")
        except PackageNotFoundError:
            self.release = "unknown"

    def collect(self) -> Iterator[Metric]:
        """Tell the versions as labels."""
        build = GaugeMetricFamily(
            "credence_build_info",
            "Always 1; its labels tell the versions",
            labels=["version", "model_version"],
        )
        build.add_metric([self.release, model_version()], 1)
        yield build


def processes() -> Iterator[tuple[str, int]]:
    """Give the role and the id of each process of the server that this one belongs to.

    Roles are ``server``, ``worker`` and ``beside``: what brings scores up to date. Outside a server
    this process is the one worker.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        yield "worker", os.getpid()
        return
    server = os.getppid()
    own = _command(os.getpid())
    yield "server", server
    for child in _children(server):
        # Workers are forks of the server, so they bear the same command; others were started.
        if _command(child) == own:
            yield "worker", child
        else:
            yield from (("beside", each) for each in _with_descendants(child))


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _with_descendants(child)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _gauge(name: str, meaning: str, value: float | None) -> Metric:
    """Return a gauge of one value; without any where it is not known."""
    return GaugeMetricFamily(name, meaning, value)


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a gauge of a value for each label."""
    gauge = GaugeMetricFamily(name, meaning, labels=[label])
    for labelled, value in values.items():
        gauge.add_metric([labelled], value)
    return gauge


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
