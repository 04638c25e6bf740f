"""The server: gunicorn, with a few processes on one socket."""

import errno
import gc
import os
import resource
import shutil
import socket
import tempfile
from contextlib import ExitStack, closing
from importlib import import_module
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from api.errors import StartError
from api.rates import Rates
from api.settings import Settings
from api.settler import Settler
from api.slow import Serving
from data import settlement
from data.database import identity, open_database

# Twice the cores of a small machine: while one computes, others answer. They share what was imported before
# the fork.
DEFAULT_WORKERS = 4
# Connections that a worker holds at most; each may take three file descriptors, for itself, for a large body
# and for the results of one, beside some that the process needs otherwise.
MOST_CONNECTIONS = 800
DESCRIPTORS_EACH = 3
OTHER_DESCRIPTORS = 64
# How long one request may take, in seconds: 64 MiB of claims with their scores, on a slow disk.
REQUEST_TIMEOUT_S = 300
BACKLOG = 2048
# Gunicorn's own most, in bytes: a `url` filter of 2,048 characters, escaped, still fits.
LONGEST_REQUEST_LINE = 8190
# Where the workers keep their counters, for one of them to add up.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# In memory where there is such a folder: on a disk that is full, counting would end the worker (SIGBUS).
MEMORY_FOLDER = "/dev/shm"  # noqa: S108 - only a folder with a name of its own is made in it


class Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's master, which keeps the settler beside the workers."""

    def manage_workers(self) -> None:
        """See every second that all that should run does."""
        if self.app.settler.keep():
            self.log.error("settler ended")
        super().manage_workers()


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured by this program alone."""

    def __init__(self, settings: Settings, listener: socket.socket, workers: int, settler: Settler) -> None:
        self.settings = settings
        # A worker that later opened whatever bears the name would answer from another ledger than the rest.
        self.file = identity(settings.database)
        self.settler = settler
        # The worker that this process has become; see `api.gevent_worker`.
        self.serving = Serving()
        # Before the fork, so that all workers count in one table.
        self.rates = Rates(settings.rate_limit) if settings.rate_limit else None
        self.options = {
            "bind": f"fd://{listener.fileno()}",
            "workers": workers,
            # By its name: what it needs is loaded when the server runs, and not by every command.
            "worker_class": "api.gevent_worker.Worker",
            "worker_connections": most_connections(),
            "limit_request_line": LONGEST_REQUEST_LINE,
            "timeout": REQUEST_TIMEOUT_S,
            # A proxy on this machine may pass on what a client made up: no header moves a request.
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            # Each sending has its deadline: none goes past the worker.
            "sendfile": False,
            "control_socket_disable": True,
            "child_exit": forget_worker,
            "on_exit": self.end,
            "loglevel": settings.log_level,
            "logconfig_dict": LOGGING,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn; neither a file nor the environment is read."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until told to stop."""
        Master(self).run()

    def end(self, _: Any) -> None:
        """End what runs beside the workers, when the whole server ends."""
        self.settler.end()
        shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)

    def load(self) -> Any:
        """Make the app, in each worker after the fork."""
        from api.app import create_app  # noqa: PLC0415 - after the metrics' folder is named, and after the fork

        app = create_app(self.settings, self.rates, self.file, self.serving)
        app.config["SETTLED_BESIDE"] = True
        return app


# Gunicorn's own records, as the same JSON lines as the service's.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {"gunicorn.error": {"propagate": True}, "gunicorn.access": {"propagate": False}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "formatters": {"json": {"()": "api.logs.json_formatter"}},
}


def most_connections() -> int:
    """Return how many connections a worker may hold, by the file descriptors that it may have."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return min(MOST_CONNECTIONS, max(1, (descriptors - OTHER_DESCRIPTORS) // DESCRIPTORS_EACH))


def forget_worker(_: Any, worker: Any) -> None:
    """Leave a worker that ended out of the metrics of the living."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - after the metrics' folder is named

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    StartError
        When the port is busy, or the address is not this machine's.
    """
    with ExitStack() as kept:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = kept.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartError(f"Port {port} on {host} is busy: choose another with --port.") from error
            raise StartError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
        kept.pop_all()
    return listener


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until told to stop.

    Raises
    ------
    DatabaseError
        When the database cannot be used.
    StartError
        When the database lives in memory, which several workers cannot share, or when the
        socket cannot be had.
    """
    if settings.database == ":memory:":
        raise StartError("A database in memory cannot be shared by the workers: name a file.")
    with closing(open_database(settings.database)) as ledger:
        # What an older model or an end without warning left is brought up to date before anyone reads it.
        settlement.settle(ledger)
    listener = listen(host, port)
    in_memory = MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else None
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="credence-metrics-", dir=in_memory)
    # Before the fork: the workers share its memory, and one that replaces another starts at once.
    import_module("api.app")
    # No worker's collector has to look through what was imported, or copies its pages by doing so.
    gc.freeze()
    settler = Settler(
        settings.database,
        settings.log_level,
        settings.public_url or "",
        is_private=settings.webhook_private,
    )
    Server(settings, listener, workers, settler).run()
