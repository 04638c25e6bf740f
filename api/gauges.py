"""What is read only when ``/metrics`` is asked: the ledger, the processes, the build."""

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.clock import now
from api.ledger import Handles
from data.census import Census, take
from data.deliveries import Backlog
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
        up = GaugeMetricFamily("credence_ledger_up", "Whether the ledger can be read: 1 or 0")
        try:
            census = take(self.handles.open())
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from self._sizes(census)
        yield from self._fit(census)
        yield from self._backlog(census.backlog)

    @staticmethod
    def _sizes(census: Census) -> Iterator[Metric]:
        rows = GaugeMetricFamily("credence_ledger_rows", "Rows of the ledger", labels=["noun"])
        for noun, number in census.rows.items():
            rows.add_metric([noun], number)
        yield rows
        sizes = GaugeMetricFamily(
            "credence_ledger_bytes", "Size of the database file and of its write-ahead log", labels=["file"]
        )
        for file, number in census.file_bytes.items():
            sizes.add_metric([file], number)
        yield sizes
        yield _gauge("credence_ledger_free_bytes", "Room left on the ledger's disk", census.free_bytes)
        written = census.written_at.timestamp() if census.written_at else None
        yield _gauge("credence_ledger_written_timestamp_seconds", "When the ledger last changed", written)

    @staticmethod
    def _fit(census: Census) -> Iterator[Metric]:
        fitted = census.fitted_at.timestamp() if census.fitted_at else None
        yield _gauge(
            "credence_fit_timestamp_seconds",
            "How recent a state the last fit saw",
            fitted,
        )
        yield _gauge("credence_fit_seconds", "Seconds the last fit took", census.fit_seconds)
        yield _gauge("credence_unscored_entries", "Writes that no score reflects yet", census.n_unscored)
        yield _gauge(
            "credence_stale_questions",
            "Questions whose scores in lists wait to be made anew",
            census.n_stale,
        )

    @staticmethod
    def _backlog(backlog: Backlog) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            "credence_webhook_deliveries", "Deliveries that are pending, or dead", labels=["state"]
        )
        waiting.add_metric(["pending"], backlog.pending)
        waiting.add_metric(["dead"], backlog.dead)
        yield waiting
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


def _gauge(name: str, told: str, value: float | None) -> Metric:
    """Return a gauge of one value; without any where it is not known."""
    gauge = GaugeMetricFamily(name, told)
    if value is not None:
        gauge.add_metric([], value)
    return gauge
